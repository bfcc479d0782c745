import Datasets
import Diagnostics
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A row for which a field is no finite number.
struct NumberFault {
  var column: String
  /// What the column holds in the row.
  var value: Double
  /// From 1, where it is known.
  var row: Int?
  /// What is made of it; nil where the value itself is too great.
  var result: Double?
  var span: Span
}

extension BodyChecker {
  /// Reports the first row for which a field is no finite number, as far as single columns decide it. What depends on
  /// several columns at once is seen when the data are read.
  func checkFinite(_ value: CheckedExpression) {
    guard columns?.summary != nil else { return }
    for part in elements(of: value) {
      if let fault = fault(in: part) { return report(.notFinite(fault)) }
    }
  }

  /// The elements of a list, each with what is done to the list.
  private func elements(of value: CheckedExpression) -> [CheckedExpression] {
    func each(_ input: CheckedExpression, _ wrap: (CheckedExpression) -> CheckedExpression.Kind) -> [CheckedExpression]
    {
      let parts = elements(of: input)
      return parts.map { CheckedExpression(wrap($0), .scalar, parts.count == 1 ? value.span : $0.span) }
    }
    switch value.kind {
    case .list(let parts): return parts.flatMap(elements)
    case .transform(let name, let site, let settings, let input):
      return each(input) { .transform(name, site: site, settings: settings, input: $0) }
    case .apply(let layer, let input): return each(input) { .apply(layer, $0) }
    case .negate(let input): return each(input) { .negate($0) }
    case .arithmetic(let first, let rest):
      let isPlain = rest.allSatisfy { if case .scalar = $0.1.kind { true } else { false } }
      return isPlain ? each(first) { .arithmetic($0, rest) } : combined(first, rest, at: value.span) ?? [value]
    default: return [value]
    }
  }

  /// The elements of what is computed of several lists, element by element; nil where the operands do not show as many.
  private func combined(
    _ first: CheckedExpression, _ rest: [(ArithmeticOperator, CheckedExpression)], at span: Span
  ) -> [CheckedExpression]? {
    let operands = ([first] + rest.map(\.1)).map { elements(of: $0) }
    let count = operands.map(\.count).max() ?? 1
    guard operands.allSatisfy({ $0.count == count || $0.count == 1 }) else { return nil }
    return (0..<count).map { index in
      let own = operands.map { $0.count == 1 ? $0[0] : $0[index] }
      let others = zip(rest, own.dropFirst()).map { ($0.0, $1) }
      return CheckedExpression(.arithmetic(own[0], others), .scalar, span)
    }
  }

  /// The innermost expression that is no finite number for some row.
  private func fault(in part: CheckedExpression) -> NumberFault? {
    let own = ownFault(part)
    if let own, !own.isFaulty { return nil }
    for input in inputs(of: part) {
      if let inner = fault(in: input) { return inner }
    }
    return own?.fault
  }

  private func inputs(of part: CheckedExpression) -> [CheckedExpression] {
    switch part.kind {
    case .arithmetic(let first, let rest): [first] + rest.map(\.1)
    case .negate(let inner), .transform(_, _, _, let inner), .apply(_, let inner): [inner]
    case .call(let call): call.inputs.compactMap { $0 }
    case .list(let parts): parts
    default: []
    }
  }

  /// Evaluates an expression of one column over the values of that column; nil where it cannot be.
  private func ownFault(_ part: CheckedExpression) -> (isFaulty: Bool, fault: NumberFault?)? {
    var found: Set<Int> = []
    guard let columns, isPointwise(part, &found), found.count == 1, let index = found.first,
      let summary = columns.column(columns.uses[index].key), summary.kind != .text
    else { return nil }
    var worst: NumberFault?
    for (value, row) in samples(of: summary) {
      guard let result = evaluate(part, value) else { return nil }
      if Float(result).isFinite { continue }
      if let known = worst?.row, known <= row ?? .max { continue }
      var isColumn = false
      if case .column = part.kind { isColumn = true }
      worst = NumberFault(
        column: summary.name, value: value, row: row, result: isColumn ? nil : result, span: part.span)
    }
    return (worst != nil, worst)
  }

  /// The values of a column with their first rows; the extremes where there are too many to list.
  private func samples(of summary: ColumnSummary) -> [(value: Double, row: Int?)] {
    if summary.kind == .number, let values = summary.values {
      let rows = summary.firstRows
      return values.enumerated().compactMap { place, text in
        Double(text).map { ($0, rows.flatMap { $0.indices.contains(place) ? $0[place] : nil }) }
      }
    }
    return [(summary.minimum, summary.minimumRow), (summary.maximum, summary.maximumRow)].compactMap { value, row in
      value.map { ($0, row) }
    }
  }

  /// Whether every element depends on one element of each column alone; notes the columns.
  private func isPointwise(_ part: CheckedExpression, _ found: inout Set<Int>) -> Bool {
    switch part.kind {
    case .scalar: return true
    case .column(let index):
      found.insert(index)
      return true
    case .negate(let inner): return isPointwise(inner, &found)
    case .arithmetic(let first, let rest):
      return isPointwise(first, &found) && rest.allSatisfy { isPointwise($0.1, &found) }
    case .transform(let name, _, _, let inner): return function(name) != nil && isPointwise(inner, &found)
    case .apply(.call(let call), let inner):
      return call.inputs.isEmpty && function(of: call) != nil && isPointwise(inner, &found)
    case .call(let call):
      guard call.inputs.count == 1, let input = call.inputs.first.flatMap({ $0 }) else { return false }
      return function(of: call) != nil && isPointwise(input, &found)
    default: return false
    }
  }

  private func function(of call: CheckedCall) -> ((Double) -> Double)? {
    if case .builtin(let name) = call.callee { function(name) } else { nil }
  }

  private func function(_ name: String) -> ((Double) -> Double)? {
    switch name {
    case "log": { log($0) }
    case "log1p": { log1p($0) }
    case "sqrt": { $0.squareRoot() }
    case "exp": { exp($0) }
    case "square": { $0 * $0 }
    case "abs": { abs($0) }
    default: nil
    }
  }

  private func evaluate(_ part: CheckedExpression, _ value: Double) -> Double? {
    switch part.kind {
    case .scalar(.literal(let number)): return number
    case .column: return value
    case .negate(let inner): return evaluate(inner, value).map { -$0 }
    case .transform(let name, _, _, let inner):
      guard let function = function(name), let x = evaluate(inner, value) else { return nil }
      return function(x)
    case .apply(.call(let call), let inner):
      guard let function = function(of: call), let x = evaluate(inner, value) else { return nil }
      return function(x)
    case .call(let call):
      guard let input = call.inputs.first.flatMap({ $0 }), let function = function(of: call),
        let x = evaluate(input, value)
      else { return nil }
      return function(x)
    case .arithmetic(let first, let rest):
      guard var result = evaluate(first, value) else { return nil }
      for (op, operand) in rest {
        guard let right = evaluate(operand, value) else { return nil }
        switch op {
        case .add: result += right
        case .subtract: result -= right
        case .multiply: result *= right
        case .divide: result /= right
        case .power: result = pow(result, right)
        case .modulo: result -= right * (result / right).rounded(.down)
        default: return nil
        }
      }
      return result
    default: return nil
    }
  }
}
