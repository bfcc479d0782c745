/// How diagnostics are written.
package enum DiagnosticFormat: String, Sendable, CaseIterable {
  case human, concise, json, sarif, github
}

extension DiagnosticFormat {
  /// All diagnostics as text, ending with a line break where there is anything to say.
  package func render(_ diagnostics: [Diagnostic], sources: SourceMap, style: Style) -> String {
    switch self {
    case .human:
      let renderer = HumanRenderer(sources: sources, style: style)
      return diagnostics.map { renderer.render($0) }.joined(separator: "\n")
    case .concise: return diagnostics.map { concise($0, sources) + "\n" }.joined()
    case .github: return diagnostics.map { github($0, sources) + "\n" }.joined()
    case .json: return diagnosticsAsJSON(diagnostics, sources: sources) + "\n"
    case .sarif: return diagnosticsAsSARIF(diagnostics, sources: sources) + "\n"
    }
  }

  /// `iris.nnet:14:28: error[E0312]: …`
  private func concise(_ diagnostic: Diagnostic, _ sources: SourceMap) -> String {
    let title = "\(diagnostic.severity.rawValue)[\(diagnostic.code.id)]: \(printable(diagnostic.message))"
    guard let primary = diagnostic.primary else { return title }
    let file = sources[primary.span.file]
    let position = file.position(at: Int(primary.span.start))
    return "\(printable(file.path)):\(position.line):\(position.column): \(title)"
  }

  /// A workflow command of GitHub Actions (`::error file=…,line=…::message`).
  private func github(_ diagnostic: Diagnostic, _ sources: SourceMap) -> String {
    let escape = { (text: String, isProperty: Bool) -> String in
      var result = ""
      for character in text.unicodeScalars {
        switch character {
        case "%": result += "%25"
        case "\r": result += "%0D"
        case "\n": result += "%0A"
        case ":" where isProperty: result += "%3A"
        case "," where isProperty: result += "%2C"
        default: result.unicodeScalars.append(character)
        }
      }
      return result
    }
    let level = diagnostic.severity == .note ? "notice" : diagnostic.severity.rawValue
    var properties = ""
    if let primary = diagnostic.primary {
      let file = sources[primary.span.file]
      let start = file.position(at: Int(primary.span.start))
      let end = file.position(at: Int(primary.span.end))
      properties = " file=\(escape(file.path, true)),line=\(start.line),col=\(start.column)"
      if end.line == start.line { properties += ",endColumn=\(end.column)" }
      properties += ",title=\(diagnostic.code.id)"
    }
    return "::\(level)\(properties)::\(escape(diagnostic.message, false))"
  }
}
