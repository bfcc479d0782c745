import Datasets
import Diagnostics
import Syntax

/// One value that a sweep gives a constant, and where it is written.
private struct TrialValue {
  var name: String
  var expression: Expression
  var span: Span
  /// Which of the values of its constant it is.
  var index: Int
}

/// The most combinations of values that are tried together; each value is tried alone from there on.
private let combinationLimit = 256
/// A range of so many whole numbers is tried number by number, a longer one at its ends.
private let pointLimit = 32

extension Checker {
  /// Checks the program with the constants that a sweep gives it, and reports what would stop a trial at its value.
  func checkTrials(_ declaration: SweepDeclaration) {
    guard !hasErrors, let parsed, let setting = declaration.settings.first(where: { $0.name.text == "over" }),
      case .record(let fields) = setting.value.unwrapped.kind
    else { return }
    let lists = fields.compactMap { field in field.label.map { trialValues($0, field.value) } }
    let count = lists.reduce(1) { min($0 * max($1.count, 1), combinationLimit + 1) }
    var combinations: [[TrialValue]] = [[]]
    if count <= combinationLimit {
      for values in lists where !values.isEmpty {
        combinations = combinations.flatMap { known in values.map { known + [$0] } }
      }
    } else {
      combinations = lists.flatMap { values in values.map { [$0] } }
    }
    var failures: [(combination: [TrialValue], error: Diagnostic)] = []
    for combination in combinations where !combination.isEmpty {
      if let error = trialError(combination, parsed) { failures.append((combination, error)) }
    }
    reportTrials(failures, among: combinations)
  }

  /// A value with which nothing fits is reported once; what only fails beside others, once for its last value.
  private func reportTrials(
    _ failures: [(combination: [TrialValue], error: Diagnostic)], among combinations: [[TrialValue]]
  ) {
    func count(_ value: TrialValue, _ lists: [[TrialValue]]) -> Int {
      lists.count { list in list.contains { $0.name == value.name && $0.index == value.index } }
    }
    let failed = failures.map(\.combination)
    for (combination, error) in failures {
      let culprit = combination.first { count($0, failed) == count($0, combinations) }
      guard let value = culprit ?? combination.last else { continue }
      let others = culprit == nil ? combination.dropLast() : []
      report(
        .trialFails(
          value.name, text(value), at: value.span, error, with: others.map { "\($0.name): \(text($0))" }))
    }
  }

  private func text(_ value: TrialValue) -> String {
    if case .integer(let number) = value.expression.kind { return "\(number)" }
    return excerpt(sources.text(value.expression.span))
  }

  /// The summary of a source, read once for all trials.
  private func summary(forTrial source: SourceDescription) -> Result<DataSummary, DataProblem> {
    for entry in data where entry.checkedSource == source {
      if let summary = entry.columns?.summary { return .success(summary) }
    }
    guard let read = options.summary else { preconditionFailure("a summary without a reader") }
    return read(source)
  }

  /// The first error of the program with these constants.
  private func trialError(_ values: [TrialValue], _ parsed: ParsedFile) -> Diagnostic? {
    var trial = options
    trial.summary = options.summary == nil ? nil : { [self] in summary(forTrial: $0) }
    trial.annotates = false
    trial.saved = nil
    trial.isTrial = true
    let names = Set(values.map(\.name))
    trial.constants = options.constants.filter { !names.contains($0.name) }
    trial.constants += values.map { (name: $0.name, value: $0.expression) }
    let checker = Checker(sources: sources, options: trial)
    checker.run(parsed)
    return checker.finishedDiagnostics().first { $0.severity == .error }
  }

  /// The values that a trial may give a constant, as far as they can be listed.
  private func trialValues(_ label: Name, _ value: Expression) -> [TrialValue] {
    var expressions: [Expression] = []
    switch value.unwrapped.kind {
    case .list(let elements): expressions = elements
    case .range(let range): expressions = points(range, of: label)
    case .call(_, let arguments):
      if case .range(let range)? = arguments.first?.value.unwrapped.kind { expressions = points(range, of: label) }
    default: break
    }
    return expressions.enumerated().map { TrialValue(name: label.text, expression: $1, span: $1.span, index: $0) }
  }

  /// Every whole number of a short range over a whole constant, else the ends.
  private func points(_ range: RangeExpression, of label: Name) -> [Expression] {
    guard let file = files.first, case .constant(let index)? = file.names[label.text],
      case .integer? = constants[index].value, let low = constantValue(range.lower, in: file)?.real,
      let high = constantValue(range.upper, in: file)?.real, let first = Int(exactly: low),
      let last = Int(exactly: high), first <= last, Double(last) - Double(first) < Double(pointLimit)
    else { return [range.lower, range.upper] }
    let span = range.lower.span.union(range.upper.span)
    return (first...last).map { number in
      number == first ? range.lower : number == last ? range.upper : Expression(.integer(number), span)
    }
  }
}
