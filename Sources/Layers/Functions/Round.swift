import Declarations
import Graphs

extension CallableDeclaration {
  /// The nearest whole number.
  package static let round = elementwise(
    "round", .function,
    summary: "The nearest whole number of each element, halves upwards; no gradient flows through it",
    formula: "y = floor(x + ½)",
    hasGradient: false, aliases: ["rint"],
    snippets: [
      Snippet([("x", "[8]")], "round(x)", gives: "[8]")
    ]
  ) { graph, x, _ in
    graph.map(.floor, [graph.add(x, 0.5)])
  }
}
