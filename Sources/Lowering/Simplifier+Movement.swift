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
    if isOnlySliced.contains(x.index), case .map(let function) = source.op {
      return sliceOperands(function, source, .slice(starts: starts, stops: stops, steps: steps), type, origin)
    }
    return liftLast(.slice(starts: starts, stops: stops, steps: steps), [x], type, origin)
  }

  /// The slice of a function as the function of slices.
  private mutating func sliceOperands(
    _ function: ScalarFunction, _ source: Node, _ slice: Operator, _ type: ValueType, _ origin: Origin
  ) -> ValueID {
    let operands = source.inputs.map { input -> ValueID in
      var part = graph[input].type
      part.shape = type.shape
      return add(slice, [input], part, origin)
    }
    return add(.map(function), operands, type, source.origin)
  }

  /// Which elementwise nodes of a graph are read by slices only, or by functions that are, and whose slices have no more
  /// elements together.
  func onlySliced(_ source: Graph) -> [Bool] {
    var isOnlySliced = [Bool](repeating: false, count: source.nodes.count)
    guard options.simplifiesAlgebra else { return isOnlySliced }
    var readers = [[Int]](repeating: [], count: source.nodes.count)
    for (index, node) in source.nodes.enumerated() { for input in node.inputs { readers[input.index].append(index) } }
    for output in source.outputs { readers[output.value.index].append(-1) }
    for effect in source.effects { readers[effect.index].append(-1) }
    for index in source.nodes.indices.reversed() {
      guard case .map = source.nodes[index].op, !readers[index].isEmpty else { continue }
      var read = 0
      isOnlySliced[index] = readers[index].allSatisfy { reader in
        guard reader >= 0 else { return false }
        if case .slice = source.nodes[reader].op {
          read += source.nodes[reader].type.count
          return true
        }
        read += source.nodes[reader].type.count
        return isOnlySliced[reader]
      }
      if read > source.nodes[index].type.count { isOnlySliced[index] = false }
    }
    return isOnlySliced
  }

  /// The sum of padded values that stand side by side and fill the whole: their concatenation.
  mutating func concatenatedPads(_ a: ValueID, _ b: ValueID, _ type: ValueType, _ origin: Origin) -> ValueID? {
    var parts: [(start: Int, value: ValueID)] = []
    var axis: Int?
    var stack = [b, a]
    while let value = stack.popLast() {
      let node = graph[value]
      switch node.op {
      case .map(.add): stack += node.inputs
      case .pad(let low, let high, let interior):
        let inner = graph[node.inputs[0]]
        let padded = low.indices.filter { low[$0] != 0 || high[$0] != 0 }
        guard padded.count == 1, interior.allSatisfy({ $0 == 0 }), axis == nil || axis == padded[0],
          parts.count < 64
        else { return nil }
        axis = padded[0]
        if inner.type.shape[padded[0]] > 0 { parts.append((low[padded[0]], node.inputs[0])) }
      default: return nil
      }
    }
    guard let axis else { return nil }
    parts.sort { $0.start < $1.start }
    var end = 0
    for part in parts {
      guard part.start == end else { return nil }
      end += graph[part.value].type.shape[axis]
    }
    guard end == type.shape[axis] else { return nil }
    return add(.concat(axis: axis), parts.map(\.value), type, origin)
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
