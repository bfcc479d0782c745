import Declarations
import Graphs

extension CallableDeclaration {
  /// A logistic function of straight lines.
  package static let hardSigmoid = elementwise(
    "hard_sigmoid", summary: "Rises in a straight line from 0 at −3 to 1 at 3, and is flat beyond",
    formula: "y = min(max(x / 6 + 1/2, 0), 1)",
    range: 0...1, aliases: ["Hardsigmoid"]
  ) { graph, x, _ in
    graph.clip(graph.add(graph.multiply(x, 1.0 / 6), 0.5), 0, 1)
  }
}
