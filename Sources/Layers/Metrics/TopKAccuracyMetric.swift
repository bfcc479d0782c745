import Declarations

extension MetricDeclaration {
  /// The share of positions whose true class is near the top.
  package static let topKAccuracy = MetricDeclaration(
    "top_k_accuracy", summary: "The share of positions whose true class is among the k with the greatest scores",
    formula: "positions where fewer than k classes score more than the true one / all",
    inputs: [
      InputDeclaration("logits", doc: "Scores `[…, K]`."),
      InputDeclaration("target", .label, doc: "The true classes or tokens `[…]`."),
    ],
    settings: [
      SettingDeclaration("k", .integer(1...1_000_000), default: .integer(5), doc: "How many classes count as the top.")
    ],
    higherIsBetter: true, isPercentage: true, allowsClassesOfBatch: true, aliases: ["TopKCategoricalAccuracy", "top5"],
    snippets: [
      Snippet([("logits", "[10]"), ("y", "class(10)")], "top_k_accuracy(logits, y, k: 3)", gives: "scalar")
    ],
    check: { context throws(ShapeReason) in try context.requireLabels("top_k_accuracy") },
    accumulate: { context in
      let graph = context.graph
      let (scores, shape) = (context.inputs[0], context.shape(context.inputs[0]))
      let last = [shape.count - 1]
      let isTrue = graph.oneHot(context.inputs[1], depth: shape[last[0]])
      let own = graph.reduceSum(graph.select(isTrue, scores, graph.literal(0, like: scores)), axes: last)
      // What is no number is not below the true class.
      let below = graph.lessOrEqual(scores, graph.keeping(own, axes: last, of: shape))
      let better = graph.reduceSum(graph.subtract(graph.literal(1, like: below), below), axes: last)
      let limit = graph.literal(Double(context.settings.integer("k")), like: better)
      return context.sumAndCount(graph.less(better, limit))
    },
    finish: { sums, _, _ in .scalar(sums[0][0] / max(sums[1][0], 1)) })
}
