import Declarations
import Graphs
import Tensors

extension CallableDeclaration {
  /// The surprise at the true class.
  package static let crossEntropy = CallableDeclaration(
    "cross_entropy", .loss, summary: "How surprised the softmax of the logits is by the true class",
    formula: "loss = −log softmax(logits)[target], mean over positions; with smoothing s: (1 − s) times that, plus "
      + "s / K · Σ −log softmax(logits) [Szegedy et al. 2016, Rethinking the Inception Architecture]; with weights each "
      + "class counts by its weight (PyTorch then divides by the sum of the weights, this by the number of examples)",
    inputs: [
      InputDeclaration("logits", doc: "Logits `[…, K]`, without softmax."),
      InputDeclaration("target", .label, doc: "The true classes or tokens `[…]`."),
    ],
    settings: [
      SettingDeclaration(
        "smoothing", .real(.unitOpen), default: .real(0),
        doc: "The share of the target that is spread evenly over all classes."),
      SettingDeclaration(
        "weights", .reals, isOptional: true, doc: "A weight for each class. Left out: all weigh 1."),
      .reduce,
    ],
    length: .honours,
    appliesItself: ["softmax", "log_softmax"],
    aliases: ["CrossEntropyLoss", "SparseCategoricalCrossentropy", "CategoricalCrossentropy", "NLLLoss", "log_loss"],
    snippets: [
      Snippet([("logits", "[3]"), ("y", "class(3)")], "cross_entropy(logits, y)", gives: "scalar"),
      Snippet(
        [("logits", "[64, 65]"), ("next", "token(65)[64]")], "cross_entropy(logits, next, smoothing: 0.1)",
        gives: "scalar"),
      Snippet(
        [("logits", "[2]"), ("y", "class(2)")], "cross_entropy(logits, y, weights: [1, 2.5])", gives: "scalar"),
    ],
    shape: { context throws(ShapeReason) in
      try context.requireLabels("cross_entropy")
      if case .reals(let weights)? = context.settings["weights"], let classes = context.inputs[1].classCount {
        try context.requireEqual(
          Dimension(weights.count), classes, input: nil, setting: "weights",
          "`cross_entropy` needs a weight for each of the \(classes.description) classes, but gets \(weights.count)")
      }
      return .scalar
    },
    build: { context in context.reduced(surprise(context)) })
}

/// The loss of each position.
private func surprise(_ context: BuildContext) -> ValueID {
  let graph = context.graph
  let (logits, target) = (context.inputs[0], context.inputs[1])
  let smoothing = context.settings.real("smoothing")
  var weights: ValueID?
  if case .reals(let values)? = context.settings["weights"] { weights = graph.vector(values) }

  var loss = graph.softmaxCrossEntropy(logits, labels: target)
  if let weights { loss = graph.multiply(loss, graph.gather(weights, target)) }
  guard smoothing > 0 else { return loss }
  var spread = graph.negate(graph.logSoftmax(logits))
  if let weights { spread = graph.multiply(spread, weights) }
  let even = graph.mean(spread, axes: [context.shape(logits).count - 1])
  return graph.add(graph.multiply(loss, 1 - smoothing), graph.multiply(even, smoothing))
}
