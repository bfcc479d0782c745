import Declarations
import Graphs

extension CallableDeclaration {
  /// The sigmoid linear unit.
  package static let silu = elementwise(
    "silu", summary: "Weighs each value by its sigmoid",
    formula: "y = x · sigmoid(x) [Elfwing et al. 2018; Ramachandran et al. 2017, as swish]",
    aliases: ["SiLU", "swish", "Swish"]
  ) { graph, x, _ in
    graph.multiply(x, graph.sigmoid(x))
  }
}
