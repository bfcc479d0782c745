import Checking
import Diagnostics
import Runs

func checkCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  let format = invocation.value("format").flatMap(DiagnosticFormat.init(rawValue:)) ?? .human
  var worst = ExitCode.fine
  var machine: [Diagnostic] = []
  var sources = SourceMap()
  for path in invocation.arguments {
    do throws(CommandFailure) {
      var compilation = try compile(path, invocation, console: console)
      if invocation.has("fix") { compilation = try applyFixes(to: compilation, invocation, console: console) }
      let found = compilation.result.diagnostics
      if format == .human || format == .concise || format == .github {
        console.write(format.render(found, sources: compilation.result.sources, style: console.style))
        if format == .human {
          console.print((found.isEmpty ? "" : "\n") + verdict(found, path))
        }
      } else {
        machine += found.map { $0.moved(by: sources.files.count) }
        for file in compilation.result.sources.files { sources.add(path: file.path, bytes: file.bytes) }
      }
      if !compilation.errors.isEmpty && worst == .fine { worst = .rejected }
    } catch {
      worst = .usage
    }
  }
  if format == .json || format == .sarif {
    console.write(format.render(machine, sources: sources, style: console.style))
  }
  return worst
}

private func verdict(_ diagnostics: [Diagnostic], _ path: String) -> String {
  let errors = diagnostics.count { $0.severity == .error }
  let warnings = diagnostics.count { $0.severity == .warning }
  var parts: [String] = []
  if errors > 0 { parts.append("\(errors) error\(errors == 1 ? "" : "s")") }
  if warnings > 0 { parts.append("\(warnings) warning\(warnings == 1 ? "" : "s")") }
  return "\(path): " + (parts.isEmpty ? "no mistakes found" : parts.joined(separator: ", "))
}

/// Applies the certain fixes of the file itself, round by round, as long as each round mends more than it breaks. While
/// there are errors only they count: a warning that shows when they are gone was hidden before, not made.
private func applyFixes(
  to compilation: Compilation, _ invocation: Invocation, console: Console
) throws(CommandFailure) -> Compilation {
  var current = compilation
  guard current.path != "-", var bytes = current.result.sources.files.first?.bytes else { return current }
  var applied = 0
  for _ in 0..<10 {
    let edits = certainEdits(current.result.diagnostics)
    if edits.isEmpty { break }
    let candidate = applying(edits, to: bytes)
    let next = try compile(current.path, bytes: candidate, invocation, console: console)
    let errors = current.errors.count - next.errors.count
    let problems = current.result.diagnostics.count - next.result.diagnostics.count
    let isBetter = errors > 0 || errors == 0 && problems > 0
    if !isBetter { break }
    applied += max(errors, problems)
    bytes = candidate
    current = next
  }
  if applied > 0 {
    do throws(FileFailure) {
      try writeAtomically(bytes, to: current.path)
    } catch {
      console.fail("\(error)")
      throw CommandFailure(code: .usage)
    }
    console.tell("\(current.path): \(applied) mended")
  }
  return current
}

/// The edits of certain fixes in the first file, those that overlap an earlier one left out.
func certainEdits(_ diagnostics: [Diagnostic]) -> [Edit] {
  var edits: [Edit] = []
  for fix in diagnostics.compactMap({ $0.fixes.first(where: \.isCertain) }) {
    let isFree = fix.edits.allSatisfy { edit in
      edit.span.file.index == 0
        && edits.allSatisfy { $0.span.end <= edit.span.start && $0.span != edit.span || edit.span.end < $0.span.start }
    }
    if isFree { edits += fix.edits }
  }
  return edits.sorted { $0.span.start < $1.span.start }
}

func applying(_ edits: [Edit], to bytes: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  var position = 0
  for edit in edits where Int(edit.span.start) >= position {
    result += bytes[position..<Int(edit.span.start)]
    result += Array(edit.replacement.utf8)
    position = Int(edit.span.end)
  }
  return result + bytes[position...]
}

extension Diagnostic {
  /// The same diagnostic where the source map has so many files before its own.
  func moved(by files: Int) -> Diagnostic {
    guard files > 0 else { return self }
    let move = { (span: Span) in
      Span(file: FileID(span.file.index + Int32(files)), start: Int(span.start), end: Int(span.end))
    }
    var result = self
    result.primary = primary.map { Label(move($0.span), $0.text) }
    result.secondary = secondary.map { Label(move($0.span), $0.text) }
    result.fixes = fixes.map { fix in
      Fix(fix.title, fix.edits.map { Edit(move($0.span), $0.replacement) }, isCertain: fix.isCertain)
    }
    return result
  }
}
