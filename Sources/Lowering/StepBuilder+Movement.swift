import Graphs
import Tensors

extension StepBuilder {
  /// Movements become views; only what strides cannot express is copied.
  mutating func lowerMovement(_ index: Int, _ node: Node, _ operands: [Operand]) -> Operand {
    if case .concat(let axis) = node.op { return concatenate(axis, index, node, operands) }
    if case .pad(let low, _, let interior) = node.op { return pad(low, interior, index, node, operands[0]) }
    guard case .view(let view) = operands[0] else { return operands[0] }
    let sizes = sizes(node.type)
    let lead = node.type.isShared ? 0 : 1
    switch node.op {
    case .reshape:
      if let reshaped = view.reshaped(sizes) { return .view(reshaped) }
      let copy = copied(view, node.type.dtype, node.origin)
      return .view(View(whole: copy.root, sizes: sizes))
    case .permute(let order):
      return .view(view.permuted(Array(0..<lead) + order.map { $0 + lead }))
    case .broadcast(_, let axes):
      return .view(view.broadcast(to: sizes, axes: Array(0..<lead) + axes.map { $0 + lead }))
    case .slice(let starts, _, let steps):
      let zeros = [Int](repeating: 0, count: lead)
      let ones = [Int](repeating: 1, count: lead)
      return .view(view.sliced(starts: zeros + starts, steps: ones + steps, sizes: sizes))
    case .lift:
      return .view(view.repeated(batch))
    default:
      preconditionFailure("not a movement")
    }
  }

  private mutating func concatenate(_ axis: Int, _ index: Int, _ node: Node, _ operands: [Operand]) -> Operand {
    let axis = node.type.isShared ? axis : axis + 1
    if let states = previousStates(axis, operands) { return states }
    let (whole, isSwapped) = assembled(isZeroed: false, index, operands)
    var start = 0
    for (input, operand) in zip(node.inputs, operands) {
      var target = whole
      target.offset = start * target.strides[axis]
      target.sizes = self.sizes(graph[input].type)
      start += target.sizes[axis]
      addPart(operand, to: target, isSwapped, graph[input].type.dtype, graph[input].origin)
    }
    return .view(whole)
  }

  private mutating func pad(
    _ low: [Int], _ interior: [Int], _ index: Int, _ node: Node, _ operand: Operand
  ) -> Operand {
    let lead = node.type.isShared ? 0 : 1
    let (whole, isSwapped) = assembled(isZeroed: true, index, [operand])
    let inner = self.sizes(graph[node.inputs[0]].type)
    let target = whole.sliced(
      starts: [Int](repeating: 0, count: lead) + low,
      steps: [Int](repeating: 1, count: lead) + interior.map { $0 + 1 }, sizes: inner)
    addPart(operand, to: target, isSwapped, node.type.dtype, node.origin)
    return .view(whole)
  }

  private mutating func addPart(
    _ operand: Operand, to target: View, _ isSwapped: Bool, _ dtype: DType, _ origin: Origin
  ) {
    if target.count == 0 { return }
    let (target, operand) = isSwapped ? (swapped(target), swapped(operand)) : (target, operand)
    let source = target.isContiguous ? operand : .view(viewed(operand, target.sizes, dtype, origin))
    let part = append(.part(target), [source], target.sizes, dtype, origin)
    steps[target.root].parts.append(part)
  }
}
