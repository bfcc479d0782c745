import Execution
import Graphs
import Lowering
import Tensors

/// A moment of the training to which it can go back: everything else is a function of position.
struct Rewind {
  var parameters: [String: HostTensor]
  var stream: BatchStream
  var iteration: Int

  /// How many iterations lie between two such moments: a copy of the parameters must cost next to nothing.
  static let interval = 128
  /// Parameters of more bytes than this are not copied.
  static let limit = 256 << 20
}

/// One run of one step program.
struct StepPosition: Hashable {
  var iteration: Int
  /// The step program.
  var program: Int
  /// Which of its runs in the iteration.
  var time: Int
}

extension Trainer {
  /// The moment before an iteration, where the parameters are not too many to copy.
  func rewind(_ stream: BatchStream, _ iteration: Int) -> Rewind? {
    let bytes = store.entries.values.reduce(0) { $0 + $1.values.count * 4 }
    return bytes > Rewind.limit ? nil : Rewind(parameters: store.snapshot(), stream: stream, iteration: iteration)
  }

  /// What first wrote no finite number on the way from a moment to a run that failed: the runs are repeated, and the
  /// bad one is replayed with every operator an instruction of its own. Leaves the store as the replay left it.
  func culprit(from moment: Rewind, to failed: StepPosition) throws -> NonFinite.Culprit? {
    let bad = try firstSpoilt(from: moment, to: failed) ?? failed
    try store.restore(moment.parameters)
    var found: [NonFiniteWrite] = []
    var losses: [Double] = []
    try replay(from: moment, to: bad) { position, rows in
      guard position == bad else {
        _ = try run(position, rows, runners[position.program])
        return true
      }
      let watcher = Trainer.runner(
        steps[bad.program], at: bad.program, watchingContext, train.usesBatch ? elaborator : nil)
      found = try watcher.watch(
        rows: rows, iteration: drawIndex(bad), step: number(of: bad), total: totalSteps(of: bad.program))
      losses = watcher.losses(count: rows.count)
      return false
    }
    guard let write = found.first(where: { !$0.isMask }) ?? found.first else { return nil }
    let phase: NonFinite.Phase =
      !losses.allSatisfy(\.isFinite) ? .forward : write.origin == Origin() ? .update : .gradient
    return NonFinite.Culprit(
      phase: phase, path: write.origin.path, place: write.origin.place, operation: write.operation,
      isNaN: write.isNaN, step: bad.iteration + 1)
  }

  /// The first run that leaves a parameter which is no finite number, before the one that failed.
  private func firstSpoilt(from moment: Rewind, to failed: StepPosition) throws -> StepPosition? {
    try store.restore(moment.parameters)
    var spoilt: StepPosition?
    try replay(from: moment, to: failed) { position, rows in
      if position == failed { return false }
      _ = try run(position, rows, runners[position.program])
      if !areParametersFinite { spoilt = position }
      return spoilt == nil
    }
    return spoilt
  }

  /// Whether every weight, statistic and number of the optimizers is finite.
  var areParametersFinite: Bool {
    store.entries.values.allSatisfy { entry in
      // Zero times a finite number is zero; times any other it is not a number.
      entry.values.reduce(Float(0)) { $0 + $1 * 0 } == 0
    }
  }

  private var watchingContext: RuntimeContext {
    var options = LoweringOptions.unoptimized
    options.dropsDeadCode = true
    options.memoryLimit = context.lowering.memoryLimit
    let result = RuntimeContext(
      store: store, dataset: dataset, split: split, threads: context.threads, seed: context.seed, lowering: options)
    result.fields = context.fields
    return result
  }

  /// Goes over the runs in order up to a position, as long as the body says so.
  private func replay(
    from moment: Rewind, to last: StepPosition, _ body: (StepPosition, UnsafeBufferPointer<Int32>) throws -> Bool
  ) throws {
    var stream = moment.stream
    var batches = [[Int32]](repeating: [], count: batchesPerIteration)
    for iteration in moment.iteration...last.iteration {
      for index in batches.indices { stream.next(into: &batches[index]) }
      for program in steps.indices {
        for time in 0..<steps[program].times {
          let position = StepPosition(iteration: iteration, program: program, time: time)
          if try !batches[time].withUnsafeBufferPointer({ try body(position, $0) }) { return }
          if position == last { return }
        }
      }
    }
  }
}
