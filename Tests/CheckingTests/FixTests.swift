import Checking
import Diagnostics
import Syntax
import Testing

/// A certain fix removes what it mends and adds nothing.
@Suite struct FixTests {
  @Test(arguments: programs("rejected").map(\.name))
  func certainFixesMend(_ name: String) {
    let text = programs("rejected").first { $0.name == name }!.text
    expectMended(text)
  }

  @Test(arguments: CheckingCodes.all.filter { !$0.wrong.isEmpty })
  func certainFixesOfWrongProgramsMend(_ code: DiagnosticCode) { expectMended(code.wrong) }

  private func expectMended(_ text: String) {
    let before = checked(text)
    for diagnostic in before.result.diagnostics where diagnostic.primary?.span.file.index == 0 {
      for fix in diagnostic.fixes where fix.isCertain {
        let mended = applying(fix, to: text)
        let after = checked(mended)
        #expect(
          after.result.diagnostics.count < before.result.diagnostics.count,
          "\(diagnostic.message)\n\(mended)\n\(after.description)")
        var rest = before.result.diagnostics.map(\.code.id)
        for code in after.result.diagnostics.map(\.code.id) {
          let index = rest.firstIndex(of: code)
          #expect(index != nil, "\(diagnostic.message)\n\(mended)\n\(after.description)")
          if let index { rest.remove(at: index) }
        }
      }
    }
  }

  @Test func certainFixesAreOffered() {
    let offered = programs("rejected").filter { _, text in
      checked(text).result.diagnostics.contains { $0.fixes.contains(where: \.isCertain) }
    }
    #expect(offered.count >= 10, "\(offered.map(\.name))")
  }
}
