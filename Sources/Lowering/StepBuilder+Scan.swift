import Graphs
import Tensors

/// The memory of a state: one row for each step, and one for the initial value, which stands where the first step that
/// runs looks for it.
struct PreviousStates {
  var initial: Operand
  /// The states before each step, as [batch, time, …].
  var view: View
  /// The axis of the steps.
  var axis: Int
  var isReversed: Bool
}

// Loops. Memory is laid out with the steps first and the batch second, so that each step reads and writes whole rows.
extension StepBuilder {
  /// Lowers the body of a loop and the memory that it fills; returns the parts of the scan's value.
  mutating func lowerScan(_ scan: Scan, _ node: Node, _ operands: [Operand]) throws(LoweringError) -> [Operand] {
    let isShared = node.type.isShared
    let types = scan.body.outputs.map { scan.body[$0.value].type }
    if scan.length == 0 { return types.map { _ in .number(0) } }
    var step = ScanStep(
      body: [], length: scan.length, isReversed: scan.isReversed, isStepped: [], reads: 0)
    var reads: [Operand] = []
    var arguments: [String: Operand] = [:]
    var inner = StepBuilder(
      graph: Simplifier.run(scan.body, batch: batch, options: options), batch: batch, options: options)
    try Self.checkSizes(inner.graph, batch)
    let results = types.enumerated().map { index, type in
      memory(type, scan, node, initial: index < scan.states ? operands[index] : nil)
    }
    for (index, operand) in operands.enumerated() {
      let type = graph[node.inputs[index]].type
      let isElement = scan.states..<scan.states + scan.sequences ~= index
      var view: View
      if index < scan.states {
        view = steppedFirst(results[index].before, isShared)
      } else if case .view(let whole) = operand {
        view = isElement ? steppedFirst(whole, type.isShared) : whole
      } else {
        arguments["\(index)"] = operand
        continue
      }
      let element = isElement || index < scan.states ? view.withoutFirstAxis : view
      let root = inner.append(
        .storage(.argument(reads.count)), [], [max(element.end - element.offset, 0)], type.dtype, node.origin)
      arguments["\(index)"] = .view(View(root: root, sizes: element.sizes, strides: element.strides))
      step.isStepped.append(isElement || index < scan.states)
      reads.append(.view(view))
    }
    step.reads = reads.count
    inner.arguments = arguments
    let values = try inner.lowerAll()
    for (index, output) in inner.graph.outputs.enumerated() {
      let type = inner.graph[output.value].type
      inner.append(
        .store(.argument(reads.count + index)), [inner.flattened(output.value, values)], inner.sizes(type), type.dtype,
        inner.graph[output.value].origin)
    }
    step.body = inner.steps
    step.isStepped += types.map { _ in true }
    let writes = results.map { Operand.view(steppedFirst($0.after, isShared)) }
    let index = append(.scan(step), reads + writes, [], .float32, node.origin)
    for result in results { steps[result.after.root].parts.append(index) }
    return results.map { .view($0.after) }
  }

  /// Memory for what a body gives at each step, as [batch, time, …]: for a state also as it was before each step.
  private mutating func memory(
    _ type: ValueType, _ scan: Scan, _ node: Node, initial: Operand?
  ) -> (before: View, after: View) {
    let rows = scan.length + (initial == nil ? 0 : 1)
    let row = sizes(type)
    let whole = View(
      whole: append(.assemble(isZeroed: false), [], [rows] + row, type.dtype, node.origin), sizes: [rows] + row)
    guard let initial else { return (steppedSecond(whole, type.isShared), steppedSecond(whole, type.isShared)) }
    var (first, later) = (whole, whole)
    first.sizes[0] = scan.length
    later.sizes[0] = scan.length
    later.offset = whole.strides[0]
    let (before, after) = scan.isReversed ? (later, first) : (first, later)
    var target = View(whole: whole.root, sizes: row)
    target.offset = scan.isReversed ? scan.length * whole.strides[0] : 0
    if target.count > 0 {
      let part = append(.part(target), [initial], row, type.dtype, node.origin)
      steps[whole.root].parts.append(part)
    }
    let states = steppedSecond(before, type.isShared)
    previousStates[whole.root] = PreviousStates(
      initial: initial, view: states, axis: type.isShared ? 0 : 1, isReversed: scan.isReversed)
    return (states, steppedSecond(after, type.isShared))
  }

  /// [batch, time, …] with the steps in front.
  private func steppedFirst(_ view: View, _ isShared: Bool) -> View {
    isShared ? view : view.permuted([1, 0] + Array(2..<view.sizes.count))
  }

  /// [time, batch, …] with the batch in front.
  private func steppedSecond(_ view: View, _ isShared: Bool) -> View { steppedFirst(view, isShared) }

  /// The value of a node that takes whole steps of a scan: these are views of its parts.
  mutating func lowerPart(_ index: Int, _ node: Node) -> Operand? {
    switch node.op {
    case .slice(let starts, let stops, let steps):
      guard steps == [1], let parts = scanParts[node.inputs[0].index],
        case .scan(let scan) = graph[node.inputs[0]].op,
        let part = wholeSteps(scan, starts[0]..<stops[0])
      else { return nil }
      scanSlices[index] = sliced(parts[part.index], part.steps, node.type.isShared)
      return .number(0)
    case .reshape:
      guard case .view(let view)? = scanSlices[node.inputs[0].index] else { return nil }
      return view.reshaped(sizes(node.type)).map { .view($0) }
    default: return nil
    }
  }

  /// Which part of a scan, and which of its steps, a range of the flat value is.
  private func wholeSteps(_ scan: Scan, _ range: Range<Int>) -> (index: Int, steps: Range<Int>)? {
    for (index, part) in scan.parts.enumerated() {
      let width = part.shape.dropFirst().reduce(1, *)
      guard width > 0, !range.isEmpty, range.lowerBound >= part.start,
        range.upperBound <= part.start + scan.length * width, (range.lowerBound - part.start) % width == 0,
        range.count % width == 0
      else { continue }
      let first = (range.lowerBound - part.start) / width
      return (index, first..<first + range.count / width)
    }
    return nil
  }

  private func sliced(_ operand: Operand, _ steps: Range<Int>, _ isShared: Bool) -> Operand {
    guard case .view(let view) = operand else { return operand }
    let axis = isShared ? 0 : 1
    var result = view
    result.offset += steps.lowerBound * view.strides[axis]
    result.sizes[axis] = steps.count
    return .view(result)
  }

  /// The value of a node as others than movements of steps read it.
  mutating func flattened(_ value: ValueID, _ values: [Operand]) -> Operand {
    let node = graph[value]
    if let slice = scanSlices[value.index] {
      guard case .view(let view) = slice else { return slice }
      return .view(flat(view, node))
    }
    guard let parts = scanParts[value.index], case .scan(let scan) = node.op else { return values[value.index] }
    let sizes = sizes(node.type)
    let whole = View(whole: append(.assemble(isZeroed: false), [], sizes, node.type.dtype, node.origin), sizes: sizes)
    let axis = node.type.isShared ? 0 : 1
    for (part, place) in zip(parts, scan.parts) {
      var target = whole
      target.offset = place.start
      target.sizes[axis] = place.shape.reduce(1, *)
      guard target.count > 0, case .view(let view) = part else { continue }
      let source = View(whole: copied(view, node.type.dtype, node.origin).root, sizes: target.sizes)
      let step = append(.part(target), [.view(source)], target.sizes, node.type.dtype, node.origin)
      steps[whole.root].parts.append(step)
    }
    return .view(whole)
  }

  private mutating func flat(_ view: View, _ node: Node) -> View {
    let sizes = sizes(node.type)
    return view.reshaped(sizes) ?? View(whole: copied(view, node.type.dtype, node.origin).root, sizes: sizes)
  }

  /// The states before each step, where a concatenation of the initial one and all but the last means these.
  func previousStates(_ axis: Int, _ operands: [Operand]) -> Operand? {
    guard options.elidesCopies, operands.count == 2 else { return nil }
    for (root, states) in previousStates where states.axis == axis {
      let steps = states.view.sizes[axis]
      guard steps > 1 else { continue }
      let (initial, others) = states.isReversed ? (operands[1], operands[0]) : (operands[0], operands[1])
      guard case .view(let rest) = others, rest.root == root, isSame(initial, states.initial) else { continue }
      let expected = sliced(.view(states.view), states.isReversed ? 0..<steps - 1 : 1..<steps, axis == 0)
      if expected == others { return .view(states.view) }
    }
    return nil
  }

  /// Whether two operands address the same elements in the same order.
  private func isSame(_ a: Operand, _ b: Operand) -> Bool {
    switch (a, b) {
    case (.number(let x), .number(let y)): x == y && x.sign == y.sign
    case (.view(let x), .view(let y)): x.merged == y.merged
    default: false
    }
  }
}
