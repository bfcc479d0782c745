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

  static func overfitsUnnamed(_ name: Name, _ train: TrainDeclaration) -> Diagnostic {
    let names = train.models.map { "`\($0.text)`" }.joined(separator: " and ")
    let models = train.models.map(\.text).joined(separator: ", ")
    return Diagnostic(
      CheckingCodes.expectation, "there is no train block `\(name.text)`",
      at: Label(name.span, "the block of \(names) has no name of its own")
    ).with(train.headerSpan, "this block").noting("`train \(models) on \(train.data.text) as Both` gives it one")
  }
}
