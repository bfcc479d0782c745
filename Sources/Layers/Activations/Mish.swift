import Declarations
import Graphs

extension CallableDeclaration {
  /// A smooth activation that is not monotonic.
  package static let mish = elementwise(
    "mish", summary: "Weighs each value by the tanh of its softplus",
    formula: "y = x · tanh(softplus(x)) [Misra 2019, Mish]",
    aliases: ["Mish"]
  ) { graph, x, _ in
    graph.multiply(x, graph.tanh(graph.map(.softplus, [x])))
  }
}
