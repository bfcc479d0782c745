import Declarations
import Diagnostics
import Syntax
import Tensors

extension Diagnostic {
  static func unknownSetting(_ label: Name, of owner: String, _ found: Suggestion?, _ labels: [String]) -> Diagnostic {
    let known = labels.isEmpty ? "it has none" : "it has \(labels.map { "`\($0)`" }.joined(separator: ", "))"
    return Diagnostic(
      CheckingCodes.unknownSetting, "`\(owner)` has no setting `\(label.text)`", at: Label(label.span, known)
    ).suggesting(found, at: label.span)
  }

  static func duplicateLabel(_ label: Name) -> Diagnostic {
    Diagnostic(CheckingCodes.duplicateLabel, "`\(label.text)` is given twice", at: Label(label.span, "the second time"))
  }

  /// A part of a loss with the name of another figure.
  static func partNamedTaken(_ label: Name, _ reason: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.duplicateLabel, "a part of the loss cannot be called `\(label.text)`", at: Label(label.span, reason)
    )
  }

  /// A value without a label for a setting that has one already; `0,01` is how many write 0.01.
  static func givenAgain(_ setting: String, _ span: Span, mayBeDecimalComma: Bool) -> Diagnostic {
    var diagnostic = Diagnostic(
      CheckingCodes.duplicateLabel, "`\(setting)` is given twice",
      at: Label(span, "without a label this is `\(setting)` too"))
    if mayBeDecimalComma { diagnostic.notes.append("a decimal point is written `.`, as in `0.01`") }
    return diagnostic
  }

  static func missingSettings(_ name: Name, _ missing: [SettingDeclaration]) -> Diagnostic {
    var result = missingUserSettings(name, missing.map(\.label))
    result.notes = missing.map { "`\($0.label)`: \($0.doc)" }
    return result
  }

  static func missingUserSettings(_ name: Name, _ missing: [String]) -> Diagnostic {
    let list = missing.map { "`\($0)`" }.joined(separator: ", ")
    return Diagnostic(
      CheckingCodes.missingSetting, "`\(name.text)` needs \(list)", at: Label(name.span, "\(list) is left out"))
  }

  static func missingInput(_ name: Name, _ input: String, doc: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.missingInput, "`\(name.text)` needs the input `\(input)`",
      at: Label(name.span, "`\(input)` is left out")
    ).noting(doc)
  }

  static func settingWithoutName(_ span: Span, _ text: String, _ owner: String, _ labels: [String]) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.unnamedSetting, "`\(owner)` cannot tell what `\(text)` is for", at: Label(span, "which setting?"))
    if labels.count == 1, let label = labels.first {
      result.fixes = [Fix("name it: `\(label): \(text)`", [Edit(span.beginning, "\(label): ")], isCertain: true)]
    } else if !labels.isEmpty {
      result.notes = ["its settings are \(labels.map { "`\($0)`" }.joined(separator: ", "))"]
    }
    return result
  }

  /// `repeat(dense(8), 3)`
  static func settingsSwapped(_ name: Name, _ labels: [String], _ fix: Fix, at span: Span) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.settingKind, "`\(name.text)` takes `\(labels[0])` first, then `\(labels[1])`",
      at: Label(span, "the other way round here"))
    result.fixes = [fix]
    return result
  }

  /// `reshape(2, 2)`
  static func sizesWithoutBrackets(_ name: Name, _ span: Span, _ sizes: String) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.settingKind, "`\(name.text)` takes one list of sizes", at: Label(span, "sizes without brackets"))
    result.fixes = [
      Fix("write `[\(sizes)]`", [Edit(span.beginning, "["), Edit(span.ending, "]")], isCertain: true)
    ]
    return result
  }

  /// `padding: causal`
  static func causalPadding(_ span: Span, _ fix: Fix?) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.settingWord, "`padding` does not know `causal`: zeros before a series are a layer of their own",
      at: Label(span, "no padding of both ends"))
    if let fix { result.fixes = [fix] } else { result.notes = [ForeignMeanings.causalNote] }
    return result
  }

  /// `reshape([-1, 64])`
  static func openSize(_ name: Name, _ list: Span, _ sizes: [Int]?) -> Diagnostic {
    let result = Diagnostic(
      CheckingCodes.sizeNotPositive, "`\(name.text)` takes sizes of 1 or more: none is left to work out",
      at: Label(list, "-1 is no size"))
    return result.writing(sizes, at: list)
  }

  /// As a mistake about brackets, with sizes among which a -1 stands for one to work out.
  func notingOpenSize(_ sizes: [Int]??) -> Diagnostic {
    guard let sizes else { return self }
    var result = self
    result.fixes = []
    return primary.map { result.writing(sizes, at: $0.span) } ?? result
  }

  private func writing(_ sizes: [Int]?, at span: Span) -> Diagnostic {
    var result = self
    if let sizes {
      let list = "[\(sizes.map(String.init).joined(separator: ", "))]"
      result.fixes = [Fix("write `\(list)`", [Edit(span, list)], isCertain: true)]
    } else {
      result.notes.append("every size is written, and the batch is not")
    }
    return result
  }

  /// `dense(16, activation: relu)`
  static func activationSetting(
    _ label: Name, of owner: Name, _ fix: (title: String, edits: [Edit])?
  ) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.unknownSetting, "an activation is a stage of its own, no setting of `\(owner.text)`",
      at: Label(label.span, "not a setting"))
    if let fix {
      result.fixes = [Fix(fix.title, fix.edits, isCertain: true)]
    } else {
      result.notes = ["write `-> relu` behind the layer"]
    }
    return result
  }

  /// `lstm(8, activation: tanh)`: part of the cell.
  static func activationOfCell(_ label: Name, of owner: Name, _ removal: Edit?) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.unknownSetting,
      "`\(owner.text)` has no setting `\(label.text)`: the activation of its cell is fixed",
      at: Label(label.span, "it is `tanh`"))
    if let removal {
      result.fixes = [Fix("leave it out", [removal], isCertain: true)]
    } else {
      result.notes = ["a cell with another activation can be written as a `scan`"]
    }
    return result
  }

  static func settingKind(_ label: String, _ wanted: String, _ text: String, _ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.settingKind, "\(label) takes \(wanted), not `\(text)`", at: Label(span, "not \(wanted)"))
  }

  static func wordInQuotes(_ label: String, _ word: String, _ span: Span) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.settingKind, "`\(label)` takes a word, which stands without quotes", at: Label(span, "a text"))
    result.fixes = [Fix("remove the quotes", [Edit(span, word)], isCertain: true)]
    return result
  }

  /// `False` for `false`.
  static func foreignBoolean(_ label: String, _ word: String, meaning: String, _ span: Span) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.settingKind, "\(label) takes `true` or `false`, not `\(word)`",
      at: Label(span, "not `true` or `false`"))
    result.fixes = [Fix("write `\(meaning)`", [Edit(span, meaning)], isCertain: true)]
    return result
  }

  static func settingRange(_ label: String, _ range: String, _ value: String, _ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.settingRange, "`\(label)` must be \(range), but it is \(value)", at: Label(span, "must be \(range)")
    )
  }

  static func settingWord(_ label: String, _ name: Name, _ words: [String], _ found: Suggestion?) -> Diagnostic {
    Diagnostic(
      CheckingCodes.settingWord, "`\(label)` does not know `\(name.text)`",
      at: Label(name.span, "it takes \(orList(words))")
    ).suggesting(found, at: name.span)
  }

  static func repeatedAxis(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.repeatedAxis, "the axis `\(name.text)` is named twice", at: Label(name.span, "the second time"))
  }

  static func notConstant(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.notConstant, "`\(excerpt(text))` is not known before training",
      at: Label(span, "a number that is known now is needed"))
  }

  static func divisionByZero(_ span: Span) -> Diagnostic {
    Diagnostic(CheckingCodes.divisionByZero, "a division by zero", at: Label(span, "this is 0"))
  }

  static func unknownType(_ name: Name, _ found: Suggestion?, isParameterType: Bool) -> Diagnostic {
    let message =
      isParameterType
      ? "`\(name.text)` is the type of a setting of a layer, not of a value" : "there is no type `\(name.text)`"
    // A shape alone is a shape of floats; a word would stand before it.
    let fits = found.map { $0.name != "scalar" } ?? false
    return Diagnostic(CheckingCodes.unknownType, message, at: Label(name.span, "a type is needed here"))
      .suggesting(fits ? found : found.map { Suggestion(name: $0.name, isCertain: false) }, at: name.span)
      .noting("numbers are `scalar` or a shape such as `[4]`, labels are `class(3)` or `token(65)[64]`")
  }

  /// `float[4]`
  static func floatWithShape(_ name: Name) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.unknownType, "there is no type `\(name.text)`: a shape alone is a shape of numbers",
      at: Label(name.span, "leave it out"))
    result.fixes = [Fix("leave it out", [Edit(name.span, "")], isCertain: true)]
    return result
  }

  /// `axis: 1`
  static func axisByNumber(_ argument: Argument, _ label: Name, of owner: Name, _ axes: [String]) -> Diagnostic {
    let result = Diagnostic(
      CheckingCodes.unknownSetting, "`\(owner.text)` has no setting `\(label.text)`: axes have names",
      at: Label(argument.span, axes.isEmpty ? "write `over: time`, say" : "an axis by its number"))
    return axes.isEmpty
      ? result.noting("the names are \(orList(AxisName.allCases.map { $0.rawValue }))")
      : result.noting("the input has \(axes.map { "`\($0)`" }.joined(separator: ", "))")
  }

  static func elementCount(_ name: Name, _ span: Span) -> Diagnostic {
    let isCounted = name.text == "class" || name.text == "token"
    return Diagnostic(
      CheckingCodes.unknownType,
      isCounted ? "`\(name.text)` needs the number of values: `\(name.text)(10)`" : "`\(name.text)` has no count",
      at: Label(span, isCounted ? "how many?" : "remove the parentheses"))
  }

  /// `[None, 4]`
  static func batchDimension(_ span: Span, next: Span?) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.modelHeader, "a type is that of one example; the batch is never written",
      at: Label(span, "stands for the batch"))
    if let next {
      let removal = Span(file: span.file, start: Int(span.start), end: Int(next.start))
      result.fixes = [Fix("leave it out", [Edit(removal, "")], isCertain: true)]
    } else {
      result.notes = ["one number for each example is a `scalar`"]
    }
    return result
  }

  /// `token(500)[T < 20]`
  static func lengthForm(_ span: Span, _ meant: (text: String, isCertain: Bool)?) -> Diagnostic {
    let form = meant?.text ?? "T <= 20"
    var result = Diagnostic(
      CheckingCodes.unknownType, "a length that differs from example to example is written `[\(form)]`",
      at: Label(span, "no size"))
    if let meant {
      result.fixes = [Fix("write `\(meant.text)`", [Edit(span, meant.text)], isCertain: meant.isCertain)]
    }
    return result
  }

  /// `token(500)[T]`
  static func lengthWithoutLimit(_ span: Span, _ name: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownType, "a length that differs from example to example has a limit: `[\(name) <= 200]`",
      at: Label(span, "of how many at most?"))
  }

  static func scalarWithShape(_ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownType, "a `scalar` has no shape", at: Label(span, "write the shape alone"))
  }

  static func recordFieldWithoutLabel(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.recordLabel, "a field of a record needs a name",
      at: Label(span, "write `name: \(excerpt(text))`"))
  }

  static func unknownField(_ label: Name, _ found: Suggestion?, _ labels: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownField, "the record has no field `\(label.text)`",
      at: Label(label.span, "it has \(labels.map { "`\($0)`" }.joined(separator: ", "))")
    ).suggesting(found, at: label.span)
  }

  static func noFields(_ span: Span, _ text: String, _ type: String, _ label: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownField, "`\(text)` has no field `\(label.text)`",
      at: Label(span, "this is \(type), no record"))
  }
}
