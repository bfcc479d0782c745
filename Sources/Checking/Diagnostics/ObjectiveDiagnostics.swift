import Diagnostics
import Syntax

// Objectives that are not what they seem.
extension Diagnostic {
  static func untrainedModel(_ name: String, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.untrainedModel, "no train block trains `\(name)`, so its weights stay as they were drawn",
      at: Label(span, "used as it begins")
    ).noting("name it in the header, `train \(name), …`, or take its weights from a run: `start: saved(…)`")
  }

  static func targetGiven(
    _ field: String, to model: String, at span: Span, _ loss: Span, isSequence: Bool
  ) -> Diagnostic {
    Diagnostic(
      CheckingCodes.targetGiven, "`\(model)` is given `\(field)`, which it should predict",
      at: Label(span, "holds the target")
    ).with(loss, "compared with it here")
      .noting(isSequence ? "`-> shift` moves it one position later, so that each sees only those before it" : nil)
  }

  /// - Parameter step: the name of a step; nil where the block itself is one.
  static func nothingTrains(_ step: String?, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.modelNotUpdated,
      step.map { "the step `\($0)` updates nothing: its weights are excepted" }
        ?? "nothing trains: all weights are excepted",
      at: Label(span, "every weight stays as it is"))
  }
}
