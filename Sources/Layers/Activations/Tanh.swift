import Declarations
import Graphs

extension CallableDeclaration {
  /// The hyperbolic tangent.
  package static let tanh = elementwise(
    "tanh", summary: "Squashes into (−1, 1)",
    formula: "y = (exp(x) − exp(−x)) / (exp(x) + exp(−x))",
    range: -1...1, aliases: ["Tanh"]
  ) { graph, x, _ in
    graph.tanh(x)
  }
}
