import Declarations
import Graphs

extension CallableDeclaration {
  /// The sine.
  package static let sin = elementwise(
    "sin", .function, summary: "The sine of each element, in radians",
    formula: "y = sin x",
    aliases: ["sine"],
    snippets: [
      Snippet([("x", "[8]")], "sin(x)", gives: "[8]")
    ]
  ) { graph, x, _ in
    graph.map(.sin, [x])
  }
}
