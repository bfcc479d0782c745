import Diagnostics
import Syntax

private func among(_ models: [String]) -> String {
  models.isEmpty ? "it holds no weights" : "it holds " + models.map { "`\($0)`" }.joined(separator: ", ")
}

// `start: saved(…)`.
extension Diagnostic {
  static func startOfOtherModel(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.start, "the block does not use `\(name.text)`",
      at: Label(name.span, "weights are taken for models that the block uses"))
  }

  static func savedUnavailable(_ path: String, _ problem: ImportProblem, at span: Span) -> Diagnostic {
    var result = Diagnostic(CheckingCodes.start, problem.message, at: Label(span, "a run folder or a weights file"))
    if let near = problem.suggestion { result.notes.append("did you mean `\(near)`?") }
    return result
  }

  static func savedWithoutModel(_ name: Name, path: String, models: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.start, "`\(path)` has no weights of `\(name.text)`", at: Label(name.span, among(models)))
  }

  static func savedFitsNothing(_ path: String, at span: Span, models: [String]) -> Diagnostic {
    Diagnostic(CheckingCodes.start, "`\(path)` has no weights of the models here", at: Label(span, among(models)))
  }

  /// - Parameter problems: weights that are missing or have another shape, in the order of the model.
  package static func savedMismatch(
    _ model: String, path: String, fits: Int, problems: [String], at span: Span
  ) -> Diagnostic {
    let count = problems.count
    var result = Diagnostic(
      CheckingCodes.start,
      "\(count) of \(count + fits) weights of `\(model)` do\(count == 1 ? "es" : "") not fit those in `\(path)`",
      at: Label(span, fits == 0 ? "none fits" : "\(fits) fit\(fits == 1 ? "s" : "")"))
    result.notes = Array(problems.prefix(5))
    if count > 5 { result.notes.append("and \(count - 5) more") }
    return result
  }
}
