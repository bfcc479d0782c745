import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

extension BodyChecker {
  /// The type that a built-in gives, unknown after a report.
  func applyBuiltin(
    _ declaration: CallableDeclaration, _ call: CheckedCall, _ inputs: [CheckedType?]
  ) -> CheckedType {
    let places = checker.callPlaces[call.span] ?? CallPlaces(name: call.span)
    let given = inputs.compactMap { $0 }
    if given.contains(where: \.hasUnknown) { return .unknown }
    var types: [TensorType] = []
    for (index, input) in inputs.enumerated() {
      guard let input else { continue }
      guard case .tensor(let type) = input else {
        report(
          .recordAsInput(declaration.name, places.inputs[index] ?? places.name, text(input)),
          trail: declaration.name)
        return .unknown
      }
      let wanted = declaration.inputs[min(index, declaration.inputs.count - 1)]
      guard accepts(wanted.element, type.element) else {
        if declaration.category == .loss, index > 0, let (value, label) = classBehindOneHot([call.inputs[index]]) {
          report(oneHotTarget(declaration.name, value, label), trail: declaration.name)
          return .unknown
        }
        if isSuspect(call.inputs) { return .unknown }
        let argument = call.inputs.count == inputs.count || index > 0 ? places.inputs[index] : nil
        var diagnostic = Diagnostic.inputElement(
          declaration, wanted, text(type), at: argument ?? places.name, argument: argument.map(text))
        if let fix = swap(declaration.name, declaration.inputs, inputs, places, call.span) {
          diagnostic = .inputsSwapped(declaration.name, declaration.inputs, at: places.name, fix)
        }
        report(diagnostic, trail: declaration.name)
        return .unknown
      }
      types.append(type)
    }
    if declaration.mixesExamples { mixesExamples = true }
    if declaration.mixesExamples, isInScan {
      report(.mixesExamplesInScan(declaration.name, places.name))
      return .unknown
    }
    let settings = ruleSettings(declaration, call)
    guard mayVary(declaration, types, settings, places) else { return .unknown }
    guard let result = shape(declaration, types, settings, places, call) else { return .unknown }
    if result.isInvalid {
      report(.sizeOverflow(places.name, text(call.span)), trail: declaration.name)
      return .unknown
    }
    if refusesAmount(result.shape.sizes, places.name, call.span) { return .unknown }
    if let type = types.first { warnDroppedPositions(declaration, type, settings, places) }
    warnSilent(declaration, call, types, places)
    if declaration.category == .loss, refusesClassWeights(call.settings, places) { return .unknown }
    let weights = declaration.weights(types, settings)
    if !weights.isEmpty {
      hasWeights = true
      if weights.contains(where: \.isTrainable) { callsWithWeights.insert(call.span) }
      weightRecord += weights.map(\.shape)
      if weights.contains(where: { $0.shape.reduce(Dimension(1), *).isInvalid }) {
        report(.sizeOverflow(places.name, text(call.span)), trail: declaration.name)
        return .unknown
      }
      if weights.contains(where: { refusesAmount($0.shape, places.name, call.span) }) { return .unknown }
      if refusesWeights || kind == .train {
        report(
          refusesWeights
            ? .weightsInData(declaration.name, places.name) : .weightsOutsideModel(declaration.name, places.name))
        return .unknown
      }
    }
    return withLimits(.tensor(result))
  }

  /// Reports sizes that make more numbers than any memory holds; true after that.
  func refusesAmount(_ sizes: [Dimension], _ place: Span, _ whole: Span) -> Bool {
    var count = 1
    for size in sizes {
      guard let size = size.constant else { return false }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      if overflow {
        report(.sizeOverflow(place, text(whole)))
        return true
      }
      count = product
    }
    if count <= 1 << 40 { return false }
    report(.sizeBeyondMemory(place, text(whole), count: count))
    return true
  }

  /// Two inputs in the wrong order.
  func swap(
    _ name: String, _ declared: [InputDeclaration], _ inputs: [CheckedType?], _ places: CallPlaces, _ call: Span
  ) -> Fix? {
    guard inputs.count == 2, declared.count == 2, case .tensor(let first)?? = inputs.first,
      case .tensor(let second)?? = inputs.last, accepts(declared[0].element, second.element),
      accepts(declared[1].element, first.element), let a = places.inputs[0], let b = places.inputs[1],
      a.end <= b.start, call.start <= a.start, b.end <= call.end
    else { return nil }
    let (one, other) = (checker.sources.text(a), checker.sources.text(b))
    return Fix(
      "the other way round: `\(name)(\(excerpt(other)), \(excerpt(one)))`",
      [Edit(a, other), Edit(b, one)], isCertain: true)
  }

  func accepts(_ pattern: ElementPattern, _ element: Element) -> Bool {
    switch (pattern, element) {
    case (.float, .float), (.float, .bool), (.bool, .bool), (.text, .text), (.classes, .classes), (.token, .token),
      (.label, .classes), (.label, .token):
      true
    case (.any, .text): false
    case (.any, _): true
    default: false
    }
  }

  /// Notes that a size of the signature must be the same for every example, for the places that use the layer.
  func fixLength(_ size: Dimension, by culprit: Mixing) {
    guard let name = size.variableName, parameters.contains(name) else { return }
    rigidLengths[.size(name)] = rigidLengths[.size(name)] ?? culprit
  }

  /// The same for one of two sizes, whichever.
  func fixOne(of name: String, _ other: String, by culprit: Mixing) {
    guard name < other, parameters.contains(name), parameters.contains(other) else { return }
    rigidLengths[.oneOf(name, other)] = rigidLengths[.oneOf(name, other)] ?? culprit
  }

  /// The same for all sizes that a leading pack stands for.
  func fixLengths(ofPack pack: String, by culprit: Mixing) {
    rigidLengths[.pack(pack)] = rigidLengths[.pack(pack)] ?? culprit
  }

  /// Whether lengths that differ from example to example suit a built-in; false after a report.
  private func mayVary(
    _ declaration: CallableDeclaration, _ types: [TensorType], _ settings: Settings, _ places: CallPlaces
  ) -> Bool {
    guard declaration.length == .refuses else { return true }
    let mixing = Mixing(name: declaration.name, span: places.name)
    let free = declaration.keepsPositions?.holds(types, settings) ?? false ? 1 : 0
    for type in types {
      if let pack = type.shape.pack { fixLengths(ofPack: pack, by: mixing) }
      for axis in type.shape.axes.dropFirst(free) {
        if axis.isVarying {
          report(
            .varyingRefused(
              declaration.name, text(type), describe(axis.size), places.name, when: declaration.keepsPositions?.note),
            trail: declaration.name)
          return false
        }
        fixLength(axis.size, by: mixing)
      }
    }
    return true
  }

  /// Runs the shape rule. A requirement that it throws as unknown is inferred, and the rule is asked again.
  private func shape(
    _ declaration: CallableDeclaration, _ types: [TensorType], _ settings: Settings, _ places: CallPlaces,
    _ call: CheckedCall
  ) -> TensorType? {
    for _ in 0..<16 {
      var applications = 0
      var times: Dimension?
      if case .setting(let label)? = declaration.copies, case .integer(let size)? = settings.values[label] {
        times = size
      }
      let context = ShapeContext(
        inputs: types, settings: settings,
        apply: { [self] handle, type throws(ShapeReason) in
          applications += 1
          let outer = repetition
          if let times { repetition = times.constant.map { "layer \(applications) of \($0)" } }
          defer { repetition = outer }
          let layer = handles[handle.index]
          let result = apply(layer, to: .tensor(type), at: call.span, inputSpan: places.name)
          guard case .tensor(let tensor) = result else { throw ShapeReason("") }
          return tensor
        },
        require: { [self] fact, reason throws(ShapeReason) in
          try require(fact, reason, places)
        },
        fix: { [self] size in fixLength(size, by: Mixing(name: declaration.name, span: places.name)) })
      do {
        return try declaration.shape(context)
      } catch {
        if error.message.isEmpty { return nil }
        if let fact = error.requirement, verdict(fact) == .unknown,
          infer(fact, at: place(of: error, places), reason: error.message)
        {
          continue
        }
        if !isSuspect(call.inputs) {
          let refused = explainingClasses(refusal(error, declaration, types, places, call), call.inputs)
          report(refused, trail: declaration.name)
        }
        return nil
      }
    }
    report(.unproven(places.name, "that `\(declaration.name)` fits", "more than can be inferred"))
    return nil
  }

  /// Whether the mistake between these values was reported already: a loss and a metric of a train block that compare
  /// the same two would both say so. Notes them otherwise.
  func isSuspect(_ inputs: [CheckedExpression?], field: String? = nil) -> Bool {
    guard kind == .train else { return false }
    var names: Set<String> = field.map { [$0] } ?? []
    for input in inputs { names.formUnion(input.map(roots) ?? []) }
    if names.count < 2 { return false }
    return !suspects.insert(names).inserted
  }

  /// The fields and models that a value comes from, through `let`s.
  func roots(of value: CheckedExpression) -> Set<String> {
    var result: Set<String> = []
    value.visit { part in
      switch part.kind {
      case .local(let name): result.formUnion(localRoots[name] ?? [name])
      case .field(let name): result.insert(name)
      case .call(let call):
        if case .user(let index) = call.callee { result.insert(checker.layers[index].declaration.name.text) }
      case .apply(let layer, _):
        result.formUnion(layer.calledLayers.map { checker.layers[$0].declaration.name.text })
      default: break
      }
    }
    return result
  }

  private func require(_ fact: Fact, _ reason: ShapeReason, _ places: CallPlaces) throws(ShapeReason) {
    switch verdict(fact) {
    case .proven: return
    case .refuted: throw reason
    case .unknown:
      if infer(fact, at: place(of: reason, places), reason: reason.message) { return }
      report(
        .unproven(place(of: reason, places), "that \(reason.message)", facts.describe(fact), isReason: true),
        trail: nil)
      throw ShapeReason("")
    }
  }

  private func place(of reason: ShapeReason, _ places: CallPlaces) -> Span {
    if let setting = reason.setting, let span = places.settings[setting] { return span }
    if let input = reason.input, input > 0, let span = places.inputs[input] { return span }
    return places.name
  }

  private func refusal(
    _ reason: ShapeReason, _ declaration: CallableDeclaration, _ types: [TensorType], _ places: CallPlaces,
    _ call: CheckedCall
  ) -> Diagnostic {
    if let type = types.first, let sizes = isChannelsFirst(declaration.name, type) {
      let origin = origins(ofInput: 0, of: call, count: types.count).first ?? nil
      // The error says what the warning of an earlier layer said.
      if let origin { checker.explained.insert(origin) }
      return .channelsFirst(text(type), sizes, at: origin ?? places.name, isError: true)
    }
    var result = Diagnostic.refused(reason, at: place(of: reason, places))
    if let fix = batchInHeader(types, call) { result.fixes.append(fix) }
    let input = reason.input ?? 0
    let isOfInput = reason.input != nil || reason.setting == nil
    if isOfInput, types.indices.contains(input), let primary = result.primary?.span {
      let shape = types[input].shape
      let origins = origins(ofInput: input, of: call, count: types.count)
      let found = originLabels(axes(of: reason, in: shape), of: shape, origins, besides: primary)
      result.secondary += found
      if found.isEmpty, let span = places.inputs[input], span != primary {
        result.secondary.append(Label(span, "this is \(text(types[input]))"))
      }
    }
    if let repetition, let index = declarationInProgress {
      result.context = "in \(declaration.name), \(repetition) ← \(index)"
    }
    return result
  }

  /// `GPT (gpt.nnet:21)`
  var declarationInProgress: String? {
    guard case .layer(let index) = kind else { return nil }
    let declaration = checker.layers[index].declaration
    return "\(declaration.name.text) (\(checker.place(declaration.name.span)))"
  }

  /// The settings as the rules of a built-in see them: a word that the enclosing layer is given is not known yet, so
  /// the first that the setting takes stands in for it. Shapes do not depend on words.
  private func ruleSettings(_ declaration: CallableDeclaration, _ call: CheckedCall) -> Settings {
    var values = call.settings.mapValues(settingValue)
    for setting in declaration.settings {
      guard case .word(let words) = setting.kind, case .word(let word)? = values[setting.label],
        !words.contains(word), let first = words.first
      else { continue }
      values[setting.label] = .word(first)
    }
    return Settings(values)
  }

  /// A setting as a shape rule sees it.
  func settingValue(_ setting: CheckedSetting) -> SettingValue {
    switch setting {
    case .integer(let size): return .integer(size)
    case .scalar(.literal(let number)): return .real(number)
    case .scalar: return .later
    case .boolean(let flag): return .boolean(flag)
    // Shapes do not depend on it, or both ways are checked where it is given.
    case .booleanParameter: return .boolean(false)
    case .word(let word): return .word(word)
    case .string(let text): return .string(text)
    case .axes(let axes): return .axes(axes)
    case .shape(let sizes): return .shape(sizes)
    case .reals(let numbers):
      return .reals(numbers.map { if case .literal(let number) = $0 { number } else { 1 } })
    case .layer(let layer):
      handles.append(layer)
      return .layer(LayerHandle(handles.count - 1))
    case .layers(let layers):
      return .layers(
        layers.map { layer in
          handles.append(layer)
          return LayerHandle(handles.count - 1)
        })
    case .schedule(let name, let settings):
      return .schedule(name: name, settings: Settings(settings.mapValues(settingValue)))
    case .field(let name): return .field(name)
    case .list(let values): return .list(values.map(settingValue))
    }
  }
}
