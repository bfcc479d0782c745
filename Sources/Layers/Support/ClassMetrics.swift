import Declarations
import Graphs
import Tensors

extension InputDeclaration {
  /// The inputs of metrics of classes.
  static let scoresAndLabels: [InputDeclaration] = [
    InputDeclaration("logits", doc: "Scores `[…, K]`, or one logit for each truth value."),
    InputDeclaration("target", .any, doc: "The true classes or tokens `[…]`, or `bool` or `class(2)`."),
  ]
}

extension SettingDeclaration {
  /// `average:` of f1, precision and recall.
  static let average = SettingDeclaration(
    "average", .word(["macro", "micro", "weighted"]), isOptional: true,
    doc: "`macro`: the mean over the classes that occur; `weighted`: by how often they occur; `micro`: all decisions "
      + "together. Left out: `macro`, and for one logit per truth value the score of `true`.")
}

extension ShapeContext {
  /// Checks scores and labels: logits `[…, K]` with classes `[…]`, or logits with truth values of the same shape.
  func checkScores(_ name: String) throws(ShapeReason) {
    if inputs[0].shape.axes.count == inputs[1].shape.axes.count, inputs[0].shape.pack == inputs[1].shape.pack {
      try requireTruth(name, allowsNumbers: false)
      try requireEqualInputs(name)
    } else {
      try requireLabels(name)
    }
  }
}

extension BuildContext {
  /// Whether the first input is one logit for each truth value, and not one score for each class.
  var isBinary: Bool { shape(inputs[0]).count == shape(inputs[1]).count }

  /// 1 where a position is classified rightly, else 0.
  var hits: ValueID {
    isBinary
      ? graph.equal(decisions, float(inputs[1]))
      : graph.equal(graph.argMax(inputs[0], axis: shape(inputs[0]).count - 1), inputs[1])
  }

  /// 1 where the logit says true; above 0, that is.
  private var decisions: ValueID { graph.less(graph.literal(0, like: inputs[0]), inputs[0]) }

  /// Decided and true classes as rows `[positions, K]` of zeros with a one; rows of zeros at padding. For truth values
  /// K is 2, false first.
  var outcomes: (decided: ValueID, actual: ValueID) {
    let (decided, actual) = allOutcomes
    let target = shape(inputs[1])
    guard let mask = anyMask, !target.isEmpty else { return (decided, actual) }
    let real = graph.reshape(graph.broadcast(mask, shape: target, axes: [0]), [target.reduce(1, *)])
    return (graph.masked(decided, by: real), graph.masked(actual, by: real))
  }

  /// ``outcomes`` with what is decided at padding.
  private var allOutcomes: (decided: ValueID, actual: ValueID) {
    let positions = graph.type(of: inputs[1]).count
    if isBinary {
      let pair = { (value: ValueID) in
        let column = graph.reshape(value, [positions, 1])
        return graph.concat([graph.subtract(1, column), column], axis: 1)
      }
      return (pair(decisions), pair(float(inputs[1])))
    }
    let classes = shape(inputs[0]).last!
    let best = graph.argMax(inputs[0], axis: shape(inputs[0]).count - 1)
    let rows = { (labels: ValueID) in
      graph.oneHot(graph.reshape(labels, [positions]), depth: classes)
    }
    return (rows(best), rows(inputs[1]))
  }

  /// For each class: how often it was decided rightly, decided, and true.
  var classCounts: [ValueID] {
    var (decided, actual) = outcomes
    if isBinary && !settings.isGiven("average") {
      let positions = shape(decided)[0]
      decided = graph.slice(decided, starts: [0, 1], stops: [positions, 2])
      actual = graph.slice(actual, starts: [0, 1], stops: [positions, 2])
    }
    return [graph.multiply(decided, actual), decided, actual].map { graph.reduceSum($0, axes: [0]) }
  }
}

/// Averages a score of classes. `sums` are those of ``BuildContext/classCounts``; a score whose denominator is 0 is 0.
func averaged(
  _ sums: [[Double]], _ settings: Settings, _ score: (_ right: Double, _ decided: Double, _ actual: Double) -> Double
) -> MetricResult {
  let (right, decided, actual) = (sums[0], sums[1], sums[2])
  let average = settings.isGiven("average") ? settings.word("average") : "macro"
  if average == "micro" {
    return .scalar(score(right.reduce(0, +), decided.reduce(0, +), actual.reduce(0, +)))
  }
  let scores = right.indices.map { score(right[$0], decided[$0], actual[$0]) }
  if average == "weighted" {
    let total = actual.reduce(0, +)
    return .scalar(total == 0 ? 0 : zip(scores, actual).reduce(0) { $0 + $1.0 * $1.1 } / total)
  }
  // A class that neither occurs nor is decided says nothing.
  let seen = right.indices.filter { decided[$0] + actual[$0] > 0 }
  return .scalar(seen.isEmpty ? 0 : seen.reduce(0) { $0 + scores[$1] } / Double(seen.count))
}

/// A quotient, 0 where the denominator is.
func ratio(_ a: Double, _ b: Double) -> Double { b == 0 ? 0 : a / b }

extension MetricDeclaration {
  /// Declares a score of classes that is averaged as `average:` says.
  static func classScore(
    _ name: String, summary: String, formula: String, aliases: [String],
    _ score: @escaping @Sendable (_ right: Double, _ decided: Double, _ actual: Double) -> Double
  ) -> MetricDeclaration {
    MetricDeclaration(
      name, summary: summary, formula: formula, inputs: InputDeclaration.scoresAndLabels, settings: [.average],
      higherIsBetter: true, decidesBySign: true, aliases: aliases,
      snippets: [
        Snippet([("logits", "[3]"), ("y", "class(3)")], "\(name)(logits, y)", gives: "scalar"),
        Snippet([("logit", "scalar"), ("y", "bool")], "\(name)(logit, y)", gives: "scalar"),
        Snippet([("logits", "[3]"), ("y", "class(3)")], "\(name)(logits, y, average: weighted)", gives: "scalar"),
      ],
      check: { context throws(ShapeReason) in try context.checkScores(name) },
      accumulate: { context in context.classCounts },
      finish: { sums, _, settings in averaged(sums, settings, score) })
  }

  /// Declares a mean over the positions of all examples of what differences are worth.
  static func meanError(
    _ name: String, summary: String, formula: String, aliases: [String],
    _ worth: @escaping @Sendable (_ graph: GraphBuilder, _ error: ValueID) -> ValueID,
    finish: @escaping @Sendable (Double) -> Double = { $0 }
  ) -> MetricDeclaration {
    MetricDeclaration(
      name, summary: summary, formula: formula,
      inputs: [
        InputDeclaration("prediction", doc: "Numbers of any shape."),
        InputDeclaration("target", doc: "What they should be; the same shape."),
      ],
      higherIsBetter: false, aliases: aliases,
      snippets: [Snippet([("price", "scalar"), ("y", "scalar")], "\(name)(price, y)", gives: "scalar")],
      check: { context throws(ShapeReason) in try context.requireEqualInputs(name) },
      accumulate: { context in
        let error = context.graph.subtract(context.inputs[0], context.inputs[1])
        return context.sumAndCount(worth(context.graph, error))
      },
      finish: { sums, _, _ in .scalar(finish(sums[0][0] / max(sums[1][0], 1))) })
  }
}
