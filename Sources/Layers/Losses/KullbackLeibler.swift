import Declarations
import Tensors

extension CallableDeclaration {
  /// How far one distribution is from another.
  package static let klDivergence = CallableDeclaration(
    "kl_divergence", .loss, summary: "How far the softmax of the logits is from the softmax of the target's logits",
    formula: "loss = Σ p · (log p − log q), p = softmax(target), q = softmax(logits), over the last axis; mean over "
      + "positions [Kullback and Leibler 1951, On Information and Sufficiency]",
    inputs: [
      InputDeclaration("logits", doc: "Logits `[…, K]`."),
      InputDeclaration("target", doc: "Logits of the wanted distribution (a teacher's); the same shape."),
    ],
    settings: [.reduce], length: .honours, aliases: ["KLDivLoss", "KLDivergence", "distillation"],
    snippets: [
      Snippet([("student", "[10]"), ("teacher", "[10]")], "kl_divergence(student, teacher)", gives: "scalar")
    ],
    shape: { context throws(ShapeReason) in
      _ = try context.fixedLastAxis("kl_divergence")
      try context.requireEqualInputs("kl_divergence")
      return .scalar
    },
    build: { context in
      let graph = context.graph
      let (wanted, given) = (graph.logSoftmax(context.inputs[1]), graph.logSoftmax(context.inputs[0]))
      let terms = graph.multiply(graph.exp(wanted), graph.subtract(wanted, given))
      return context.reduced(graph.reduceSum(terms, axes: [context.shape(terms).count - 1]))
    })
}
