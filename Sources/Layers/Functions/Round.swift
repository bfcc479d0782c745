import Declarations
import Graphs

extension CallableDeclaration {
  /// The nearest whole number.
  package static let round = elementwise(
    "round", .function,
    summary: "The nearest whole number of each element, halves upwards; no gradient flows through it",
    formula: "y = floor(x) where x − floor(x) < ½, else floor(x) + 1",
    gradient: .jumps, aliases: ["rint"],
    snippets: [
      Snippet([("x", "[8]")], "round(x)", gives: "[8]")
    ]
  ) { graph, x, _ in
    // Both differences are exact. floor(x + ½) is not: the sum rounds up just below ½, and above 2²³.
    let below = graph.map(.floor, [x])
    let isUpper = graph.lessOrEqual(graph.literal(0.5, like: x), graph.subtract(x, below))
    return graph.add(below, isUpper)
  }
}
