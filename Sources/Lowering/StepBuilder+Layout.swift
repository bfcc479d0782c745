import Graphs
import Tensors

// The layout of per-example values with a leading axis of steps: [batch, steps, …] as a rule, [steps, batch, …] around
// loops, where a step reads and writes whole rows. Views hide it: all others see [batch, steps, …].
extension StepBuilder {
  /// The values that loops read step by step, and what these are computed from position by position.
  static func readByLoops(_ graph: Graph) -> [Bool] {
    var isRead = [Bool](repeating: false, count: graph.nodes.count)
    for (index, node) in graph.nodes.enumerated().reversed() {
      if case .scan(let scan) = node.op {
        for input in node.inputs[scan.states..<scan.states + scan.sequences] { isRead[input.index] = true }
      } else if isRead[index] {
        for input in positionwise(node, graph) where graph[input].type.shape.first == node.type.shape.first {
          isRead[input.index] = true
        }
      }
    }
    return isRead
  }

  /// The inputs whose position t alone decides the result's position t.
  private static func positionwise(_ node: Node, _ graph: Graph) -> [ValueID] {
    switch node.op {
    case .map, .cast, .stopGradient, .reshape: return node.inputs
    case .composite: return node.type.shape.count > 1 ? node.inputs : []
    case .slice(let starts, _, let steps): return starts.first == 0 && steps.first == 1 ? node.inputs : []
    case .pad(let low, _, let interior): return low.first == 0 && interior.first == 0 ? node.inputs : []
    case .concat(let axis): return axis > 0 ? node.inputs : []
    case .broadcast(_, let axes): return axes.first == 0 ? node.inputs : []
    case .reduceSum(let axes), .reduceMax(let axes): return axes.contains(0) ? [] : node.inputs
    case .matmul(let matmul):
      let isRow = !matmul.transposeA || graph[node.inputs[0]].type.shape.count > 2
      return isRow && !matmul.sumsBatch ? [node.inputs[0]] : []
    default: return []
    }
  }

  /// Whether a node's result is laid out with the steps first: loops read it, or its operands are.
  func goesStepsFirst(_ index: Int, _ operands: [Operand]) -> Bool {
    let type = graph.nodes[index].type
    guard options.laysStepsFirst, !type.isShared, batch > 1, let steps = type.shape.first, steps > 1,
      !type.shape.contains(0)
    else { return false }
    return isReadByLoops[index]
      || operands.contains { $0.view.map { $0.sizes.count > 1 && $0.sizes[1] == steps && isStepsFirst($0) } ?? false }
  }

  /// Whether the steps of a view are farther apart than its examples.
  func isStepsFirst(_ view: View) -> Bool {
    view.sizes.count > 1 && view.sizes[0] > 1 && view.sizes[1] > 1 && view.strides[0] > 0
      && view.strides[1] >= view.strides[0] * view.sizes[0]
  }

  /// Batch and steps in the other order.
  func swapped(_ view: View) -> View { view.permuted([1, 0] + Array(2..<view.sizes.count)) }
  func swapped(_ operand: Operand) -> Operand { operand.view.map { .view(swapped($0)) } ?? operand }
  func swapped(_ sizes: [Int]) -> [Int] { [sizes[1], sizes[0]] + sizes[2...] }

  /// The result of a function of elements, in the layout that suits its operands.
  mutating func elementwise(_ kind: Step.Kind, _ index: Int, _ operands: [Operand]) -> Operand {
    let node = graph.nodes[index]
    let sizes = sizes(node.type)
    guard goesStepsFirst(index, operands) else { return result(kind, operands, sizes, node.type.dtype, node.origin) }
    return swapped(
      result(kind, operands.map { swapped($0) }, swapped(sizes), node.type.dtype, node.origin))
  }

  /// Memory for a result that is put together, as its readers see it.
  mutating func assembled(isZeroed: Bool, _ index: Int, _ operands: [Operand]) -> (view: View, isSwapped: Bool) {
    let node = graph.nodes[index]
    let sizes = sizes(node.type)
    let isSwapped = goesStepsFirst(index, operands)
    let stored = isSwapped ? swapped(sizes) : sizes
    let whole = View(
      whole: append(.assemble(isZeroed: isZeroed), [], stored, node.type.dtype, node.origin), sizes: stored)
    return (isSwapped ? swapped(whole) : whole, isSwapped)
  }
}
