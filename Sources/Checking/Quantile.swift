import Declarations
import Diagnostics
import Syntax
import Tensors

extension BodyChecker {
  /// `quantile(validation.score, 99%)`
  func quantileCall(_ name: Name, _ arguments: [Argument], _ span: Span) -> CallOutcome {
    guard case .train = kind, isPerRow, !isSampling else {
      report(.quantile(span, "it is known when training has ended, so that only `outputs` can use it"))
      return .broken
    }
    guard arguments.count == 2, arguments.allSatisfy({ $0.label == nil }),
      case .member(let base, let member) = arguments[0].value.unwrapped.kind, let split = base.name,
      let rows = CheckedMeasure.Split(rawValue: split.text)
    else {
      report(.quantile(span, "write `quantile(validation.score, 99%)`, with a `let` and a share"))
      return .broken
    }
    if rows == .validation, let split = fieldsOf.flatMap({ checker.data[$0].split }), split.validation.numerator == 0,
      split.method == .random || split.method == .chronological || split.method == .none
    {
      let data = fieldsOf.map { checker.data[$0].declaration.name.text } ?? ""
      report(.quantileWithoutRows(arguments[0].span, data: data, split: split.span))
      return .broken
    }
    guard let share = constantReal(arguments[1].value, .unit, "quantile") else { return .broken }
    guard case .value(.local(let local), let type)? = find(member.text) else {
      let names = scopes[0].compactMap { entry -> String? in
        if case .value(.local, _) = entry.value.local { entry.key } else { nil }
      }
      if case .unknown? = peek(member.text) { return .broken }
      report(.quantileOf(member, suggestion(for: member.text, among: names), names))
      return .broken
    }
    guard case .tensor(let tensor) = type, tensor == .scalar else {
      report(.quantile(member.span, "`\(member.text)` is \(text(type)), and one number for each example is needed"))
      return .broken
    }
    let value = CheckedExpression(.local(local), type, member.span)
    quantiles += 1
    return .value(
      CheckedExpression(.quantile(value, rows, share: share, site: "quantile \(quantiles)"), .scalar, span))
  }
}
