import Declarations
import Diagnostics
import Layers
import Syntax

extension BodyChecker {
  /// Calls in the forms of other tools, which are chains here: `dense(8)(x)`, `nn.Sequential(a, b)`, `x.detach()`.
  /// Nil where it is something else.
  func foreignForm(_ callee: Expression, _ arguments: [Argument], _ span: Span) -> CallOutcome? {
    if let path = foreignPath(callee), path.text == "Sequential" {
      return sequential(Name(text(path.span), path.span), arguments, span)
    }
    if case .member(let base, let label) = callee.kind, Self.detachments.contains(label.text), arguments.isEmpty {
      report(.detachment(label, at: span, base: base.span, text(base.span), isInTrain: kind == .train))
      return .value(value(base))
    }
    if case .member(let base, let label) = callee.kind, Vocabulary.callable(label.text) == nil,
      ["unsqueeze", "expanddims"].contains(Vocabulary.folded(label.text)), base.name != nil
    {
      absorb(arguments)
      report(Diagnostic.unknownLayer(label, nil).noting("an axis more is another shape: `-> reshape([…])`"))
      return .broken
    }
    if let outcome = appliedFunction(callee, arguments, span) { return outcome }
    if let outcome = appliedLayer(callee, arguments, span) { return outcome }
    if let path = foreignPath(callee) {
      absorb(arguments)
      report(.unknownLayer(Name(text(path.span), path.span), nil))
      return .broken
    }
    // `h.view(4)` where `h` was a mistake.
    if case .member(let base, _) = callee.kind, let head = base.name, case .unknown? = peek(head.text) {
      absorb(arguments)
      return .broken
    }
    return nil
  }

  /// `nn.CrossEntropyLoss()(logits, y)`, `Concatenate()([a, b])`: what takes several inputs, made first and called then.
  private func appliedFunction(_ callee: Expression, _ arguments: [Argument], _ span: Span) -> CallOutcome? {
    guard case .call(let inner, let settings) = callee.unwrapped.kind, let name = inner.name ?? foreignPath(inner),
      peek(name.text) == nil, file.names[name.text] == nil, let declaration = Vocabulary.callable(name.text),
      declaration.category == .loss || declaration.isVariadic
    else { return nil }
    let foreign = ForeignArguments.translated(
      arguments + settings, of: name.text, to: declaration,
      isForeign: inner.name == nil || name.text != declaration.name)
    let own = completed(foreign, declaration)
    let isSound = own.isComplete && checker.quietly { fits(own.arguments, declaration, name) }
    let written = Name(text(inner.span), inner.span)
    let found = Suggestion(name: declaration.name, isCertain: true)
    let diagnostic = Diagnostic.unknownLayer(written, found)
    report(translating(diagnostic, settings, own, declaration.name, span, isSound: isSound))
    guard isSound else {
      absorb(arguments)
      return .broken
    }
    return builtinCall(declaration, name, own.arguments, span)
  }

  /// `F.max_pool2d(x, 2)`: the mistake of a layer that is called with its input, as a chain; nil where it is none.
  func layerWithInput(
    _ declaration: CallableDeclaration, _ diagnostic: Diagnostic, _ name: Name, _ arguments: [Argument], _ span: Span,
    isForeign: Bool
  ) -> Diagnostic? {
    guard declaration.category == .layer, let first = arguments.first, first.label == nil, !isNumber(first.value),
      !denotesLayer(first.value)
    else { return nil }
    if case .list = first.value.unwrapped.kind { return nil }
    guard let type = incomingType([first]) else { return nil }
    let outer = trail
    trail = [("", .tensor(type))]
    defer { trail = outer }
    let rest = Array(arguments.dropFirst())
    let own = completed(
      ForeignArguments.translated(rest, of: name.text, to: declaration, isForeign: isForeign), declaration)
    let isSound = own.isComplete && !own.isGuess && checker.quietly { fits(own.arguments, declaration, name) }
    var result = diagnostic
    result.fixes = []
    checker.absorbed.append(span)
    guard isSound else {
      return result.noting("`\(declaration.name)` is a layer: `x -> \(declaration.name)(…)`")
    }
    var input = checker.sources.text(first.span)
    switch first.value.kind {
    case .operation, .unary: input = "(\(input))"
    default: break
    }
    let chain = "\(input) -> \(callText(declaration.name, own))"
    let written = standsBesideOperator(span) ? "(\(chain))" : chain
    result.fixes = [Fix("write `\(excerpt(written))`", [Edit(span, written)], isCertain: false)]
    return result
  }

  private static let detachments: Set<String> = ["detach", "stop_gradient"]

  /// `dense(8)(x)`: read as `x -> dense(8)`.
  private func appliedLayer(_ callee: Expression, _ arguments: [Argument], _ span: Span) -> CallOutcome? {
    guard case .call = callee.unwrapped.kind, arguments.count == 1, arguments[0].label == nil else { return nil }
    let isLayer = denotesLayer(callee) || isSequential(callee)
    guard isLayer else { return nil }
    let argument = arguments[0].value
    var input = checker.sources.text(argument.span)
    switch argument.kind {
    case .operation, .unary: input = "(\(input))"
    default: break
    }
    let layer = translatedText(callee)
    let chained = "\(input) -> \(layer ?? checker.sources.text(callee.span))"
    report(.appliedLayer(span, standsBesideOperator(span) ? "(\(chained))" : chained))
    let whole = Expression(.chain(argument, stages: [callee]), span)
    if layer == nil { return .value(chain(argument, [callee], whole, expecting: nil)) }
    return .value(mended(span) { chain(argument, [callee], whole, expecting: nil) })
  }

  /// Whether an operator stands before or behind a place, so that a chain there needs parentheses.
  private func standsBesideOperator(_ span: Span) -> Bool {
    let bytes = checker.sources[span.file].bytes
    let blank: Set<UInt8> = Set(" \n\t\r".utf8)
    let signs: Set<UInt8> = Set("+-*/^%@<>!".utf8)
    var (before, behind) = (Int(span.start) - 1, Int(span.end))
    while before >= 0, bytes[before] == UInt8(ascii: " ") { before -= 1 }
    while behind < bytes.count {
      if bytes[behind...].starts(with: "//".utf8) {
        behind = bytes[behind...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
      } else if blank.contains(bytes[behind]) {
        behind += 1
      } else {
        break
      }
    }
    let isArrow = bytes[behind...].starts(with: "->".utf8)
    if behind < bytes.count, signs.contains(bytes[behind]) || bytes[behind] == UInt8(ascii: "="), !isArrow {
      return true
    }
    if ["and ", "or "].contains(where: { bytes[behind...].starts(with: $0.utf8) }) { return true }
    guard before >= 0 else { return false }
    let isComparison = before > 0 && bytes[before] == UInt8(ascii: "=") && "=<>!".utf8.contains(bytes[before - 1])
    return signs.contains(bytes[before]) || isComparison
      || ["and", "or", "not"].contains { word in
        before >= word.utf8.count && bytes[(before + 1 - word.utf8.count)...before].elementsEqual(word.utf8)
          && blank.contains(bytes[before - word.utf8.count])
      }
  }

  /// Looks into what a diagnostic mends as a whole, the foreign names in it included.
  func mended<T>(_ span: Span, _ body: () -> T) -> T {
    let outer = isMendedAsAWhole
    isMendedAsAWhole = true
    defer { isMendedAsAWhole = outer }
    let result = body()
    checker.withdrawForeignNames(in: span)
    return result
  }

  /// A layer in the words of this language; nil where that is not certain.
  func translatedText(_ expression: Expression) -> String? {
    let inner = expression.unwrapped
    var arguments: [Argument] = []
    var callee = inner
    if case .call(let function, let given) = inner.kind { (callee, arguments) = (function, given) }
    if case .chain(let head, let stages) = inner.kind {
      let parts = ([head] + stages).map(translatedText)
      return parts.contains { $0 == nil } ? nil : parts.compactMap { $0 }.joined(separator: " -> ")
    }
    guard let name = callee.name ?? foreignPath(callee) else { return nil }
    if name.text == "Sequential" {
      let parts = layers(ofSequential: arguments).map(translatedText)
      return parts.isEmpty || parts.contains { $0 == nil }
        ? nil : parts.compactMap { $0 }.joined(separator: " -> ")
    }
    if callee.name != nil, peek(name.text) != nil || file.names[name.text] != nil || Catalog.callable[name.text] != nil
    {
      let open = arguments.contains { argument in
        if case .list(let sizes) = argument.value.unwrapped.kind { return sizes.contains(where: isOpenSize) }
        return isOpenSize(argument.value)
      }
      guard open, name.text == "reshape" else { return checker.sources.text(inner.span) }
      let sizes = arguments.flatMap { argument in
        if case .list(let sizes) = argument.value.unwrapped.kind { sizes } else { [argument.value] }
      }
      return inferredSizes(sizes, trail.last?.type.tensor).map {
        "reshape([\($0.map(String.init).joined(separator: ", "))])"
      }
    }
    guard let declaration = Vocabulary.callable(name.text) else { return nil }
    let foreign = ForeignArguments.translated(arguments, of: name.text, to: declaration, isForeign: callee.name == nil)
    let own = completed(foreign, declaration)
    let isSound = own.isComplete && !own.isGuess && checker.quietly { fits(own.arguments, declaration, name) }
    return isSound ? callText(declaration.name, own) : nil
  }

  private func layers(ofSequential arguments: [Argument]) -> [Expression] {
    if arguments.count == 1, case .list(let elements) = arguments[0].value.unwrapped.kind { return elements }
    return arguments.map(\.value)
  }

  /// `Sequential(…)`, with or without a module before it.
  private func isSequential(_ expression: Expression) -> Bool {
    guard case .call(let callee, _) = expression.unwrapped.kind else { return false }
    return (callee.name ?? foreignPath(callee))?.text == "Sequential"
  }

  /// `nn.Sequential(a, b)`: layers in a row, which is a chain.
  func sequential(_ name: Name, _ arguments: [Argument], _ span: Span) -> CallOutcome {
    let parts = layers(ofSequential: arguments)
    let isPlain =
      !parts.isEmpty && arguments.allSatisfy { $0.label == nil }
      && parts.allSatisfy { denotesLayer($0) || isSequential($0) }
    guard isPlain else {
      absorb(arguments)
      report(.sequential(name, at: span, nil))
      return .broken
    }
    let texts = parts.map(translatedText)
    let isWhole = !texts.contains { $0 == nil }
    let text = zip(texts, parts).map { $0 ?? checker.sources.text($1.span) }.joined(separator: " -> ")
    if !isMendedAsAWhole { report(.sequential(name, at: span, text, isCertain: isWhole)) }
    let layers = isWhole ? mended(span) { parts.map { layerValue($0) } } : parts.map { layerValue($0) }
    return layers.contains { $0 == nil } ? .broken : .layer(.chain(layers.compactMap { $0 }))
  }
}

extension Diagnostic {
  static func appliedLayer(_ span: Span, _ chain: String) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.notALayer, "data flow into a layer along `->`", at: Label(span, "a layer with its input behind"))
    result.fixes = [Fix("write `\(excerpt(chain))`", [Edit(span, chain)], isCertain: false)]
    return result
  }

  static func sequential(_ name: Name, at span: Span, _ chain: String?, isCertain: Bool = false) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.notALayer, "layers in a row are a chain: `\(name.text)` is not needed",
      at: Label(name.span, "chain them with `->`"))
    if let chain {
      result.fixes = [Fix("write `\(excerpt(chain))`", [Edit(span, chain)], isCertain: isCertain)]
    } else {
      result.notes = ["`x -> dense(8) -> relu -> dense(3)`"]
    }
    return result
  }

  /// `fake.detach()`
  static func detachment(_ label: Name, at span: Span, base: Span, _ text: String, isInTrain: Bool) -> Diagnostic {
    let rest = Span(file: span.file, start: Int(base.end), end: Int(span.end))
    let stopped = "stop_gradient(\(excerpt(text)))"
    if isInTrain {
      var result = Diagnostic(
        CheckingCodes.notALayer, "nothing needs to be detached: gradients reach only the models of their step",
        at: Label(label.span, "not needed"))
      result.fixes = [Fix("leave it out", [Edit(rest, "")], isCertain: false)]
      return result.noting("within a model of the step, `\(stopped)` stops them")
    }
    var result = Diagnostic(
      CheckingCodes.notALayer, "values have no methods: `stop_gradient` stops gradients",
      at: Label(label.span, "a function here"))
    result.fixes = [Fix("write `\(stopped)`", [Edit(span, "stop_gradient(\(text))")], isCertain: false)]
    return result
  }
}
