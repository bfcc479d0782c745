import Diagnostics

/// The diagnostics of syntax, each a function of the facts.
extension Diagnostic {
  // MARK: Files

  static func notText(_ byte: UInt8, at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.notText, "the file is not UTF-8 text",
      at: Label(span, "the byte 0x\(hex(byte)) cannot stand here"))
    result.notes = ["save the file as UTF-8"]
    return result
  }

  static func otherFormat(at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.otherFormat, "this file holds weights in the NNet format of Marabou and ACAS Xu, not a program",
      at: Label(span, "layer sizes and weights as numbers between commas"))
    result.notes = ["nnc compiles descriptions of networks; both kinds of file happen to be named .nnet"]
    return result
  }

  static func fileTooLarge(byteCount: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      SyntaxCodes.fileTooLarge, "the file holds \(byteCount) bytes, more than the 67108864 of a source file",
      at: Label(span, "too large to be a program"))
  }

  // MARK: Characters and literals

  static func character(_ text: String, at span: Span) -> Diagnostic {
    let shown = text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value < 0x7F }
    let what = shown ? "`\(text)`" : describe(text)
    return Diagnostic(SyntaxCodes.character, "\(what) means nothing here", at: Label(span, "not part of the language"))
  }

  static func foreignSpace(_ text: String, at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.character, "\(describe(text)) stands where a plain space should",
      at: Label(span, "an invisible character"))
    let isZeroWidth = text.unicodeScalars.contains { (0x200B...0x200D).contains($0.value) || $0.value >= 0x2060 }
    result.fixes = [Fix("put a plain space", [Edit(span, isZeroWidth ? "" : " ")], isCertain: !isZeroWidth)]
    return result
  }

  static func nameCharacter(_ name: String, at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.nameCharacter, "the name `\(name)` has letters other than a to z, A to Z, digits and `_`",
      at: Label(span, "not a name"))
    result.notes = ["a column of this name is written `column(\"\(name)\")`"]
    return result
  }

  static func number(_ text: String, at span: Span, better: String?) -> Diagnostic {
    var result = Diagnostic(SyntaxCodes.number, "`\(clipped(text))` is not a number", at: Label(span, "not a number"))
    if let better { result.fixes = [Fix("write `\(better)`", [Edit(span, better)], isCertain: true)] }
    return result
  }

  static func numberTooLarge(_ text: String, at span: Span) -> Diagnostic {
    Diagnostic(
      SyntaxCodes.numberTooLarge, "`\(clipped(text))` is too large",
      at: Label(span, text.contains(".") || text.contains("e") ? "beyond 1.8e308" : "beyond 64 bits"))
  }

  static func unterminatedString(at span: Span, closing: Bool) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.unterminatedString, "this string has no closing quote on its line",
      at: Label(span, "opened here and never closed"))
    if closing { result.fixes = [Fix("close it", [Edit(span.ending, "\"")], isCertain: false)] }
    return result
  }

  static func escape(_ text: String, at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.escape, "`\(text)` is not an escape", at: Label(span, "means nothing in a string"))
    result.fixes = [
      Fix("a backslash itself is `\\\\`", [Edit(span.beginning, "\\")], isCertain: false)
    ]
    return result
  }

  static func quotes(_ text: String, at span: Span, replacement: String?) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.quotes, "strings stand between straight double quotes", at: Label(span, "other quotes"))
    if let replacement {
      result.fixes = [Fix("use double quotes", [Edit(span, replacement)], isCertain: true)]
    }
    return result
  }

  static func comment(at span: Span, edit: Edit?) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.comment, "a comment begins with `//` and ends with its line",
      at: Label(span, "another language's comment"))
    if let edit { result.fixes = [Fix("write `//`", [edit], isCertain: true)] }
    return result
  }

  static func semicolon(at span: Span, replacement: String, isCertain: Bool) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.semicolon, "statements end with their line, without a semicolon", at: Label(span, "not needed"))
    let title = replacement.isEmpty ? "remove it" : replacement == "," ? "put a comma" : "begin a new line"
    result.fixes = [Fix(title, [Edit(span, replacement)], isCertain: isCertain)]
    return result
  }

  static func foreignOperator(_ text: String, meaning: [String], at span: Span, edits: [[Edit]]) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.foreignOperator,
      "`\(text)` is written \(meaning.map { "`\($0)`" }.joined(separator: " or ")) here",
      at: Label(span, "another language's spelling"))
    result.fixes = zip(meaning, edits).map { Fix("write `\($0)`", $1, isCertain: edits.count == 1) }
    return result
  }

  static func foreignKeyword(_ word: String, meaning: String, at span: Span, isCertain: Bool) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.foreignKeyword, "`\(clipped(word))` begins no declaration; did you mean `\(meaning)`?",
      at: Label(span, "not a keyword"))
    result.fixes = [Fix("write `\(meaning)`", [Edit(span, meaning)], isCertain: isCertain)]
    return result
  }

  static func foreignWord(_ word: String, meaning: String, at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.foreignKeyword, "`\(clipped(word))` does not fit here; did you mean `\(meaning)`?",
      at: Label(span, "expected `\(meaning)`"))
    result.fixes = [Fix("write `\(meaning)`", [Edit(span, meaning)], isCertain: true)]
    return result
  }

  static func returnKeyword(_ word: String, at span: Span, removal: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.foreignKeyword, "a body has no `\(word)`: its last expression is its result",
      at: Label(span, "not needed"))
    result.fixes = [Fix("remove it", [Edit(removal, "")], isCertain: true)]
    return result
  }

  static func foreignConstruct(_ word: String, at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.foreignConstruct, "there is no `\(word)` in this language", at: Label(span, "a control statement"))
    switch word {
    case "for", "while": result.notes = ["`repeat(n, layer)` stacks layers, `scan x in xs from …` goes over a sequence"]
    default: result.notes = ["a network has no branches; constants of the file change with `--set name=value`"]
    }
    return result
  }

  // MARK: What is missing

  static func expected(_ code: DiagnosticCode, _ what: String, found: String, at span: Span) -> Diagnostic {
    Diagnostic(code, "expected \(what), found \(found)", at: Label(span, "expected \(what)"))
  }

  static func missing(
    _ code: DiagnosticCode, _ message: String, label: String, at span: Span, insert: Edit? = nil, title: String = "",
    isCertain: Bool = true
  ) -> Diagnostic {
    var result = Diagnostic(code, message, at: Label(span, label))
    if let insert { result.fixes = [Fix(title, [insert], isCertain: isCertain)] }
    return result
  }

  /// `(4)` for `[4]`.
  static func parenthesizedShape(_ span: Span, opener: Span, closer: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.expectedType, "a shape stands in square brackets", at: Label(span, "parentheses make a record"))
    result.fixes = [Fix("write `[…]`", [Edit(opener, "["), Edit(closer, "]")], isCertain: true)]
    return result
  }

  /// A file whose lines end as they did on the first Macintosh.
  static func carriageReturns(at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.notText, "the lines of the file end with a carriage return alone",
      at: Label(span, "read as one long line"))
    result.notes = ["save the file with line feeds, as editors do by themselves"]
    return result
  }

  static func expectedDeclaration(found: String, at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.expectedDeclaration, "expected a declaration, found \(found)",
      at: Label(span, "no declaration begins like this"))
    result.notes = ["a declaration begins with `import`, `let`, `data`, `layer`, `model`, `train`, `sweep` or `test`"]
    return result
  }

  static func reservedWord(_ word: String, at span: Span) -> Diagnostic {
    Diagnostic(
      SyntaxCodes.reservedWord, "`\(word)` is reserved and cannot be a name", at: Label(span, "a reserved word"))
  }

  // MARK: Brackets

  static func unclosed(_ bracket: String, at opener: Span, end: Span, fix: Fix) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.unclosed, "this `\(bracket)` is never closed", at: Label(opener, "opened here"))
    result.secondary = [Label(end, "it should be closed by here")]
    result.fixes = [fix]
    return result
  }

  static func strayCloser(_ bracket: String, at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.strayCloser, "this `\(bracket)` closes nothing", at: Label(span, "no bracket is open here"))
    result.fixes = [Fix("remove it", [Edit(span, "")], isCertain: false)]
    return result
  }

  static func wrongCloser(_ bracket: String, opener: String, closer: String, at span: Span, open: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.wrongCloser, "`\(opener)` is closed by `\(bracket)`", at: Label(span, "expected `\(closer)`"))
    result.secondary = [Label(open, "opened here")]
    result.fixes = [Fix("write `\(closer)`", [Edit(span, closer)], isCertain: true)]
    return result
  }

  static func missingOpener(_ owner: String?, at span: Span, place: Span) -> Diagnostic {
    guard let owner else {
      return Diagnostic(
        SyntaxCodes.missingOpener, "expected `(` and the parameters", at: Label(span, "expected `(`"))
    }
    var result = Diagnostic(
      SyntaxCodes.missingOpener, "expected `{` and \(owner)", at: Label(span, "expected `{`"))
    result.fixes = [Fix("insert `{`", [Edit(place, " {")], isCertain: true)]
    return result
  }

  // MARK: What does not fit

  static func unexpected(_ found: String, at span: Span, note: String? = nil) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.unexpected, "\(found) does not fit here", at: Label(span, "not expected"))
    if let note { result.notes = [note] }
    return result
  }

  static func twoStatements(at span: Span, newline: String) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.oneStatementALine, "each statement begins on a line of its own",
      at: Label(span, "a second statement begins here"))
    result.fixes = [Fix("begin a new line", [Edit(span, newline)], isCertain: true)]
    return result
  }

  static func operatorBesideArrow(
    at span: Span, edits: [Edit], title: String = "put parentheses", isCertain: Bool = true
  ) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.operatorBesideArrow, "an operator and an arrow mix only with parentheses",
      at: Label(span, "what flows into the arrow?"))
    if edits.isEmpty {
      result.notes = ["put parentheses around what belongs together: `(a + b) -> relu`, `a + (b -> relu)`"]
    } else {
      result.fixes = [Fix(title, edits, isCertain: isCertain)]
    }
    return result
  }

  /// `relu <- dense(8) <- x`
  static func backwardArrow(at span: Span, _ fix: Fix?) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.operatorBesideArrow, "data flow along `->`, from left to right", at: Label(span, "the other way"))
    if let fix { result.fixes = [fix] } else { result.notes = ["write `x -> dense(8)`, and `let h = …` for a name"] }
    return result
  }

  /// `layer MLP(x: [D], hidden)`
  static func parameterWithoutType(_ name: String, at span: Span, type known: String?) -> Diagnostic {
    let type = known ?? "…"
    var result = Diagnostic(
      SyntaxCodes.missingColon, "`\(name)` needs a type: `\(name): \(type)`", at: Label(span, "of which type?"))
    if known != nil {
      result.fixes = [Fix("write `\(name): \(type)`", [Edit(span.ending, ": \(type)")], isCertain: true)]
    } else {
      result.notes = ["an input has a shape, `\(name): [4]`; a setting is `Int`, `Float`, `Bool`, `Word` or `Layer`"]
    }
    return result
  }

  static func comparisonForArrow(at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.operatorBesideArrow, "data flow along `->`, but this is `>`", at: Label(span, "a comparison"))
    result.fixes = [Fix("write `->`", [Edit(span, "->")], isCertain: true)]
    return result
  }

  static func rebinding(_ name: String, at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.missingLet, "`\(name)` has a value already, and a name keeps it",
      at: Label(span, "assigned once more"))
    result.notes = ["write one chain, `\(name) -> … -> …`, or give the new value a name of its own: `let h = …`"]
    return result
  }

  static func strayComma(at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.unexpected, "a statement ends with its line, without a comma", at: Label(span, "not needed"))
    result.fixes = [Fix("remove it", [Edit(span, "")], isCertain: true)]
    return result
  }

  static func comparisonChain(_ text: String, at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.comparisonChain, "`\(text)` cannot stand in a row", at: Label(span, "a second one"))
    result.notes = ["join two comparisons with `and`"]
    return result
  }

  static func percentSpacing(_ message: String, label: String, at span: Span, edits: [Edit]) -> Diagnostic {
    var result = Diagnostic(SyntaxCodes.percentSpacing, message, at: Label(span, label))
    result.fixes = [Fix(label, edits, isCertain: true)]
    return result
  }

  static func sign(_ code: DiagnosticCode, _ message: String, _ sign: String, at span: Span, edit: Edit) -> Diagnostic {
    var result = Diagnostic(code, message, at: Label(span, "expected `\(sign)`"))
    result.fixes = [Fix("write `\(sign)`", [edit], isCertain: true)]
    return result
  }

  static func spaceBeforeBracket(_ bracket: String, at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.spaceBeforeBracket, "`\(bracket)` must touch what it belongs to", at: Label(span, "a space"))
    result.fixes = [Fix("remove the space", [Edit(span, "")], isCertain: true)]
    return result
  }

  static func packInExpression(at span: Span) -> Diagnostic {
    Diagnostic(
      SyntaxCodes.packInExpression, "`...` before a name stands in types only", at: Label(span, "not in a value"))
  }

  static func misplacedStatement(in block: BlockKind, at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.misplacedStatement, "this does not belong in \(block.text)", at: Label(span, "misplaced"))
    result.notes = ["\(block.text) holds \(block.contents)"]
    return result
  }

  static func nestedDeclaration(_ keyword: String, at span: Span) -> Diagnostic {
    Diagnostic(
      SyntaxCodes.nestedDeclaration, "a `\(keyword)` cannot stand inside another declaration",
      at: Label(span, "declare it beside, not inside"))
  }

  static func tooDeep(at span: Span) -> Diagnostic {
    var result = Diagnostic(
      SyntaxCodes.tooDeep, "this is nested more than \(SyntaxTree.maximumDepth) levels deep",
      at: Label(span, "too deep from here on"))
    result.notes = ["give parts of it a name with `let`"]
    return result
  }
}

private func hex(_ byte: UInt8) -> String {
  let digits = String(byte, radix: 16, uppercase: true)
  return digits.count < 2 ? "0" + digits : digits
}

private func describe(_ text: String) -> String {
  guard let scalar = text.unicodeScalars.first else { return "this" }
  let digits = String(scalar.value, radix: 16, uppercase: true)
  let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  return "the character U+\(padded)" + (scalar.properties.name.map { " (\($0.lowercased()))" } ?? "")
}

/// At most forty characters, so that a message stays readable whatever the file holds.
func clipped(_ text: String) -> String {
  text.count <= 40 ? text : text.prefix(39) + "…"
}
