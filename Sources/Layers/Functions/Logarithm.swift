import Declarations
import Graphs

extension CallableDeclaration {
  /// The natural logarithm.
  package static let log = elementwise(
    "log", .function, summary: "The natural logarithm of each element",
    formula: "y = ln x; −∞ at 0, NaN below",
    aliases: ["ln"],
    snippets: [
      Snippet([("x", "[8]")], "log(1 + exp(x))", gives: "[8]")
    ]
  ) { graph, x, _ in
    graph.log(x)
  }
}
