import Training

extension TrainingFailure {
  /// In words for the user.
  var description: String {
    switch self {
    case .notFinite(let loss, let epoch, let iteration):
      let shown = loss.hasSuffix("nan") ? "NaN" : loss.hasPrefix("-") ? "minus infinity" : "infinite"
      return "the loss became \(shown) in epoch \(epoch), step \(iteration)"
    case .noRows(let split): return "the \(split) split has no rows"
    }
  }
}
