import Declarations

extension TransformDeclaration {
  /// Square roots, for counts.
  package static let sqrt = fixed(
    "sqrt", summary: "Takes the square root, for counts; `restore` undoes it",
    formula: "y = √x; back: x = y²",
    snippets: [Snippet([("count", "scalar")], "count -> sqrt", gives: "scalar")],
    apply: { graph, x in graph.squareRoot(x) }, inverse: { graph, y in graph.square(y) })
}
