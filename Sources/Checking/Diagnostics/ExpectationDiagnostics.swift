import Diagnostics
import Syntax

// `expect` in a test.
extension Diagnostic {
  static func expectation(_ span: Span, _ reason: String) -> Diagnostic {
    Diagnostic(CheckingCodes.expectation, "`expect` cannot take this", at: Label(span, reason))
  }

  static func overfitsTarget(_ name: Name, _ found: Suggestion?, _ names: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.expectation, "there is no train block `\(name.text)`",
      at: Label(name.span, names.isEmpty ? "the file has none" : "there is " + names.joined(separator: ", "))
    ).suggesting(found, at: name.span)
  }
}
