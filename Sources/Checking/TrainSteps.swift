import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

extension TrainChecker {
  /// The steps, or the one that the block itself is.
  func checkSteps(_ settings: [String: Setting]) {
    if declaration.steps.isEmpty {
      let models = allModels.filter { !frozen.contains($0) }
      if let first = declaration.frozen.first, let last = declaration.frozen.last {
        checkSomethingTrains(models, of: allModels, nil, at: first.span.union(last.span))
      }
      if let step = step(
        "", models: models, names: declaration.models, bindings: [], settings, times: 1, place: declaration.headerSpan,
        span: declaration.span)
      {
        steps = [step]
      }
      return
    }
    var updated: Set<Int> = []
    for declaration in declaration.steps {
      let models = declaration.models.compactMap { checker.model($0, in: body.file) }
      for (name, model) in zip(declaration.models, models) where !allModels.contains(model) && !allModels.isEmpty {
        body.report(.stepOfOtherModel(name, train: self.declaration.models.map(\.text)))
      }
      let inner = models + models.flatMap { checker.layers[$0].modelsUsed.sorted() }.filter { !models.contains($0) }
      updated.formUnion(inner)
      let place = declaration.models.first.map { $0.span.union(declaration.models[declaration.models.count - 1].span) }
      body.scopes.append([:])
      let outerPlaces = body.bindingPlaces
      defer { body.bindingPlaces = outerPlaces }
      for binding in declaration.bindings { body.bindingPlaces[binding.name.text] = binding.name.span }
      let settings = collect(declaration.settings, .step, isStepped: false)
      var bindings: [CheckedBinding] = []
      for binding in declaration.bindings {
        if let checked = body.binding(binding) { bindings.append(checked) }
      }
      let name = declaration.models.map(\.text).joined(separator: "-")
      if steps.contains(where: { $0.name == name }) { body.report(.duplicateStep(name, at: place ?? declaration.span)) }
      let times = settings["times"].flatMap { body.constantWhole($0.value, 1...1_000_000, "times") } ?? 1
      checkSomethingTrains(inner.filter { !frozen.contains($0) }, of: inner, name, at: place ?? declaration.span)
      if let step = step(
        name, models: inner.filter { !frozen.contains($0) }, names: declaration.models, bindings: bindings, settings,
        times: times, place: place ?? declaration.span, span: declaration.span)
      {
        steps.append(step)
      }
      body.warnUnusedLocals()
      body.scopes.removeLast()
    }
    for (name, model) in zip(declaration.models, models) where !updated.contains(model) && !frozen.contains(model) {
      body.report(.modelNotUpdated(name))
    }
  }

  /// Where all models that have weights are excepted, nothing would be updated.
  private func checkSomethingTrains(_ models: [Int], of all: [Int], _ step: String?, at span: Span) {
    let isKnown = all.allSatisfy { checker.layers[$0].checked?.body.result.isUnknown == false }
    guard isKnown, frozen.count == declaration.frozen.count, all.contains(where: frozen.contains),
      !models.contains(where: { checker.layers[$0].hasWeights })
    else { return }
    body.report(.nothingTrains(step, at: span))
  }

  private func step(
    _ label: String, models: [Int], names: [Name], bindings: [CheckedBinding], _ settings: [String: Setting],
    times: Int, place: Span, span: Span
  ) -> CheckedStep? {
    let losses = settings["loss"].map { self.losses($0, step: label) } ?? []
    let optimizer = settings["optimizer"].flatMap(self.optimizer)
    // What stands in the block instead was reported there.
    let misplaced = declaration.steps.isEmpty ? [] : declaration.settings.map(\.name.text)
    let missing = Blocks.step.filter {
      $0.isRequired && settings[$0.name] == nil && !misplaced.contains($0.name)
    }
    if !missing.isEmpty { body.report(.missingBlockSettings(missing, at: place, label.isEmpty ? name : label)) }
    let clip = settings["clip"].flatMap(self.clip)
    checkReach(models, names, losses, bindings, settings["loss"])
    guard let optimizer, !losses.isEmpty else { return nil }
    return CheckedStep(
      name: label, models: models, times: times, bindings: bindings, losses: losses, optimizer: optimizer,
      clipNorm: clip?.norm, clipValue: clip?.value, span: span)
  }

  /// A scalar, or a record of scalars.
  private func losses(_ setting: Setting, step: String) -> [(label: String, value: CheckedExpression)] {
    var parts: [(label: String, expression: Expression)] = []
    if case .record(let fields) = setting.value.unwrapped.kind {
      for field in fields {
        guard let label = field.label else {
          body.report(.recordFieldWithoutLabel(field.value.span, body.text(field.value.span)))
          continue
        }
        if parts.contains(where: { $0.label == label.text }) {
          body.report(.duplicateLabel(label))
          continue
        }
        parts.append((label.text, field.value))
        // A part that is all there is has no line of its own beside the sum.
        if fields.count > 1 { partNames.append((step, label)) }
      }
    } else if !setting.value.isMissing {
      parts = [("loss", setting.value)]
    }
    if parts.isEmpty, !setting.value.isMissing {
      body.report(
        .settingForm(
          setting.name, at: setting.value.span, written: body.text(setting.value.span),
          ["cross_entropy(logits, y)", "(first: a, second: b)"], nil))
    }
    return parts.map { label, expression in
      let value = body.value(expression)
      switch value.type {
      case .unknown: break
      case .record: body.report(.recordAsTensor(expression.span, body.text(expression.span)))
      case .tensor(let type):
        if type.element != .float || !type.shape.isScalar {
          body.report(.lossNotScalar(expression.span, body.text(type), isFloat: type.element == .float))
        }
      }
      return (label, value)
    }
  }

  /// A part of a loss stands beside the sum, the metrics and what else a line of `metrics.jsonl` holds, and is asked
  /// for like them: `validation.size`.
  func checkPartNames() {
    for (step, label) in partNames {
      if label.text == "loss" {
        body.report(.partNamedTaken(label, "the sum of the parts is called so"))
      } else if step.isEmpty, metrics.contains(where: { $0.label == label.text }) {
        body.report(.partNamedTaken(label, "a metric of the block is called so"))
      } else if step.isEmpty, Self.figureNames.contains(label.text) {
        body.report(.partNamedTaken(label, "each line of `metrics.jsonl` has a `\(label.text)`"))
      }
    }
  }

  /// What every line of `metrics.jsonl` says beside losses and metrics.
  private static let figureNames: Set = ["train", "fold", "epoch", "split", "examples", "rate", "seconds"]

  private func optimizer(_ setting: Setting) -> CheckedOptimizer? {
    var arguments: [Argument] = []
    let name: Name
    switch setting.value.unwrapped.kind {
    case .missing: return nil
    case .name(let word): name = word
    case .call(let callee, let given):
      guard let word = callee.name ?? body.foreignPath(callee) else { fallthrough }
      name = word
      arguments = given
    default:
      body.report(
        .settingForm(
          setting.name, at: setting.value.span, written: body.text(setting.value.span), ["adam(rate: 1e-3)"], nil))
      return nil
    }
    let own = checker.sources.text(name.span) == name.text ? Catalog.optimizer[name.text] : nil
    guard let declaration = own ?? foreignOptimizer(name, &arguments, setting.value.span) else {
      body.absorb(arguments)
      return nil
    }
    guard let settings = body.plainSettings(arguments, declaration.settings, of: name) else { return nil }
    if let rate = greatestRate(settings["rate"]), !declaration.usualRates.contains(rate) {
      let place = arguments.first { $0.label?.text ?? "rate" == "rate" }?.value.span ?? name.span
      let isGreatest = if case .schedule? = settings["rate"] { true } else { false }
      body.report(
        .unusualRate(place, rate, isGreatest: isGreatest, declaration.name, declaration.usualRates))
    }
    return CheckedOptimizer(name: declaration.name, settings: settings, span: setting.value.span)
  }

  /// The rate, or the greatest that a schedule comes to; nil where that is not known.
  private func greatestRate(_ setting: CheckedSetting?) -> Double? {
    switch setting {
    case .scalar(.literal(let rate))?: return rate
    case .schedule(let name, let given)?:
      let isKnown = given.values.allSatisfy {
        switch $0 {
        case .scalar(.literal): true
        case .scalar: false
        default: true
        }
      }
      guard isKnown, let schedule = Catalog.schedule[name] else { return nil }
      // What grows without end comes to a rate that the number of steps decides.
      if case .scalar(.literal(let factor))? = given["factor"], factor > 1 { return nil }
      let settings = Settings(given.mapValues(body.settingValue))
      // Of so many steps the greatest rate is one, or near one.
      let total = 1_000
      var steps = Array(0..<total)
      if case .integer(let size)? = given["warmup"], let warmup = size.constant {
        steps += [max(0, warmup - 1), warmup]
      }
      return steps.map { schedule.rate(settings, $0, total) }.max().map(shortened)
    default: return nil
    }
  }

  /// A number to four digits: a peak may lie between two steps.
  private func shortened(_ number: Double) -> Double {
    guard number > 1e-300, number < 1e300 else { return number }
    var scale = 1.0
    while number * scale < 1_000 { scale *= 10 }
    while number * scale >= 10_000 { scale /= 10 }
    return (number * scale).rounded() / scale
  }

  /// Reports an optimizer that there is not; gives what a foreign spelling stands for, and its settings.
  private func foreignOptimizer(_ name: Name, _ arguments: inout [Argument], _ span: Span) -> OptimizerDeclaration? {
    let names = Catalog.optimizers.map(\.name)
    let found = suggestion(for: name.text, among: names, aliases: Vocabulary.optimizerAliases)
    let diagnostic = Diagnostic.unknownOptimizer(name, found, names)
    guard let found, found.isCertain, let declaration = Catalog.optimizer[found.name] else {
      body.report(diagnostic)
      return nil
    }
    let own = ForeignArguments.translated(arguments, to: declaration)
    let isSound =
      own.isComplete
      && checker.quietly { body.plainSettings(own.arguments, declaration.settings, of: name) != nil }
    body.report(body.translating(diagnostic, arguments, own, declaration.name, span, isSound: isSound))
    guard isSound else { return nil }
    arguments = own.arguments
    return declaration
  }

  private func clip(_ setting: Setting) -> (norm: Double?, value: Double?)? {
    guard let (name, arguments) = body.form(setting, Blocks.forms.filter { $0.setting == "clip" }) else { return nil }
    guard arguments.count == 1, arguments[0].label == nil else {
      body.report(.missingInput(name, "bound", doc: "One number, greater than 0."))
      return nil
    }
    guard let bound = body.constantReal(arguments[0].value, .positive, name.text) else { return nil }
    return name.text == "norm" ? (bound, nil) : (nil, bound)
  }

  // MARK: Metrics

  func metrics(_ setting: Setting) -> [CheckedMetric] {
    let elements: [Expression]
    switch setting.value.unwrapped.kind {
    case .list(let list): elements = list
    case .missing: return []
    default: elements = [setting.value]
    }
    var result: [CheckedMetric] = []
    for element in elements {
      guard var metric = metric(element) else {
        hasBrokenMetric = true
        continue
      }
      let same = result.filter { $0.name == metric.name }.count
      metric.label = same == 0 ? metric.name : "\(metric.name)_\(same + 1)"
      result.append(metric)
    }
    return result
  }

  private func metric(_ expression: Expression) -> CheckedMetric? {
    guard case .call(let callee, let arguments) = expression.unwrapped.kind, let name = callee.name else {
      if let name = expression.name {
        if let declaration = Catalog.metric[name.text] {
          body.report(.metricWithoutInputs(name, declaration.inputs.map(\.name), like: lossInputs))
        } else {
          _ = foreignMetric(name)
        }
      } else if !expression.isMissing {
        body.report(.notAMetric(expression.span, body.text(expression.span)))
      }
      return nil
    }
    guard let declaration = Catalog.metric[name.text] ?? foreignMetric(name) else {
      body.absorb(arguments)
      return nil
    }
    return body.metric(declaration, name, arguments, expression.span)
  }

  /// The inputs of a loss that compares two values, as they are written.
  private var lossInputs: [String]? {
    guard let loss = declaration.settings.first(where: { $0.name.text == "loss" })?.value.unwrapped,
      case .call(let callee, let arguments) = loss.kind, let name = callee.name,
      Catalog.callable[name.text]?.category == .loss
    else { return nil }
    let inputs = arguments.filter { $0.label == nil }.map { checker.sources.text($0.value.span) }
    return inputs.count == 2 ? inputs : nil
  }

  /// Reports a metric that there is not; gives what a foreign spelling stands for.
  private func foreignMetric(_ name: Name) -> MetricDeclaration? {
    let names = Catalog.metrics.map(\.name)
    let found = suggestion(for: name.text, among: names, aliases: Vocabulary.metricAliases)
    body.report(.unknownMetric(name, found, names))
    return found.flatMap { $0.isCertain ? Catalog.metric[$0.name] : nil }
  }

  // MARK: Measures

  /// `validation.loss`, `train.accuracy`, `validation.Critic.loss`
  func measure(_ expression: Expression) -> CheckedMeasure? {
    var names: [Name] = []
    var current = expression.unwrapped
    while case .member(let base, let label) = current.kind {
      names.insert(label, at: 0)
      current = base.unwrapped
    }
    if current.isMissing { return nil }
    if names.isEmpty, let word = current.name, let meant = foreignMeasure(word.text) {
      body.report(.foreignMeasure(word, meant))
      return nil
    }
    guard case .name(let first) = current.kind, (1...2).contains(names.count) else {
      body.report(.notAMeasure(expression.span, body.text(expression.span), measureNames))
      return nil
    }
    guard let split = CheckedMeasure.Split(rawValue: first.text) else {
      let found = suggestion(
        for: first.text, among: ["train", "validation"], aliases: ["val": "validation", "valid": "validation"])
      body.report(.unknownSplit(first, found))
      return nil
    }
    var step = ""
    if names.count == 2 {
      step = names[0].text
      // A step of several models goes by each of them that no other step trains.
      let training = declaration.steps.map { $0.models.map(\.text) }.filter { $0.contains(step) }
      if training.count == 1 {
        step = training[0].joined(separator: "-")
      } else if !training.contains([step]) {
        body.report(.unknownMeasure(names[0], suggestion(for: step, among: measureNames), measureNames))
        return nil
      }
    }
    let last = names[names.count - 1]
    if last.text == "loss" { return CheckedMeasure(split: split, step: step, name: "loss", higherIsBetter: false) }
    if step.isEmpty, let metric = metrics.first(where: { $0.label == last.text }) {
      guard let direction = Catalog.metric[metric.name]?.higherIsBetter else {
        body.report(.unorderedMeasure(last))
        return nil
      }
      return CheckedMeasure(split: split, step: step, name: last.text, higherIsBetter: direction)
    }
    if step.isEmpty, let labels = steps.first?.losses, steps.count == 1,
      labels.contains(where: { $0.label == last.text })
    {
      return CheckedMeasure(split: split, step: step, name: last.text, higherIsBetter: false)
    }
    if hasBrokenMetric { return nil }
    body.report(.unknownMeasure(last, suggestion(for: last.text, among: measureNames), measureNames))
    return nil
  }

  /// `val_loss` is `validation.loss`.
  private func foreignMeasure(_ word: String) -> String? {
    for (prefix, split) in [
      ("val_", "validation"), ("valid_", "validation"), ("validation_", "validation"), ("train_", "train"),
    ] where word.hasPrefix(prefix) {
      let name = String(word.dropFirst(prefix.count))
      return measureNames.contains(name) ? "\(split).\(name)" : nil
    }
    return measureNames.contains(word) ? "validation.\(word)" : nil
  }

  private var measureNames: [String] {
    ["loss"] + declaration.steps.compactMap { step in step.models.first.map { $0.text + ".loss" } }
      + metrics.map(\.label)
  }
}

extension BodyChecker {
  /// `accuracy(logits, y)`
  func metric(
    _ declaration: MetricDeclaration, _ name: Name, _ arguments: [Argument], _ span: Span
  ) -> CheckedMetric? {
    var inputs = [CheckedExpression?](repeating: nil, count: declaration.inputs.count)
    var settingArguments: [Argument] = []
    var places = CallPlaces(name: name.span)
    var next = 0
    for argument in arguments {
      let index: Int
      if let label = argument.label {
        guard let found = declaration.inputs.firstIndex(where: { $0.name == label.text }) else {
          settingArguments.append(argument)
          places.settings[label.text] = argument.value.span
          continue
        }
        index = found
      } else {
        guard next < inputs.count else {
          settingArguments.append(argument)
          continue
        }
        index = next
        next += 1
      }
      let checked = value(argument.value)
      inputs[index] = checked
      places.inputs[index] = checked.span
    }
    guard let settings = plainSettings(settingArguments, declaration.settings, of: name) else { return nil }
    var types: [TensorType] = []
    var isKnown = true
    for (index, input) in declaration.inputs.enumerated() {
      guard let checked = inputs[index] else {
        if input.isOptional { continue }
        report(.missingInput(name, input.name, doc: input.doc))
        return nil
      }
      switch checked.type {
      case .unknown: isKnown = false
      case .record:
        report(.recordAsTensor(checked.span, text(checked.span)))
        return nil
      case .tensor(let type):
        if !accepts(input.element, type.element), !(input.element == .float && type.element.isNumeric) {
          if let (value, label) = classBehindOneHot(inputs) {
            report(oneHotTarget(declaration.name, value, label))
            return nil
          }
          if isSuspect(inputs) { return nil }
          if let fix = swap(declaration.name, declaration.inputs, inputs.map { $0?.type }, places, span) {
            report(.inputsSwapped(declaration.name, declaration.inputs, at: name.span, fix))
          } else {
            report(explainingTruth(.metricElement(declaration.name, input, text(type), at: checked.span), inputs))
          }
          return nil
        }
        types.append(type)
      }
    }
    let result = CheckedMetric(
      label: declaration.name, name: declaration.name, inputs: inputs.compactMap { $0 }, settings: settings, span: span)
    guard isKnown else { return result }
    let context = ShapeContext(
      inputs: types, settings: Settings(settings.mapValues(settingValue)),
      apply: { _, _ throws(ShapeReason) in throw ShapeReason("a metric applies no layers") },
      require: { [self] fact, reason throws(ShapeReason) in
        if verdict(fact) != .proven { throw reason }
      })
    do {
      try declaration.check(context)
    } catch {
      if let (value, label) = classBehindOneHot(inputs) {
        report(oneHotTarget(declaration.name, value, label))
        return result
      }
      if isSuspect(inputs) { return result }
      let place =
        error.setting.flatMap { places.settings[$0] } ?? error.input.flatMap { places.inputs[$0] } ?? name.span
      report(explainingTruth(explainingClasses(.refused(error, at: place), inputs), inputs))
    }
    return result
  }
}
