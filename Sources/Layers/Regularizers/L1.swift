import Declarations
import Tensors

extension CallableDeclaration {
  /// The absolute values of a model's weights.
  package static let l1 = CallableDeclaration(
    "l1", .regularizer, summary: "The sum of the absolute values of a model's weights: pulls small ones to 0",
    formula: "y = Σ |w| over all trainable weights, biases too [Tibshirani 1996, the lasso]",
    inputs: [InputDeclaration("model", doc: "A model; its trainable weights are the input.")], length: .refuses,
    aliases: ["L1", "lasso"],
    snippets: [Snippet([("loss", "scalar"), ("Net", "model")], "loss + 1e-4 * l1(Net)", gives: "scalar")],
    shape: { _ in .scalar },
    build: { context in context.graph.sum(context.graph.absolute(context.input)) })
}
