import Checking
import Diagnostics
import Foundation
import Testing

/// Declared, explained, exercised and emitted: every code is all four.
@Suite struct CoverageTests {
  /// Codes that no program alone provokes, and those that have tests of their own.
  private let elsewhere: Set<DiagnosticCode> = [CheckingCodes.unknownOverride]

  @Test func everyCodeHasARejectedProgram() {
    let shown = Set(programs("rejected").flatMap { _, text in checked(text).result.diagnostics.map(\.code) })
    let missing = CheckingCodes.all.filter { !shown.contains($0) && !elsewhere.contains($0) }
    #expect(missing.isEmpty, "\(missing.map { "\($0.id) \($0.name)" })")
  }

  @Test func everyCodeIsDeclaredOnceAndEmitted() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources/Checking")
    var declared: [String] = []
    var emitted = ""
    for folder in ["Codes", "Diagnostics"] {
      let path = sources.appendingPathComponent(folder)
      for file in try FileManager.default.contentsOfDirectory(atPath: path.path) {
        let text = try String(contentsOf: path.appendingPathComponent(file), encoding: .utf8)
        if folder == "Diagnostics" { emitted += text }
        for line in text.split(separator: "\n") where line.hasPrefix("  package static let ") {
          let name = line.dropFirst("  package static let ".count).prefix { $0.isLetter || $0.isNumber }
          if line.contains("= DiagnosticCode(") { declared.append(String(name)) }
        }
      }
    }
    #expect(declared.count == CheckingCodes.all.count)
    #expect(Set(declared).count == declared.count)
    for name in declared { #expect(emitted.contains("CheckingCodes.\(name),"), "\(name) is never emitted") }
  }

  @Test func overridesNameConstants() {
    let text = "let width = 8\n\nmodel M(x: [4]) -> [width] {\n  x -> dense(width)\n}\n"
    let changed = checked(text, set: [("width", "16")])
    #expect(changed.errors.isEmpty)
    #expect(changed.result.program?.constants.first?.value == .integer(16))
    #expect(checked(text, set: [("widht", "16")]).errors.map(\.code) == [CheckingCodes.unknownOverride])
  }

  @Test func warningsCanBeAllowed() {
    let text = "// allow: linear_after_linear\nmodel M(x: [4]) -> [3] { x -> dense(8) -> dense(3) }\n"
    #expect(checked(text).result.diagnostics.isEmpty)
    #expect(checked(text.replacing("linear_after_linear", with: "unused")).result.diagnostics.count == 1)
  }
}
