import Diagnostics

extension SyntaxTree {
  /// The diagnostic of a token or of trivia.
  func diagnostic(_ problem: TokenProblem) -> Diagnostic? {
    let span = Span(file: file.id, start: Int(problem.start), end: Int(problem.end))
    let text = file.text(span)
    switch problem.problem {
    case .foreignComment: return .comment(at: span, edit: Edit(span, "//"))
    case .blockComment: return .comment(at: span, edit: lineComment(text, span))
    case .semicolon:
      let separator = separator(at: span)
      return .semicolon(at: span, replacement: separator, isCertain: isCertain(separator, at: span))
    case .foreignSpace: return .foreignSpace(text, at: span)
    case .character: return .character(clipped(text), at: span)
    case .nameCharacter: return .nameCharacter(clipped(text), at: span)
    case .number: return .number(text, at: span, better: betterNumber(text))
    case .numberTooLarge: return .numberTooLarge(text, at: span)
    case .unterminatedString: return .unterminatedString(at: span, closing: text.first == "\"")
    case .escape: return .escape(text, at: span)
    case .foreignQuotes: return .quotes(text, at: span, replacement: straightQuotes(text))
    case .foreignOperator: return foreignOperator(problem, span, text)
    case .moduloSpacing: return modulo(span)
    case .percentSpacing:
      return .percentSpacing(
        "the `%` of a percentage touches its number", label: "remove the space", at: span,
        edits: [Edit(gap(before: span), "")])
    case .equalsForColon:
      let before = gap(before: span)
      let edited = isBlank(before) ? before.union(span) : span
      return .sign(
        SyntaxCodes.settingSign, "a setting is `name: value`, with a colon", ":", at: span,
        edit: Edit(edited, isSpace(at: Int(span.end)) ? ":" : ": "))
    case .colonForEquals:
      return .sign(
        SyntaxCodes.bindingSign, "a binding is `let name = value`; a type would follow the colon", "=", at: span,
        edit: Edit(span, isSpace(at: Int(span.end)) ? " =" : " = "))
    case .spaceBeforeBracket:
      return .spaceBeforeBracket(file.text(span.range.upperBound..<span.range.upperBound + 1), at: span)
    case .foreignKeyword:
      let keyword = Keyword(rawValue: UInt8(problem.detail))!
      return .foreignKeyword(
        text, meaning: keyword.text, at: span, isCertain: !["class", "struct", "module", "table", "it"].contains(text))
    case .strayComma: return .strayComma(at: span)
    case .foreignWord:
      return .foreignWord(text, meaning: Keyword(rawValue: UInt8(problem.detail))!.text, at: span)
    case .returnKeyword:
      var end = Int(span.end)
      while isSpace(at: end), file.bytes[end] != UInt8(ascii: "\n") { end += 1 }
      return .returnKeyword(text, at: span, removal: Span(file: file.id, start: Int(span.start), end: end))
    case .twoStatements:
      let tail = Span(file: file.id, start: Int(span.start), end: Int(span.end))
      return .twoStatements(at: tail, newline: "\n" + indentation(at: Int(span.start)))
    default: return nil
    }
  }

  // MARK: Facts

  private func isSpace(at place: Int) -> Bool {
    guard place < file.bytes.count else { return true }
    let byte = file.bytes[place]
    return byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t")
      || byte == UInt8(ascii: "\r")
  }

  private func isBlank(_ span: Span) -> Bool { span.range.allSatisfy { isSpace(at: $0) } }

  /// The spaces right before a span.
  private func gap(before span: Span) -> Span {
    var start = Int(span.start)
    while start > 0, isSpace(at: start - 1), file.bytes[start - 1] != UInt8(ascii: "\n") { start -= 1 }
    return Span(file: file.id, start: start, end: Int(span.start))
  }

  private func indentation(at place: Int) -> String {
    let line = file.lineRange(file.lineIndex(at: place))
    return file.text(line).prefix { $0 == " " || $0 == "\t" }.description
  }

  private func restOfLineIsBlank(_ place: Int) -> Bool {
    let rest = file.lineRange(file.lineIndex(at: place)).clamped(to: place..<max(place, file.bytes.count))
    let bytes = file.bytes[rest].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    return bytes.isEmpty || bytes.starts(with: "//".utf8)
  }

  /// `/* words */` at the end of its line as `// words`.
  private func lineComment(_ text: String, _ span: Span) -> Edit? {
    guard text.hasSuffix("*/"), text.utf8.count >= 4, !text.contains("\n"), restOfLineIsBlank(Int(span.end)) else {
      return nil
    }
    var words = text.dropFirst(2).dropLast(2)
    while words.last == " " || words.last == "*" { words.removeLast() }
    while words.first == "*" { words.removeFirst() }
    return Edit(span, "//" + (words.first == " " ? "" : " ") + words)
  }

  /// What belongs in the place of a semicolon.
  private func separator(at span: Span) -> String {
    var open: [Token.Kind] = []
    for token in tokens {
      if token.start >= span.start { break }
      if token.kind.isOpener { open.append(token.kind) } else if token.kind.isCloser { _ = open.popLast() }
    }
    if let last = open.last, last != .leftBrace { return "," }
    return restOfLineIsBlank(Int(span.end)) ? "" : "\n" + indentation(at: Int(span.start))
  }

  /// Whether what stands around a semicolon fits its replacement.
  private func isCertain(_ separator: String, at span: Span) -> Bool {
    guard let next = tokens.firstIndex(where: { $0.start >= span.end }), next > 0 else { return separator.isEmpty }
    let (before, behind) = (tokens[next - 1].kind, tokens[next].kind)
    switch separator {
    case "": return true
    case ",": return (before.isLeaf || before.isCloser) && (behind.isLeaf || (behind.isOpener && behind != .leftBrace))
    default:
      return behind == .let || behind == .rightBrace
        || (behind == .word && tokens[next + 1].kind == .colon && before != .colon)
    }
  }

  /// The number that a malformed one most likely is.
  private func betterNumber(_ text: String) -> String? {
    guard text.utf8.count <= 40 else { return nil }
    var digits = text
    while let doubled = digits.firstRange(of: "__") { digits.replaceSubrange(doubled, with: "_") }
    if digits.hasPrefix(".") { digits = "0" + digits }
    if digits.hasSuffix(".") { digits += "0" }
    if digits.hasSuffix("_") { digits.removeLast() }
    guard digits != text else { return nil }
    let isWhole = Array(digits.utf8).withUnsafeBufferPointer { bytes in
      var lexer = Lexer(bytes)
      lexer.run()
      return lexer.problems.isEmpty && lexer.tokens.count == 2
    }
    return isWhole ? digits : nil
  }

  private func straightQuotes(_ text: String) -> String? {
    let inner = text.dropFirst().dropLast()
    guard !inner.contains("\\") else { return nil }
    return "\"" + inner.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"") + "\""
  }

  private func foreignOperator(_ problem: TokenProblem, _ span: Span, _ text: String) -> Diagnostic {
    let meant = Token.Kind(rawValue: UInt8(problem.detail))!
    let meanings = text == ".." ? ["..<", "..."] : [meant.text]
    let edits = meanings.map { meaning -> [Edit] in
      guard meant == .and || meant == .or || meant == .not || meant == .arrow else { return [Edit(span, meaning)] }
      let before = span.start > 0 && !isSpace(at: Int(span.start) - 1) && text != "!" ? " " : ""
      let after = isSpace(at: Int(span.end)) ? "" : " "
      return [Edit(span, before + meaning + after)]
    }
    return .foreignOperator(text, meaning: meanings, at: span, edits: edits)
  }

  private func modulo(_ span: Span) -> Diagnostic {
    var edits: [Edit] = []
    if span.start > 0, !isSpace(at: Int(span.start) - 1) { edits.append(Edit(span.beginning, " ")) }
    if !isSpace(at: Int(span.end)) { edits.append(Edit(span.ending, " ")) }
    return .percentSpacing(
      "the remainder `%` has spaces around it", label: "put spaces around it", at: span, edits: edits)
  }
}
