import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

/// What a written call turns out to be.
enum CallOutcome {
  case value(CheckedExpression)
  /// It still waits for its first input.
  case layer(CheckedLayerValue)
  /// Reported.
  case broken
}

/// What stands before the parentheses.
enum Callee {
  case builtin(CallableDeclaration)
  /// A built-in by the name that another tool has for it, and what to say of that.
  case foreign(CallableDeclaration, Diagnostic)
  case user(Int)
  case local(CheckedLayerValue)
  case transform(TransformDeclaration)
  case draw
  case form(Form)
  /// Other tools' word for a chain.
  case sequential
  case broken
}

extension BodyChecker {
  func callee(_ name: Name) -> Callee {
    switch peek(name.text) {
    case .layer(let layer)?:
      _ = find(name.text)
      return .local(layer)
    case .layerParameter?:
      _ = find(name.text)
      return .local(.parameter(name.text))
    case .unknown? where Catalog.callable[name.text] == nil: return .broken
    default: break
    }
    if case .layer(let index)? = file.names[name.text] {
      file.used.insert(name.text)
      checker.layers[index].isUsed = true
      return .user(index)
    }
    if case .unknown? = file.names[name.text] { return .broken }
    if let form = Form(rawValue: name.text) { return .form(form) }
    if columns != nil, let declaration = Catalog.transform[name.text] { return .transform(declaration) }
    if let declaration = Catalog.callable[name.text] { return .builtin(declaration) }
    if Vocabulary.draws.contains(name.text) { return .draw }
    if name.text == "Sequential" { return .sequential }
    let diagnostic = unknownCallee(name)
    // A foreign spelling is read as what it stands for, so that its settings are checked too.
    if diagnostic.code == CheckingCodes.unknownLayer, let declaration = Vocabulary.callable(name.text) {
      return .foreign(declaration, diagnostic)
    }
    report(diagnostic)
    return .broken
  }

  private func unknownCallee(_ name: Name) -> Diagnostic {
    if Catalog.transform[name.text] != nil { return .transformOutsideData(name) }
    if Catalog.metric[name.text] != nil { return .metricAsValue(name) }
    if Catalog.initializer[name.text] != nil { return .notALayerHere(name, "an initialiser") }
    if Catalog.optimizer[name.text] != nil { return .notALayerHere(name, "an optimizer") }
    if Catalog.schedule[name.text] != nil { return .notALayerHere(name, "a schedule") }
    if case .data? = file.names[name.text] { return .notALayerHere(name, "a data block") }
    if let local = peek(name.text) {
      if case .value(_, let type) = local { return .valueAsLayer(name, text(type)) }
      return .valueAsLayer(name, "a number or a word")
    }
    let own = file.names.compactMap { entry -> String? in if case .layer = entry.value { entry.key } else { nil } }
    let locals = scopes.flatMap { $0 }.compactMap { entry -> String? in
      switch entry.value.local {
      case .layer, .layerParameter: entry.key
      default: nil
      }
    }
    let transforms = columns == nil ? [] : Catalog.transforms.map(\.name)
    if ["unsqueeze", "expanddims", "newaxis"].contains(Vocabulary.folded(name.text)) {
      return .unknownLayer(name, nil).noting(axisNote)
    }
    if ["randn", "rand", "random", "gaussian", "randn_like", "random_normal"].contains(name.text) {
      return .unknownLayer(name, nil).noting("a draw takes the shape of its place: `let z: [16] = normal`")
    }
    return .unknownLayer(
      name,
      suggestion(
        for: name.text, among: Catalog.callables.map(\.name) + own + locals + transforms,
        aliases: columns == nil ? Vocabulary.callableAliases : Vocabulary.everyAlias))
  }

  /// How an axis of size 1 is added.
  var axisNote: String {
    let sizes = trail.last?.type.tensor.flatMap { type in
      type.shape.pack == nil ? type.shape.axes.map { describe($0.size) } : nil
    }
    let example = (sizes ?? ["8"]).joined(separator: ", ")
    return "an axis more is another shape: `reshape([\(example), 1])`, or `reshape([1, \(example)])`"
  }

  /// Whether an expression stands for a layer rather than for a value. Reports nothing.
  func denotesLayer(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .parenthesized(let inner): return denotesLayer(inner)
    case .chain(let head, _): return denotesLayer(head)
    case .name(let name):
      switch peek(name.text) {
      case .layer?, .layerParameter?: return true
      case .some: return false
      case nil: break
      }
      if case .layer(let index)? = file.names[name.text] {
        return !(checker.layers[index].signature?.inputs.isEmpty ?? true)
      }
      if columns != nil, Catalog.transform[name.text] != nil { return true }
      return Vocabulary.callable(name.text).map { !$0.inputs.isEmpty } ?? false
    case .member:
      let meant = foreignPath(expression).flatMap { Vocabulary.callable($0.text) }
      return !(meant?.inputs.isEmpty ?? true)
    case .call(let callee, let arguments):
      guard let name = callee.name ?? foreignPath(callee) else { return false }
      switch peek(name.text) {
      case .layer?, .layerParameter?: return arguments.isEmpty
      default: break
      }
      if case .layer(let index)? = file.names[name.text] {
        guard let first = checker.layers[index].signature?.inputs.first else { return false }
        return !arguments.contains { argument in
          argument.label.map { $0.text == first.name.text } ?? !isNumber(argument.value)
        }
      }
      if columns != nil, let transform = Catalog.transform[name.text], Form(rawValue: name.text) == nil {
        guard let first = arguments.first, first.label == nil else { return true }
        return transform.settings.first(where: \.isPositional).map { looksLike(first.value, $0.kind) } ?? false
      }
      guard let declaration = Vocabulary.callable(name.text), let first = declaration.inputs.first else { return false }
      let own = ForeignArguments.translated(
        arguments, of: name.text, to: declaration, isForeign: callee.name == nil
      ).arguments
      return !givesFirstInput(own, declaration, first.name)
    default: return false
    }
  }

  private func givesFirstInput(
    _ arguments: [Argument], _ declaration: CallableDeclaration, _ first: String
  ) -> Bool {
    if arguments.contains(where: { $0.label?.text == first }) { return true }
    let positional = arguments.filter { $0.label == nil }
    guard let value = positional.first?.value else { return false }
    guard let setting = declaration.settings.first(where: \.isPositional) else { return true }
    return !isPositionalSetting(value, setting, of: declaration)
  }

  /// Whether a positional argument is the setting that may stand without its label, rather than an input.
  func isPositionalSetting(
    _ value: Expression, _ setting: SettingDeclaration, of declaration: CallableDeclaration
  ) -> Bool {
    if looksLike(value, setting.kind) { return true }
    switch setting.kind {
    case .layer, .layers: return true
    default: break
    }
    switch declaration.category {
    // After a layer, parentheses hold its settings.
    case .layer, .combinator: return true
    case .function, .loss, .regularizer: return false
    case .activation: break
    }
    switch value.unwrapped.kind {
    case .string, .boolean, .range, .percent, .real, .integer: return true
    case .name(let name):
      switch peek(name.text) {
      case .value?: return false
      case nil: return !Vocabulary.draws.contains(name.text)
      default: return true
      }
    case .operation, .unary:
      var isOpen = true
      value.visitNames { name in
        if case .value? = self.peek(name.text) { isOpen = false }
      }
      return isOpen
    default: return false
    }
  }

  // MARK: Calls

  func callValue(
    _ callee: Expression, _ arguments: [Argument], _ expression: Expression, expecting expected: CheckedType?
  ) -> CheckedExpression {
    switch call(callee, arguments, expression.span, expecting: expected) {
    case .value(let value): return value
    case .broken: return unknown(expression.span)
    case .layer:
      let name = callee.name?.text ?? text(callee.span)
      return refuse(
        .layerAsValue(expression.span, text(expression.span), input: waitingInput(of: name)), expression.span)
    }
  }

  private func waitingInput(of name: String) -> String {
    if case .layer(let index)? = file.names[name] {
      return checker.layers[index].signature?.inputs.first?.name.text ?? "x"
    }
    return Catalog.callable[name]?.inputs.first?.name ?? "x"
  }

  func call(
    _ calleeExpression: Expression, _ arguments: [Argument], _ span: Span, expecting expected: CheckedType? = nil
  ) -> CallOutcome {
    if let path = foreignPath(calleeExpression), let declaration = Vocabulary.callable(path.text) {
      let diagnostic = Diagnostic.unknownLayer(
        Name(text(path.span), path.span), Suggestion(name: declaration.name, isCertain: true))
      return foreignCall(declaration, diagnostic, path, arguments, span)
    }
    guard let name = calleeExpression.name else {
      if let chain = methodChain(calleeExpression, arguments, span) { return .value(chain) }
      if let outcome = foreignForm(calleeExpression, arguments, span) { return outcome }
      if !calleeExpression.isMissing {
        report(.notCallable(calleeExpression.span, text(calleeExpression.span)))
      }
      return .broken
    }
    switch callee(name) {
    case .broken:
      absorb(arguments)
      return .broken
    case .builtin(let declaration): return builtinCall(declaration, name, arguments, span)
    case .foreign(let declaration, let diagnostic):
      return foreignCall(declaration, diagnostic, name, arguments, span)
    case .user(let index): return userCall(index, name, arguments, span)
    case .local(let layer): return localCall(layer, name, arguments, span)
    case .draw: return .value(draw(name, arguments, span, expecting: expected))
    case .form(let form): return formCall(form, name, arguments, span)
    case .sequential: return sequential(name, arguments, span)
    case .transform(let declaration): return transformCall(declaration, name, arguments, span)
    }
  }

  /// A built-in by the name that another tool has for it, read as what it stands for.
  private func foreignCall(
    _ declaration: CallableDeclaration, _ diagnostic: Diagnostic, _ name: Name, _ arguments: [Argument], _ span: Span
  ) -> CallOutcome {
    let isPath = checker.sources.text(name.span) != name.text
    let foreign = ForeignArguments.translated(arguments, of: name.text, to: declaration, isForeign: isPath)
    let own = completed(foreign, declaration)
    let isSound = own.isComplete && !own.isGuess && checker.quietly { fits(own.arguments, declaration, name) }
    if !isSound, let chained = layerWithInput(declaration, diagnostic, name, arguments, span, isForeign: isPath) {
      report(chained)
      absorb(arguments)
      return .broken
    }
    report(translating(diagnostic, arguments, own, declaration.name, span, isSound: isSound))
    guard isSound else {
      absorb(arguments)
      return .broken
    }
    let outcome = builtinCall(declaration, name, own.arguments, span)
    return withStages(outcome, own, name)
  }

  /// The layer with the stages around it that other tools write as settings.
  private func withStages(_ outcome: CallOutcome, _ own: ForeignCall, _ name: Name) -> CallOutcome {
    guard own.padding != nil || own.activation != nil, case .layer(let layer) = outcome else { return outcome }
    var parts = [layer]
    if let settings = own.padding, let pad = Catalog.callable["pad"] {
      guard case .layer(let before) = builtinCall(pad, name, settings, name.span.beginning) else { return .broken }
      parts.insert(before, at: 0)
    }
    if let activation = own.activation.flatMap({ Catalog.callable[$0] }) {
      guard case .layer(let behind) = builtinCall(activation, name, [], name.span.ending) else { return .broken }
      parts.append(behind)
    }
    return .layer(.chain(parts))
  }

  /// Looks into the arguments of a call that is broken itself, for names that are used and for further mistakes.
  func absorb(_ arguments: [Argument]) {
    for argument in arguments {
      argument.value.visitNames { name in
        _ = self.find(name.text)
        if case .layer(let index)? = self.file.names[name.text] { self.checker.layers[index].isUsed = true }
      }
    }
  }

  /// `enc(x)` for `let enc = dense(64)`.
  private func localCall(
    _ layer: CheckedLayerValue, _ name: Name, _ arguments: [Argument], _ span: Span
  ) -> CallOutcome {
    if arguments.isEmpty { return .layer(layer) }
    guard arguments.count == 1, arguments[0].label == nil else {
      report(.namedLayerArguments(name, at: span))
      absorb(arguments)
      return .broken
    }
    let input = value(arguments[0].value)
    let type = apply(layer, to: input.type, at: span, inputSpan: input.span)
    return .value(CheckedExpression(.apply(layer, input), type, span))
  }

  // MARK: Built-in

  func builtinCall(
    _ declaration: CallableDeclaration, _ name: Name, _ arguments: [Argument], _ span: Span
  ) -> CallOutcome {
    if declaration.category == .regularizer { return regularizerCall(declaration, name, arguments, span) }
    let outerCall = currentCall
    currentCall = span
    let sorted = sort(arguments, declaration, name)
    currentCall = outerCall
    guard let sorted else {
      absorb(arguments)
      return .broken
    }
    let site = nextSite(declaration.name)
    var places = CallPlaces(name: name.span)
    for (label, value) in sorted.settings { places.settings[label] = value.span }
    var isBroken = false
    let layerSetting = declaration.settings.first { $0.kind == .layer }.flatMap { sorted.settings[$0.label] }
    var isLone = false
    if case .chain? = layerSetting?.unwrapped.kind {} else { isLone = true }
    let settings = withTemplate(declaration.name, isLone: isLone) {
      var layers: [CheckedLayerValue] = []
      var others = sorted.settings
      var result: [String: CheckedSetting] = [:]
      if let label = sorted.layersLabel {
        others[label] = nil
        for value in sorted.layers {
          if let layer = layerValue(value) { layers.append(layer) } else { isBroken = true }
        }
        result[label] = .layers(layers)
      }
      let rest = declaration.settings.filter { $0.label != sorted.layersLabel }
      let evaluated = evaluate(others, rest, of: name, isBroken: &isBroken)
      return evaluated.map { $0.merging(result) { $1 } }
    }
    var inputs: [CheckedExpression?] = []
    for (index, expression) in sorted.inputs.enumerated() {
      guard let expression else {
        inputs.append(nil)
        continue
      }
      let pattern = declaration.inputs[min(index, declaration.inputs.count - 1)].element
      let checked = coerced(value(expression), to: pattern)
      places.inputs[index] = checked.span
      inputs.append(checked)
    }
    guard let settings, !isBroken else { return .broken }
    if declaration.copies != nil, case .layer(let layer)? = settings["layer"] {
      warnShared(layer, layerSetting)
    }
    checker.callPlaces[span] = places
    let isApplied = declaration.inputs.isEmpty || inputs.first.map { $0 != nil } ?? false
    guard hasInputs(inputs, declaration, name, isApplied: isApplied, arguments) else { return .broken }
    let call = CheckedCall(
      callee: .builtin(declaration.name), site: site, settings: settings,
      inputs: isApplied ? inputs : Array(inputs.dropFirst()), span: span)
    if !isApplied { return .layer(.call(call)) }
    let type = applyBuiltin(declaration, call, inputs.map { $0?.type })
    return .value(CheckedExpression(.call(call), type, span))
  }

  private func hasInputs(
    _ inputs: [CheckedExpression?], _ declaration: CallableDeclaration, _ name: Name, isApplied: Bool,
    _ written: [Argument]
  ) -> Bool {
    for (index, input) in declaration.inputs.enumerated() where !(index == 0 && !isApplied) {
      if input.isOptional || (index < inputs.count && inputs[index] != nil) { continue }
      if index == 1, case .list(let elements)? = written.first?.value.unwrapped.kind, elements.count > 1 {
        report(
          .inputsInBrackets(
            name, written[0].value.unwrapped.span,
            isCertain: declaration.settings.allSatisfy {
              setting in !setting.isRequired || written.contains { $0.label?.text == setting.label }
            }))
        return false
      }
      report(.missingInput(name, input.name, doc: input.doc))
      return false
    }
    return true
  }

  /// `l2(Net)`: a term of a model's weights.
  private func regularizerCall(
    _ declaration: CallableDeclaration, _ name: Name, _ arguments: [Argument], _ span: Span
  ) -> CallOutcome {
    guard case .train = kind else {
      report(.onlyInTrain(name))
      absorb(arguments)
      return .broken
    }
    var rest = arguments
    let index = rest.firstIndex { $0.label == nil || $0.label?.text == "model" }
    guard let index else {
      report(.missingInput(name, "model", doc: "The model whose weights count."))
      return .broken
    }
    let argument = rest.remove(at: index)
    guard let model = argument.value.name, case .layer(let layer)? = file.names[model.text],
      checker.layers[layer].declaration.isModel
    else {
      report(.notAModel(argument.span, text(argument.span), modelNames))
      return .broken
    }
    file.used.insert(model.text)
    checker.layers[layer].isUsed = true
    modelsUsed.insert(layer)
    let declarations = declaration.settings.filter { $0.label != "model" }
    guard var settings = plainSettings(rest, declarations, of: name) else { return .broken }
    settings["model"] = .word(checker.layers[layer].declaration.name.text)
    let call = CheckedCall(
      callee: .builtin(declaration.name), site: nextSite(declaration.name), settings: settings, inputs: [], span: span)
    return .value(CheckedExpression(.call(call), .scalar, span))
  }

  var modelNames: [String] {
    file.names.compactMap { entry in
      if case .layer(let index) = entry.value, checker.layers[index].declaration.isModel { entry.key } else { nil }
    }
  }

  // MARK: Sites

  func nextSite(_ kind: String) -> String {
    if let forced = forcedSite {
      forcedSite = nil
      return forced
    }
    return sitePrefix + sites.next(kind)
  }

  /// Evaluates the layers that a combinator is given: their places are named inside it.
  private func withTemplate<T>(_ owner: String, isLone: Bool, _ body: () -> T) -> T {
    let saved = (sitePrefix, forcedSite, template, isLoneInTemplate)
    sites.enter()
    (sitePrefix, forcedSite, template, isLoneInTemplate) = ("", nil, owner, isLone)
    defer {
      (sitePrefix, forcedSite, template, isLoneInTemplate) = saved
      sites.leave()
    }
    return body()
  }

  /// Combinators such as `repeat` copy what is written in them; what has a name is shared.
  private func warnShared(_ layer: CheckedLayerValue, _ expression: Expression?) {
    switch layer {
    case .named(let name), .parameter(let name):
      expression?.visitNames { written in
        if written.text == name { self.report(.sharedInTemplate(written)) }
      }
    case .chain(let parts): for part in parts { warnShared(part, expression) }
    case .call: break
    }
  }
}
