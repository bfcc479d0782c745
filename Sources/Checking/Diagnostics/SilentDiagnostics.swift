import Diagnostics
import Syntax

// What trains without a word and learns nothing, or seems to learn.
extension Diagnostic {
  static func boundedOutput(_ name: String, range: String, at span: Span, target: String, _ lossAt: Span) -> Diagnostic
  {
    Diagnostic(
      CheckingCodes.boundedOutput, "`\(name)` gives numbers \(range), but the target `\(target)` goes beyond them",
      at: Label(span, "an activation behind the last layer")
    ).with(lossAt, "compared here")
  }

  static func channelsFirst(_ type: String, _ sizes: [Int], at span: Span, isError: Bool) -> Diagnostic {
    let (rows, columns, channels) = (sizes[0], sizes[1], sizes[2])
    return Diagnostic(
      isError ? CheckingCodes.layerRefuses : CheckingCodes.channelsFirst,
      "channels come last: \(type) is an image of \(counted(rows, "row", "rows")), \(columns) columns and "
        + "\(channels) channels",
      at: Label(span, "write `[\(columns), \(channels), \(rows)]`"))
  }

  static func imageWithoutChannels(_ name: String, _ type: String, _ size: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.imageWithoutChannels,
      "`\(name)` takes \(type) for a sequence of \(size) positions with \(size) features, and runs along one axis",
      at: Label(span, "an image ends with its channels: `[\(size), \(size), 1]`"))
  }

  static func softmaxOfOne(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.softmaxOfOne, "`\(name)` of one number is always \(name == "softmax" ? 1 : 0)",
      at: Label(span, "over an axis of size 1")
    ).noting("`sigmoid` makes a probability of one number")
  }

  static func targetFirst(_ loss: String, at span: Span, _ second: Span, _ texts: (String, String)) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.targetFirst, "`\(loss)` takes logits first, but `\(texts.0)` comes from no model",
      at: Label(span, "a target")
    ).with(second, "comes from a model")
    result.fixes = [Fix("the other way round", [Edit(span, texts.1), Edit(second, texts.0)], isCertain: false)]
    return result
  }

  static func targetBeyondProbability(_ value: String, loss: String, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.targetOutsideProbability, "`\(loss)` needs targets from 0 to 1, but this is \(value)",
      at: Label(span, "no probability"))
  }

  static func directionOfMeasure(_ setting: Setting, _ measure: String, isLoss: Bool) -> Diagnostic {
    let meant = setting.name.text == "minimize" ? "maximize" : "minimize"
    var result = Diagnostic(
      CheckingCodes.directionOfMeasure,
      "`\(setting.name.text): \(measure)` looks for the worst: \(isLoss ? "less" : "more") is better",
      at: Label(setting.name.span, "the wrong way"))
    result.fixes = [Fix("write `\(meant)`", [Edit(setting.name.span, meant)], isCertain: true)]
    return result
  }

  static func warmupWithoutEnd(_ warmup: Int, steps: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.warmupWithoutEnd,
      "the warmup takes \(counted(warmup, "step", "steps")), and the training ends after \(steps)",
      at: Label(span, "the rate never reaches its value"))
  }

  static func topOfAll(_ k: Int, classes: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.topOfAll, "among the top \(k) of \(counted(classes, "class", "classes")) is every class",
      at: Label(span, "always 100 %"))
  }

  static func testedOnTraining(_ span: Span, _ path: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.testedOnTraining, "the test rows are those of training: both come from `\(path)`",
      at: Label(span, "the same file"))
  }

  static func seesTheFuture(_ name: String, at span: Span, input: String, target: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.seesTheFuture,
      "`\(name)` looks at every position, and `\(target)` is `\(input)` some positions further",
      at: Label(span, "sees what should be predicted")
    ).noting(name == "attention" ? "`causal: true` hides what comes behind" : nil)
  }

  static func orderOfBounds(_ name: String, _ low: Double, _ high: Double, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.settingRange,
      "`low` of `\(name)` must be less than `high`, but \(shortNumber(low)) is not less than \(shortNumber(high))",
      at: Label(span, "leaves no room"))
  }

  static func classWeights(_ span: Span, _ problem: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.settingRange, "class weights must be 0 or more, and one of them above 0", at: Label(span, problem))
  }

  static func quantileWithoutRows(_ span: Span, data: String, split: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.quantile, "the quantile is taken of validation rows, but `\(data)` has none",
      at: Label(span, "no rows")
    ).with(split, "no share for `validation`")
  }
}
