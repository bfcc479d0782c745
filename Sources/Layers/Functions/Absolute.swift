import Declarations
import Graphs

extension CallableDeclaration {
  /// Absolute values.
  package static let abs = elementwise(
    "abs", .function, summary: "The distance from 0 of each element",
    formula: "y = |x|",
    aliases: ["absolute"],
    snippets: [
      Snippet([("x", "[8]")], "abs(x)", gives: "[8]")
    ]
  ) { graph, x, _ in
    graph.absolute(x)
  }
}
