import Declarations
import Tensors

extension CallableDeclaration {
  /// The surprise at a truth value, less where it is small already.
  package static let binaryFocal = CallableDeclaration(
    "binary_focal", .loss,
    summary: "How surprised the sigmoid of each logit is by its truth value; what is told right already counts little",
    formula: "loss = −w · (1 − q)^gamma · log q, q = the probability that the sigmoid of the logit gives to the truth, "
      + "w = alpha where it is true, else 1 − alpha (1 where alpha is left out), mean over positions; computed as "
      + "w · exp(−gamma · softplus(−s)) · softplus(s), s = the logit against the truth "
      + "[Lin et al. 2017, Focal Loss for Dense Object Detection]",
    inputs: [
      InputDeclaration("logits", doc: "Logits of any shape, without sigmoid."),
      InputDeclaration("target", .any, doc: "`bool` or `class(2)`; the same shape."),
    ],
    settings: [
      SettingDeclaration(
        "gamma", .real(.nonNegative), default: .real(2),
        doc: "How much less what is told right counts; 0 makes it `binary_cross_entropy`."),
      SettingDeclaration(
        "alpha", .real(.unit), isOptional: true,
        doc: "The weight of the true ones, beside 1 − alpha for the others. Left out: all weigh 1."),
      .reduce,
    ],
    length: .honours, targetsAreProbabilities: true, appliesItself: ["sigmoid"],
    aliases: ["sigmoid_focal_loss", "FocalLoss", "BinaryFocalCrossentropy", "focal_loss"],
    snippets: [
      Snippet([("logit", "scalar"), ("y", "bool")], "binary_focal(logit, y)", gives: "scalar"),
      Snippet(
        [("logits", "[6]"), ("y", "bool[6]")], "binary_focal(logits, y, gamma: 1.5, alpha: 0.25)", gives: "scalar"),
    ],
    shape: { context throws(ShapeReason) in
      try context.requireTruth("binary_focal", allowsNumbers: false)
      try context.requireEqualInputs("binary_focal")
      return .scalar
    },
    build: { context in
      let graph = context.graph
      let target = context.float(context.inputs[1])
      let against = graph.multiply(graph.subtract(1, graph.multiply(target, 2)), context.inputs[0])
      var loss = graph.map(.softplus, [against])
      let gamma = context.settings.real("gamma")
      if gamma > 0 {
        let ease = graph.multiply(graph.map(.softplus, [graph.negate(against)]), -gamma)
        loss = graph.multiply(graph.exp(ease), loss)
      }
      if context.settings.isGiven("alpha") {
        let alpha = context.settings.real("alpha")
        let offset = graph.literal(1 - alpha, like: target)
        loss = graph.multiply(graph.add(graph.multiply(target, 2 * alpha - 1), offset), loss)
      }
      return context.reduced(loss)
    })
}
