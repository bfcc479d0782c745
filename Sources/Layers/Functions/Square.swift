import Declarations
import Graphs

extension CallableDeclaration {
  /// The square.
  package static let square = elementwise(
    "square", .function, summary: "The square of each element",
    formula: "y = x²",
    snippets: [
      Snippet([("x", "[8]")], "square(x)", gives: "[8]")
    ]
  ) { graph, x, _ in
    graph.square(x)
  }
}
