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
    higherIsBetter: true, aliases: ["R2Score", "coefficient_of_determination"],
    snippets: [Snippet([("price", "scalar"), ("y", "scalar")], "r2(price, y)", gives: "scalar")],
    check: { context throws(ShapeReason) in try context.requireEqualInputs("r2") },
    accumulate: { context in varianceSums(context) },
    merge: { total, batch, examples in mergeSpreads(&total, batch, examples) },
    finish: { totals, _, _ in
      let scores = totals[0].indices.compactMap { index -> Double? in
        let (residual, spread) = (totals[0][index], totals[1][index])
        // A place that no example reaches says nothing.
        if totals[3][index] == 0 { return nil }
        return spread > 0 ? 1 - residual / spread : (residual == 0 ? 1 : 0)
      }
      return .scalar(scores.reduce(0, +) / Double(max(scores.count, 1)))
    })
}

/// Squared errors; distances d from a number m near the batch's mean, d and d²; and m in three parts.
///
/// Sums of squares of targets far from 0 would lose their variance in float32, and so would a sum of m alone: 32 times
/// 101 325 is known to a quarter only. Hence distances, which are short numbers; and m is split into parts of eight bits
/// each, whose sums over a batch are exact (T. J. Dekker, "A floating-point technique for extending the available
/// precision", 1971). Where lengths differ, padding takes no part, and a seventh sum counts the examples that reach
/// each place.
private func varianceSums(_ context: BuildContext) -> [ValueID] {
  let graph = context.graph
  let target = graph.lifted(context.inputs[1])
  let mask = context.anyMask.map { mask in
    graph.broadcast(graph.lifted(mask), shape: context.shape(target), axes: [0])
  }
  let mean = { (values: ValueID) -> ValueID in
    guard let mask else { return graph.lift(graph.meanOverBatch(values)) }
    let sum = graph.batchSum(graph.select(mask, values, graph.literal(0, like: values)))
    return graph.lift(graph.divide(sum, graph.maximum(graph.batchSum(mask), 1)))
  }
  // The mean of what the first mean leaves makes up for its rounding: equal targets have distances of 0.
  let rough = mean(target)
  let center = graph.add(rough, mean(graph.subtract(target, rough)))
  let first = leadingBits(center, graph)
  let others = graph.subtract(center, first)
  let second = leadingBits(others, graph)
  let distance = graph.subtract(target, center)
  let sums = [
    graph.square(graph.subtract(target, context.inputs[0])), graph.square(distance), distance,
    first, second, graph.subtract(others, second),
  ]
  guard let mask else { return sums }
  return sums.map { graph.select(mask, $0, graph.literal(0, like: $0)) } + [mask]
}

/// The leading eight bits of numbers.
private func leadingBits(_ x: ValueID, _ graph: GraphBuilder) -> ValueID {
  let product = graph.multiply(x, 65_537)
  return graph.subtract(product, graph.subtract(product, x))
}

/// Totals are squared errors, squared distances from the mean, the mean, and the number of examples, for each element:
/// T. F. Chan, G. H. Golub and R. J. LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
/// Variances" (1979).
private func mergeSpreads(_ total: inout [[Double]], _ batch: [[Double]], _ examples: Double) {
  if total.isEmpty { total = Array(repeating: batch[0].map { _ in 0 }, count: 4) }
  for index in batch[0].indices {
    total[0][index] += batch[0][index]
    let count = batch.count > 6 ? batch[6][index] : examples
    if count == 0 { continue }
    let distance = batch[2][index]
    let mean = (batch[3][index] + batch[4][index] + batch[5][index] + distance) / count
    let all = total[3][index] + count
    let step = mean - total[2][index]
    total[1][index] +=
      max(0, batch[1][index] - distance * distance / count) + step * step * total[3][index] * count / all
    total[2][index] += step * count / all
    total[3][index] = all
  }
}
