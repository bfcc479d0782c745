import Declarations

extension MetricDeclaration {
  /// The share of examples without a wrong position.
  package static let exactMatch = MetricDeclaration(
    "exact_match", summary: "The share of examples all of whose positions are classified rightly",
    formula: "examples without a wrong position / all; what counts as right is what `accuracy` counts",
    inputs: InputDeclaration.scoresAndLabels, higherIsBetter: true, isPercentage: true,
    allowsClassesOfBatch: true, decidesBySign: true, aliases: ["ExactMatch", "exact", "subset_accuracy", "em"],
    snippets: [
      Snippet([("logits", "[4, 12]"), ("y", "token(12)[4]")], "exact_match(logits, y)", gives: "scalar")
    ],
    check: { context throws(ShapeReason) in try context.checkScores("exact_match") },
    accumulate: { context in
      let graph = context.graph
      let misses = context.sumOverPositions(graph.subtract(1, context.hits))
      return [graph.equal(misses, graph.literal(0, like: misses))]
    },
    finish: { sums, examples, _ in .scalar(sums[0][0] / examples) })
}
