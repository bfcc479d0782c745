import Declarations
import Graphs

extension CallableDeclaration {
  /// The square root.
  package static let sqrt = elementwise(
    "sqrt", .function, summary: "The square root of each element",
    formula: "y = √x; NaN below 0; its gradient is infinite at 0",
    aliases: ["square_root"],
    snippets: [
      Snippet([("x", "[8]")], "sqrt(1 + square(x))", gives: "[8]")
    ]
  ) { graph, x, _ in
    graph.squareRoot(x)
  }
}
