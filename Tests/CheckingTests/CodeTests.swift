import Checking
import Diagnostics
import Testing

@Suite struct CodeTests {
  @Test func codesAreUniqueAndComplete() {
    #expect(Set(CheckingCodes.all.map(\.id)).count == CheckingCodes.all.count)
    #expect(Set(CheckingCodes.all.map(\.name)).count == CheckingCodes.all.count)
    for code in CheckingCodes.all {
      #expect(!code.summary.hasSuffix(".") && !code.summary.isEmpty && !code.explanation.isEmpty, "\(code.id)")
    }
  }

  @Test(arguments: CheckingCodes.all.filter { !$0.wrong.isEmpty })
  func wrongProgramGivesItsCode(_ code: DiagnosticCode) {
    let outcome = checked(code.wrong)
    #expect(outcome.result.diagnostics.map(\.code.id) == [code.id], "\(outcome.description)\n\(code.wrong)")
  }

  @Test(arguments: CheckingCodes.all.filter { !$0.right.isEmpty })
  func rightProgramGivesNone(_ code: DiagnosticCode) {
    let outcome = checked(code.right)
    #expect(outcome.result.diagnostics.isEmpty, "\(outcome.description)\n\(code.right)")
  }
}
