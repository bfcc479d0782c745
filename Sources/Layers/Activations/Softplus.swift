import Declarations
import Graphs

extension CallableDeclaration {
  /// The smooth rectifier.
  package static let softplus = elementwise(
    "softplus", summary: "A smooth rectifier, always positive",
    formula: "y = log(1 + exp(x)), computed as max(x, 0) + log1p(exp(−|x|))",
    isAlwaysPositive: true, range: 0...Double.infinity, aliases: ["Softplus"]
  ) { graph, x, _ in
    graph.map(.softplus, [x])
  }
}
