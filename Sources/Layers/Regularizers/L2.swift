import Declarations
import Tensors

extension CallableDeclaration {
  /// The squares of a model's weights.
  package static let l2 = CallableDeclaration(
    "l2", .regularizer, summary: "The sum of the squares of a model's weights: keeps them small",
    formula:
      "y = Σ w² over all trainable weights, biases too; λ · l2(Net) pulls like an optimizer's weight_decay of 2 λ "
      + "[Hoerl and Kennard 1970, ridge regression]",
    inputs: [InputDeclaration("model", doc: "A model; its trainable weights are the input.")], length: .refuses,
    aliases: ["L2", "ridge", "weight_decay"],
    snippets: [Snippet([("loss", "scalar"), ("Net", "model")], "loss + 1e-4 * l2(Net)", gives: "scalar")],
    shape: { _ in .scalar },
    build: { context in context.graph.sum(context.graph.square(context.input)) })
}
