import Diagnostics
import Syntax

// Objectives that are not what they seem.
extension Diagnostic {
  static func attentionOfOne(at span: Span, isMemory: Bool) -> Diagnostic {
    Diagnostic(
      CheckingCodes.softmaxOfOne, "`attention` has one position to look at, so its queries and keys decide nothing",
      at: Label(span, isMemory ? "the memory has one position" : "a sequence of one position"))
  }

  static func normOfOne(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.normOfOne,
      name == "rms_norm"
        ? "`rms_norm` of one number keeps its sign only" : "`\(name)` of one number gives the same for any input",
      at: Label(span, "over a single number"))
  }

  static func lastOfBothDirections(at span: Span, _ both: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.lastOfBothDirections, "at the last step the backward half has read one step only",
      at: Label(span, "the end, where the backward half begins")
    ).with(both, "reads in both directions").noting(
      "`mean(over: time)` takes in all steps; the backward half ends at the first step, as in "
        + "`concat(both[11, 0 ..< 8], both[0, 8 ..< 16])` for 12 steps of `bidirectional(lstm(8))`")
  }

  static func untrainedModel(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.untrainedModel, "no train block trains `\(name)`, so its weights stay as they were drawn",
      at: Label(span, "used as it begins")
    ).noting("name it in the header, `train \(name), …`, or take its weights from a run: `start: saved(…)`")
  }

  static func mixedUnits(
    _ name: String, restored: Span, other: Span, _ field: String, _ text: (Span) -> String
  ) -> Diagnostic {
    Diagnostic(
      CheckingCodes.mixedUnits,
      "`\(name)` compares `\(text(restored))`, which is restored, with `\(text(other))`, which is not",
      at: Label(other, "on the scale of the field `\(field)`")
    ).with(restored, "in the units of its column").noting(
      "write `restore(\(text(other)), as: \(field))`, or restore neither")
  }

  static func negatedLoss(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.negatedLoss, "the minus makes `\(name)` as great as it can be",
      at: Label(span, "training makes this small"))
  }

  static func thresholdOfLogits(_ text: String, _ loss: String, at span: Span, number: Span) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.thresholdOfLogits,
      "`\(text)` is a logit for `\(loss)`, and a logit of 0 is a probability of 0.5",
      at: Label(span, "compared like a probability"))
    result.fixes = [Fix("compare with 0", [Edit(number, "0")], isCertain: false)]
    return result
  }

  static func thresholdBeyond(_ name: String, at span: Span, isAlways: Bool, lastAt: Span) -> Diagnostic {
    let result = Diagnostic(
      CheckingCodes.thresholdOfLogits, "all numbers that `\(name)` can give lie on one side of this threshold",
      at: Label(span, isAlways ? "true for every row" : "false for every row"))
    return lastAt.file == span.file && (lastAt.start < span.start || lastAt.end > span.end)
      ? result.with(lastAt, "comes out of this") : result
  }

  static func targetGiven(
    _ field: String, to model: String, at span: Span, _ loss: Span, isSequence: Bool
  ) -> Diagnostic {
    Diagnostic(
      CheckingCodes.targetGiven, "`\(model)` is given `\(field)`, which it should predict",
      at: Label(span, "holds the target")
    ).with(loss, "compared with it here")
      .noting(isSequence ? "`-> shift` moves it one position later, so that each sees only those before it" : nil)
  }

  /// - Parameter step: the name of a step; nil where the block itself is one.
  static func nothingTrains(_ step: String?, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.modelNotUpdated,
      step.map { "the step `\($0)` updates nothing: its weights are excepted" }
        ?? "nothing trains: all weights are excepted",
      at: Label(span, "every weight stays as it is"))
  }
}
