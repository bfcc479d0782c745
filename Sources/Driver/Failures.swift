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
  /// In words for the user.
  var description: String {
    switch self {
    case .notFinite(let loss, let epoch, let iteration):
      let shown = loss.hasSuffix("nan") ? "NaN" : loss.hasPrefix("-") ? "minus infinity" : "infinite"
      return "the loss became \(shown) in epoch \(epoch), step \(iteration)"
    case .noRows(let split): return "the \(split) split has no rows"
    case .unknownStart(let text): return "the training never saw what \"\(printable(text))\" is made of"
    }
  }
}
