import Declarations
import Graphs

extension CallableDeclaration {
  /// The exponential function.
  package static let exp = elementwise(
    "exp", .function, summary: "e to the power of each element",
    formula: "y = eˣ",
    aliases: ["exponential"],
    snippets: [
      Snippet([("x", "[8]")], "exp(x)", gives: "[8]")
    ]
  ) { graph, x, _ in
    graph.exp(x)
  }
}
