import Checking
import Datasets
import Declarations
import Elaboration
import Execution
import Graphs
import Layers
import Lowering
import Tensors

package struct TrainingOptions: Sendable {
  package var threads: Int
  /// Replaces the file's seed.
  package var seed: Int?
  /// Replaces the file's number of epochs or steps.
  package var epochs: Int?
  package var lowering = LoweringOptions()
  package init(threads: Int, seed: Int? = nil, epochs: Int? = nil) {
    self.threads = threads
    self.seed = seed
    self.epochs = epochs
  }
}

/// The outcome of one train block.
package struct TrainingResult: Sendable {
  package var epochs: Int
  package var test: PassResult?
  package var validation: PassResult?
  /// The epoch whose weights were kept, where a measure chose it.
  package var bestEpoch: Int?
  package var wasInterrupted: Bool
  package var seconds: Double
}

/// Trains the models of one train block on one data set: what is needed for it.
package final class Trainer {
  package let program: CheckedProgram
  package let train: CheckedTrain
  package let dataset: Dataset
  package let split: SplitRows
  package let store: ParameterStore
  package let layouts: [Int: ModelLayout]
  package let fitted: [String: [String: HostTensor]]
  package let steps: [StepProgram]
  package let elaborator: TrainElaborator
  private let options: TrainingOptions
  let context: RuntimeContext
  let evaluator: Evaluator
  let seed: UInt64
  let runners: [StepRunner]
  /// The first run of every step of an iteration sees its first batch, the second run its second, and so on.
  let batchesPerIteration: Int

  /// - Parameter saved: constants of fitted transforms to use instead of fitting them.
  package init(
    program: CheckedProgram, train: CheckedTrain, dataset: Dataset, split: SplitRows, store: ParameterStore,
    options: TrainingOptions,
    fitted saved: [String: [String: HostTensor]]? = nil
  ) throws {
    self.program = program
    self.train = train
    self.dataset = dataset
    self.split = split
    self.store = store
    self.options = options
    seed = UInt64(bitPattern: Int64(options.seed ?? train.seed))
    let context = RuntimeContext(
      store: store, dataset: dataset, split: split, threads: options.threads, seed: seed,
      lowering: options.lowering)
    self.context = context
    let preparation = try Preparation(program: program, train: train, context: context, fitted: saved)
    layouts = preparation.layouts
    fitted = preparation.fitted
    elaborator = preparation.elaborator
    for layout in preparation.layouts.values { try Trainer.allocate(layout, in: store) }
    let steps = train.steps.indices.map { preparation.elaborator.step($0) }
    self.steps = steps
    batchesPerIteration = steps.map(\.times).max() ?? 1
    for slot in steps.flatMap({ $0.slots }) {
      try store.allocate(slot.path, shape: [slot.count])
      try store.set(slot.path, HostTensor(shape: [slot.count], [Float](repeating: slot.initial, count: slot.count)))
    }
    let elaborator = preparation.elaborator
    for quantile in elaborator.quantiles { try store.allocate(elaborator.quantilePath(quantile.site), shape: []) }
    let usesBatch = train.usesBatch
    runners = steps.indices.map { Trainer.runner(steps[$0], at: $0, context, usesBatch ? elaborator : nil) }
    evaluator = Evaluator(
      program: elaborator.evaluation(), context: context, batch: usesBatch ? train.batch : Evaluator.batch,
      graph: usesBatch ? { elaborator.evaluation(batch: $0).graph } : nil)
  }

  /// What runs a step; of one that depends on the size of the batch, the elaborator makes a graph for each.
  static func runner(
    _ program: StepProgram, at index: Int, _ context: RuntimeContext, _ elaborator: TrainElaborator?
  ) -> StepRunner {
    StepRunner(
      program: program, context: context, graph: elaborator.map { made in { made.step(index, batch: $0).graph } })
  }

  /// Where the weights of a model and its running statistics live; drawn afresh by ``initialize()``.
  private static func allocate(_ layout: ModelLayout, in store: ParameterStore) throws {
    try store.allocate(layout.vectorPath, shape: [layout.count])
    for request in layout.statistics { try store.allocate(request.path, shape: request.shape) }
  }

  /// Draws the initial weights of the models that are trained here and of those that they use.
  package func initialize(except kept: Set<Int> = []) throws {
    for (model, layout) in layouts where !kept.contains(model) {
      var values = [Float](repeating: 0, count: layout.count)
      for entry in layout.trainable {
        values.replaceSubrange(entry.offset..<entry.offset + entry.count, with: entry.request.initialValues(seed: seed))
      }
      try store.set(layout.vectorPath, HostTensor(shape: [layout.count], values))
      for request in layout.statistics {
        try store.set(request.path, HostTensor(shape: request.shape, request.initialValues(seed: seed)))
      }
    }
  }

  // MARK: Rows

  var trainRows: [Int32] { split.train }

  /// Iterations in an epoch. An iteration runs each step, and takes as many batches as the step that runs most often.
  package var iterationsPerEpoch: Int {
    let batches = (trainRows.count + train.batch - 1) / train.batch
    return (batches + batchesPerIteration - 1) / batchesPerIteration
  }

  /// Steps of the whole training.
  var totalIterations: Int {
    if let epochs = options.epochs { return epochs * iterationsPerEpoch }
    if let iterations = train.iterations { return iterations }
    return (train.epochs ?? 1) * iterationsPerEpoch
  }

  /// Which draws of random numbers a run of a step makes.
  func drawIndex(_ position: StepPosition) -> Int { position.iteration * batchesPerIteration + position.time }

  /// The number of a run among those of its step program, from 1.
  func number(of position: StepPosition) -> Int {
    position.iteration * runners[position.program].program.times + position.time + 1
  }

  func totalSteps(of program: Int) -> Int { totalIterations * runners[program].program.times }

  /// Runs a step program on a batch; returns its number of examples.
  func run(_ position: StepPosition, _ rows: UnsafeBufferPointer<Int32>, _ runner: StepRunner) throws -> Int {
    try runner.run(
      rows: rows, iteration: drawIndex(position), step: number(of: position), total: totalSteps(of: position.program))
  }

  /// The failure of a run that gave no finite number, with what made it so.
  func failure(
    loss: Double?, epoch: Int, _ position: StepPosition, from moment: Rewind?
  ) -> TrainingFailure {
    let culprit = moment.flatMap { try? self.culprit(from: $0, to: position) }
    return .notFinite(NonFinite(loss: loss, epoch: epoch, step: position.iteration + 1, culprit: culprit))
  }

  func outline(epochs: Int) -> TrainingOutline {
    TrainingOutline(
      name: train.name, epochs: epochs, iterationsPerEpoch: iterationsPerEpoch, trainRows: trainRows.count,
      validationRows: split.validation.count, testRows: split.test.count,
      parameters: train.models.reduce(0) { $0 + (layouts[$1]?.count ?? 0) })
  }

  /// The mean losses over the examples.
  func means(_ sums: [[Double]], _ examples: [Double]) -> [PassResult.Loss] {
    steps.indices.flatMap { index in
      steps[index].losses.enumerated().map { label, name in
        PassResult.Loss(step: steps[index].name, label: name, value: sums[index][label] / max(examples[index], 1))
      }
    }
  }

  /// One step of one program on given rows; `number` counts its steps from 1. Returns its losses.
  package func runStep(_ index: Int, rows: [Int32], number: Int) throws -> [Double] {
    let count = try rows.withUnsafeBufferPointer {
      try runners[index].run(rows: $0, iteration: number - 1, step: number, total: totalIterations)
    }
    return runners[index].losses(count: count)
  }

  /// Evaluates a split with the weights in the store.
  package func evaluate(rows: [Int32]) throws -> PassResult { try evaluator.run(rows: rows) }

  /// The plan of each step for a full batch, and of the evaluation.
  package func plans() throws -> [(title: String, plan: Plan)] {
    var plans = try steps.map { step in
      (
        "step \(step.name.isEmpty ? train.name : step.name), batch \(train.batch)",
        try lower(step.graph, batch: train.batch, options: options.lowering)
      )
    }
    let batch = evaluator.batch
    plans.append(
      ("evaluation, batch \(batch)", try lower(evaluator.program.graph, batch: batch, options: options.lowering)))
    for field in elaborator.materialized.sorted() {
      guard let graph = elaborator.field(field),
        PreciseGraph(graph, fitted: fitted, dataset: dataset) == nil
      else { continue }
      plans.append(
        ("field \(field), computed once", try lower(graph, batch: Preparation.chunk, options: options.lowering)))
    }
    return plans
  }
}
