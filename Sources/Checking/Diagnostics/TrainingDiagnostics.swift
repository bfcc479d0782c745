import Declarations
import Diagnostics
import Layers
import Syntax

private func list(_ names: [String]) -> String { names.sorted().map { "`\($0)`" }.joined(separator: ", ") }

extension Diagnostic {
  static func unknownBlockSetting(
    _ name: Name, _ block: String, _ found: Suggestion?, _ labels: [String]
  ) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownBlockSetting, "a `\(block)` block has no setting `\(name.text)`",
      at: Label(name.span, "it has \(labels.map { "`\($0)`" }.joined(separator: ", "))")
    ).suggesting(found, at: name.span)
  }

  static func settingOfTrain(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownBlockSetting, "`\(name.text)` belongs to the train block, not to a step of it",
      at: Label(name.span, "move it out of the step"))
  }

  static func settingOfStep(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownBlockSetting, "`\(name.text)` belongs to a step",
      at: Label(name.span, "move it into a step"))
  }

  static func duplicateSetting(_ name: Name, earlier: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.duplicateSetting, "`\(name.text)` is set already", at: Label(name.span, "the second time")
    ).with(earlier, "the first time")
  }

  static func missingBlockSettings(
    _ missing: [BlockSettingDeclaration], at span: Span, _ block: String
  ) -> Diagnostic {
    let names = missing.map { "`\($0.name)`" }.joined(separator: ", ")
    var result = Diagnostic(
      CheckingCodes.missingBlockSetting, "`\(block)` needs \(names)", at: Label(span, "\(names) is left out"))
    result.notes = missing.map { "`\($0.name): \($0.example)`" }
    return result
  }

  static func missingLength(_ span: Span, _ name: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.missingBlockSetting, "`\(name)` needs `epochs` or `steps`", at: Label(span, "trains for how long?")
    ).noting("`epochs: 20` goes over all training rows 20 times")
  }

  static func missingDirection(_ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.missingBlockSetting, "the sweep needs `minimize` or `maximize`",
      at: Label(span, "searches for what?")
    ).noting("`minimize: validation.loss`")
  }

  static func bothLengths(_ name: Name, epochs: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.bothSettings, "`steps` and `epochs` both say how long to train", at: Label(name.span, "keep one")
    ).with(epochs, "the other one")
  }

  static func bothDirections(_ name: Name, minimize: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.bothSettings, "`minimize` and `maximize` exclude each other", at: Label(name.span, "keep one")
    ).with(minimize, "the other one")
  }

  static func settingForm(
    _ name: Name, at span: Span, written: String, _ examples: [String], _ found: Suggestion?
  ) -> Diagnostic {
    Diagnostic(
      CheckingCodes.settingForm, "`\(name.text)` does not take `\(written)`",
      at: Label(span, "it takes " + orList(examples))
    ).suggesting(found, at: span)
  }

  /// `outputs: (p)`
  static func unnamedValues(_ setting: Setting, _ name: Name?) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.settingForm, "`\(setting.name.text)` takes values with names",
      at: Label(setting.value.span, "a value without a name"))
    if let name {
      let written = "(\(name.text): \(name.text))"
      result.fixes = [Fix("write `\(written)`", [Edit(setting.value.span, written)], isCertain: true)]
    } else {
      result.notes = ["`(name: value, other: value)`"]
    }
    return result
  }

  static func lossNotScalar(_ span: Span, _ type: String, isFloat: Bool) -> Diagnostic {
    Diagnostic(
      CheckingCodes.lossNotScalar, "a loss is one number for each example, but this is \(type)",
      at: Label(span, "this is \(type)")
    ).noting(isFloat ? "`mean(…)` and `sum(…)` reduce a tensor to one number" : nil)
  }

  static func unknownOptimizer(_ name: Name, _ found: Suggestion?, _ names: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownOptimizer, "there is no optimizer `\(name.text)`",
      at: Label(name.span, "not one of \(list(names))")
    ).suggesting(found, at: name.span)
  }

  static func unknownSchedule(_ name: Name, _ found: Suggestion?) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownOptimizer, "there is no number or schedule `\(name.text)`",
      at: Label(name.span, "a rate is a number or a schedule")
    ).suggesting(found, at: name.span)
  }

  static func unknownMetric(_ name: Name, _ found: Suggestion?, _ names: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownMetric, "there is no metric `\(name.text)`",
      at: Label(name.span, "not one of \(list(names))")
    ).suggesting(found, at: name.span)
  }

  static func notAMetric(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownMetric, "`\(text)` is no metric",
      at: Label(span, "a call such as `accuracy(logits, y)` is needed"))
  }

  /// `metrics: [accuracy]`
  static func metricWithoutInputs(_ name: Name, _ inputs: [String], like loss: [String]?) -> Diagnostic {
    let given = loss?.count == inputs.count ? loss : nil
    let call = "\(name.text)(\((given ?? inputs).joined(separator: ", ")))"
    var result = Diagnostic(
      CheckingCodes.unknownMetric, "`\(name.text)` needs what it compares", at: Label(name.span, "write `\(call)`"))
    if given != nil {
      result.fixes = [Fix("write `\(call)`", [Edit(name.span, call)], isCertain: false)]
    }
    return result
  }

  /// `val_loss`
  static func foreignMeasure(_ name: Name, _ meant: String) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.unknownMeasure, "`\(name.text)` is written `\(meant)`",
      at: Label(name.span, "rows and measure are joined by a point"))
    result.fixes = [Fix("write `\(meant)`", [Edit(name.span, meant)], isCertain: true)]
    return result
  }

  static func unknownMeasure(_ name: Name, _ found: Suggestion?, _ names: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownMeasure, "the block does not compute `\(name.text)`",
      at: Label(name.span, "it computes \(list(names))")
    ).suggesting(found, at: name.span).noting("list a metric in `metrics` to measure it")
  }

  static func unknownSplit(_ name: Name, _ found: Suggestion?) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownMeasure, "a measure is taken on `train` or `validation` rows, not on `\(name.text)`",
      at: Label(name.span, name.text == "test" ? "choosing by test rows would spoil the test" : "which rows?")
    ).suggesting(found, at: name.span)
  }

  static func notAMeasure(_ span: Span, _ text: String, _ names: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownMeasure, "`\(text)` is no measure", at: Label(span, "such as `validation.loss` is needed")
    ).noting("the block computes \(list(names))")
  }

  static func unorderedMeasure(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownMeasure, "`\(name.text)` is no single number, so nothing is best",
      at: Label(name.span, "not a number"))
  }

  static func unknownData(_ name: Name, _ found: Suggestion?, _ names: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownData, "there is no data block `\(name.text)`",
      at: Label(name.span, names.isEmpty ? "the file has none" : "the file has \(list(names))")
    ).suggesting(found, at: name.span)
  }

  static func unknownModel(_ name: Name, _ found: Suggestion?, _ names: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownModel, "there is no model `\(name.text)`",
      at: Label(name.span, names.isEmpty ? "the file has none" : "the file has \(list(names))")
    ).suggesting(found, at: name.span)
  }

  static func layerInsteadOfModel(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownModel, "`\(name.text)` is a layer, which has no weights of its own",
      at: Label(name.span, "a model is needed"))
  }

  static func notAModel(_ span: Span, _ text: String, _ names: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownModel, "`\(text)` is no model",
      at: Label(span, names.isEmpty ? "the file has none" : "the models are \(list(names))"))
  }

  static func lossMissesModel(_ name: Name, loss: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.lossMissesModel, "the loss does not depend on `\(name.text)`, so nothing would train it",
      at: Label(loss, "no path to `\(name.text)`")
    ).with(name.span, "to be trained")
  }

  static func lossWithoutGradient(_ name: Name, loss: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.lossMissesModel, "no gradient of the loss reaches `\(name.text)`, so nothing would train it",
      at: Label(loss, "nothing that comes from `\(name.text)` passes a gradient")
    ).with(name.span, "to be trained").noting("`argmax`, `round`, `sign`, `stop_gradient` and comparisons pass none")
  }

  static func weightWithoutGradient(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.weightWithoutGradient, "no gradient reaches the weight `\(name.text)`, so no step would train it",
      at: Label(name.span, "nothing that comes from `\(name.text)` passes a gradient")
    ).noting(
      "`argmax`, `round`, `sign` and comparisons pass none; what is to stay as it begins stands in `stop_gradient`")
  }

  static func weightsWithoutGradient(at span: Span, _ text: (Span) -> String) -> Diagnostic {
    let name = text(span)
    return Diagnostic(
      CheckingCodes.weightWithoutGradient, "no gradient reaches the weights of `\(name)`, so no step would train them",
      at: Label(span, "nothing that comes from `\(name)` passes a gradient")
    ).noting(
      "`argmax`, `round`, `sign` and comparisons pass none; what is to stay as it begins stands in `stop_gradient`")
  }

  static func modelNotUpdated(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.modelNotUpdated, "no step updates `\(name.text)`", at: Label(name.span, "stays as it begins")
    ).noting("write `except \(name.text)` where that is meant")
  }

  static func duplicateTrain(_ name: String, at span: Span, earlier: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.duplicateBlock, "another train block is called `\(name)`",
      at: Label(span, "give one a label: `as …`")
    ).with(earlier, "the other one")
  }

  static func duplicateStep(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(CheckingCodes.duplicateBlock, "another step is called `\(name)`", at: Label(span, "the second one"))
  }

  static func duplicateTest(_ name: String, at span: Span, earlier: Span) -> Diagnostic {
    Diagnostic(CheckingCodes.duplicateBlock, "another test is called \"\(name)\"", at: Label(span, "the second one"))
      .with(earlier, "the first one")
  }

  static func frozenUnused(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.modelNotTrained, "`\(name.text)` is not trained here, so it needs no exception",
      at: Label(name.span, "no model of the header uses it"))
  }

  static func stepOfOtherModel(_ name: Name, train: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.modelNotTrained, "`\(name.text)` is not among the models of this train block",
      at: Label(name.span, "the block trains \(list(train))"))
  }

  static func notAField(_ name: Name, _ found: Suggestion?, fields: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownDataField, "`\(name.text)` is no field of the data block",
      at: Label(name.span, fields.isEmpty ? "it has none" : "it has \(list(fields))")
    ).suggesting(found, at: name.span)
  }

  static func restoreForm(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.restore, "`restore` takes a value and the field that it is like",
      at: Label(span, "write `restore(value, as: field)`"))
  }

  static func restoreType(
    _ span: Span, _ type: String, _ field: String, _ wanted: String, _ advice: String?
  ) -> Diagnostic {
    Diagnostic(
      CheckingCodes.restore, "the field `\(field)` is \(wanted), but this is \(type)",
      at: Label(span, "this is \(type)")
    ).noting(advice)
  }

  static func notInvertible(_ span: Span, _ field: String, _ culprit: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.restore, "there is no way back from the field `\(field)`",
      at: Label(span, "\(culprit) has no inverse"))
  }

  static func sweepTarget(_ span: Span, _ target: String, _ found: Suggestion?, _ names: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.sweepTarget, "there is no train block `\(target)` to sweep",
      at: Label(span, names.isEmpty ? "the file has none" : "the file has \(list(names))")
    ).suggesting(found, at: span)
  }

  static func sweepOfSeveral(_ span: Span, _ target: String, _ labels: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.sweepTarget, "several train blocks train `\(target)`", at: Label(span, "which of them?")
    ).noting("`sweep \(labels[0])` searches one: the blocks are \(list(labels))")
  }

  static func sweepConstant(_ name: Name, _ found: Suggestion?, _ names: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.sweepSearch, "`\(name.text)` is no constant of the file",
      at: Label(name.span, names.isEmpty ? "the file has none" : "the constants are \(list(names))")
    ).suggesting(found, at: name.span)
  }

  static func logRange(_ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.sweepSearch, "a logarithmic range begins above 0", at: Label(span, "not above 0"))
  }

  static func farRange(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.sweepSearch, "a range of whole numbers ends within 2^53 of 0, and `\(text)` lies beyond",
      at: Label(span, "too far from 0"))
  }

  static func wideRange(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.sweepSearch, "`\(text)` spans more than a number can hold", at: Label(span, "too wide"))
  }

  static func searchRange(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.sweepSearch, "`\(text)` says nothing to search",
      at: Label(span, "it takes `[8, 16]`, `0.1 ... 0.5` or `log_scale(1e-4 ... 1e-1)`"))
  }

  /// A value of a sweep with which the program has an error.
  static func trialFails(
    _ name: String, _ value: String, at span: Span, _ error: Diagnostic, with others: [String]
  ) -> Diagnostic {
    let beside = others.isEmpty ? "" : " beside `\(others.joined(separator: ", "))`"
    var result = Diagnostic(
      CheckingCodes.sweepSearch, "no trial can run with `\(name): \(value)`\(beside): \(error.message)",
      at: Label(span, "not this value"))
    if let primary = error.primary, !primary.span.isEmpty, primary.span.file == span.file, primary.span != span {
      result = result.with(primary.span, primary.text.isEmpty ? "here" : primary.text)
    }
    result.trail = error.trail
    return result
  }

  static func weightsOutsideModel(_ name: String, _ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.weightsOutsideModel, "`\(name)` has weights, which belong in a model",
      at: Label(span, "not in a model"))
  }

  // MARK: Warnings

  static func unusualRate(
    _ span: Span, _ rate: Double, isGreatest: Bool, _ name: String, _ usual: ClosedRange<Double>
  ) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unusualRate,
      rate == 0
        ? "a rate of 0 leaves every weight as it is"
        : "a rate of \(isGreatest ? "up to " : "")\(rate) is unusual for `\(name)`",
      at: Label(span, "usual are \(usual.lowerBound) to \(usual.upperBound)"))
  }

  static func noValidation(_ setting: Setting, data: String, split: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.noValidation, "`\(setting.name.text)` needs validation rows, but `\(data)` has none",
      at: Label(setting.value.span, "has no value")
    ).with(split, "no share for `validation`")
  }

  static func activationBeforeLoss(_ name: String, loss: String, at span: Span, lossAt: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.activationBeforeLoss, "`\(loss)` takes logits and applies `\(name)` itself",
      at: Label(span, "`\(name)` is applied twice")
    ).with(lossAt, "here once more")
  }

  /// - Parameter isDecided: whether the metric decides by the sign of what it gets.
  static func activationBeforeMetric(
    _ name: String, metric: String, isDecided: Bool, at span: Span, metricAt: Span
  ) -> Diagnostic {
    Diagnostic(
      CheckingCodes.activationBeforeLoss, "`\(metric)` takes logits, but gets what `\(name)` made of them",
      at: Label(
        span, isDecided ? "above 0 for every row, so each would count as true" : "applied once more inside")
    ).with(metricAt, "takes logits")
  }

  static func lastBatchOfOne(_ setting: Span, rows: Int, batch: Int, _ place: (name: String, span: Span)) -> Diagnostic
  {
    Diagnostic(
      CheckingCodes.batchNormOfOne,
      "`\(place.name)` makes zeros of the last batch: \(rows) rows in batches of \(batch) leave one example",
      at: Label(setting, "one is left over")
    ).with(place.span, "normalises over the batch")
  }

  static func activationOnLogits(_ name: String, loss: String, at span: Span, lossAt: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.activationOnLogits, "`\(loss)` takes logits, but `\(name)` bounds them",
      at: Label(span, "an activation behind the last layer")
    ).with(lossAt, "takes any numbers")
  }

  static func batchExceedsRows(_ setting: Setting, batch: Int, rows: Int) -> Diagnostic {
    Diagnostic(
      CheckingCodes.batchExceedsRows, "a batch of \(batch) is more than the \(counted(rows, "row", "rows")) that train",
      at: Label(setting.value.span, "every step sees all rows"))
  }

  static func batchNormOfOne(_ setting: Setting, _ place: (name: String, span: Span)) -> Diagnostic {
    Diagnostic(
      CheckingCodes.batchNormOfOne, "`\(place.name)` makes zeros of a batch of one example",
      at: Label(setting.value.span, "one example")
    ).with(place.span, "normalises over the batch")
  }

  static func linearAfterLinear(_ first: String, _ firstSpan: Span, _ second: String, _ span: Span) -> Diagnostic {
    let pair =
      first != second
      ? "a `\(first)` and a `\(second)` in a row can do no more than one `\(second)`"
      : "two `\(first)` in a row can do no more than one" + (first == "conv" ? " with a larger kernel" : "")
    let result = Diagnostic(
      CheckingCodes.linearAfterLinear, pair,
      at: Label(
        span, firstSpan == span ? "copies of it follow one another" : "nothing but linear layers before this"))
    return (firstSpan == span ? result : result.with(firstSpan, "linear"))
      .noting("an activation such as `relu` between them makes the difference")
  }

  static func droppedPositions(_ name: String, _ dropped: [DroppedPositions], at span: Span) -> Diagnostic {
    let parts = dropped.map { part in
      part.count == 1
        ? "the last of \(part.size) \(part.word)" : "the last \(part.count) of \(part.size) \(part.word)"
    }
    return Diagnostic(
      CheckingCodes.droppedPositions, "`\(name)` leaves out \(parts.joined(separator: " and "))",
      at: Label(span, "the stride stops before the end")
    ).noting("`padding: same` takes in all of them")
  }

  static func deadPlaces(_ name: String, _ dead: [DeadPlaces], at span: Span) -> Diagnostic {
    let parts = dead.map { part in
      "\(part.count) of its \(part.kernel) \(part.word) (the image has \(part.size))"
    }
    return Diagnostic(
      CheckingCodes.deadPlaces,
      "the kernel of `\(name)` reaches beyond the image: \(parts.joined(separator: " and ")) see only padding",
      at: Label(span, "larger than the image bears"))
  }

  static func sweepValidation(_ setting: Setting, _ measure: String, data: String, split: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.sweepValidation, "the sweep compares `\(measure)`, but `\(data)` has no validation rows",
      at: Label(setting.value.span, "has no value")
    ).with(split, "no share for `validation`")
  }

  static func noiseBeforeOutput(_ name: String, _ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.noiseBeforeOutput, "`\(name)` acts on the results of the model",
      at: Label(span, "behind the last layer"))
  }
}
