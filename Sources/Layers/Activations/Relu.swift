import Declarations
import Graphs

extension CallableDeclaration {
  /// The rectified linear unit.
  package static let relu = elementwise(
    "relu", summary: "Keeps what is positive and makes the rest 0",
    formula: "y = max(x, 0); NaN stays NaN [Nair and Hinton 2010, Rectified Linear Units]",
    range: 0...Double.infinity, aliases: ["ReLU"]
  ) { graph, x, _ in
    graph.relu(x)
  }
}
