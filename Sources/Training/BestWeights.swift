import Checking
import Declarations
import Tensors

/// Watches the measure that `stop` or `keep` names, and holds the weights of the best epoch.
struct BestWeights {
  private let patience: (epochs: Int, of: CheckedMeasure)?
  private let keep: CheckedMeasure?
  private(set) var weights: [String: HostTensor]?
  /// The epoch whose weights are held.
  private(set) var epoch: Int?
  private var keptValue: Double?
  private var watchedValue: Double?
  private var sinceBetter = 0

  init(train: CheckedTrain) {
    patience = train.patience
    keep = train.keep ?? train.patience?.of
  }

  var needsTrainPass: Bool { keep?.split == .train || patience?.of.split == .train }

  var isExhausted: Bool { patience.map { sinceBetter >= $0.epochs } ?? false }

  var reason: String {
    guard let patience else { return "" }
    return "\(patience.of.text) has not improved for \(patience.epochs) epochs"
  }

  /// Returns whether the epoch is the best so far by the measure that chooses the weights.
  mutating func record(
    epoch: Int, validation: PassResult?, train: PassResult?, snapshot: () -> [String: HostTensor]
  ) -> Bool {
    if let patience, let value = value(of: patience.of, validation, train) {
      if isBetter(value, than: watchedValue, patience.of) {
        watchedValue = value
        sinceBetter = 0
      } else {
        sinceBetter += 1
      }
    }
    guard let keep, let value = value(of: keep, validation, train), isBetter(value, than: keptValue, keep) else {
      return false
    }
    keptValue = value
    self.epoch = epoch
    weights = snapshot()
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
