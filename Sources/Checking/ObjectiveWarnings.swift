import Declarations
import Diagnostics
import Layers
import Tensors

extension TrainChecker {
  /// A loss of the catalogue with a minus as all that the only step has: it would be made as great as it can be. Where
  /// several models are at work one may be there to mislead another.
  func warnNegated() {
    guard steps.count == 1, let step = steps.first, step.losses.count == 1, models.count == 1, frozen.isEmpty else {
      return
    }
    let value = resolved(step.losses[0].value, step.bindings)
    let (inner, line) = value.withoutConstants
    guard line.factor < 0, case .call(let call) = resolved(inner, step.bindings).kind,
      case .builtin(let name) = call.callee, Catalog.callable[name]?.category == .loss,
      dependencies(of: [inner], step.bindings).models.isSubset(of: allModels)
    else { return }
    var hasGradient = false
    visit([value], through: step.bindings) { if case .gradient = $0.kind { hasGradient = true } }
    if !hasGradient { body.report(.negatedLoss(name, at: value.span)) }
  }

  // MARK: Units

  /// A value in the units of a column beside one on the scale of the field that is made of it.
  func warnUnits(_ data: Int) {
    var pairs = metrics.compactMap { metric in
      metric.inputs.count > 1 ? (metric.name, metric.inputs[0], metric.inputs[1], [CheckedBinding]()) : nil
    }
    var predictions: [String: Set<String>] = [:]
    for step in steps {
      for (name, call, _) in catalogueLosses(step) where call.inputs.count > 1 {
        guard let first = call.inputs[0], let second = call.inputs[1] else { continue }
        pairs.append((name, first, second, step.bindings))
        guard case .field(let field) = resolved(second, step.bindings).kind else { continue }
        predictions[key(first, step.bindings), default: []].insert(field)
      }
    }
    for (name, first, second, inner) in pairs {
      for (one, other) in [(first, second), (second, first)] {
        guard case .restore(let restored, let field) = resolved(one, inner).kind, changesUnits(field, data) else {
          continue
        }
        if case .field(field) = resolved(other, inner).kind {
          body.report(.mixedUnits(name, restored: one.span, other: other.span, field, checker.sources.text))
        } else if case .field(field) = resolved(restored, inner).kind,
          predictions[key(other, inner)]?.contains(field) == true
        {
          body.report(.mixedUnits(name, restored: one.span, other: other.span, field, checker.sources.text))
        }
      }
    }
  }

  /// Whether a field is on another scale than its column.
  private func changesUnits(_ name: String, _ data: Int) -> Bool {
    guard let field = checker.data[data].fields.first(where: { $0.name == name }), let value = field.value,
      value.type.tensor?.element == .float
    else { return false }
    var changes = false
    value.visit { part in
      switch part.kind {
      case .transform(let name, _, _, _): if name != "impute" { changes = true }
      case .arithmetic, .negate: changes = true
      default: break
      }
    }
    return changes
  }

  /// What tells whether two places mean the same value: what is written where it is computed.
  private func key(_ value: CheckedExpression, _ inner: [CheckedBinding]) -> String {
    checker.sources.text(resolved(value, inner).span)
  }

  // MARK: Thresholds

  /// Comparisons of a logit with a probability, and of a probability with what it never passes.
  func warnThresholds() {
    var logits: [String: String] = [:]
    for step in steps {
      for (name, call, _) in catalogueLosses(step) where Catalog.callable[name]?.targetsAreProbabilities == true {
        guard let first = call.inputs.first.flatMap({ $0 }), lastLayer(of: first, step.bindings)?.name != "sigmoid"
        else {
          continue
        }
        logits[key(first, step.bindings)] = name
      }
    }
    let values = bindings.compactMap { if case .expression(let value) = $0.value { value } else { nil } }
    for value in values + outputs.map(\.value) + samples.map(\.value) + metrics.flatMap(\.inputs) {
      value.visit { warnThreshold($0, logits) }
    }
  }

  private func warnThreshold(_ value: CheckedExpression, _ logits: [String: String]) {
    guard case .arithmetic(let first, let rest) = value.kind, rest.count == 1, let (operation, second) = rest.first,
      let isAbove = operation.isAbove
    else { return }
    let (number, compared, isGreater) =
      second.constant.map { ($0, first, isAbove) } ?? (first.constant ?? .nan, second, !isAbove)
    if number.isNaN { return }
    if number == 0.5, let loss = logits[key(compared, [])] {
      let place = second.constant == nil ? first.span : second.span
      body.report(
        .thresholdOfLogits(checker.sources.text(compared.span), loss, at: value.span, number: place))
      return
    }
    guard let last = lastLayer(of: compared, []), let declaration = Catalog.callable[last.name],
      let range = declaration.range
    else { return }
    let isOpen = declaration.isAlwaysPositive
    if number < range.lowerBound || number == range.lowerBound && isOpen {
      body.report(.thresholdBeyond(last.name, at: value.span, isAlways: isGreater, lastAt: last.span))
    } else if number > range.upperBound {
      body.report(.thresholdBeyond(last.name, at: value.span, isAlways: !isGreater, lastAt: last.span))
    }
  }
}

extension ArithmeticOperator {
  /// Whether the first of two numbers must be the greater one; nil for what compares otherwise.
  fileprivate var isAbove: Bool? {
    switch self {
    case .greater, .greaterOrEqual: true
    case .less, .lessOrEqual: false
    default: nil
    }
  }
}
