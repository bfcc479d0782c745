import Declarations
import Diagnostics
import Syntax

/// A label without words, for a culprit that its message explains.
private func at(_ span: Span, _ text: String = "") -> Label { Label(span, text) }

extension Diagnostic {
  /// Adds what was probably meant.
  func suggesting(_ suggestion: Suggestion?, at span: Span) -> Diagnostic {
    guard let suggestion else { return self }
    var result = self
    result.fixes.append(
      Fix(
        "did you mean `\(suggestion.name)`?", [Edit(span, suggestion.name)], isCertain: suggestion.isCertain))
    return result
  }

  /// Adds a note.
  func noting(_ note: String?) -> Diagnostic {
    guard let note, !note.isEmpty else { return self }
    var result = self
    result.notes.append(note)
    return result
  }

  /// Adds where the other thing is.
  func with(_ span: Span?, _ text: String) -> Diagnostic {
    guard let span, span != primary?.span else { return self }
    var result = self
    result.secondary.append(Label(span, text))
    return result
  }

  static func unknownName(_ name: Name, _ found: Suggestion?, place: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownName, "`\(name.text)` stands for nothing here", at: at(name.span, "\(place) is needed")
    )
    .suggesting(found, at: name.span)
  }

  /// A name above the `let` that binds it.
  static func usedAbove(_ name: Name, boundAt place: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownName, "`\(name.text)` is used above the `let` that binds it",
      at: at(name.span, "not bound yet")
    ).with(place, "bound below").noting("a body is read from top to bottom: move the `let` up")
  }

  /// `let (out, state) = x -> lstm(4)`
  static func patternInBody(_ binding: Binding, recurrent: String?) -> Diagnostic {
    let what = recurrent.map { "`\($0)` gives one value, its states at every step" } ?? "a `let` names one value here"
    var result = Diagnostic(
      CheckingCodes.jointField, what, at: at(binding.name.span, counted(binding.pattern.count, "name", "names")))
    if recurrent != nil, let first = binding.pattern.first {
      let title = "write `let \(first.name.text) = …`"
      result.fixes = [Fix(title, [Edit(binding.name.span, first.name.text)], isCertain: false)]
      result.notes = ["`\(first.name.text) -> last` is the last state"]
    } else {
      result.notes = ["only fields of a data block are named together: `let (image, mask) = (images, masks) -> …`"]
    }
    return result
  }

  /// A line that goes on with a chain, without its arrow.
  static func arrowAtLineStart(_ span: Span) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.waitingLayer, "a line that goes on with a chain begins with `->`",
      at: at(span, "waits for its input"))
    result.fixes = [Fix("begin the line with `->`", [Edit(span.beginning, "-> ")], isCertain: true)]
    return result
  }

  static func unknownLayer(_ name: Name, _ found: Suggestion?) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unknownLayer, "there is no layer or function `\(name.text)`", at: at(name.span, "not declared")
    ).suggesting(found, at: name.span)
  }

  static func duplicateDeclaration(_ name: Name, earlier: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.duplicateDeclaration, "`\(name.text)` is declared already", at: at(name.span, "the second time")
    ).with(earlier, "the first time")
  }

  static func duplicateName(_ name: Name, earlier: Span) -> Diagnostic {
    Diagnostic(CheckingCodes.duplicateName, "`\(name.text)` is bound already", at: at(name.span, "the second time"))
      .with(earlier, "the first time")
  }

  static func recursion(_ name: Name, path: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.recursion, "`\(name.text)` uses itself", at: at(name.span, path.joined(separator: " → "))
    ).noting("`repeat(n, …)` stacks copies of a layer")
  }

  static func constantCycle(_ name: Name, path: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.constantCycle, "`\(name.text)` needs itself", at: at(name.span, path.joined(separator: " → ")))
  }

  static func importUnavailable(_ declaration: ImportDeclaration, _ problem: ImportProblem) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.importUnavailable, "`\(declaration.path)` cannot be imported: \(problem.message)",
      at: at(declaration.pathSpan, "this file"))
    if let path = problem.suggestion {
      result.fixes = [
        Fix("did you mean `\(path)`?", [Edit(declaration.pathSpan, "\"\(path)\"")], isCertain: false)
      ]
    }
    return result
  }

  static func importedNameUnknown(_ name: Name, path: String, candidates: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.importedName, "`\(path)` declares no `\(name.text)`", at: at(name.span, "not declared there")
    ).suggesting(suggestion(for: name.text, among: candidates), at: name.span)
  }

  static func importCycle(_ declaration: ImportDeclaration, path: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.importCycle, "`\(path)` imports this file, directly or not",
      at: at(declaration.pathSpan, "this closes a circle"))
  }

  // MARK: Layers and values

  static func notALayer(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(CheckingCodes.notALayer, "`\(text)` is no layer", at: at(span, "a layer is needed here"))
  }

  /// `-> "relu"`
  static func layerInQuotes(_ span: Span, _ name: String) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.notALayer, "a layer is named without quotes", at: at(span, "a text"))
    result.fixes = [Fix("remove the quotes", [Edit(span, name)], isCertain: true)]
    return result
  }

  /// `= "species"`, `["a", "b"]`: columns and values are names.
  static func namesInQuotes(_ names: [(span: Span, written: String)], isCertain: Bool = true) -> Diagnostic {
    let first = names[0]
    var result = Diagnostic(
      CheckingCodes.valueKind,
      names.count == 1 ? "`\(first.written)` is named without quotes" : "columns are named without quotes",
      at: at(first.span, "a text"))
    result.fixes = [Fix("remove the quotes", names.map { Edit($0.span, $0.written) }, isCertain: isCertain)]
    return result
  }

  /// `species == "setosa"` where a value is computed.
  static func textComparison(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.comparison, "texts are not compared in a value: `\(text)`", at: at(span, "a text")
    ).noting("`let y: class(3) = column` numbers the texts of a column; `where:` takes rows by them")
  }

  static func valueInsteadOfLayer(_ span: Span, _ text: String, _ type: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.notALayer, "`\(text)` is a value already, no layer that waits for one",
      at: at(span, "this is \(type)"))
  }

  static func valueAsLayer(_ name: Name, _ type: String) -> Diagnostic {
    Diagnostic(CheckingCodes.notALayer, "`\(name.text)` is a value, no layer", at: at(name.span, "this is \(type)"))
  }

  static func notALayerHere(_ name: Name, _ what: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.notALayer, "`\(name.text)` is \(what), no layer", at: at(name.span, "a layer is needed here"))
  }

  static func notCallable(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(CheckingCodes.notALayer, "`\(text)` cannot be called", at: at(span, "a name is needed here"))
  }

  static func namedLayerArguments(_ name: Name, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.notALayer, "`\(name.text)` is one layer with its settings; it takes one value",
      at: at(span, "these arguments do not fit"))
  }

  static func transformNeedsChain(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.notALayer, "`\(name.text)` is fitted where it stands in a chain",
      at: at(name.span, "write `… -> \(name.text)`"))
  }

  static func layerAsValue(_ span: Span, _ text: String, input: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.waitingLayer, "`\(text)` is a layer that still waits for its input",
      at: at(span, "write `\(input) -> \(text)`"))
  }

  /// `loss: cross_entropy`
  static func callWithoutInputs(_ name: Name, _ inputs: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.missingInput, "`\(name.text)` needs its inputs",
      at: at(name.span, "write `\(name.text)(\(inputs.joined(separator: ", ")))`"))
  }

  /// `x > dense(3)`
  static func comparisonForArrow(_ span: Span, _ layer: String) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.waitingLayer, "data flow along `->`, but this is `>`", at: at(span, "`\(layer)` is a layer"))
    result.fixes = [Fix("write `->`", [Edit(span, "->")], isCertain: true)]
    return result
  }

  static func notAValue(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(CheckingCodes.valueKind, "`\(text)` is no value", at: at(span, "a value is needed here"))
  }

  static func textAsValue(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(CheckingCodes.valueKind, "\(text) is a text, no value to compute with", at: at(span, "a text"))
  }

  static func constantAsValue(_ name: Name, _ value: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.valueKind, "`\(name.text)` is `\(value)`, no value to compute with", at: at(name.span, "a setting"))
  }

  static func settingAsValue(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.valueKind, "`\(name.text)` is a setting that is no number",
      at: at(name.span, "a value is needed here")
    )
  }

  static func dataAsValue(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.valueKind, "`\(name.text)` is a data block, no value",
      at: at(name.span, "in a train block on it, its fields are values"))
  }

  static func measureAsValue(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.valueKind, "`\(text)` is a measure of a whole pass, no value of an example",
      at: at(span, "only `stop`, `keep` and sweeps take measures"))
  }

  static func metricAsValue(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.valueKind, "`\(name.text)` is a metric of a whole pass, no value of an example",
      at: at(name.span, "list it in `metrics`"))
  }

  static func initializerAsValue(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.valueKind, "`\(name.text)` is an initialiser of weights, no value", at: at(name.span, "no value")
    ).noting("`normal`, `uniform`, `zeros` and `ones` are values too")
  }

  static func drawWithoutShape(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.drawShape, "`\(name.text)` takes the shape that its place declares, but nothing declares one here",
      at: at(name.span, "of which shape?")
    ).noting("`let z: [20] = \(name.text)` declares one")
  }

  static func drawElement(_ name: Name, _ type: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.drawShape, "`\(name.text)` gives numbers, but its place declares \(type)",
      at: at(name.span, "numbers"))
  }

  static func onlyInData(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.formPlace, "`\(name.text)` means something in data blocks only", at: at(name.span, "not here"))
  }

  static func onlyInTrain(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.formPlace, "`\(name.text)` means something in train blocks only", at: at(name.span, "not here"))
  }

  static func transformOutsideData(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.formPlace, "`\(name.text)` is fitted to training rows, so it stands in a data block",
      at: at(name.span, "not in a layer"))
  }

  // MARK: Bodies and headers

  static func strayExpression(_ span: Span, _ text: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.bodyResult, "`\(text)` has no effect: the result of a body is its last expression",
      at: at(span, "nothing takes this value"))
  }

  static func noResult(_ name: Name, at span: Span) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.bodyResult, "the body ends without a result",
      at: at(name.span, "the last statement only names a value"))
    result.notes = ["end the body with an expression, such as `\(name.text)`"]
    return result
  }

  static func emptyBody(_ span: Span) -> Diagnostic {
    Diagnostic(CheckingCodes.bodyResult, "the body has no result", at: at(span, "an expression is needed"))
  }

  static func modelSetting(_ name: Name, model: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.modelHeader, "the model `\(model.text)` cannot have the setting `\(name.text)`",
      at: at(name.span, "a model is one set of weights")
    ).noting("a top-level `let` makes a number changeable; a `layer` has settings")
  }

  static func modelSizeNotNumber(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.modelHeader, "the sizes of a model are numbers, but `\(name.text)` is a name",
      at: at(name.span, "which number?")
    ).noting("a model is one set of weights; what comes in several sizes is a `layer`")
      .noting(
        "a length that differs from example to example has a limit: `[\(name.text) <= 200]`")
  }

  static func inputDefault(_ name: Name, _ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.inputDefault, "the input `\(name.text)` cannot have a default", at: at(span, "remove this"))
  }

  static func repeatedModel(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.repeatedModel, "`repeat` copies weights, but the model `\(name.text)` has one set of them",
      at: at(name.span, "a model"))
  }

  static func constantType(
    _ name: Name, type: String, value: String, at span: Span, isOverride: Bool
  ) -> Diagnostic {
    isOverride
      ? Diagnostic(
        CheckingCodes.constantType, "`--set \(name.text)=\(value)` is no `\(type)`",
        at: at(span, "`\(name.text)` is declared as this"))
      : Diagnostic(
        CheckingCodes.constantType, "`\(name.text)` is declared as `\(type)`, but it is `\(value)`",
        at: at(span, "not this"))
  }

  static func unknownOverride(_ name: String, candidates: [String]) -> Diagnostic {
    let found = suggestion(for: name, among: candidates)
    return Diagnostic(CheckingCodes.unknownOverride, "`--set \(name)`: the file has no constant `\(name)`")
      .noting(found.map { "did you mean `\($0.name)`?" } ?? constantList(candidates))
  }

  private static func constantList(_ names: [String]) -> String {
    names.isEmpty ? "the file has no constants" : "its constants are \(orList(names.sorted()))"
  }

  static func unused(_ kind: String, _ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.unused, "nothing uses the \(kind) `\(name.text)`", at: at(name.span, "never used"))
  }

  static func shadowsBuiltin(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.shadowsBuiltin, "`\(name.text)` takes the place of what is built in under this name",
      at: at(name.span, "hides the built-in `\(name.text)`"))
  }

  static func sharedInTemplate(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.sharedInTemplate, "all copies share the weights of `\(name.text)`, which is one layer",
      at: at(name.span, "named outside of `repeat`"))
  }
}
