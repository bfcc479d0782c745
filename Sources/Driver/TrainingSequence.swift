import Checking
import Datasets
import Elaboration
import Execution
import Runs
import Training

/// Trains the train blocks of a program in order, each on the weights that the ones before it left.
struct TrainingSequence {
  let program: CheckedProgram
  let access: FileAccess
  let options: TrainingOptions

  /// What a caller wants to know on the way.
  struct Observer {
    var loaded: (CheckedData, Dataset, SplitRows) -> Void = { _, _, _ in }
    var prepared: (Trainer) throws -> Void = { _ in }
    var started: (StartMatch, _ path: String) -> Void = { _, _ in }
    var event: (TrainingEvent, Trainer) -> Void = { _, _ in }
    var finished: (Trainer, TrainingResult) throws -> Void = { _, _ in }
    var keep: (_ block: Int, TrainingCheckpoint.Moment, () -> TrainingCheckpoint) throws -> Void = { _, _, _ in }
    var shouldStop: () -> Bool = { false }
  }

  /// Trains the blocks 0 … `last` on one fold of their data, or the rest of them from a checkpoint; true where it was
  /// interrupted.
  @discardableResult
  func run(through last: Int, fold: Int = 0, from checkpoint: RunCheckpoint? = nil, observer: Observer) throws -> Bool {
    let store = ParameterStore()
    var initialized: Set<Int> = []
    for (block, train) in program.trains.prefix(last + 1).enumerated() where block >= checkpoint?.block ?? 0 {
      let position = block == checkpoint?.block ? checkpoint?.training : nil
      let (dataset, split) = try loadData(program.data[train.data], access: access, fold: fold)
      observer.loaded(program.data[train.data], dataset, split)
      let trainer = try Trainer(
        program: program, train: train, dataset: dataset, split: split, store: store, options: options)
      try trainer.initialize(except: initialized)
      initialized.formUnion(program.layers.indices.filter { program.layers[$0].isModel })
      try observer.prepared(trainer)
      if position == nil, let start = train.start {
        let file = try StartingWeights.read(start.path, access)
        observer.started(try StartingWeights.load(file, for: start, into: trainer), start.path)
      }
      let result = try trainer.run(
        from: position, observe: { observer.event($0, trainer) }, keep: { try observer.keep(block, $0, $1) },
        shouldStop: observer.shouldStop)
      try observer.finished(trainer, result)
      if result.wasInterrupted { return true }
    }
    return false
  }

  /// How often the blocks are trained: the number of folds, 1 without.
  func folds(through last: Int) -> Int {
    program.trains.prefix(last + 1).map { program.data[$0.data].split.foldCount }.max() ?? 1
  }
}

extension SplitDescription {
  /// How many folds there are, 1 where rows are divided once.
  var foldCount: Int { if case .folds(let count) = method { count } else { 1 } }
}
