import Datasets
import Diagnostics
import Runs
import Training

/// A problem with a file that the command line names: what cannot be read is wrong usage, and hints on how programs
/// name data do not apply.
func commandLineProblem(_ problem: Datasets.DataProblem, mayName: Bool) -> any Error {
  let unreadable: Set = [
    DataCodes.missingFile, DataCodes.unreadable, DataCodes.directory, DataCodes.notAFile, DataCodes.outside,
  ]
  if unreadable.contains(problem.code) { return FileFailure(path: problem.path, reason: problem.reason) }
  var result = problem
  if !mayName, problem.code == DataCodes.notANumber || problem.code == DataCodes.duplicateColumn { result.hint = nil }
  return result
}

extension TrainingFailure {
  private static func word(_ value: Double) -> String {
    value.isNaN ? "NaN" : value < 0 ? "minus infinity" : "infinite"
  }

  /// What made a number not finite, in words for the user; nil where it is not known.
  var hint: String? {
    guard case .notFinite(let failure) = self, let culprit = failure.culprit else { return nil }
    let place = culprit.place.isEmpty ? "" : culprit.path.isEmpty ? culprit.place : "\(culprit.path) (\(culprit.place))"
    let write = "the first \(culprit.isNaN ? "NaN" : "infinity") is written by"
    switch culprit.phase {
    case .forward: return "\(write) \(culprit.operation) in \(place), step \(culprit.step)"
    case .gradient: return "\(write) \(culprit.operation) in the gradient of \(place), step \(culprit.step)"
    case .update:
      return "\(write) the optimizer's update (\(culprit.operation)), step \(culprit.step); "
        + "a smaller rate or `clip: norm(1.0)` may help"
    }
  }

  /// In words for the user.
  var description: String {
    switch self {
    case .notFinite(let failure):
      let what = failure.loss.map { "the loss became \(Self.word($0))" } ?? "a weight became NaN or infinite"
      return "\(what) in epoch \(failure.epoch), step \(failure.step)"
    case .noRows(let split): return "the \(split) split has no rows"
    case .unknownStart(let text): return "the training never saw what \"\(printable(text))\" is made of"
    case .emptyStart: return "the text to go on from is empty: --start takes at least one token, as in --start \"a\""
    }
  }
}
