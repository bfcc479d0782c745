import Declarations
import Diagnostics
import Syntax
import Tensors

extension Checker {
  func checkSweeps(of file: FileScope) {
    for case .sweep(let declaration) in file.unit.declarations { checkSweep(declaration, file) }
  }

  private func checkSweep(_ declaration: SweepDeclaration, _ file: FileScope) {
    let body = BodyChecker(checker: self, file: file, kind: .test)
    let target = declaration.models.map(\.text).joined(separator: "-")
    let place = declaration.models[0].span.union(declaration.models[declaration.models.count - 1].span)
    let blocks = file.unit.declarations.compactMap { entry -> TrainDeclaration? in
      if case .train(let train) = entry { train } else { nil }
    }
    let names = blocks.map { $0.label?.text ?? $0.models.map(\.text).joined(separator: "-") }
    let named = zip(blocks, names).filter { $0.1 == target }
    let matches =
      named.isEmpty
      ? zip(blocks, names).filter { train, _ in
        train.models.map(\.text) == declaration.models.map(\.text)
          && (declaration.data == nil || declaration.data?.text == train.data.text)
      } : named
    var settings: [String: Setting] = [:]
    for setting in declaration.settings {
      if let earlier = settings[setting.name.text] {
        report(.duplicateSetting(setting.name, earlier: earlier.name.span))
      } else if !Blocks.sweep.contains(where: { $0.name == setting.name.text }) {
        report(body.unknownBlockSetting(setting.name, .sweep))
      } else {
        settings[setting.name.text] = setting
      }
    }
    if matches.count > 1, named.isEmpty {
      report(.sweepOfSeveral(place, target, matches.map(\.1)))
      return
    }
    guard let match = matches.first?.0 else {
      report(.sweepTarget(place, target, suggestion(for: target, among: names), names))
      return
    }
    let over = settings["over"].map { search($0, body, file) }
    if over == nil { report(.missingBlockSettings(Blocks.sweep.filter(\.isRequired), at: place, "the sweep")) }
    let measure = self.measure(settings, match, file, place)
    var method = "random"
    if let setting = settings["method"],
      case .word(let word)? = body.setting(
        setting.value, .word(["grid", "random", "bayesian"]), "method")
    {
      method = word
    }
    let trials = settings["trials"].flatMap { body.constantWhole($0.value, 1...1_000_000, "trials") } ?? 20
    let name = match.label?.text ?? match.models.map(\.text).joined(separator: "-")
    guard let over, let measure, let train = trains.firstIndex(where: { $0.name == name }) else { return }
    sweeps.append(
      CheckedSweep(train: train, over: over, measure: measure, method: method, trials: trials, span: declaration.span))
  }

  private func measure(
    _ settings: [String: Setting], _ train: TrainDeclaration, _ file: FileScope, _ place: Span
  ) -> CheckedMeasure? {
    if let minimize = settings["minimize"], let maximize = settings["maximize"] {
      report(.bothDirections(maximize.name, minimize: minimize.name.span))
      return nil
    }
    guard let setting = settings["minimize"] ?? settings["maximize"] else {
      report(.missingDirection(place))
      return nil
    }
    let name = train.label?.text ?? train.models.map(\.text).joined(separator: "-")
    guard let checked = trains.first(where: { $0.name == name }) else { return nil }
    let body = BodyChecker(checker: self, file: file, kind: .test)
    let reader = TrainChecker(declaration: train, name: name, body: body, models: [], frozen: [])
    reader.metrics = checked.metrics
    reader.steps = checked.steps
    guard var measure = reader.measure(setting.value) else { return nil }
    if measure.higherIsBetter != (setting.name.text == "maximize") {
      report(.directionOfMeasure(setting, body.text(setting.value.span), isLoss: !measure.higherIsBetter))
    }
    measure.higherIsBetter = setting.name.text == "maximize"
    let entry = data[checked.data]
    if measure.split == .validation, let split = entry.split, split.validation.numerator == 0 {
      report(
        .sweepValidation(setting, body.text(setting.value.span), data: entry.declaration.name.text, split: split.span))
      return nil
    }
    return measure
  }

  /// `(width: [8, 16, 32], rate: log_scale(1e-4 ... 1e-1))`
  private func search(
    _ setting: Setting, _ body: BodyChecker, _ file: FileScope
  ) -> [(constant: String, range: CheckedSweep.Range)] {
    guard case .record(let fields) = setting.value.unwrapped.kind else {
      if !setting.value.isMissing {
        report(
          .settingForm(
            setting.name, at: setting.value.span, written: sources.text(setting.value.span),
            ["(width: [8, 16, 32], rate: log_scale(1e-4 ... 1e-1))"], nil))
      }
      return []
    }
    var result: [(constant: String, range: CheckedSweep.Range)] = []
    for field in fields {
      guard let label = field.label else {
        report(.recordFieldWithoutLabel(field.value.span, sources.text(field.value.span)))
        continue
      }
      guard case .constant(let index)? = file.names[label.text] else {
        let names = file.names.compactMap { entry -> String? in
          if case .constant = entry.value { entry.key } else { nil }
        }
        report(.sweepConstant(label, suggestion(for: label.text, among: names), names))
        continue
      }
      file.used.insert(label.text)
      if result.contains(where: { $0.constant == label.text }) {
        report(.duplicateLabel(label))
        continue
      }
      var isWhole = false
      if case .integer? = constants[index].value { isWhole = true }
      if let range = range(field.value, file, isWhole: isWhole) { result.append((label.text, range)) }
    }
    return result
  }

  private func range(_ value: Expression, _ file: FileScope, isWhole: Bool) -> CheckedSweep.Range? {
    switch value.unwrapped.kind {
    case .missing: return nil
    case .list(let elements):
      var values: [CheckedConstant.Value] = []
      for element in elements {
        guard let value = constantValue(element, in: file) else { return nil }
        values.append(value)
      }
      if values.isEmpty {
        report(.emptyList(value.span))
        return nil
      }
      return .values(values)
    case .range(let range):
      guard let (low, high) = ends(range, value, file, isWhole: isWhole) else { return nil }
      return .linear(low, high)
    case .call(let callee, let arguments):
      guard callee.name?.text == "log_scale", arguments.count == 1,
        case .range(let range) = arguments[0].value.unwrapped.kind
      else { break }
      guard let (low, high) = ends(range, value, file, isWhole: isWhole) else { return nil }
      if low <= 0 {
        report(.logRange(range.lower.span))
        return nil
      }
      if !(high / low).isFinite {
        report(.wideRange(value.span, excerpt(sources.text(value.span))))
        return nil
      }
      return .logarithmic(low, high)
    default: break
    }
    report(.searchRange(value.span, excerpt(sources.text(value.span))))
    return nil
  }

  /// The ends of a range. Those of whole numbers are such as doubles tell apart, and every range has a finite width.
  private func ends(
    _ range: RangeExpression, _ value: Expression, _ file: FileScope, isWhole: Bool
  ) -> (Double, Double)? {
    guard let low = constantValue(range.lower, in: file), let high = constantValue(range.upper, in: file) else {
      return nil
    }
    guard let a = low.real, let b = high.real, a < b else {
      report(.searchRange(value.span, excerpt(sources.text(value.span))))
      return nil
    }
    let written = [(range.lower, low), (range.upper, high)]
    if isWhole, let far = written.first(where: { $0.1.isBeyondWholeDoubles })?.0 {
      report(.farRange(far.span, excerpt(sources.text(far.span))))
      return nil
    }
    guard (b - a).isFinite else {
      report(.wideRange(value.span, excerpt(sources.text(value.span))))
      return nil
    }
    return (a, b)
  }
}

extension CheckedConstant.Value {
  /// Whether it is a number beyond 2^53, where doubles skip whole numbers.
  fileprivate var isBeyondWholeDoubles: Bool {
    switch self {
    case .integer(let value): value.magnitude > 1 << 53
    case .real(let value): abs(value) > 0x1p53
    default: false
    }
  }
}
