import Declarations
import Graphs

extension CallableDeclaration {
  /// The logistic function.
  package static let sigmoid = elementwise(
    "sigmoid", summary: "Squashes into (0, 1)",
    formula: "y = 1 / (1 + exp(−x))",
    isAlwaysPositive: true, range: 0...1, aliases: ["Sigmoid", "logistic"]
  ) { graph, x, _ in
    graph.sigmoid(x)
  }
}
