import Declarations
import Graphs

extension CallableDeclaration {
  /// The sign.
  package static let sign = elementwise(
    "sign", .function, summary: "−1, 0 or 1 for each element; no gradient flows through it",
    formula: "y = −1 where x < 0, 1 where x > 0, else 0",
    gradient: .jumps, aliases: ["sgn"],
    snippets: [
      Snippet([("x", "[8]")], "sign(x)", gives: "[8]")
    ]
  ) { graph, x, _ in
    graph.map(.sign, [x])
  }
}
