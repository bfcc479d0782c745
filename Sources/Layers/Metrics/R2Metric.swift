import Declarations
import Graphs
import Tensors

extension MetricDeclaration {
  /// The share of the target's variance that the prediction explains.
  package static let r2 = MetricDeclaration(
    "r2", summary: "The share of the target's variance that the prediction explains",
    formula: "1 − Σ (target − prediction)² / Σ (target − mean target)², the mean of that over the target's elements; "
      + "for a target that never changes 1 where the prediction is exact, else 0",
    inputs: [
      InputDeclaration("prediction", doc: "Numbers of any shape."),
      InputDeclaration("target", doc: "What they should be; the same shape."),
    ],
    higherIsBetter: true, aliases: ["R2Score", "r2_score", "coefficient_of_determination"],
    snippets: [Snippet([("price", "scalar"), ("y", "scalar")], "r2(price, y)", gives: "scalar")],
    check: { context throws(ShapeReason) in try context.requireEqualInputs("r2") },
    accumulate: { context in varianceSums(context) },
    finish: { sums, examples, _ in
      let scores = sums[0].indices.compactMap { index -> Double? in
        let residual = sums[0][index]
        let examples = sums.count > 6 ? sums[6][index] : examples
        // A place that no example reaches says nothing.
        if examples == 0 { return nil }
        let mean = sums[2][index] / examples
        // Distances within batches, plus distances of the batches' means from the mean of all.
        let spread = sums[3][index] + sums[4][index] + sums[5][index] - examples * mean * mean
        let total = sums[1][index] + max(0, spread)
        return total > 0 ? 1 - residual / total : (residual == 0 ? 1 : 0)
      }
      return .scalar(scores.reduce(0, +) / Double(max(scores.count, 1)))
    })
}

/// Squared errors; squared distances from the batch's mean m; m; and m² in three parts.
///
/// Sums of squares of targets far from 0 would lose their variance in float32. Distances from the mean of the batch do
/// not; and m² is split as (h + l)² = h² + 2hl + l², h the leading eight bits of m, so that h² and its sum over a batch
/// are exact (T. J. Dekker, "A floating-point technique for extending the available precision", 1971). Where lengths
/// differ, padding takes no part, and a seventh sum counts the examples that reach each place.
private func varianceSums(_ context: BuildContext) -> [ValueID] {
  let graph = context.graph
  let target = graph.lifted(context.inputs[1])
  let mask = context.anyMask.map { mask in
    graph.broadcast(graph.lifted(mask), shape: context.shape(target), axes: [0])
  }
  let mean: ValueID
  if let mask {
    let sum = graph.batchSum(graph.select(mask, target, graph.literal(0, like: target)))
    mean = graph.lift(graph.divide(sum, graph.maximum(graph.batchSum(mask), 1)))
  } else {
    mean = graph.lift(graph.meanOverBatch(target))
  }
  let product = graph.multiply(mean, 65_537)
  let leading = graph.subtract(product, graph.subtract(product, mean))
  let rest = graph.subtract(mean, leading)
  let sums = [
    graph.square(graph.subtract(target, context.inputs[0])), graph.square(graph.subtract(target, mean)), mean,
    graph.square(leading), graph.multiply(graph.multiply(leading, rest), 2), graph.square(rest),
  ]
  guard let mask else { return sums }
  return sums.map { graph.select(mask, $0, graph.literal(0, like: $0)) } + [mask]
}
