import Diagnostics
import Syntax

// `across` and `this_example`.
extension Diagnostic {
  static func across(_ span: Span, _ reason: String) -> Diagnostic {
    Diagnostic(CheckingCodes.across, "the examples of a batch cannot be put together here", at: Label(span, reason))
  }
}
