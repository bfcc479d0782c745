/// Renders diagnostics for people: the line of the file, a caret under the culprit, and what may help.
package struct HumanRenderer: Sendable {
  private let sources: SourceMap
  private let style: Style
  /// Longer source lines are cut around the label.
  private static let lineLimit = 160

  package init(sources: SourceMap, style: Style) {
    self.sources = sources
    self.style = style
  }

  package func render(_ diagnostic: Diagnostic) -> String {
    var lines = [header(diagnostic)]
    var gutter = 1
    if let primary = diagnostic.primary {
      let labels = diagnostic.secondary.filter { $0.span.file == primary.span.file } + [primary]
      let file = sources[primary.span.file]
      gutter = String((labels.map { file.lineIndex(at: Int($0.span.start)) }.max() ?? 0) + 1).count
      lines.append(place(diagnostic, primary, gutter))
      lines.append(bar(gutter))
      lines += excerpt(file, labels, primary: primary, gutter: gutter, diagnostic.severity)
      for label in diagnostic.secondary where label.span.file != primary.span.file {
        lines += foreign(label, gutter)
      }
    } else if let context = diagnostic.context {
      lines.append("  \(context)")
    }
    if let trail = diagnostic.trail { lines.append(note("trail", trail, gutter)) }
    lines += diagnostic.notes.map { note("note", $0, gutter) }
    for fix in diagnostic.fixes { lines += help(fix, gutter) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func header(_ diagnostic: Diagnostic) -> String {
    let title = "\(diagnostic.severity.rawValue)[\(diagnostic.code.id)]"
    return style(title, diagnostic.severity.ink) + style(": " + printable(diagnostic.message), .bold)
  }

  private func place(_ diagnostic: Diagnostic, _ primary: Label, _ gutter: Int) -> String {
    let file = sources[primary.span.file]
    let position = file.position(at: Int(primary.span.start))
    let arrow = String(repeating: " ", count: gutter) + style("-->", .blue)
    let context = diagnostic.context.map { "   " + printable($0) } ?? ""
    return "\(arrow) \(printable(file.path)):\(position.line):\(position.column)\(context)"
  }

  private func bar(_ gutter: Int) -> String { String(repeating: " ", count: gutter + 1) + style("|", .blue) }

  /// The labelled lines in order, each with its labels below it.
  private func excerpt(
    _ file: SourceFile, _ labels: [Label], primary: Label, gutter: Int, _ severity: Severity
  ) -> [String] {
    var result: [String] = []
    var previous: Int?
    let byLine = Dictionary(grouping: labels) { file.lineIndex(at: Int($0.span.start)) }
    for line in byLine.keys.sorted() {
      if let previous, line > previous + 1 { result.append(style("...", .blue)) }
      previous = line
      let window = Window(file: file, line: line, around: byLine[line]![0].span, limit: HumanRenderer.lineLimit)
      let number = String(line + 1)
      let padding = String(repeating: " ", count: gutter - number.count)
      result.append(style("\(padding)\(number) |", .blue) + " " + window.text)
      for label in byLine[line]!.sorted(by: { $0.span.start < $1.span.start }) {
        let (indent, width) = window.columns(of: label.span)
        let isPrimary = label == primary
        let mark = String(repeating: isPrimary ? "^" : "-", count: max(width, 1))
        let text = label.text.isEmpty ? "" : " " + printable(label.text)
        result.append(
          bar(gutter) + " " + String(repeating: " ", count: indent)
            + style(mark + text, isPrimary ? severity.ink : .blue))
      }
    }
    return result
  }

  private func foreign(_ label: Label, _ gutter: Int) -> [String] {
    let file = sources[label.span.file]
    let position = file.position(at: Int(label.span.start))
    let place = "\(file.path):\(position.line):\(position.column)"
    return [
      String(repeating: " ", count: gutter) + style("::>", .blue) + " \(printable(place)) \(printable(label.text))"
    ]
  }

  private func note(_ title: String, _ text: String, _ gutter: Int) -> String {
    let indent = String(repeating: " ", count: gutter + 1)
    return indent + style("=", .blue) + " " + style(title + ":", .bold) + " " + printable(text)
  }

  /// The title, and the changed lines as they would be.
  private func help(_ fix: Fix, _ gutter: Int) -> [String] {
    var lines = [style("help", .cyan) + ": " + printable(fix.title)]
    guard let first = fix.edits.first else { return lines }
    let file = sources[first.span.file]
    for (number, text) in changedLines(file, fix.edits).prefix(6) {
      lines.append(style("\(number) |", .blue) + " " + printable(text))
    }
    return lines
  }

  private func changedLines(_ file: SourceFile, _ edits: [Edit]) -> [(Int, String)] {
    let sorted = edits.filter { $0.span.file == file.id }.sorted { $0.span.start < $1.span.start }
    guard let first = sorted.first, let last = sorted.last else { return [] }
    let firstLine = file.lineIndex(at: Int(first.span.start))
    let range = file.lineRange(firstLine).lowerBound..<file.lineRange(file.lineIndex(at: Int(last.span.end))).upperBound
    var text = ""
    var position = range.lowerBound
    for edit in sorted where Int(edit.span.start) >= position {
      text += file.text(position..<Int(edit.span.start)) + edit.replacement
      position = Int(edit.span.end)
    }
    text += file.text(position..<max(position, range.upperBound))
    guard text.utf8.count < 2_000 else { return [] }
    return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map {
      (firstLine + 1 + $0.offset, String($0.element))
    }
  }
}

/// The part of a source line that is shown.
private struct Window {
  let text: String
  private let file: SourceFile
  private let range: Range<Int>
  private let prefixWidth: Int

  init(file: SourceFile, line: Int, around span: Span, limit: Int) {
    self.file = file
    let whole = file.lineRange(line)
    if whole.count <= limit {
      range = whole
      prefixWidth = 0
      text = printable(file.text(whole))
    } else {
      let start = max(whole.lowerBound, min(Int(span.start) - limit / 2, whole.upperBound - limit))
      range = start..<min(start + limit, whole.upperBound)
      prefixWidth = start > whole.lowerBound ? 1 : 0
      text =
        (prefixWidth > 0 ? "…" : "") + printable(file.text(range)) + (range.upperBound < whole.upperBound ? "…" : "")
    }
  }

  /// Where a span begins and how wide it is, in characters of ``text``.
  func columns(of span: Span) -> (indent: Int, width: Int) {
    let start = min(max(Int(span.start), range.lowerBound), range.upperBound)
    let end = min(max(Int(span.end), start), range.upperBound)
    let indent = printable(file.text(range.lowerBound..<start)).unicodeScalars.count + prefixWidth
    return (indent, printable(file.text(start..<end)).unicodeScalars.count)
  }
}
