import Declarations
import Graphs

extension CallableDeclaration {
  /// A rectifier with a ceiling.
  package static let relu6 = elementwise(
    "relu6", summary: "Cuts off below 0 and above 6",
    formula: "y = min(max(x, 0), 6) [Howard et al. 2017, MobileNets]",
    range: 0...6, aliases: ["ReLU6"]
  ) { graph, x, _ in
    graph.minimum(graph.relu(x), 6)
  }
}
