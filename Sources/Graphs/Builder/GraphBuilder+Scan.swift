import Tensors

extension GraphBuilder {
  /// The values of a loop, each with the steps as first axis.
  package struct ScanResult {
    /// The states after each step.
    package var states: [ValueID]
    /// What else the body gave at each step.
    package var outputs: [ValueID]
  }

  /// A loop over the leading axis of sequences, which hands states from step to step.
  ///
  /// The body reads values from outside through ``capture(_:)``; parameters, constants and draws it may make itself. What
  /// does not depend on the states is done for all steps at once, before the loop. Where a sequence or a state is per
  /// example, all are lifted; a body that reads other per-example values needs per-example states.
  ///
  /// - Parameter length: the number of steps; that of the first sequence where nil.
  package func scan(
    over sequences: [ValueID], from initial: [ValueID], length: Int? = nil, isReversed: Bool = false,
    body: (_ inner: GraphBuilder, _ states: [ValueID], _ elements: [ValueID]) -> (
      states: [ValueID], outputs: [ValueID]
    )
  ) -> ScanResult {
    guard let length = length ?? sequences.first.map({ shape(of: $0)[0] }) else {
      preconditionFailure("a scan has a sequence or a length")
    }
    let mixes = (sequences + initial).contains { !type(of: $0).isShared }
    let sequences = mixes ? sequences.map(lifted) : sequences
    let initial = mixes ? initial.map(lifted) : initial
    let inner = GraphBuilder(inside: self)
    let states = initial.enumerated().map { inner.input("state \($0)", type(of: $1)) }
    let elements = sequences.enumerated().map { index, sequence in
      let type = self.type(of: sequence)
      precondition(type.shape.first == length, "sequence \(index) has no \(length) elements")
      return inner.input("element \(index)", type.with(shape: Array(type.shape.dropFirst())))
    }
    let results = body(inner, states, elements)
    precondition(results.states.count == initial.count, "a body gives as many states as it takes")
    for (next, state) in zip(results.states, states) {
      precondition(
        inner.type(of: next) == inner.type(of: state),
        "\(origin.path) \(origin.place): a state of \(inner.type(of: state)) becomes \(inner.type(of: next))")
    }
    let isPerExample = (results.states + results.outputs).contains { !inner.type(of: $0).isShared }
    let outputs = results.outputs.map { isPerExample ? inner.lifted($0) : $0 }
    let graph = inner.finish(
      outputs: (results.states + outputs).enumerated().map { ("\($0)", $1) }, effects: [])
    var hoist = LoopHoist(
      outer: self, body: graph, initial: initial, sequences: sequences, captures: inner.captures, length: length,
      isReversed: isReversed)
    let stacked = hoist.emit()
    return ScanResult(states: Array(stacked.prefix(initial.count)), outputs: Array(stacked.dropFirst(initial.count)))
  }
}

/// Splits the body of a loop into what is done before it, for all steps at once, and what depends on the states.
private struct LoopHoist {
  let outer: GraphBuilder
  let body: Graph
  let initial: [ValueID]
  let sequences: [ValueID]
  let captures: [ValueID]
  let length: Int
  let isReversed: Bool

  /// Where the values of the body's nodes are outside of the loop, for those that do not depend on the states.
  private var outside: [StepsContext.Operand?] = []
  /// Nodes that each step computes although they could be computed before the loop: cheap ones, whose values would only
  /// travel through memory.
  private var staysInside: [Bool] = []
  /// Inputs that the remaining body reads, beside the states.
  private var elements: [ValueID] = []
  private var invariants: [ValueID] = []

  init(
    outer: GraphBuilder, body: Graph, initial: [ValueID], sequences: [ValueID], captures: [ValueID], length: Int,
    isReversed: Bool
  ) {
    self.outer = outer
    self.body = body
    self.initial = initial
    self.sequences = sequences
    self.captures = captures
    self.length = length
    self.isReversed = isReversed
  }

  /// Emits everything; returns the stacked values of the body's outputs.
  mutating func emit() -> [ValueID] {
    outside = []
    let origin = outer.origin
    for node in body.nodes {
      outer.origin = node.origin
      outside.append(hoisted(node))
    }
    outer.origin = origin
    staysInside = body.nodes.indices.map(isCheap)
    return loop()
  }

  /// Whether a step had better compute a node anew: an elementwise function or a movement of what differs from step to
  /// step. The bias of a product that is done before the loop is added there, where it costs nothing.
  private func isCheap(_ index: Int) -> Bool {
    let node = body.nodes[index]
    guard case .stacked? = outside[index] else { return false }
    switch node.op {
    case .input: return false
    case .map(.add):
      let isBias =
        node.inputs.contains { isStackedProduct($0.index) }
        && node.inputs.contains { if case .invariant? = outside[$0.index] { true } else { false } }
      return !isBias
    default: return [.elementwise, .movement].contains(node.op.definition.kind)
    }
  }

  /// Whether a value is a product for all steps, looking through reshapes.
  private func isStackedProduct(_ index: Int) -> Bool {
    var node = body.nodes[index]
    while case .reshape = node.op { node = body[node.inputs[0]] }
    guard case .stacked? = outside[index] else { return false }
    return node.op.definition.kind == .contraction
  }

  /// Whether a step reads a node's value from outside of the loop.
  private func isRead(_ index: Int) -> Bool { outside[index] != nil && !staysInside[index] }

  /// The value of a node outside of the loop, where it can be there.
  private func hoisted(_ node: Node) -> StepsContext.Operand? {
    switch node.op {
    case .input(let name):
      let words = name.split(separator: " ")
      let index = Int(words[1])!
      switch words[0] {
      case "state": return nil
      case "element": return .stacked(sequences[index])
      default: return .invariant(captures[index])
      }
    case .random: return nil
    default: break
    }
    let operands = node.inputs.compactMap { outside[$0.index] }
    guard operands.count == node.inputs.count else { return nil }
    let context = StepsContext(builder: outer, length: length, operands: operands)
    if !operands.indices.contains(where: context.isStacked) {
      return .invariant(outer.emit(node.op, operands.indices.map(context.value), declared: node.type))
    }
    return node.op.definition.vectorized(context).map { .stacked($0) }
  }

  /// The loop over what is left.
  private mutating func loop() -> [ValueID] {
    // Outputs that are there already need no loop; states are always part of it.
    let inLoop = body.outputs.indices.filter { $0 < initial.count || outside[body.outputs[$0].value.index] == nil }
    var stacked = [ValueID?](repeating: nil, count: body.outputs.count)
    for (index, output) in body.outputs.enumerated() where !inLoop.contains(index) {
      let context = StepsContext(builder: outer, length: length, operands: [outside[output.value.index]!])
      stacked[index] = context.stacked(0)
    }
    if !inLoop.isEmpty {
      for (index, part) in zip(inLoop, emitScan(inLoop)) { stacked[index] = part }
    }
    return stacked.map { $0! }
  }

  /// Emits the scan node; returns its parts.
  private mutating func emitScan(_ inLoop: [Int]) -> [ValueID] {
    var rest = body
    let states = initial.count
    // What is given twice is kept once.
    rest.outputs = []
    var place: [Int] = []
    for index in inLoop {
      let output = body.outputs[index]
      let known = index < states ? nil : rest.outputs.firstIndex { unshaped($0.value) == unshaped(output.value) }
      place.append(known ?? rest.outputs.count)
      if known == nil { rest.outputs.append(output) }
    }
    let live = rest.liveNodes(without: isRead)
    for index in rest.nodes.indices where live[index] && isKept(index) {
      let id = ValueID(index)
      if !rest.outputs.contains(where: { $0.value == id }),
        rest.nodes[index].type.isShared == rest[rest.outputs[0].value].type.isShared
      {
        rest.outputs.append(Graph.Output("kept \(index)", id))
      }
    }
    // First which values come in, then their numbers.
    for index in rest.nodes.indices where live[index] { noteInput(index) }
    for index in rest.nodes.indices where live[index] {
      guard let name = inputName(index) else { continue }
      rest.nodes[index].op = .input(name)
      rest.nodes[index].inputs = []
    }
    rest = rest.withoutDeadNodes()
    for index in rest.outputs.indices { rest.outputs[index].name = "\(index)" }
    let scan = Scan(body: rest, length: length, states: states, sequences: elements.count, isReversed: isReversed)
    let flat = outer.emit(.scan(scan), initial + elements + invariants)
    return zip(inLoop, place).map { output, index in
      let part = scan.parts[index]
      let shape = [length] + body[body.outputs[output].value].type.shape
      return outer.reshape(outer.slice(flat, axis: 0, part.start..<part.start + part.shape.reduce(1, *)), shape)
    }
  }

  /// The value under the reshapes of a value.
  private func unshaped(_ value: ValueID) -> ValueID {
    var value = value
    while case .reshape = body[value].op { value = body[value].inputs[0] }
    return value
  }

  /// Whether a value of each step is kept, so that the gradient need not compute it again: products and functions that
  /// take long. What no gradient reads is dropped when the graph is lowered.
  private func isKept(_ index: Int) -> Bool {
    guard outside[index] == nil else { return false }
    let op = body.nodes[index].op
    if case .map(let function) = op { return function.takesLong }
    return op.definition.kind == .contraction && !op.definition.sumsBatch
  }

  /// Whether the loop makes a number anew, because it needs nothing from outside.
  private func isLiteral(_ index: Int) -> Bool {
    let node = body.nodes[index]
    switch node.op {
    case .fill, .iota, .batchCount: return true
    case .lift: return isLiteral(node.inputs[0].index)
    default: return false
    }
  }

  private mutating func noteInput(_ index: Int) {
    switch staysInside[index] ? nil : outside[index] {
    case .stacked(let id): if !elements.contains(id) { elements.append(id) }
    case .invariant(let id): if !isLiteral(index) && !invariants.contains(id) { invariants.append(id) }
    case nil: break
    }
  }

  /// The name in the remaining body of a value from outside, and of a state.
  private func inputName(_ index: Int) -> String? {
    switch staysInside[index] ? nil : outside[index] {
    case .stacked(let id): return "\(initial.count + elements.firstIndex(of: id)!)"
    case .invariant(let id):
      return isLiteral(index) ? nil : "\(initial.count + elements.count + invariants.firstIndex(of: id)!)"
    case nil:
      guard case .input(let name) = body.nodes[index].op else { return nil }
      return String(name.split(separator: " ")[1])
    }
  }
}

extension Graph {
  /// Which nodes the outputs need, where the inputs of some do not count.
  fileprivate func liveNodes(without isLeaf: (Int) -> Bool) -> [Bool] {
    var isLive = [Bool](repeating: false, count: nodes.count)
    for output in outputs { isLive[output.value.index] = true }
    for index in nodes.indices.reversed() where isLive[index] && !isLeaf(index) {
      for input in nodes[index].inputs { isLive[input.index] = true }
    }
    return isLive
  }
}
