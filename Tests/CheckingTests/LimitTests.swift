import Checking
import Declarations
import Diagnostics
import Syntax
import Testing

/// Programs that would take for ever end at once, with an error.
@Suite struct LimitTests {
  @Test func constantsThatDoubleEnd() {
    let lines = (1..<60).map { "let a\($0) = [a\($0 - 1), a\($0 - 1)]\n" }
    let outcome = checked("let a0 = [1, 1]\n" + lines.joined())
    #expect(outcome.errors.map(\.code.id) == ["E0328"], "\(outcome.description)")
    let nested = checked("let a0 = [1]\n" + (1..<1_000).map { "let a\($0) = [a\($0 - 1)]\n" }.joined())
    #expect(nested.errors.map(\.code.id) == ["E0328"], "\(nested.description)")
  }

  @Test func thousandsOfUnknownNamesEnd() {
    let constants = checked((0..<20_000).map { "let a\($0) = zz\($0)\n" }.joined())
    #expect(constants.errors.count == 1_000)
    #expect(constants.errors.last?.notes.contains("19000 more are not shown") ?? false)
    let lines = (0..<20_000).map { "  let a\($0) = zz\($0) + x\n" }.joined()
    #expect(checked("model M(x: [4]) -> [4] {\n\(lines)  x\n}\n").errors.count == 1_000)
  }

  @Test func countlessOperationsAreRefused() {
    let sum = Array(repeating: "x", count: 60_000).joined(separator: " + ")
    #expect(checked("model M(x: [4]) -> [4] {\n  \(sum)\n}\n").errors.map(\.code.id) == ["E0326"])
    let chain = String(repeating: " -> relu", count: 60_000)
    #expect(checked("model M(x: [4]) -> [4] {\n  x\(chain)\n}\n").errors.map(\.code.id) == ["E0326"])
    let source = "data D from csv(\"d.csv\") {\n  let x: scalar = \(sum.replacing("x", with: "a"))\n}\n"
    #expect(checked(source).errors.map(\.code.id) == ["E0326"])
    let test = "test \"t\" {\n  let x: [2] = ones\n  expect \(sum) > 0\n}\n"
    #expect(checked(test).errors.map(\.code.id) == ["E0326"])
  }

  /// What `name = value` means in a block hangs on the names of its settings.
  @Test func settingWordsAreThoseOfTheBlocks() {
    let names = BlockKind.allCases.flatMap { Blocks.settings(of: $0).map(\.name) }
    #expect(settingWords == Set(names))
  }

  @Test func filesThatAreNoTextHaveOneError() {
    let text = "model M(x: [4]) -> [3] {\n  x -> dense(3)\n}\n"
    for (from, to) in [("dense", "den\0se"), ("\n", "\r")] {
      #expect(checked(text.replacing(from, with: to)).errors.map(\.code.id) == ["E0101"])
    }
    #expect(checked(text.replacing("\n", with: "\r\n")).errors.isEmpty)
  }
}
