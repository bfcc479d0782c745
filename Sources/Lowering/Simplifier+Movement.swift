import Graphs
import Tensors

extension Simplifier {
  mutating func simplifyMovement(
    _ op: Operator, _ inputs: [ValueID], _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    let x = inputs[0]
    let source = graph[x]
    if case .fill(let number) = source.op {
      switch op {
      case .reshape, .permute, .broadcast, .slice: return add(.fill(number), [], type, origin)
      default: break
      }
    }
    switch op {
    case .reshape:
      if source.type.shape == type.shape { return x }
      if case .reshape = source.op { return reshaped(source.inputs[0], type, origin) }
    case .permute(let order):
      return simplifyPermute(order, x, type, origin)
    case .broadcast(let shape, let axes):
      return simplifyBroadcast(shape, axes, x, type, origin)
    case .slice(let starts, let stops, let steps):
      return simplifySlice(starts, stops, steps, x, type, origin)
    case .pad(let low, let high, let interior):
      if (low + high).allSatisfy({ $0 == 0 }), zip(interior, source.type.shape).allSatisfy({ $0 == 0 || $1 <= 1 }) {
        return x
      }
    case .concat:
      if inputs.count == 1 { return x }
    default: break
    }
    return liftLast(op, inputs, type, origin)
  }

  private mutating func simplifyPermute(
    _ order: [Int], _ x: ValueID, _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    let source = graph[x]
    if order == Array(order.indices) { return x }
    if case .permute(let inner) = source.op {
      return add(.permute(order.map { inner[$0] }), [source.inputs[0]], type, origin)
    }
    // Moving axes of size 1 only is a reshape.
    let wide = order.filter { source.type.shape[$0] != 1 }
    if wide == wide.sorted() { return reshaped(x, type, origin) }
    return liftLast(.permute(order), [x], type, origin)
  }

  private mutating func simplifyBroadcast(
    _ shape: [Int], _ axes: [Int], _ x: ValueID, _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    let source = graph[x]
    if source.type.count == type.count { return reshaped(x, type, origin) }
    if case .broadcast(_, let inner) = source.op {
      return add(.broadcast(shape: shape, axes: inner.map { axes[$0] }), [source.inputs[0]], type, origin)
    }
    return liftLast(.broadcast(shape: shape, axes: axes), [x], type, origin)
  }

  private mutating func simplifySlice(
    _ starts: [Int], _ stops: [Int], _ steps: [Int], _ x: ValueID, _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    let source = graph[x]
    if source.type.shape == type.shape { return x }
    if case .slice(let outerStarts, _, let outerSteps) = source.op, !type.shape.contains(0) {
      let newStarts = starts.indices.map { outerStarts[$0] + starts[$0] * outerSteps[$0] }
      let newSteps = starts.indices.map { steps[$0] * outerSteps[$0] }
      let newStops = starts.indices.map { newStarts[$0] + (type.shape[$0] - 1) * newSteps[$0] + 1 }
      return add(
        .slice(starts: newStarts, stops: newStops, steps: newSteps), [source.inputs[0]], type, origin)
    }
    return liftLast(.slice(starts: starts, stops: stops, steps: steps), [x], type, origin)
  }

  /// Moves a shared value before it lifts it.
  private mutating func liftLast(
    _ op: Operator, _ inputs: [ValueID], _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    guard inputs.count == 1, case .lift = graph[inputs[0]].op else { return nil }
    if case .lift = op { return nil }
    var shared = type
    shared.isShared = true
    let moved = add(op, [graph[inputs[0]].inputs[0]], shared, origin)
    return add(.lift, [moved], type, origin)
  }
}
