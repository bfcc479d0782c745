import Declarations
import Tensors

extension CallableDeclaration {
  /// Probabilities from logits.
  package static let softmax = CallableDeclaration(
    "softmax", .activation, summary: "Turns the last axis into probabilities that add up to 1",
    formula: "y = exp(x − max x) / Σ exp(x − max x), over the last axis; over the real positions of `[T <= 200]`",
    inputs: [InputDeclaration("x", doc: "Logits `[…, K]`.")], isAlwaysPositive: true, range: 0...1,
    aliases: ["Softmax"],
    snippets: [Snippet([("x", "[10]")], "x -> softmax", gives: "[10]")],
    shape: { context throws(ShapeReason) in
      try context.checkLogits("softmax")
      return TensorType(.float, context.input.shape)
    },
    build: { context in context.overRealPositions { context.graph.softmax($0) } })
}
