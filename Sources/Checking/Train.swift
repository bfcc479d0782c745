import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

extension Checker {
  func checkTrains(of file: FileScope) {
    var names: [String: Span] = [:]
    for case .train(let declaration) in file.unit.declarations {
      let name = declaration.label?.text ?? declaration.models.map(\.text).joined(separator: "-")
      let place = declaration.label?.span ?? declaration.headerSpan
      if let earlier = names[name] {
        report(.duplicateTrain(name, at: place, earlier: earlier))
      } else if let label = declaration.label, let earlier = file.places[label.text] {
        report(.duplicateDeclaration(label, earlier: earlier))
      }
      names[name] = place
      checkTrain(declaration, name, file)
    }
  }

  private func checkTrain(_ declaration: TrainDeclaration, _ name: String, _ file: FileScope) {
    let body = BodyChecker(checker: self, file: file, kind: .train)
    let models = declaration.models.compactMap { model($0, in: file) }
    let frozen = declaration.frozen.compactMap { frozenModel($0, models, in: file) }
    let dataIndex = dataBlock(declaration.data, in: file)
    if let dataIndex {
      checkDataBlock(dataIndex)
      body.fieldsOf = dataIndex
      body.assumeLengths(of: data[dataIndex].fields)
      for field in data[dataIndex].fields {
        body.scopes[0][field.name] = LocalEntry(
          local: field.type.hasUnknown ? .unknown : .value(.field(field.name), field.type), span: field.span)
      }
    }
    body.isDataUnknown = dataIndex == nil
    body.writtenBatch = body.size(ofBatch: declaration)
    body.bindBatch(at: declaration.headerSpan)
    let checker = TrainChecker(declaration: declaration, name: name, body: body, models: models, frozen: frozen)
    if let train = checker.check(data: dataIndex) { trains.append(train) }
    if let dataIndex {
      for (field, entry) in body.scopes[0] where entry.isUsed { data[dataIndex].usedFields.insert(field) }
    }
  }

  func model(_ name: Name, in file: FileScope) -> Int? {
    switch file.names[name.text] {
    case .layer(let index)?:
      file.used.insert(name.text)
      layers[index].isUsed = true
      if layers[index].declaration.isModel { return index }
      report(.layerInsteadOfModel(name))
      return nil
    case .unknown?: return nil
    default:
      let models = file.names.compactMap { entry -> String? in
        if case .layer(let index) = entry.value, layers[index].declaration.isModel { entry.key } else { nil }
      }
      report(.unknownModel(name, suggestion(for: name.text, among: models), models))
      return nil
    }
  }

  private func frozenModel(_ name: Name, _ models: [Int], in file: FileScope) -> Int? {
    guard let index = model(name, in: file) else { return nil }
    let reachable = Set(models).union(models.flatMap { layers[$0].modelsUsed })
    if !reachable.contains(index), !models.isEmpty { report(.frozenUnused(name)) }
    return index
  }

  func dataBlock(_ name: Name, in file: FileScope) -> Int? {
    switch file.names[name.text] {
    case .data(let index)?:
      file.used.insert(name.text)
      return index
    case .unknown?: return nil
    default:
      let names = file.names.compactMap { entry -> String? in
        if case .data = entry.value { entry.key } else { nil }
      }
      report(.unknownData(name, suggestion(for: name.text, among: names), names))
      return nil
    }
  }
}

/// Checks one train block: its `let`s, its steps and its settings.
final class TrainChecker {
  let declaration: TrainDeclaration
  let name: String
  let body: BodyChecker
  let models: [Int]
  let frozen: [Int]
  var bindings: [CheckedBinding] = []
  var steps: [CheckedStep] = []
  var metrics: [CheckedMetric] = []
  var outputs: [(label: String, value: CheckedExpression)] = []
  var samples: [(label: String, value: CheckedExpression)] = []
  var defaults: [(name: String, value: String)] = []
  /// The names of the parts of the losses, with the step that each belongs to; empty for the block itself.
  var partNames: [(step: String, label: Name)] = []
  /// A metric was refused, so that its measure is not known.
  var hasBrokenMetric = false
  var checker: Checker { body.checker }

  init(declaration: TrainDeclaration, name: String, body: BodyChecker, models: [Int], frozen: [Int]) {
    self.declaration = declaration
    self.name = name
    self.body = body
    self.models = models
    self.frozen = frozen
  }

  /// Models named in the header and those inside them.
  var allModels: [Int] {
    var result = models
    for model in models.flatMap({ checker.layers[$0].modelsUsed.sorted() }) where !result.contains(model) {
      result.append(model)
    }
    return result
  }

  func check(data: Int?) -> CheckedTrain? {
    let settings = collect(declaration.settings, .train, isStepped: !declaration.steps.isEmpty)
    for binding in declaration.bindings {
      body.bindingPlaces[binding.name.text] = binding.name.span
    }
    for binding in declaration.bindings {
      if let checked = body.binding(binding) { bindings.append(checked) }
    }
    checkSteps(settings)
    metrics = settings["metrics"].map(self.metrics) ?? []
    checkPartNames()
    let (epochs, iterations) = length(settings)
    let batch = whole("batch", settings) ?? Blocks.defaultBatch
    let seed = whole("seed", settings) ?? Blocks.defaultSeed
    let patience = settings["stop"].flatMap(stop)
    let keep = settings["keep"].flatMap(keep)
    outputs = settings["outputs"].map(values) ?? []
    samples = settings["samples"].map(values) ?? []
    let start = settings["start"].flatMap(start)
    checkGradients()
    checkBatchMetrics()
    warn(settings, data, batch: batch)
    noteModels(start)
    body.warnUnusedLocals()
    guard let data else { return nil }
    var train = CheckedTrain(
      name: name, models: allModels, frozen: frozen, data: data, bindings: bindings, steps: steps, metrics: metrics,
      epochs: epochs, iterations: iterations, batch: batch, seed: seed, patience: patience, keep: keep,
      outputs: outputs, samples: samples, start: start, defaults: defaults, span: declaration.span)
    train.usesBatch = body.usesBatch
    return train
  }

  /// The settings of a block by name; unknown and repeated ones are reported.
  func collect(_ settings: [Setting], _ kind: BlockKind, isStepped: Bool) -> [String: Setting] {
    var result: [String: Setting] = [:]
    let known = Set(Blocks.settings(of: kind).map(\.name))
    for setting in settings {
      let name = setting.name.text
      if let earlier = result[name] {
        body.report(.duplicateSetting(setting.name, earlier: earlier.name.span))
        continue
      }
      guard known.contains(name) else {
        if kind == .step, Blocks.train.contains(where: { $0.name == name }) {
          body.report(.settingOfTrain(setting.name))
        } else if kind == .train, name == "times" {
          body.report(.settingOfStep(setting.name))
        } else {
          body.report(body.unknownBlockSetting(setting.name, kind))
          // What it was meant for is not missing.
          let meant = suggestion(
            for: name, among: known, aliases: Vocabulary.settingAliasTable(for: known.sorted()))
          if let meant, result[meant.name] == nil { result[meant.name] = setting }
        }
        continue
      }
      if isStepped, kind == .train, Blocks.stepOnly.contains(where: { $0.name == name }) {
        body.report(.settingOfStep(setting.name))
        continue
      }
      result[name] = setting
    }
    return result
  }

  private func whole(_ name: String, _ settings: [String: Setting]) -> Int? {
    guard let declaration = Blocks.train.first(where: { $0.name == name }), case .integer(let range) = declaration.value
    else { preconditionFailure("no whole-number setting \(name)") }
    guard let setting = settings[name] else {
      if let text = declaration.defaultText { defaults.append((name, text)) }
      return nil
    }
    return body.constantWhole(setting.value, range, name)
  }

  private func length(_ settings: [String: Setting]) -> (Int?, Int?) {
    if let epochs = settings["epochs"], let steps = settings["steps"] {
      body.report(.bothLengths(steps.name, epochs: epochs.name.span))
    } else if settings["epochs"] == nil, settings["steps"] == nil {
      body.report(.missingLength(declaration.headerSpan, name))
    }
    return (whole("epochs", settings), whole("steps", settings))
  }

  private func stop(_ setting: Setting) -> (epochs: Int, of: CheckedMeasure)? {
    guard let (name, arguments) = body.form(setting, Blocks.forms.filter { $0.setting == "stop" }) else { return nil }
    var epochs: Int?
    var measure: CheckedMeasure?
    for argument in arguments {
      switch argument.label?.text {
      case nil, "epochs": epochs = body.constantWhole(argument.value, 1...1_000_000, "patience")
      case "of":
        measure = self.measure(argument.value)
        if measure == nil { return nil }
      default:
        if let label = argument.label {
          body.report(body.unknownSetting(label, of: name.text, among: ["epochs", "of"]))
        }
        return nil
      }
    }
    if epochs == nil, !arguments.contains(where: { $0.label == nil || $0.label?.text == "epochs" }) {
      body.report(.missingInput(name, "epochs", doc: "How many epochs to wait for a better value."))
      return nil
    }
    if measure == nil { body.report(.missingInput(name, "of", doc: "The measure that must get better.")) }
    guard let epochs, let measure else { return nil }
    return (epochs, measure)
  }

  private func keep(_ setting: Setting) -> CheckedMeasure? {
    guard let (name, arguments) = body.form(setting, Blocks.forms.filter { $0.setting == "keep" }) else { return nil }
    guard arguments.count == 1, arguments[0].label == nil || arguments[0].label?.text == "of" else {
      body.report(.missingInput(name, "of", doc: "One measure, such as `validation.accuracy`."))
      return nil
    }
    return measure(arguments[0].value)
  }

  /// A record of values for `outputs` and `samples`.
  private func values(_ setting: Setting) -> [(label: String, value: CheckedExpression)] {
    body.isSampling = setting.name.text == "samples"
    body.isPerRow = true
    defer { (body.isSampling, body.isPerRow) = (false, false) }
    switch setting.value.unwrapped.kind {
    case .missing: return []
    case .record(let fields):
      var result: [(label: String, value: CheckedExpression)] = []
      for field in fields {
        guard let label = field.label else {
          body.report(.recordFieldWithoutLabel(field.value.span, body.text(field.value.span)))
          continue
        }
        let value = body.value(field.value)
        if result.contains(where: { $0.label == label.text }) {
          body.report(.duplicateLabel(label))
          continue
        }
        result.append((label.text, value))
      }
      return result
    default:
      _ = body.value(setting.value)
      body.report(.unnamedValues(setting, setting.value.unwrapped.name))
      return []
    }
  }
}
