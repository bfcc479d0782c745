import Declarations
import Elaboration
import Execution
import Tensors

// The training itself: epochs of iterations, and what is measured after each.
extension Trainer {
  /// What a caller wants to know on the way.
  private struct Hooks {
    var observe: (TrainingEvent) -> Void
    var keep: (TrainingCheckpoint.Moment, () -> TrainingCheckpoint) throws -> Void
    var shouldStop: () -> Bool
  }

  /// Trains, tells what happens, and leaves the best weights (where a measure is named) in the store.
  ///
  /// - Parameters:
  ///   - checkpoint: where an earlier training of the same block on the same data stood; it goes on from there.
  ///   - keep: called where a checkpoint can be taken, with what makes one.
  ///   - shouldStop: asked after each iteration.
  package func run(
    from checkpoint: TrainingCheckpoint? = nil, observe: @escaping (TrainingEvent) -> Void,
    keep: @escaping (TrainingCheckpoint.Moment, () -> TrainingCheckpoint) throws -> Void = { _, _ in },
    shouldStop: @escaping () -> Bool = { false }
  ) throws -> TrainingResult {
    guard !trainRows.isEmpty else { throw TrainingFailure.noRows(split: "train") }
    if let checkpoint { try store.restore(checkpoint.parameters) }
    let epochs = (totalIterations + iterationsPerEpoch - 1) / iterationsPerEpoch
    observe(.started(outline(epochs: epochs)))
    var state = TrainingState(self, from: checkpoint)
    var isInterrupted = false
    let hooks = Hooks(observe: observe, keep: keep, shouldStop: shouldStop)
    while state.epochs < epochs && !isInterrupted && !state.best.isExhausted {
      isInterrupted = try trainEpoch(&state, of: epochs, hooks)
    }
    return try result(state, wasInterrupted: isInterrupted)
  }

  /// Trains the rest of an epoch and measures it; true where the training is to stop.
  private func trainEpoch(_ state: inout TrainingState, of epochs: Int, _ hooks: Hooks) throws -> Bool {
    let epoch = state.epochs + 1
    var isInterrupted = try iterate(&state, hooks)
    if isInterrupted { try hooks.keep(.interruption) { checkpoint(state) } }
    if !areParametersFinite, state.iteration > 0, let last = runners.indices.last {
      let position = StepPosition(
        iteration: state.iteration - 1, program: last, time: runners[last].program.times - 1)
      throw failure(loss: nil, epoch: epoch, position, from: state.moment)
    }
    measure(try passes(state), &state, of: epochs, hooks.observe)
    if isInterrupted { return true }
    try hooks.keep(.epoch) { checkpoint(state) }
    if state.best.isExhausted {
      hooks.observe(.stopped(reason: state.best.reason))
    } else if hooks.shouldStop() {
      isInterrupted = true
      try hooks.keep(.interruption) { checkpoint(state) }
    }
    return isInterrupted
  }

  /// The rest of an epoch's iterations; true where the training is to stop.
  private func iterate(_ state: inout TrainingState, _ hooks: Hooks) throws -> Bool {
    let perEpoch = iterationsPerEpoch
    let end = min((state.epochs + 1) * perEpoch, totalIterations)
    var batches = [[Int32]](repeating: [], count: batchesPerIteration)
    state.lastTold = .now
    while state.iteration < end {
      if state.moment == nil || state.iteration % Rewind.interval == 0 {
        state.moment = rewind(state.stream, state.iteration)
      }
      for index in batches.indices { state.stream.next(into: &batches[index]) }
      try runSteps(batches, &state)
      state.iteration += 1
      if state.iteration & 15 == 0, .now - state.lastTold > .milliseconds(100) {
        state.lastTold = .now
        hooks.observe(
          .progress(
            epoch: state.epochs + 1, iteration: state.iteration - state.epochs * perEpoch, of: perEpoch,
            loss: state.losses[0].reduce(0, +) / max(state.examples[0], 1)))
        try hooks.keep(.underway) { checkpoint(state) }
      }
      if hooks.shouldStop() { return true }
    }
    return false
  }

  /// Every run of every step of an iteration.
  private func runSteps(_ batches: [[Int32]], _ state: inout TrainingState) throws {
    for (index, runner) in runners.enumerated() {
      for time in 0..<runner.program.times {
        let position = StepPosition(iteration: state.iteration, program: index, time: time)
        let count = try batches[time].withUnsafeBufferPointer { try run(position, $0, runner) }
        state.examples[index] += Double(count)
        if let loss = try runner.addLosses(count: count, to: &state.losses[index]) {
          throw failure(loss: loss, epoch: state.epochs + 1, position, from: state.moment)
        }
      }
    }
  }

  /// The passes over the validation rows and, where a measure needs it, over the training rows.
  private func passes(_ state: TrainingState) throws -> (validation: PassResult?, train: PassResult?) {
    (
      split.validation.isEmpty ? nil : try evaluator.run(rows: split.validation),
      state.best.needsTrainPass ? try evaluator.run(rows: trainRows) : nil
    )
  }

  /// Closes an epoch: holds its weights where they are the best, and tells of it.
  private func measure(
    _ passes: (validation: PassResult?, train: PassResult?), _ state: inout TrainingState, of epochs: Int,
    _ observe: (TrainingEvent) -> Void
  ) {
    state.epochs += 1
    state.lastValidation = passes.validation ?? state.lastValidation
    let isBest = state.best.record(epoch: state.epochs, validation: passes.validation, train: passes.train) {
      snapshot()
    }
    observe(
      .epoch(
        EpochResult(
          epoch: state.epochs, epochs: epochs, examples: Int(state.examples.max() ?? 0),
          trainLosses: means(state.losses, state.examples), validation: passes.validation, train: passes.train,
          rate: rate(after: state.iteration), seconds: state.seconds, isBest: isBest)))
    state.clearSums()
  }

  /// The rate of the first step program's last run.
  private func rate(after iterations: Int) -> Double {
    guard let runner = runners.first else { return 0 }
    let last = StepPosition(iteration: iterations - 1, program: 0, time: runner.program.times - 1)
    return runner.rate(step: number(of: last), total: totalSteps(of: 0))
  }

  /// Puts the best weights in place and measures them.
  private func result(_ state: TrainingState, wasInterrupted: Bool) throws -> TrainingResult {
    if let weights = state.best.weights { try store.restore(weights) }
    try fitQuantiles()
    let test = split.test.isEmpty ? nil : try evaluator.run(rows: split.test)
    var validation = state.lastValidation
    if !split.validation.isEmpty, validation == nil || state.best.weights != nil {
      validation = try evaluator.run(rows: split.validation)
    }
    return TrainingResult(
      epochs: state.epochs, test: test, validation: validation, bestEpoch: state.best.epoch,
      wasInterrupted: wasInterrupted, seconds: state.seconds)
  }

  // MARK: Where it stands

  private func checkpoint(_ state: TrainingState) -> TrainingCheckpoint {
    var parameters = snapshot()
    for slot in steps.flatMap(\.slots) { parameters[slot.path] = store.tensor(slot.path) }
    return TrainingCheckpoint(
      iteration: state.iteration, epochs: state.epochs, parameters: parameters, best: state.best.state,
      losses: state.losses, examples: state.examples, seconds: state.seconds)
  }

  /// The batches that follow on so many iterations.
  func stream(after iterations: Int) -> BatchStream {
    BatchStream(rows: trainRows, batch: train.batch, seed: seed, taken: iterations * batchesPerIteration)
  }

  /// The weights and running statistics of all models.
  private func snapshot() -> [String: HostTensor] {
    let paths = layouts.values.flatMap { [$0.vectorPath] + $0.statistics.map(\.path) }
    return Dictionary(uniqueKeysWithValues: paths.compactMap { path in store.tensor(path).map { (path, $0) } })
  }
}
