/// The version of the JSON output. Changes are additive only; the number rises with each.
package let diagnosticsJSONVersion = 1

/// `{"version": 1, "diagnostics": […]}`: byte and line/column spans, labels, edits, and the rendered text.
func diagnosticsAsJSON(_ diagnostics: [Diagnostic], sources: SourceMap) -> String {
  let renderer = HumanRenderer(sources: sources, style: Style(isColored: false))
  let items = diagnostics.map { diagnostic in
    JSON.object([
      ("code", .string(diagnostic.code.id)),
      ("name", .string(diagnostic.code.name)),
      ("severity", .string(diagnostic.severity.rawValue)),
      ("message", .string(diagnostic.message)),
      ("primary", diagnostic.primary.map { labelAsJSON($0, sources) } ?? .null),
      ("secondary", .array(diagnostic.secondary.map { labelAsJSON($0, sources) })),
      ("context", diagnostic.context.map(JSON.string) ?? .null),
      ("trail", diagnostic.trail.map(JSON.string) ?? .null),
      ("notes", .array(diagnostic.notes.map(JSON.string))),
      ("fixes", .array(diagnostic.fixes.map { fixAsJSON($0, sources) })),
      ("rendered", .string(renderer.render(diagnostic))),
    ])
  }
  return JSON.object([("version", .integer(diagnosticsJSONVersion)), ("diagnostics", .array(items))]).text(indent: 2)
}

private func labelAsJSON(_ label: Label, _ sources: SourceMap) -> JSON {
  guard case .object(let members) = spanAsJSON(label.span, sources) else { return .null }
  return .object(members + [("text", .string(label.text))])
}

private func fixAsJSON(_ fix: Fix, _ sources: SourceMap) -> JSON {
  .object([
    ("title", .string(fix.title)),
    ("certain", .bool(fix.isCertain)),
    (
      "edits",
      .array(
        fix.edits.map { edit in
          guard case .object(let members) = spanAsJSON(edit.span, sources) else { return .null }
          return .object(members + [("replacement", .string(edit.replacement))])
        })
    ),
  ])
}

private func spanAsJSON(_ span: Span, _ sources: SourceMap) -> JSON {
  let file = sources[span.file]
  return .object([
    ("file", .string(file.path)),
    ("start", positionAsJSON(Int(span.start), file)),
    ("end", positionAsJSON(Int(span.end), file)),
  ])
}

private func positionAsJSON(_ offset: Int, _ file: SourceFile) -> JSON {
  let position = file.position(at: offset)
  return .object([
    ("byte", .integer(offset)), ("line", .integer(position.line)), ("column", .integer(position.column)),
  ])
}

/// SARIF 2.1.0 (OASIS), one run.
func diagnosticsAsSARIF(_ diagnostics: [Diagnostic], sources: SourceMap) -> String {
  var rules: [DiagnosticCode] = []
  for diagnostic in diagnostics where !rules.contains(diagnostic.code) { rules.append(diagnostic.code) }
  let results = diagnostics.map { diagnostic in
    JSON.object([
      ("ruleId", .string(diagnostic.code.id)),
      ("ruleIndex", .integer(rules.firstIndex(of: diagnostic.code) ?? 0)),
      ("level", .string(diagnostic.severity.rawValue)),
      ("message", .object([("text", .string(diagnostic.message))])),
      ("locations", .array(diagnostic.primary.map { [locationAsSARIF($0, sources)] } ?? [])),
      ("relatedLocations", .array(diagnostic.secondary.map { locationAsSARIF($0, sources) })),
    ])
  }
  let driver = JSON.object([
    ("name", .string("nnc")),
    (
      "rules",
      .array(
        rules.map { code in
          .object([
            ("id", .string(code.id)), ("name", .string(code.name)),
            ("shortDescription", .object([("text", .string(code.summary))])),
            ("fullDescription", .object([("text", .string(code.explanation))])),
          ])
        })
    ),
  ])
  let run = JSON.object([
    ("tool", .object([("driver", driver)])), ("columnKind", .string("unicodeCodePoints")), ("results", .array(results)),
  ])
  return JSON.object([
    ("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")), ("version", .string("2.1.0")),
    ("runs", .array([run])),
  ]).text(indent: 2)
}

private func locationAsSARIF(_ label: Label, _ sources: SourceMap) -> JSON {
  let file = sources[label.span.file]
  let start = file.position(at: Int(label.span.start))
  let end = file.position(at: Int(label.span.end))
  let region = JSON.object([
    ("startLine", .integer(start.line)), ("startColumn", .integer(start.column)), ("endLine", .integer(end.line)),
    ("endColumn", .integer(end.column)), ("byteOffset", .integer(Int(label.span.start))),
    ("byteLength", .integer(label.span.range.count)),
  ])
  var members: [(String, JSON)] = [
    (
      "physicalLocation",
      .object([("artifactLocation", .object([("uri", .string(file.path))])), ("region", region)])
    )
  ]
  if !label.text.isEmpty { members.append(("message", .object([("text", .string(label.text))]))) }
  return .object(members)
}
