import Diagnostics
import Syntax
import Testing

@Suite struct CodeTests {
  @Test func codesAreUniqueAndComplete() {
    #expect(Set(SyntaxCodes.all.map(\.id)).count == SyntaxCodes.all.count)
    #expect(Set(SyntaxCodes.all.map(\.name)).count == SyntaxCodes.all.count)
    for code in SyntaxCodes.all {
      #expect(code.id.hasPrefix("E01"))
      #expect(!code.summary.hasSuffix(".") && !code.summary.isEmpty && !code.explanation.isEmpty, "\(code.id)")
      // What is no text cannot stand in a table of texts.
      let isBeyond = code == SyntaxCodes.fileTooLarge || code == SyntaxCodes.notText
      #expect(isBeyond || !code.wrong.isEmpty && !code.right.isEmpty, "\(code.id)")
    }
  }

  @Test(arguments: SyntaxCodes.all.filter { !$0.wrong.isEmpty })
  func wrongProgramGivesItsCodeAndRightOneNone(_ code: DiagnosticCode) {
    let wrong = diagnostics(code.wrong)
    #expect(wrong.map(\.code.id) == [code.id], "\(describe(wrong, in: code.wrong))")
    let right = diagnostics(code.right)
    #expect(right.isEmpty, "\(describe(right, in: code.right))")
  }

  @Test(arguments: SyntaxCodes.all.filter { !$0.wrong.isEmpty })
  func certainFixOfTheWrongProgramMendsIt(_ code: DiagnosticCode) {
    for diagnostic in diagnostics(code.wrong) {
      for fix in diagnostic.fixes where fix.isCertain {
        let mended = applying(fix, to: code.wrong)
        #expect(diagnostics(mended).isEmpty, "\(mended)\n\(describe(diagnostics(mended), in: mended))")
      }
    }
  }
}
