import Declarations
import Graphs

extension CallableDeclaration {
  /// The cosine.
  package static let cos = elementwise(
    "cos", .function, summary: "The cosine of each element, in radians",
    formula: "y = cos x",
    aliases: ["cosine"],
    snippets: [
      Snippet([("x", "[8]")], "cos(x)", gives: "[8]")
    ]
  ) { graph, x, _ in
    graph.map(.cos, [x])
  }
}
