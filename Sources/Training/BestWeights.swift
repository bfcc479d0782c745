import Checking
import Declarations
import Tensors

/// Watches the measure that `stop` or `keep` names, and holds the weights of the best epoch.
package struct BestWeights {
  /// What it has seen.
  package struct State: Sendable {
    package var weights: [String: HostTensor]?
    /// The epoch whose weights are held.
    package var epoch: Int?
    /// The measure of that epoch by which the weights are chosen.
    package var keptValue: Double?
    /// The best measure by which the training is stopped.
    package var watchedValue: Double?
    /// Epochs since that.
    package var sinceBetter = 0
    package init() {}
  }

  private let patience: (epochs: Int, of: CheckedMeasure)?
  private let keep: CheckedMeasure?
  var state = State()
  var weights: [String: HostTensor]? { state.weights }
  var epoch: Int? { state.epoch }

  init(train: CheckedTrain) {
    patience = train.patience
    keep = train.keep ?? train.patience?.of
  }

  var needsTrainPass: Bool { keep?.split == .train || patience?.of.split == .train }

  var isExhausted: Bool { patience.map { state.sinceBetter >= $0.epochs } ?? false }

  var reason: String {
    guard let patience else { return "" }
    return "\(patience.of.text) has not improved for \(patience.epochs) epochs"
  }

  /// Returns whether the epoch is the best so far by the measure that chooses the weights.
  mutating func record(
    epoch: Int, validation: PassResult?, train: PassResult?, snapshot: () -> [String: HostTensor]
  ) -> Bool {
    if let patience, let value = value(of: patience.of, validation, train) {
      if isBetter(value, than: state.watchedValue, patience.of) {
        state.watchedValue = value
        state.sinceBetter = 0
      } else {
        state.sinceBetter += 1
      }
    }
    guard let keep, let value = value(of: keep, validation, train), isBetter(value, than: state.keptValue, keep) else {
      return false
    }
    state.keptValue = value
    state.epoch = epoch
    state.weights = snapshot()
    return true
  }

  private func isBetter(_ value: Double, than best: Double?, _ measure: CheckedMeasure) -> Bool {
    guard value.isFinite else { return false }
    guard let best else { return true }
    return measure.higherIsBetter ? value > best : value < best
  }

  private func value(of measure: CheckedMeasure, _ validation: PassResult?, _ train: PassResult?) -> Double? {
    (measure.split == .train ? train : validation)?.value(of: measure)
  }
}
