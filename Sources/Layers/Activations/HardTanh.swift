import Declarations
import Graphs

extension CallableDeclaration {
  /// A tanh of straight lines.
  package static let hardTanh = elementwise(
    "hard_tanh", summary: "Cuts off below −1 and above 1",
    formula: "y = min(max(x, −1), 1)",
    range: -1...1, aliases: ["Hardtanh"]
  ) { graph, x, _ in
    graph.clip(x, -1, 1)
  }
}
