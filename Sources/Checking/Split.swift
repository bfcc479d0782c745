import Datasets
import Declarations
import Diagnostics
import Syntax
import Tensors

extension BodyChecker {
  /// `split: random(train: 70%, validation: 15%, test: 15%, stratify: y, seed: 7)`
  /// Nil after a report; all rows train where there is no such setting.
  func split(_ declaration: DataDeclaration, fields: [DataEntry.Field]) -> SplitDescription? {
    let everything = SplitDescription(
      method: .none, train: Fraction(1, 1), validation: Fraction(0, 1), test: Fraction(0, 1),
      span: declaration.name.span)
    guard let setting = declaration.settings.first(where: { $0.name.text == "split" }) else { return everything }
    let forms = Blocks.forms.filter { $0.setting == "split" }
    guard let (name, arguments) = form(setting, forms) else { return nil }
    var result = everything
    result.span = setting.value.span
    var shares: [(label: String, fraction: Fraction, span: Span)] = []
    var decimals: [(label: String, span: Span, percent: String?)] = []
    var seen: Set<String> = []
    let labels =
      name.text == "folds"
      ? ["count", "validation", "stratify", "seed"] : ["train", "validation", "test", "stratify", "seed"]
    let allowed = name.text == "chronological" ? labels.filter { $0 != "stratify" && $0 != "seed" } : labels
    var count: Int?
    var isBroken = false
    for argument in arguments {
      guard let label = argument.label?.text ?? (name.text == "folds" && count == nil ? "count" : nil) else {
        report(.settingWithoutName(argument.span, text(argument.span), name.text, allowed))
        isBroken = true
        continue
      }
      guard allowed.contains(label), let place = argument.label ?? Optional(name) else {
        if let label = argument.label { report(unknownSetting(label, of: name.text, among: allowed)) }
        isBroken = true
        continue
      }
      if !seen.insert(label).inserted {
        report(.duplicateLabel(place))
        continue
      }
      switch label {
      case "count":
        if let value = constantWhole(argument.value, 2...1_000_000, "folds") { count = value } else { isBroken = true }
      case "seed": result.seed = constantWhole(argument.value, 0 ... .max, "seed") ?? 0
      case "stratify": result.stratify = stratify(argument.value, fields)
      case "test" where isSource(argument.value): result.testSource = source(argument.value)
      default:
        switch share(argument.value, label) {
        case .share(let fraction)?: shares.append((label, fraction, argument.span))
        case .decimal(let percent)?: decimals.append((label, argument.value.span, percent))
        case nil: isBroken = true
        }
      }
    }
    if name.text == "folds" {
      if count == nil, !isBroken { report(.foldsWithoutCount(name)) }
      if !decimals.isEmpty { report(.sharesNotPercent(decimals)) }
      result.method = .folds(count ?? 5)
      if let share = shares.first {
        if share.fraction.numerator >= share.fraction.denominator { report(.foldsWithoutTraining(share.span)) }
        result.validation = share.fraction
      }
      return result
    }
    result.method = name.text == "random" ? .random : .chronological
    if !decimals.isEmpty { report(.sharesNotPercent(decimals)) }
    if isBroken || !decimals.isEmpty { return nil }
    if !checkSum(shares, setting.value.span, hasTrain: seen.contains("train")) { return nil }
    for share in shares {
      switch share.label {
      case "train": result.train = share.fraction
      case "validation": result.validation = share.fraction
      default: result.test = share.fraction
      }
    }
    return result
  }

  /// The name and arguments of a value such as `patience(10, of: validation.loss)`; nil after a report.
  func form(_ setting: Setting, _ forms: [BlockFormDeclaration]) -> (name: Name, arguments: [Argument])? {
    var found: (Name, [Argument])?
    switch setting.value.unwrapped.kind {
    case .missing: return nil
    case .name(let name): found = (name, [])
    case .call(let callee, let arguments): found = callee.name.map { ($0, arguments) }
    default: break
    }
    guard let (name, arguments) = found, forms.contains(where: { $0.name == name.text }) else {
      let suggestion = found.flatMap { Checking.suggestion(for: $0.0.text, among: forms.map(\.name)) }
      report(
        .settingForm(
          setting.name, at: found?.0.span ?? setting.value.span, written: text(setting.value.span),
          forms.map(\.example), suggestion))
      if let arguments = found?.1 { absorb(arguments) }
      return nil
    }
    return (name, arguments)
  }

  /// A whole number that is known now, nil after a report.
  func constantWhole(_ value: Expression, _ range: ClosedRange<Int>, _ label: String) -> Int? {
    if value.isMissing { return nil }
    guard case .integer(let size)? = setting(value, .integer(range), label) else { return nil }
    guard let constant = size.constant else {
      report(.notConstant(value.span, text(value.span)))
      return nil
    }
    return constant
  }

  /// A number that is known now, nil after a report.
  func constantReal(_ value: Expression, _ range: RealRange, _ label: String) -> Double? {
    if value.isMissing { return nil }
    guard case .scalar(let scalar)? = setting(value, .real(range), label), case .literal(let constant) = scalar else {
      return nil
    }
    return constant
  }

  private func isSource(_ value: Expression) -> Bool {
    guard case .call(let callee, _) = value.unwrapped.kind, let name = callee.name else { return false }
    return sourceDeclarations.contains { $0.name == name.text }
  }

  private func stratify(_ value: Expression, _ fields: [DataEntry.Field]) -> String? {
    guard let name = value.name else {
      report(.settingKind("`stratify`", "the name of a class field", text(value.span), value.span))
      return nil
    }
    guard let field = fields.first(where: { $0.name == name.text }) else {
      report(.notAField(name, suggestion(for: name.text, among: fields.map(\.name)), fields: fields.map(\.name)))
      return nil
    }
    guard case .tensor(let type) = field.type else { return nil }
    guard case .classes = type.element, type.shape.isScalar else {
      report(.stratifyField(name, text(type)))
      return nil
    }
    return field.name
  }

  private enum Share {
    case share(Fraction)
    /// A number that is no percentage, and the one that it probably stands for.
    case decimal(percent: String?)
  }

  private func share(_ value: Expression, _ label: String) -> Share? {
    switch value.unwrapped.kind {
    case .percent(let numerator, let denominator):
      if numerator > denominator || numerator < 0 {
        report(.settingRange(label, "from 0% to 100%", text(value.span), value.span))
        return nil
      }
      return .share(Fraction(numerator, denominator))
    case .missing: return nil
    case .real(let number) where number > 0 && number <= 1:
      return .decimal(percent: percentText(number * 100))
    case .integer(let number) where number >= 0 && number <= 100:
      return .decimal(percent: percentText(Double(number)))
    default: return .decimal(percent: nil)
    }
  }

  private func percentText(_ value: Double) -> String {
    let rounded = (value * 1_000).rounded() / 1_000
    return rounded == rounded.rounded() ? "\(Int(rounded))%" : "\(rounded)%"
  }

  /// Shares are exact and add up to all rows.
  private func checkSum(
    _ shares: [(label: String, fraction: Fraction, span: Span)], _ span: Span, hasTrain: Bool
  ) -> Bool {
    if shares.isEmpty || !hasTrain {
      report(.splitWithoutTrain(span, isLeftOut: true))
      return false
    }
    if let none = shares.first(where: { $0.label == "train" && $0.fraction.numerator == 0 }) {
      report(.splitWithoutTrain(none.span, isLeftOut: false))
      return false
    }
    var sum = Fraction(0, 1)
    for share in shares {
      guard let next = sum.adding(share.fraction) else { return true }
      sum = next
    }
    if sum.numerator == sum.denominator { return true }
    let percent = Double(sum.numerator) / Double(sum.denominator) * 100
    report(.splitSum(span, sum: percentText(percent), shares: shares.map { ($0.label, $0.span) }))
    return false
  }
}

extension Fraction {
  /// The sum in lowest terms, nil where it overflows.
  func adding(_ other: Fraction) -> Fraction? {
    let (a, x) = numerator.multipliedReportingOverflow(by: other.denominator)
    let (b, y) = other.numerator.multipliedReportingOverflow(by: denominator)
    let (top, z) = a.addingReportingOverflow(b)
    let (bottom, w) = denominator.multipliedReportingOverflow(by: other.denominator)
    if x || y || z || w || bottom == 0 { return nil }
    var (m, n) = (abs(top), abs(bottom))
    while n != 0 { (m, n) = (n, m % n) }
    return m == 0 ? Fraction(0, 1) : Fraction(top / m, bottom / m)
  }
}
