import Declarations

extension MetricDeclaration {
  /// The share of right decisions.
  package static let accuracy = MetricDeclaration(
    "accuracy", summary: "The share of positions that are classified rightly",
    formula: "right / all; the class with the greatest score is decided, or true where a lone logit is above 0",
    inputs: InputDeclaration.scoresAndLabels, higherIsBetter: true, isPercentage: true,
    allowsClassesOfBatch: true, decidesBySign: true,
    aliases: ["Accuracy", "acc", "BinaryAccuracy", "SparseCategoricalAccuracy"],
    snippets: [
      Snippet([("logits", "[3]"), ("y", "class(3)")], "accuracy(logits, y)", gives: "scalar"),
      Snippet([("logit", "scalar"), ("y", "bool")], "accuracy(logit, y)", gives: "scalar"),
    ],
    check: { context throws(ShapeReason) in try context.checkScores("accuracy") },
    accumulate: { context in context.sumAndCount(context.hits) },
    finish: { sums, _, _ in .scalar(sums[0][0] / max(sums[1][0], 1)) })
}
