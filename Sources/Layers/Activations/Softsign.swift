import Declarations
import Graphs

extension CallableDeclaration {
  /// A squashing function with long tails.
  package static let softsign = elementwise(
    "softsign", summary: "Squashes into (−1, 1), slowly",
    formula: "y = x / (1 + |x|)",
    range: -1...1, aliases: ["Softsign"]
  ) { graph, x, _ in
    graph.divide(x, graph.add(graph.absolute(x), 1))
  }
}
