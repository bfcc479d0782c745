import Diagnostics

/// Why data cannot be used: one mistake in a file, with its place in that file.
///
/// Each kind is made by one named function (``missingFile(_:)`` and its kin) and has one code of ``DataCodes``.
package struct DataProblem: Error, Sendable, Hashable {
  package var code: DiagnosticCode
  /// The data file, as a person would find it from where the command was started.
  package var path: String
  /// From 1; nil where the problem is not at a line.
  package var line: Int?
  /// In characters, from 1.
  package var column: Int?
  /// What is wrong, without the place; no full stop.
  package var reason: String
  /// What to do about it.
  package var hint: String?

  package init(
    _ code: DiagnosticCode, path: String, line: Int? = nil, column: Int? = nil, reason: String, hint: String? = nil
  ) {
    self.code = code
    self.path = path
    self.line = line
    self.column = column
    self.reason = reason
    self.hint = hint
  }

  /// `data/iris.csv:17:5`, as much of it as is known.
  package var place: String {
    var text = path
    if let line {
      text += ":\(line)"
      if let column { text += ":\(column)" }
    }
    return text
  }

  /// The place and the reason in one line.
  package var message: String { path.isEmpty ? reason : "\(place): \(reason)" }

  /// The problem as a diagnostic; the span is that of the source (or setting) that named the file.
  package func diagnostic(at span: Span? = nil) -> Diagnostic {
    var result = Diagnostic(code, message, at: span.map { Label($0, "this is read from `\(path)`") })
    if path.isEmpty { result.primary = span.map { Label($0, reason) } }
    if let hint { result.notes = [hint] }
    return result
  }
}

/// Bytes for people: `41 GiB`, `1.5 MiB`, `12 bytes`.
package func byteText(_ count: Int) -> String {
  if count < 1024 { return count == 1 ? "1 byte" : "\(count) bytes" }
  var value = Double(count)
  for unit in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
    value /= 1024
    if value < 1024 || unit == "EiB" {
      let tenths = Int((value * 10).rounded())
      return value >= 10 || tenths % 10 == 0
        ? "\(Int(value.rounded())) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
    }
  }
  return "\(count) bytes"
}

/// A value from a data file as messages show it: in backquotes, control characters escaped, cut after 40 characters.
package func shownValue(_ text: String) -> String {
  var shown = ""
  for (index, scalar) in text.unicodeScalars.enumerated() {
    if index == 40 { return "`\(shown)…`" }
    switch scalar {
    case "\n": shown += "\\n"
    case "\r": shown += "\\r"
    case "\t": shown += "\\t"
    case "\u{0}"..<"\u{20}", "\u{7f}"..<"\u{a0}", "\u{202a}"..<"\u{202f}", "\u{2066}"..<"\u{206a}":
      shown += "\\u{\(String(scalar.value, radix: 16))}"
    default: shown.unicodeScalars.append(scalar)
    }
  }
  return "`\(shown)`"
}
