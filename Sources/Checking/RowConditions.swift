import Datasets
import Declarations
import Diagnostics
import Syntax

extension BodyChecker {
  /// `where: label >= 5 and kind != "spoiled"`; nil without such a setting or after a report.
  func rowCondition(_ declaration: DataDeclaration) -> RowCondition? {
    declaration.settings.first { $0.name.text == "where" }.flatMap { condition($0.value) }
  }

  private func condition(_ expression: Expression) -> RowCondition? {
    switch expression.kind {
    case .missing: return nil
    case .parenthesized(let inner): return condition(inner)
    case .unary(.not, let inner, _): return condition(inner).map(RowCondition.not)
    case .operation(let operands, let operators, _):
      if let comparison = RowCondition.Comparison(rawValue: operators[0].rawValue), operands.count == 2 {
        return compared(operands[0], comparison, operands[1], expression)
      }
      guard operators[0] == .and || operators[0] == .or else { break }
      let parts = operands.map { condition($0) }
      let known = parts.compactMap { $0 }
      guard known.count == parts.count else { return nil }
      return operators[0] == .and ? .all(known) : .any(known)
    default: break
    }
    report(.rowCondition(expression.span, text(expression.span)))
    return nil
  }

  /// A column and a constant, either way round.
  private func compared(
    _ left: Expression, _ comparison: RowCondition.Comparison, _ right: Expression, _ whole: Expression
  ) -> RowCondition? {
    if left.isMissing || right.isMissing { return nil }
    if let name = columnName(left), let result = against(right, name, comparison) { return result }
    if let name = columnName(right), let result = against(left, name, comparison.turned) { return result }
    report(.rowCondition(whole.span, text(whole.span)))
    return nil
  }

  private func against(
    _ constant: Expression, _ column: String, _ comparison: RowCondition.Comparison
  ) -> RowCondition? {
    if case .string(let value) = constant.unwrapped.kind {
      return comparison == .equal || comparison == .notEqual ? .text(column: column, comparison, value) : nil
    }
    guard isNumber(constant), let value = number(constant)?.constant else { return nil }
    return .number(column: column, comparison, value)
  }

  /// `label`, or `column("any name")`.
  private func columnName(_ expression: Expression) -> String? {
    switch expression.unwrapped.kind {
    case .name(let name): return isNumber(expression) ? nil : name.text
    case .call(let callee, let arguments):
      guard callee.name?.text == "column", arguments.count == 1, arguments[0].label == nil,
        case .string(let name) = arguments[0].value.unwrapped.kind
      else { return nil }
      return name
    default: return nil
    }
  }
}

extension RowCondition.Comparison {
  /// The one that holds with the sides exchanged.
  fileprivate var turned: RowCondition.Comparison {
    switch self {
    case .equal, .notEqual: self
    case .less: .greater
    case .lessOrEqual: .greaterOrEqual
    case .greater: .less
    case .greaterOrEqual: .lessOrEqual
    }
  }
}
