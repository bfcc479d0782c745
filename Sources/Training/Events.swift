import Declarations

/// The figures of one pass over a split.
package struct PassResult: Sendable, Codable {
  package struct Loss: Sendable, Codable {
    package var step: String
    package var label: String
    /// The mean over the examples.
    package var value: Double
  }
  package struct Metric: Sendable, Codable {
    package var label: String
    package var name: String
    package var result: MetricResult
    package var isPercentage: Bool
  }
  package var examples: Int
  package var losses: [Loss]
  package var metrics: [Metric]

  package init(examples: Int, losses: [Loss], metrics: [Metric]) {
    self.examples = examples
    self.losses = losses
    self.metrics = metrics
  }

  /// The summed losses of a step; of all steps where the name is empty.
  package func loss(step: String) -> Double {
    losses.filter { step.isEmpty || $0.step == step }.reduce(0) { $0 + $1.value }
  }
}

/// What a training tells while it runs.
package enum TrainingEvent: Sendable {
  case started(TrainingOutline)
  /// So many of the epoch's iterations are done.
  case progress(epoch: Int, iteration: Int, of: Int, loss: Double)
  case epoch(EpochResult)
  case stopped(reason: String)
}

package struct TrainingOutline: Sendable {
  package var name: String
  package var epochs: Int
  package var iterationsPerEpoch: Int
  package var trainRows: Int
  package var validationRows: Int
  package var testRows: Int
  package var parameters: Int
}

package struct EpochResult: Sendable {
  /// From 1.
  package var epoch: Int
  package var epochs: Int
  /// The examples that the step which ran most often was trained on.
  package var examples: Int
  package var trainLosses: [PassResult.Loss]
  package var validation: PassResult?
  package var train: PassResult?
  package var rate: Double
  /// Seconds since the training began.
  package var seconds: Double
  /// Whether its weights are the best so far by the measure that `keep` or `stop` names.
  package var isBest: Bool
}

/// A loss or a weight that became no finite number, and what made it so.
package struct NonFinite: Sendable {
  /// The part of a step that wrote the first such number.
  package enum Phase: Sendable {
    case forward, gradient, update
  }
  package struct Culprit: Sendable {
    package var phase: Phase
    /// The instance: `Net.dense_2`; empty for the optimizer.
    package var path: String
    /// `net.nnet:8:12`; empty where it has no place in a file.
    package var place: String
    /// `exp`, `matrix product`.
    package var operation: String
    package var isNaN: Bool
    /// From 1; the step of the whole training.
    package var step: Int
  }
  /// The loss; nil where a weight went wrong first.
  package var loss: Double?
  package var epoch: Int
  /// Of the whole training, from 1.
  package var step: Int
  /// Nil where the replay could not find it.
  package var culprit: Culprit?
}

/// What went wrong while training: not a mistake of ours.
package enum TrainingFailure: Error, Sendable {
  /// A loss or a weight is no finite number; epochs and steps count from 1.
  case notFinite(NonFinite)
  case noRows(split: String)
  /// A text to go on from has tokens that the data never had.
  case unknownStart(String)
  /// A text to go on from has no token.
  case emptyStart
}
