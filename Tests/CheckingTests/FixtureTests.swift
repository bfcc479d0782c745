import Checking
import Diagnostics
import Foundation
import Syntax
import Testing

/// Programs with expectations inside: `// error[E0312] @24: part of the message` stands below the line of the culprit
/// (the column is optional), `// shape: [26, 26, 32]` below a line with a stage or a `let`. Every diagnostic is
/// expected. With `NNC_UPDATE=1` in the environment the expectations are written anew.
@Suite struct FixtureTests {
  @Test(arguments: programs("rejected").map(\.name))
  func rejectedProgram(_ name: String) throws {
    let text = try program(name, in: "rejected")
    let outcome = checked(text)
    #expect(!outcome.errors.isEmpty || !outcome.result.diagnostics.isEmpty, "\(name) is accepted")
    #expect(outcome.errors.isEmpty == (outcome.result.program != nil))
    try compare(name, "rejected", text, outcome)
  }

  @Test(arguments: programs("accepted").map(\.name))
  func acceptedProgram(_ name: String) throws {
    let text = try program(name, in: "accepted")
    let outcome = checked(text)
    #expect(outcome.errors.isEmpty, "\(outcome.description)")
    #expect(outcome.result.program != nil)
    try compare(name, "accepted", text, outcome)
  }

  private func program(_ name: String, in folderName: String) throws -> String {
    try String(contentsOf: folder(folderName).appendingPathComponent(name), encoding: .utf8)
  }

  private func compare(_ name: String, _ folderName: String, _ text: String, _ outcome: Checked) throws {
    if ProcessInfo.processInfo.environment["NNC_UPDATE"] != nil {
      let updated = rewritten(text, outcome)
      try updated.write(to: folder(folderName).appendingPathComponent(name), atomically: true, encoding: .utf8)
      return
    }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var wanted: [String] = []
    var culprit = 0
    var rest = outcome.result.diagnostics
    for (index, line) in lines.enumerated() {
      guard let expectation = Expectation(line) else {
        culprit = index + 1
        continue
      }
      switch expectation {
      case .shape(let shape):
        #expect(shapes(on: culprit, outcome) == shape, "\(name):\(culprit)")
      case .diagnostic(let severity, let code, let column, let message):
        let match = rest.firstIndex { diagnostic in
          let place = outcome.place(diagnostic)
          return diagnostic.code.id == code && diagnostic.severity.rawValue == severity
            && (place.line == culprit || place.line == 0)
            && (column == nil || place.column == column) && diagnostic.message.contains(message)
        }
        if let match { rest.remove(at: match) } else { wanted.append("\(culprit): \(line)") }
      }
    }
    #expect(wanted.isEmpty, "\(name): expected, but not reported:\n\(wanted.joined(separator: "\n"))")
    #expect(rest.isEmpty, "\(name): reported, but not expected:\n\(outcome.description)")
  }

  private func shapes(on line: Int, _ outcome: Checked) -> String? {
    outcome.result.annotations.filter { annotation in
      annotation.kind != .use && annotation.span.file.index == 0
        && outcome.result.sources[annotation.span.file].position(at: Int(annotation.span.start)).line == line
    }.max { ($0.span.end, $0.kind == .stage ? 1 : 0) < ($1.span.end, $1.kind == .stage ? 1 : 0) }?.text
  }

  /// The text with expectations that hold.
  private func rewritten(_ text: String, _ outcome: Checked) -> String {
    var result: [String] = []
    var culprit = 0
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).enumerated() {
      switch Expectation(line) {
      case .diagnostic?: continue
      case .shape?:
        let indent = line.prefix { $0 == " " }
        result.append("\(indent)// shape: \(shapes(on: culprit, outcome) ?? "none")")
      case nil:
        culprit = index + 1
        result.append(line)
        for diagnostic in outcome.result.diagnostics
        where outcome.place(diagnostic).line == culprit || culprit == 1 && outcome.place(diagnostic).line == 0 {
          let place = outcome.place(diagnostic)
          let code = "\(diagnostic.severity.rawValue)[\(diagnostic.code.id)]"
          result.append("// \(code) @\(place.column): \(diagnostic.message.split(separator: "\n").first ?? "")")
        }
      }
    }
    return result.joined(separator: "\n")
  }
}

private enum Expectation {
  case diagnostic(severity: String, code: String, column: Int?, message: String)
  case shape(String)

  init?(_ line: String) {
    let trimmed = line.trimmingCharacters(in: .whitespaces)
    if trimmed.hasPrefix("// shape: ") {
      self = .shape(String(trimmed.dropFirst("// shape: ".count)))
      return
    }
    for severity in ["error", "warning"] {
      guard trimmed.hasPrefix("// \(severity)["), let close = trimmed.firstIndex(of: "]"),
        let colon = trimmed[close...].firstIndex(of: ":")
      else { continue }
      let code = trimmed[trimmed.index(trimmed.startIndex, offsetBy: severity.count + 4)..<close]
      let between = trimmed[trimmed.index(after: close)..<colon].trimmingCharacters(in: .whitespaces)
      let column = between.hasPrefix("@") ? Int(between.dropFirst()) : nil
      let message = trimmed[trimmed.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      self = .diagnostic(severity: severity, code: String(code), column: column, message: message)
      return
    }
    return nil
  }
}

extension Checked {
  func place(_ diagnostic: Diagnostic) -> LineColumn {
    guard let span = diagnostic.primary?.span, span.file.index == 0 else { return LineColumn(line: 0, column: 0) }
    return result.sources[span.file].position(at: Int(span.start))
  }
}
