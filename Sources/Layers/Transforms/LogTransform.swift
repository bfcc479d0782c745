import Declarations

extension TransformDeclaration {
  /// Logarithms, for positive columns that span magnitudes.
  package static let log = fixed(
    "log", summary: "Takes the natural logarithm, for positive columns that span magnitudes; `restore` undoes it",
    formula: "y = ln x; back: x = eʸ",
    snippets: [Snippet([("price", "scalar")], "price -> log -> standardize", gives: "scalar")],
    apply: { graph, x in graph.log(x) }, inverse: { graph, y in graph.exp(y) })
}
