import Declarations
import Tensors

extension CallableDeclaration {
  /// Logarithms of probabilities from logits.
  package static let logSoftmax = CallableDeclaration(
    "log_softmax", .activation, summary: "The logarithm of the softmax, without its rounding",
    formula: "y = x − max x − log Σ exp(x − max x), over the last axis",
    inputs: [InputDeclaration("x", doc: "Logits `[…, K]`.")], aliases: ["LogSoftmax"],
    snippets: [Snippet([("x", "[10]")], "x -> log_softmax", gives: "[10]")],
    shape: { context throws(ShapeReason) in
      try context.checkLogits("log_softmax")
      return TensorType(.float, context.input.shape)
    },
    build: { context in context.overRealPositions { context.graph.logSoftmax($0) } })
}
