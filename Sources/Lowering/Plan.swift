import Graphs
import Tensors

/// What one program does on one batch: a straight line of instructions over an arena and over memory that outlives it.
package struct Plan: Sendable {
  /// Where a buffer lies.
  package enum Place: Hashable, Sendable {
    /// At this many bytes from the arena's start.
    case arena(offset: Int)
    case parameter(String)
    case input(String)
    case output(String)
    case constant(HostTensor)
  }
  package struct Buffer: Hashable, Sendable {
    package var place: Place
    package var dtype: DType
    package var count: Int
    /// The shape for which it was made, with the batch; for readers of the plan.
    package var sizes: [Int]
    package var byteCount: Int { count * dtype.byteCount }
  }
  package var batch: Int
  package var buffers: [Buffer]
  package var instructions: [Instruction]
  /// Bytes of the arena, a multiple of 64.
  package var arenaBytes: Int
  /// The most bytes of the arena that are alive at one time: no arrangement needs fewer.
  package var lowerBoundBytes: Int

  /// The names and buffers of the inputs that the program reads.
  package var inputs: [(name: String, buffer: Int)] {
    buffers.indices.compactMap { if case .input(let name) = buffers[$0].place { (name, $0) } else { nil } }
  }
  package var outputs: [(name: String, buffer: Int)] {
    buffers.indices.compactMap { if case .output(let name) = buffers[$0].place { (name, $0) } else { nil } }
  }
  package var parameters: [(path: String, buffer: Int)] {
    buffers.indices.compactMap { if case .parameter(let path) = buffers[$0].place { (path, $0) } else { nil } }
  }
  /// All instructions in the order of the plan's description, those in loops behind their loop, and how often a run
  /// executes each. A loop itself takes no time of its own.
  package var lines: [(instruction: Instruction, times: Int)] {
    func lines(_ instructions: [Instruction], _ times: Int) -> [(instruction: Instruction, times: Int)] {
      instructions.flatMap { instruction -> [(instruction: Instruction, times: Int)] in
        guard case .scan(let repeated) = instruction.kind else { return [(instruction, times)] }
        return [(instruction, times)] + lines(repeated.body, times * repeated.count)
      }
    }
    return lines(instructions, 1)
  }
  package var flops: Int { instructions.reduce(0) { $0 + $1.flops } }
}

/// The plan of a graph for a batch of this many examples.
///
/// - Throws: ``LoweringError`` where memory would not suffice; nothing has been allocated then.
package func lower(
  _ graph: Graph, batch: Int, options: LoweringOptions = LoweringOptions()
) throws(LoweringError) -> Plan {
  precondition(batch > 0, "a batch has at least one example")
  let simplified = Simplifier.run(graph, batch: batch, options: options)
  checkGraph(simplified)
  let steps = fused(try StepBuilder.run(simplified, batch: batch, options: options), options)
  let (list, groups) = ordered(steps, options)
  var emitter = Emitter(list, batch: batch, options: options)
  emitter.emit(groups)
  return try MemoryPlanner.run(emitter.plan, options: options)
}

/// The steps with neighbours combined, those in the bodies of loops included.
private func fused(_ steps: [Step], _ options: LoweringOptions) -> [Step] {
  var steps = steps
  for index in steps.indices {
    guard case .scan(var scan) = steps[index].kind else { continue }
    scan.body = fused(scan.body, options)
    steps[index].kind = .scan(scan)
  }
  checkSteps(steps)
  if options.fusesLoops {
    steps = ReductionFusion.run(steps)
    checkSteps(steps)
  }
  if options.fusesEpilogues {
    steps = EpilogueFusion.run(steps)
    checkSteps(steps)
  }
  return steps
}

/// The steps that effects need, in an order in which they can run, and how they become instructions.
func ordered(_ steps: [Step], _ options: LoweringOptions) -> (list: StepList, groups: [Group]) {
  var live = StepList(steps)
  live.sort()
  var list = CopyElision.run(live.steps, elides: options.elidesCopies)
  list.sort()
  checkSteps(list.steps)
  return (list, Grouping.run(list, fuses: options.fusesLoops))
}

/// The verifier of the graph between passes: a fault is a bug of a pass.
private func checkGraph(_ graph: Graph) {
  do { try verify(graph) } catch { fatalError("simplification broke the graph: \(error)") }
}

/// The verifier of steps between passes: every view lies within its step's result, and every use has as many elements as
/// it computes.
private func checkSteps(_ steps: [Step]) {
  for (index, step) in steps.enumerated() {
    for operand in step.operands {
      guard let view = operand.view else { continue }
      precondition(view.root < index, "step \(index) reads a later one")
      precondition(view.offset >= 0 && view.end <= max(steps[view.root].count, view.offset), "a view leaves its root")
      precondition(!steps[view.root].isEffect, "step \(index) reads an effect")
      if step.isElementwise || step.isEffect {
        precondition(view.count == step.count, "step \(index) has operands of another size")
      }
    }
    if case .part(let target) = step.kind {
      precondition(target.end <= steps[target.root].count && target.count == step.count, "a part leaves its whole")
    }
  }
}
