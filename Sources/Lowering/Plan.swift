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
  package var flops: Int { instructions.reduce(0) { $0 + $1.flops } }
}

/// The plan of a graph for a batch of this many examples.
///
/// - Throws: ``LoweringError`` where memory would not suffice; nothing has been allocated then.
package func lower(
  _ graph: Graph, batch: Int, options: LoweringOptions = LoweringOptions()
) throws(LoweringError) -> Plan {
  precondition(batch > 0, "a batch has at least one example")
  let simplified = Simplifier.run(graph, options: options)
  checkGraph(simplified)
  var steps = try StepBuilder.run(simplified, batch: batch, options: options)
  checkSteps(steps)
  if options.fusesLoops {
    steps = ReductionFusion.run(steps)
    checkSteps(steps)
  }
  if options.fusesEpilogues {
    steps = EpilogueFusion.run(steps)
    checkSteps(steps)
  }
  var live = StepList(steps)
  live.sort()
  var list = CopyElision.run(live.steps, elides: options.elidesCopies)
  list.sort()
  checkSteps(list.steps)
  let groups = Grouping.run(list, fuses: options.fusesLoops)
  var emitter = Emitter(list, batch: batch)
  emitter.emit(groups)
  return try MemoryPlanner.run(emitter.plan, options: options)
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
