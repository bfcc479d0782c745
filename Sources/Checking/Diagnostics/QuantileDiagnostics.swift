import Diagnostics
import Syntax

// `quantile(…)`.
extension Diagnostic {
  static func quantile(_ span: Span, _ reason: String) -> Diagnostic {
    Diagnostic(CheckingCodes.quantile, "`quantile` cannot be taken here", at: Label(span, reason))
  }

  static func quantileOf(_ name: Name, _ found: Suggestion?, _ names: [String]) -> Diagnostic {
    let list = names.sorted().map { "`\($0)`" }.joined(separator: ", ")
    return Diagnostic(
      CheckingCodes.quantile, "`\(name.text)` is no `let` of the train block",
      at: Label(name.span, names.isEmpty ? "it has none" : "it has \(list)")
    ).suggesting(found, at: name.span)
  }
}
