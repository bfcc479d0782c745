import Declarations
import Tensors

extension CallableDeclaration {
  /// The surprise at a truth value.
  package static let binaryCrossEntropy = CallableDeclaration(
    "binary_cross_entropy", .loss, summary: "How surprised the sigmoid of each logit is by its truth value",
    formula: "loss = softplus(logit) − target · logit = −target · log p − (1 − target) · log(1 − p), "
      + "p = sigmoid(logit), mean over positions; never infinite, because p is never rounded",
    inputs: [
      InputDeclaration("logits", doc: "Logits of any shape, without sigmoid."),
      InputDeclaration("target", .any, doc: "`bool`, `class(2)` or numbers from 0 to 1; the same shape."),
    ],
    settings: [.reduce], length: .honours, targetsAreProbabilities: true, appliesItself: ["sigmoid"],
    aliases: ["BCEWithLogitsLoss", "BCELoss", "BinaryCrossentropy", "binary_crossentropy"],
    snippets: [
      Snippet([("logit", "scalar"), ("y", "bool")], "binary_cross_entropy(logit, y)", gives: "scalar"),
      Snippet([("logits", "[6]"), ("y", "bool[6]")], "binary_cross_entropy(logits, y, reduce: sum)", gives: "scalar"),
    ],
    shape: { context throws(ShapeReason) in
      try context.requireTruth("binary_cross_entropy", allowsNumbers: true)
      try context.requireEqualInputs("binary_cross_entropy")
      return .scalar
    },
    build: { context in
      let graph = context.graph
      let (logits, target) = (context.inputs[0], context.float(context.inputs[1]))
      return context.reduced(graph.subtract(graph.map(.softplus, [logits]), graph.multiply(logits, target)))
    })
}
