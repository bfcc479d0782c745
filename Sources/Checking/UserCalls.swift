import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

extension BodyChecker {
  /// A call of a layer or model of the file.
  func userCall(_ index: Int, _ name: Name, _ arguments: [Argument], _ span: Span) -> CallOutcome {
    let isTemplate = template.flatMap { Catalog.callable[$0]?.copies } != nil
    let declaration = checker.layers[index].declaration
    if declaration.isModel {
      modelsUsed.insert(index)
      if isTemplate { report(.repeatedModel(name)) }
    }
    if isTemplate, forcedSite == nil, !declaration.isModel, isLoneInTemplate { forcedSite = "" }
    let site = nextSite(declaration.name.text)
    guard let signature = checker.layers[index].signature, isReady(index, name) else {
      absorb(arguments)
      return .broken
    }
    var settings: [String: Expression] = [:]
    var inputs: [Expression?] = signature.inputs.map { _ in nil }
    var places = CallPlaces(name: name.span)
    var isBroken = false
    var nextInput = 0
    for argument in arguments {
      isBroken = !place(argument, signature, name, &settings, &inputs, &nextInput) || isBroken
    }
    let outer = (template, isLoneInTemplate)
    (template, isLoneInTemplate) = (nil, false)
    defer { (template, isLoneInTemplate) = outer }
    guard let values = settingValues(settings, signature, name, &isBroken, &places) else {
      absorb(arguments)
      return .broken
    }
    var checked: [CheckedExpression?] = []
    for (position, expression) in inputs.enumerated() {
      guard let expression else {
        checked.append(nil)
        continue
      }
      let type = signature.inputs[position].type
      let value = value(expression, expecting: isNumeric(type) ? type : nil)
      places.inputs[position] = value.span
      checked.append(value)
    }
    if isBroken { return .broken }
    checker.callPlaces[span] = places
    let isApplied = signature.inputs.isEmpty || checked.first.map { $0 != nil } ?? false
    for (position, input) in signature.inputs.enumerated() where !(position == 0 && !isApplied) {
      guard checked[position] != nil else {
        if !signature.isBroken { report(.missingInput(name, input.name.text, doc: "")) }
        return .broken
      }
    }
    let call = CheckedCall(
      callee: .user(index), site: declaration.isModel ? "" : site, settings: values,
      inputs: isApplied ? checked : Array(checked.dropFirst()), span: span)
    if !isApplied { return .layer(.call(call)) }
    return .value(CheckedExpression(.call(call), applyUser(index, call, checked.map { $0?.type }), span))
  }

  /// Whether the layer has been checked; a layer on the way uses itself.
  private func isReady(_ index: Int, _ name: Name) -> Bool {
    if checker.layers[index].state == .waiting { checker.checkLayer(index) }
    if checker.layers[index].state == .done { return true }
    let path = checker.layersInProgress.drop { $0 != index }.map { checker.layers[$0].declaration.name.text }
    report(.recursion(name, path: path + [name.text]))
    return false
  }

  private func isNumeric(_ type: CheckedType) -> Bool {
    switch type {
    case .unknown: false
    case .record(let fields): fields.allSatisfy { isNumeric($0.type) }
    case .tensor(let tensor): tensor.shape.pack == nil && tensor.shape.axes.allSatisfy { $0.size.constant != nil }
    }
  }

  private func place(
    _ argument: Argument, _ signature: Signature, _ name: Name, _ settings: inout [String: Expression],
    _ inputs: inout [Expression?], _ nextInput: inout Int
  ) -> Bool {
    let labels = signature.parameters.map(\.name.text)
    guard let label = argument.label else {
      let isSetting = isNumber(argument.value) && !signature.parameters.isEmpty || denotesLayer(argument.value)
      if isSetting || nextInput >= inputs.count {
        report(.settingWithoutName(argument.span, text(argument.span), name.text, labels))
        return false
      }
      inputs[nextInput] = argument.value
      nextInput += 1
      return true
    }
    if labels.contains(label.text) {
      if settings.updateValue(argument.value, forKey: label.text) != nil {
        report(.duplicateLabel(label))
        return false
      }
      return true
    }
    if let position = signature.inputs.firstIndex(where: { $0.name.text == label.text }) {
      if inputs[position] != nil {
        report(.duplicateLabel(label))
        return false
      }
      inputs[position] = argument.value
      return true
    }
    report(unknownSetting(label, of: name.text, among: labels + signature.inputs.dropFirst().map(\.name.text)))
    return false
  }

  private func settingValues(
    _ given: [String: Expression], _ signature: Signature, _ name: Name, _ isBroken: inout Bool,
    _ places: inout CallPlaces
  ) -> [String: CheckedSetting]? {
    var result: [String: CheckedSetting] = [:]
    var missing: [String] = []
    for parameter in signature.parameters {
      let label = parameter.name.text
      guard let value = given[label] else {
        if let value = parameter.defaultValue { result[label] = value } else { missing.append(label) }
        continue
      }
      places.settings[label] = value.span
      let kind: SettingKind
      switch parameter.kind {
      case .integer: kind = .integer(.min ... .max)
      case .real: kind = .real(.any)
      case .boolean: kind = .boolean
      case .layer: kind = .layer
      case .shape: kind = .shape
      case .word:
        if let word = wordArgument(value, label) { result[label] = word } else { isBroken = true }
        continue
      }
      if let checked = setting(value, kind, label) { result[label] = checked } else { isBroken = true }
    }
    if !missing.isEmpty, !isBroken {
      report(.missingUserSettings(name, missing))
      isBroken = true
    }
    return isBroken ? nil : result
  }

  /// A word for a `Word` setting: written, or a constant or setting that holds one.
  private func wordArgument(_ value: Expression, _ label: String) -> CheckedSetting? {
    guard let name = value.name else {
      if !value.isMissing { report(.settingKind("`\(label)`", "a word", text(value.span), value.span)) }
      return nil
    }
    switch find(name.text) {
    case .constant(.word(let word))?: return .word(word)
    case .setting(.word(let parameter))?: return .word(parameter)
    case nil where Vocabulary.words.contains(name.text): return .word(name.text)
    case .unknown?: return nil
    default:
      report(.settingKind("`\(label)`", "a word", text(value.span), value.span))
      return nil
    }
  }

  // MARK: Application

  /// The type that a user's layer gives, unknown after a report: its header is matched, its requirements are decided.
  func applyUser(_ index: Int, _ call: CheckedCall, _ inputs: [CheckedType?]) -> CheckedType {
    let entry = checker.layers[index]
    guard let signature = entry.signature else { return .unknown }
    let places = checker.callPlaces[call.span] ?? CallPlaces(name: call.span)
    if entry.hasWeights, refusesWeights {
      report(.weightsInData(entry.declaration.name.text, places.name))
      return .unknown
    }
    if entry.hasWeights, !entry.declaration.isModel {
      hasWeights = true
      callsWithWeights.insert(call.span)
      if kind == .train {
        report(.weightsOutsideModel(entry.declaration.name.text, places.name))
        return .unknown
      }
    }
    if entry.mixesExamples {
      mixesExamples = true
      if isInScan {
        report(.mixesExamplesInScan(entry.declaration.name.text, places.name))
        return .unknown
      }
    }
    if signature.isBroken { return isNumeric(signature.result) ? signature.result : .unknown }
    var bindings = SizeBindings()
    for parameter in signature.parameters {
      if case .integer(let size)? = call.settings[parameter.name.text] { bindings.sizes[parameter.name.text] = size }
    }
    var isKnown = true
    for (position, input) in signature.inputs.enumerated() {
      guard position < inputs.count, let type = inputs[position], !type.hasUnknown else {
        isKnown = false
        continue
      }
      guard let problem = matchInput(input.type, type, &bindings) else { continue }
      if reportsBatch(entry.declaration, input, type) { return .unknown }
      report(
        inputMismatch(
          problem, input, type, bindings, entry.declaration, places, position,
          origins(ofInput: position, of: call, count: inputs.count)),
        trail: entry.declaration.name.text)
      isKnown = false
    }
    guard isKnown else { return isNumeric(signature.result) ? signature.result : .unknown }
    guard decide(signature, bindings, entry, call, places, inputs) else {
      return isNumeric(signature.result) ? signature.result : .unknown
    }
    weightRecord.append(entry.weightSizes.sorted().compactMap { bindings.sizes[$0] })
    checkRanges(entry, call, places)
    if let (culprit, length) = mixedLength(of: entry, bindings) {
      report(
        .varyingRefused(culprit.name, inputs.first.flatMap { $0 }.map { text($0) } ?? "", length, places.name)
          .with(culprit.span, "`\(culprit.name)` stands here, in `\(entry.declaration.name.text)`"),
        trail: entry.declaration.name.text)
      return .unknown
    }
    if entry.hasLayerParameters { return checkInstance(index, call, inputs, bindings) }
    let result = bindings.apply(signature.result)
    if result.isInvalid {
      report(.sizeOverflow(places.name, text(call.span)), trail: entry.declaration.name.text)
      return .unknown
    }
    return withLimits(result)
  }

  /// What in the body of a layer would mix real positions with padding, and the length; nil where nothing would. Sizes
  /// of the signature around the call must not differ from example to example either then.
  private func mixedLength(
    of entry: LayerEntry, _ bindings: SizeBindings
  ) -> (culprit: Mixing, length: String)? {
    for (length, culprit) in entry.rigidLengths.sorted(by: { $0.key < $1.key }) {
      switch length {
      case .size(let name):
        if let limit = bindings.varying[name], !limit.isInvalid { return (culprit, name) }
        if let size = bindings.sizes[name] { fixLength(size, by: culprit) }
      case .oneOf(let name, let other):
        if bindings.varying[name] != nil, bindings.varying[other] != nil { return (culprit, name) }
        let outer = [name, other].compactMap { bindings.sizes[$0]?.variableName }.sorted()
        guard outer.count == 2 else { continue }
        if outer[0] == outer[1] { fixLength(.variable(outer[0]), by: culprit) }
        fixOne(of: outer[0], outer[1], by: culprit)
      case .pack(let name):
        guard let shape = bindings.packs[name] else { continue }
        if let pack = shape.pack { fixLengths(ofPack: pack, by: culprit) }
        for axis in shape.axes {
          if axis.isVarying { return (culprit, describe(axis.size)) }
          fixLength(axis.size, by: culprit)
        }
      }
    }
    return nil
  }

  /// A final axis of size 1 may be added or dropped for a model's input, as for an annotation.
  private func matchInput(
    _ wanted: CheckedType, _ given: CheckedType, _ bindings: inout SizeBindings
  ) -> Mismatch? {
    var trial = bindings
    guard let problem = match(wanted, given, &trial) else {
      bindings = trial
      return nil
    }
    if case .tensor(let type) = given, case .tensor(let pattern) = wanted, isNumeric(wanted),
      case .tensor(.rank, _) = problem
    {
      let shorter = type.shape.axes.last?.size.constant == 1 && type.shape.axes.count == pattern.shape.axes.count + 1
      let longer = pattern.shape.axes.last?.size.constant == 1 && type.shape.axes.count + 1 == pattern.shape.axes.count
      var adjusted = type
      if shorter { adjusted.shape.axes.removeLast() }
      if longer { adjusted.shape.axes.append(Axis(1)) }
      trial = bindings
      if shorter || longer, match(wanted, .tensor(adjusted), &trial) == nil {
        bindings = trial
        return nil
      }
    }
    return problem
  }

  /// Decides what the header requires; false after a report.
  private func decide(
    _ signature: Signature, _ bindings: SizeBindings, _ entry: LayerEntry, _ call: CheckedCall, _ places: CallPlaces,
    _ inputs: [CheckedType?]
  ) -> Bool {
    let owed = bindings.owes.map { Requirement(fact: $0, text: facts.describe($0)) }
    let stated = signature.requirements.map { requirement in
      (requirement: requirement, fact: requirement.fact.substituting(bindings.sizes))
    }
    for (requirement, fact) in owed.map({ ($0, $0.fact) }) + stated.map({ ($0.requirement, $0.fact) }) {
      let setting = signature.parameters.first {
        $0.kind == .integer && requirement.fact.variables.contains($0.name.text) && places.settings[$0.name.text] != nil
      }
      let span = setting.flatMap { places.settings[$0.name.text] } ?? places.name
      switch verdict(fact) {
      case .proven: continue
      case .refuted:
        var diagnostic = Diagnostic.requirement(
          entry.declaration.name, requirement.text, failure(of: fact), at: span)
        diagnostic.context = instanceContext(entry.declaration.name.text)
        diagnostic.secondary =
          origins(ofSizesIn: requirement.fact, signature, call, inputs, besides: span) + diagnostic.secondary
        report(diagnostic, trail: entry.declaration.name.text)
        return false
      case .unknown:
        if infer(fact, at: span, reason: "`\(entry.declaration.name.text)` needs \(requirement.text)") { continue }
        report(
          .unproven(span, "that `\(entry.declaration.name.text)` gets `\(requirement.text)`", facts.describe(fact)),
          trail: entry.declaration.name.text)
        return false
      }
    }
    return true
  }

  /// Where the sizes come from that a requirement of a header names.
  private func origins(
    ofSizesIn fact: Fact, _ signature: Signature, _ call: CheckedCall, _ inputs: [CheckedType?], besides span: Span
  ) -> [Label] {
    var result: [Label] = []
    for (position, input) in signature.inputs.enumerated() {
      guard let pattern = input.type.tensor?.shape, position < inputs.count,
        let shape = inputs[position]?.tensor?.shape, pattern.pack == nil, pattern.axes.count == shape.axes.count
      else { continue }
      let axes = pattern.axes.indices.filter { axis in
        pattern.axes[axis].size.variableName.map(fact.variables.contains) ?? false
      }
      let origins = origins(ofInput: position, of: call, count: inputs.count)
      result += originLabels(axes, of: shape, origins, besides: span)
    }
    return result
  }

  /// `in Block, layer 3 of 4 ← GPT (gpt.nnet:21)`
  private func instanceContext(_ name: String) -> String {
    let here = repetition.map { "in \(name), \($0)" } ?? "in \(name)"
    return ([here] + [declarationInProgress].compactMap { $0 }).joined(separator: " ← ")
  }

  /// `126 % 4 is 2`
  func failure(of fact: Fact) -> String {
    let (a, b) = fact.sides
    switch fact {
    case .divisible(let p, let q):
      if let x = p.constant, let y = q.constant, y > 0 { return "\(x) % \(y) is \(((x % y) + y) % y)" }
      return "`\(facts.describe(p))` is never a multiple of \(facts.describe(q))"
    case .equal: return "\(facts.describe(a)) is not \(facts.describe(b))"
    case .atLeast: return "\(facts.describe(a)) is less than \(facts.describe(b))"
    }
  }

  /// Holds numbers and words that a layer is given to what its built-ins take.
  private func checkRanges(_ entry: LayerEntry, _ call: CheckedCall, _ places: CallPlaces) {
    for (name, choices) in entry.wordChoices {
      guard case .word(let word)? = call.settings[name] else { continue }
      for (words, owner) in choices where !words.contains(word) {
        if case .setting(.word)? = peek(word) {
          if case .layer(let index) = kind {
            checker.layers[index].wordChoices[word, default: []].append((words, owner))
          }
        } else {
          report(
            .settingWord(owner, Name(word, places.settings[name] ?? places.name), words, nil),
            trail: entry.declaration.name.text)
        }
      }
    }
    for (name, ranges) in entry.realRanges {
      guard case .scalar(let value)? = call.settings[name] else { continue }
      for (range, owner) in ranges {
        switch value {
        case .literal(let number):
          if !range.contains(number) {
            report(
              .settingRange(owner, range.description, "\(number)", places.settings[name] ?? places.name),
              trail: entry.declaration.name.text)
          }
        case .parameter(let outer):
          if case .layer(let index) = kind {
            checker.layers[index].realRanges[outer, default: []].append((range, owner))
          }
        default: break
        }
      }
    }
  }

  /// Checks the body of a layer again with the layers and sizes that it is given: only these say what it returns.
  private func checkInstance(
    _ index: Int, _ call: CheckedCall, _ inputs: [CheckedType?], _ bindings: SizeBindings
  ) -> CheckedType {
    let entry = checker.layers[index]
    guard let signature = entry.signature else { return .unknown }
    checker.instanceBudget -= 1
    if checker.instanceBudget < 0 || checker.instanceDepth >= 32 {
      if checker.instanceBudget == -1 || checker.instanceDepth >= 32 {
        report(.tooManyInstances(checker.callPlaces[call.span]?.name ?? call.span))
      }
      return .unknown
    }
    checker.instanceDepth += 1
    defer { checker.instanceDepth -= 1 }
    let body = BodyChecker(checker: checker, file: entry.file, kind: kind)
    body.facts = facts
    body.parameters = parameters
    body.wholeParameters = wholeParameters
    body.varying = varying
    body.isInScan = isInScan
    body.frames = [entry.declaration.name.text] + frames
    for (name, size) in bindings.sizes {
      body.scopes[0][name] = LocalEntry(local: .number(.whole(size)), span: entry.declaration.span)
    }
    for parameter in signature.parameters where parameter.kind != .integer {
      let name = parameter.name
      switch call.settings[name.text] {
      case .layer(let layer)?:
        body.bind(name, .layerParameter)
        body.layerArguments[name.text] = (layer, self)
      case .scalar(let number)?: body.bind(name, .number(.real(number)))
      case let setting?: body.bind(name, .setting(setting))
      case nil: body.bind(name, .unknown)
      }
    }
    for (position, input) in signature.inputs.enumerated() {
      body.bind(input.name, .value(.local(input.name.text), inputs[position] ?? .unknown))
    }
    let saved = checker.annotations
    let (_, result) = body.block(entry.declaration.body, expecting: nil)
    let declared = body.withLimits(bindings.apply(signature.result))
    let fitted = body.fit(
      result, declared, place: entry.declaration.result.span,
      mismatch: { .resultMismatch(entry.declaration.name, declared: $0, actual: $1, at: $2, declaredAt: $3) })
    checker.annotations = saved
    inferred += body.inferred
    facts = body.facts
    rigidLengths.merge(body.rigidLengths) { first, _ in first }
    weightRecord += body.weightRecord
    if body.hasWeights { hasWeights = true }
    if body.mixesExamples { mixesExamples = true }
    modelsUsed.formUnion(body.modelsUsed)
    return withLimits(fitted.type)
  }

  private func inputMismatch(
    _ problem: Mismatch, _ input: (name: Name, type: CheckedType), _ given: CheckedType, _ bindings: SizeBindings,
    _ declaration: LayerDeclaration, _ places: CallPlaces, _ position: Int, _ origins: [Span?]
  ) -> Diagnostic {
    var axes: [Int] = []
    var detail = "this is \(text(given))"
    switch problem {
    case .field(let label): detail = "the field `\(label)` is missing or of another type"
    case .record: break
    case .tensor(let mismatch, let verdict):
      if case .axis(let axis, let expected, let got) = mismatch {
        axes = [axis]
        let rank = given.tensor?.shape.rank ?? 0
        let word = axisWord(axis, rank: rank).map { "the \($0) axis" } ?? (rank == 1 ? "its size" : "axis \(axis + 1)")
        let known = expected.substituting(bindings.sizes)
        detail =
          verdict == .unknown
          ? "\(word) is \(describe(got)), and it is not known to be \(describe(known))"
          : "\(word) is \(describe(got)), not \(describe(known))"
      } else if case .limit(_, let limit, let got) = mismatch {
        detail = "the length \(describe(got)) may exceed \(describe(limit))"
      } else if case .varying(_, _, let got) = mismatch {
        detail = "the length `\(got)` differs from example to example"
      }
    }
    let span = position == 0 ? places.name : places.inputs[position] ?? places.name
    var result = Diagnostic.inputMismatch(
      declaration.name, input.name, wanted: text(bindings.apply(input.type)), given: text(given), detail, at: span)
    let found = given.tensor.map { originLabels(axes, of: $0.shape, origins, besides: span) } ?? []
    if let place = places.inputs[position], place != span, found.isEmpty {
      result.secondary.append(Label(place, "this is \(text(given))"))
    }
    result.secondary += found
    return result
  }
}
