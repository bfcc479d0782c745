import Training

extension TrainingFailure {
  /// In words for the user.
  var description: String {
    switch self {
    case .notFinite(let loss, let epoch, let iteration, let culprit):
      let place = culprit.map { "; the first value that is not finite comes from \($0)" } ?? ""
      return "the loss became \(loss) in epoch \(epoch), step \(iteration)\(place)"
    case .noRows(let split): return "the \(split) split has no rows"
    }
  }
}
