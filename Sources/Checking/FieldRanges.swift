import Datasets
import Layers
import Tensors

extension ClosedRange<Double> {
  /// Whether some of it lies outside of another, rounding apart.
  func goesBeyond(_ other: ClosedRange<Double>) -> Bool {
    lowerBound < other.lowerBound - 1e-6 || upperBound > other.upperBound + 1e-6
  }

  fileprivate func joined(_ other: ClosedRange<Double>) -> ClosedRange<Double> {
    Swift.min(lowerBound, other.lowerBound)...Swift.max(upperBound, other.upperBound)
  }
}

extension DataEntry.Field {
  /// Whether its range was guessed: what is standardized lies around 0, a few deviations wide.
  var isStandardized: Bool {
    var result = false
    value?.visit { if case .transform("standardize", _, _, _) = $0.kind { result = true } }
    return result
  }
}

extension TrainChecker {
  /// The values that a field takes, as far as that is known.
  func range(of field: DataEntry.Field, _ data: Int) -> ClosedRange<Double>? {
    field.value.flatMap { range(of: $0, checker.data[data], depth: 0) }
  }

  /// The field that a target is, by another name or in another shape.
  func field(behind target: CheckedExpression, _ inner: [CheckedBinding], _ data: Int) -> DataEntry.Field? {
    switch resolved(target, inner).kind {
    case .field(let name): checker.data[data].fields.first { $0.name == name }
    case .apply(.call(let call), let input) where changesShapeOnly(call): field(behind: input, inner, data)
    case .call(let call) where changesShapeOnly(call):
      call.inputs.first.flatMap { $0 }.flatMap { field(behind: $0, inner, data) }
    default: nil
    }
  }

  private func range(of value: CheckedExpression, _ entry: DataEntry, depth: Int) -> ClosedRange<Double>? {
    guard depth < 64, value.type.tensor?.element == .float else { return nil }
    switch value.kind {
    case .transform("standardize", _, _, _): return -3...3
    case .transform("scale", _, let settings, _): return scaled(settings)
    case .column(let index):
      guard let columns = entry.columns, let column = columns.column(columns.uses[index].key), column.kind != .text,
        let low = column.minimum, let high = column.maximum, low <= high
      else { return nil }
      return low...high
    // Of several columns one is enough to go beyond a bound.
    case .list(let elements):
      return elements.compactMap { range(of: $0, entry, depth: depth + 1) }.reduce(nil) { $0?.joined($1) ?? $1 }
    case .field(let name):
      return entry.fields.first { $0.name == name }?.value.flatMap { range(of: $0, entry, depth: depth + 1) }
    case .apply(.call(let call), let input) where changesShapeOnly(call):
      return range(of: input, entry, depth: depth + 1)
    case .call(let call) where changesShapeOnly(call):
      return call.inputs.first.flatMap { $0 }.flatMap { range(of: $0, entry, depth: depth + 1) }
    default:
      let (inner, line) = value.withoutConstants
      guard inner.span != value.span, let range = range(of: inner, entry, depth: depth + 1) else { return nil }
      let ends = [range.lowerBound, range.upperBound].map { line.factor * $0 + line.shift }
      return ends.allSatisfy(\.isFinite) ? Swift.min(ends[0], ends[1])...Swift.max(ends[0], ends[1]) : nil
    }
  }

  private func scaled(_ settings: [String: CheckedSetting]) -> ClosedRange<Double>? {
    guard case .scalar(.literal(let low))? = settings["low"], case .scalar(.literal(let high))? = settings["high"],
      low.isFinite, high.isFinite
    else { return nil }
    return Swift.min(low, high)...Swift.max(low, high)
  }

  private func changesShapeOnly(_ call: CheckedCall) -> Bool {
    guard case .builtin(let name) = call.callee else { return false }
    return ["reshape", "flatten", "squeeze", "transpose"].contains(name)
  }
}
