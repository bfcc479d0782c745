import Declarations

extension TransformDeclaration {
  /// Logarithms that bear zeros.
  package static let log1p = fixed(
    "log1p", summary: "Takes the logarithm of 1 + x, for counts and amounts that may be 0; `restore` undoes it",
    formula: "y = ln(1 + x); back: x = eʸ − 1",
    snippets: [Snippet([("count", "scalar")], "count -> log1p", gives: "scalar")],
    apply: { graph, x in graph.map(.log1p, [x]) }, inverse: { graph, y in graph.map(.expm1, [y]) })
}
