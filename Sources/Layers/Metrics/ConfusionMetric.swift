import Declarations

extension MetricDeclaration {
  /// Which classes are taken for which.
  package static let confusion = MetricDeclaration(
    "confusion", summary: "Counts which classes are taken for which",
    formula: "the number of positions for each true class (rows) and decided class (columns)",
    inputs: InputDeclaration.scoresAndLabels, higherIsBetter: nil, decidesBySign: true,
    aliases: ["ConfusionMatrix", "confusion_matrix"],
    snippets: [Snippet([("logits", "[3]"), ("y", "class(3)")], "confusion(logits, y)", gives: "[3, 3]")],
    check: { context throws(ShapeReason) in try context.checkScores("confusion") },
    accumulate: { context in
      let (decided, actual) = context.outcomes
      return [context.graph.matmul(actual, decided, transposeA: true)]
    },
    finish: { sums, _, _ in
      let size = Int(Double(sums[0].count).squareRoot().rounded())
      return .matrix(rows: size, columns: size, sums[0])
    })
}
