import Declarations

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension MetricDeclaration {
  /// Among how many tokens a model is torn.
  package static let perplexity = MetricDeclaration(
    "perplexity", summary: "Among how many equally likely tokens the model is torn: e to the mean cross entropy",
    formula: "exp(mean of −log softmax(logits)[target]) [Jelinek et al. 1977]",
    inputs: [
      InputDeclaration("logits", doc: "Logits `[…, K]`, without softmax."),
      InputDeclaration("target", .label, doc: "The true classes or tokens `[…]`."),
    ],
    higherIsBetter: false, allowsClassesOfBatch: true, appliesItself: ["softmax"], aliases: ["Perplexity", "ppl"],
    snippets: [
      Snippet([("logits", "[64, 65]"), ("next", "token(65)[64]")], "perplexity(logits, next)", gives: "scalar")
    ],
    check: { context throws(ShapeReason) in try context.requireLabels("perplexity") },
    accumulate: { context in
      context.sumAndCount(context.graph.softmaxCrossEntropy(context.inputs[0], labels: context.inputs[1]))
    },
    finish: { sums, _, _ in .scalar(exp(sums[0][0] / max(sums[1][0], 1))) })
}
