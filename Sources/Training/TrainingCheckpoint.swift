import Tensors

/// Where a training stands between two iterations. The order of the data and every draw are functions of the position:
/// with this it goes on to the same bits as if it had never stopped.
package struct TrainingCheckpoint: Sendable {
  /// Iterations that are done.
  package var iteration: Int
  /// Epochs that are done and measured.
  package var epochs: Int
  /// Weights, running statistics and vectors of the optimizers, by path.
  package var parameters: [String: HostTensor]
  package var best: BestWeights.State
  /// The sums of the running epoch's losses, by step and label.
  package var losses: [[Double]]
  /// The examples behind the sums, by step.
  package var examples: [Double]
  /// Seconds of training so far.
  package var seconds: Double

  package init(
    iteration: Int, epochs: Int, parameters: [String: HostTensor], best: BestWeights.State, losses: [[Double]],
    examples: [Double], seconds: Double
  ) {
    self.iteration = iteration
    self.epochs = epochs
    self.parameters = parameters
    self.best = best
    self.losses = losses
    self.examples = examples
    self.seconds = seconds
  }

  /// When a checkpoint can be taken.
  package enum Moment: Sendable {
    /// Now and then in an epoch that takes long.
    case underway
    /// An epoch has been measured.
    case epoch
    /// The training was asked to stop.
    case interruption
  }
}

/// A training while it runs.
struct TrainingState {
  var iteration = 0
  /// Epochs that are done and measured.
  var epochs = 0
  var best: BestWeights
  var losses: [[Double]]
  var examples: [Double]
  var stream: BatchStream
  /// A moment before, to go back to where a number becomes none.
  var moment: Rewind?
  var lastValidation: PassResult?
  var lastTold = ContinuousClock.now
  private let start = ContinuousClock.now
  private let secondsBefore: Double

  init(_ trainer: Trainer, from checkpoint: TrainingCheckpoint?) {
    best = BestWeights(train: trainer.train)
    losses = trainer.steps.map { $0.losses.map { _ in 0.0 } }
    examples = trainer.steps.map { _ in 0.0 }
    secondsBefore = checkpoint?.seconds ?? 0
    if let checkpoint {
      (iteration, epochs) = (checkpoint.iteration, checkpoint.epochs)
      (losses, examples) = (checkpoint.losses, checkpoint.examples)
      best.state = checkpoint.best
    }
    stream = trainer.stream(after: iteration)
  }

  /// Seconds of training so far.
  var seconds: Double {
    let duration = (ContinuousClock.now - start).components
    return secondsBefore + Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
  }

  /// Begins the sums of another epoch.
  mutating func clearSums() {
    for index in losses.indices { losses[index] = losses[index].map { _ in 0 } }
    examples = examples.map { _ in 0 }
  }
}
