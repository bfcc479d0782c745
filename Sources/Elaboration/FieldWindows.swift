import Checking
import Tensors

extension Shape {
  /// The axes without a final one of size 1.
  fileprivate var withoutChannel: ArraySlice<Axis> { axes.last?.size == 1 ? axes.dropLast() : axes[...] }
}

extension CheckedExpression {
  /// Whether the first axis of a part of a field goes over rows. What stands along it has one scale.
  func isWindow(in data: CheckedData) -> Bool {
    guard case .tensor(let type) = type, !type.shape.axes.isEmpty else { return false }
    /// What works element by element leaves the axis where it is; a final channel of size 1 may have been added.
    func keepsWindow(_ input: CheckedExpression) -> Bool {
      guard case .tensor(let inner) = input.type, input.isWindow(in: data) else { return false }
      return inner.shape.withoutChannel == type.shape.withoutChannel
    }
    switch kind {
    case .column(let index):
      if case .range? = data.columns[index].offsets { return true }
      return false
    case .list(let elements): return elements.contains { $0.isWindow(in: data) }
    case .arithmetic(let first, let rest):
      return first.isWindow(in: data) || rest.contains { $0.1.isWindow(in: data) }
    case .negate(let inner), .not(let inner), .transform(_, _, _, let inner): return inner.isWindow(in: data)
    case .apply(_, let inner): return keepsWindow(inner)
    case .call(let call): return call.inputs.contains { $0.map(keepsWindow) ?? false }
    default: return false
    }
  }
}
