import Diagnostics

/// The most diagnostics that one file gets: beyond that they help nobody.
private let maximumDiagnostics = 100

/// Largest file that is read at all.
private let maximumByteCount = 64 << 20

/// The one diagnostic of a file that is no program at all, or nil.
func refusal(of file: SourceFile) -> Diagnostic? {
  if file.bytes.count > maximumByteCount {
    return .fileTooLarge(byteCount: file.bytes.count, at: Span(file: file.id, start: 0, end: 0))
  }
  if let place = loneCarriageReturn(file) {
    return .carriageReturns(at: Span(file: file.id, start: place, end: place + 1))
  }
  return marabouSpan(file).map(Diagnostic.otherFormat)
}

/// The first carriage return of a file without a line feed.
private func loneCarriageReturn(_ file: SourceFile) -> Int? {
  if file.lineStarts.count > 1 { return nil }
  let place = file.bytes.firstIndex(of: UInt8(ascii: "\r"))
  return place.flatMap { $0 + 1 < file.bytes.count ? $0 : nil }
}

/// The first line of numbers of a file in the NNet format (Stanford Intelligent Systems Laboratory): comment lines,
/// then lines of numbers between commas.
private func marabouSpan(_ file: SourceFile) -> Span? {
  for line in file.lineStarts.indices.prefix(1_000) {
    let range = file.lineRange(line)
    let bytes = file.bytes[range].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    if bytes.isEmpty || bytes.starts(with: "//".utf8) { continue }
    guard isDigit(bytes.first!), bytes.contains(UInt8(ascii: ",")) else { return nil }
    let numeric = bytes.allSatisfy { isDigit($0) || " ,.-+eE\t".utf8.contains($0) }
    return numeric
      ? Span(file: file.id, start: range.lowerBound, end: min(range.upperBound, range.lowerBound + 60)) : nil
  }
  return nil
}

extension SyntaxTree {
  /// Every syntax error, in the order of the file; only the encoding if that is wrong.
  package var diagnostics: [Diagnostic] {
    if let refusal = refusal(of: file) { return [refusal] }
    if let byte = firstUnreadableByte {
      return [.notText(file.bytes[byte], at: Span(file: file.id, start: byte, end: byte + 1))]
    }
    var found = distinct(tokenProblems.sorted { $0.start < $1.start }).prefix(maximumDiagnostics).compactMap(diagnostic)
    var count = 0
    for index in nodes.indices where nodes[index].problem != .none && nodes[index].problem != .silent {
      guard let diagnostic = diagnostic(ofNode: index) else { continue }
      found.append(diagnostic)
      count += 1
      if count >= maximumDiagnostics { break }
    }
    found.sort { ($0.primary?.span.start ?? 0, $0.code.id) < ($1.primary?.span.start ?? 0, $1.code.id) }
    return Array(found.prefix(maximumDiagnostics))
  }

  /// The problems with one for each name that cannot be one, however often it is used.
  private func distinct(_ problems: [TokenProblem]) -> [TokenProblem] {
    var names: Set<String> = []
    return problems.filter { problem in
      problem.problem != .nameCharacter || names.insert(file.text(Int(problem.start)..<Int(problem.end))).inserted
    }
  }

  // MARK: Nodes

  private func diagnostic(ofNode index: Int) -> Diagnostic? {
    let node = nodes[index]
    let next = Int(node.tokenStart)
    let here = node.tokenStart < node.tokenEnd ? span(ofNode: index) : missingSpan(before: next)
    let place = emptySpan(before: next)
    switch node.problem {
    case .expectedExpression:
      return .expected(SyntaxCodes.expectedExpression, "a value", found: describe(next), at: here)
    case .expectedName: return .expected(SyntaxCodes.expectedName, "a name", found: describe(next), at: here)
    case .expectedType: return .expected(SyntaxCodes.expectedType, "a type", found: describe(next), at: here)
    case .missingResult:
      return .missing(
        SyntaxCodes.missingResult, "expected `->` and the type of the result, found \(describe(next))",
        label: "expected `->` and a type", at: here)
    case .missingKeyword: return missingKeyword(node, here)
    case .missingValue:
      return .missing(
        SyntaxCodes.missingValue, "expected `=` and a value, found \(describe(next))",
        label: "expected `=` and a value",
        at: here)
    case .missingEquals:
      return .missing(
        SyntaxCodes.missingEquals, "expected `=` before the value", label: "expected `=`", at: here,
        insert: Edit(place, " ="), title: "insert `=`")
    case .missingColon where node.kind == .missingType && node.detail == 1:
      return .parameterWithoutType(text(next - 1), at: span(tokens[next - 1]), type: typeOfParameter(next - 1))
    case .missingColon where node.kind == .missingType:
      return .missing(
        SyntaxCodes.missingColon, "expected `:` and a type, found \(describe(next))", label: "expected `:` and a type",
        at: here)
    case .missingColon:
      return .missing(
        SyntaxCodes.missingColon, "expected `:` before \(describe(next))", label: "expected `:`", at: here,
        insert: Edit(place, ":"), title: "insert `:`")
    case .missingComma:
      return .missing(
        SyntaxCodes.missingComma, "expected a comma before \(describe(next))", label: "expected `,`", at: here,
        insert: Edit(place, ","), title: "insert a comma", isCertain: node.detail == 1)
    case .missingArrow:
      return .missing(
        SyntaxCodes.missingArrow, "expected `->` before \(describe(next))", label: "expected `->`", at: here,
        insert: Edit(place, " ->"), title: "insert `->`")
    case .missingLet where isBound(next): return .rebinding(text(next), at: span(tokens[next]))
    case .missingLet:
      return .missing(
        SyntaxCodes.missingLet, "a binding begins with `let`", label: "expected `let`", at: span(tokens[next]),
        insert: Edit(span(tokens[next]).beginning, "let "), title: "insert `let`", isCertain: isUsedElsewhere(next))
    case .unclosed: return unclosed(node, place)
    case .missingOpener:
      return .missingOpener(BlockKind(rawValue: Int(node.detail)).map(\.text), at: here, place: place)
    default: return diagnosticOfUnexpected(index, here)
    }
  }

  private func diagnosticOfUnexpected(_ index: Int, _ here: Span) -> Diagnostic? {
    let node = nodes[index]
    let first = Int(node.tokenStart)
    let token = span(tokens[first])
    switch node.problem {
    case .unexpected: return .unexpected("`\(clipped(text(first)))`", at: token, note: reason(first))
    case .expectedDeclaration: return .expectedDeclaration(found: "`\(clipped(text(first)))`", at: token)
    case .parenthesizedShape:
      let closer = tokens[Int(node.tokenEnd) - 1]
      return .parenthesizedShape(here, opener: token, closer: span(closer))
    case .strayCloser: return .strayCloser(text(first), at: token)
    case .wrongCloser:
      let opener = tokens[Int(node.detail)]
      return .wrongCloser(
        text(first), opener: opener.kind.text, closer: opener.kind.closer.text, at: token, open: span(opener))
    case .foreignConstruct: return .foreignConstruct(text(first), at: token)
    case .reservedWord: return .reservedWord(text(first), at: token)
    case .packInExpression: return .packInExpression(at: here)
    case .operatorBesideArrow: return operatorBesideArrow(index)
    case .backwardArrow: return backwardArrow(index)
    case .comparisonChain:
      let signs = children(of: index).compactMap { child in
        child.tokenIndex.flatMap { Precedence(tokens[$0].kind) == nil ? nil : $0 }
      }
      return signs.last.map { .comparisonChain(text($0), at: span(tokens[$0])) }
    case .misplacedStatement: return .misplacedStatement(in: BlockKind(rawValue: Int(node.detail))!, at: here)
    case .nestedDeclaration: return .nestedDeclaration(text(first), at: token)
    case .tooDeep: return .tooDeep(at: token)
    default: preconditionFailure("\(node.problem) is no problem of a node")
    }
  }

  /// Whether the name at a token is bound before it in the same declaration.
  private func isBound(_ index: Int) -> Bool {
    let name = text(index)
    var place = index - 1
    while place > 0 {
      let token = tokens[place]
      let behind = tokens[place + 1].kind
      if token.kind == .word, behind == .equals || behind == .colon, text(place) == name { return true }
      if token.startsLine, Keyword.declarations.contains(token.keyword), token.kind == .word { return false }
      place -= 1
    }
    return false
  }

  /// Whether the name at a token stands for a value somewhere else.
  private func isUsedElsewhere(_ index: Int) -> Bool {
    let name = text(index)
    return tokens.indices.contains { place in
      guard place != index, tokens[place].kind == .word, text(place) == name else { return false }
      return ![.colon, .equals].contains(tokens[place + 1].kind)
    }
  }

  /// Where something is missing: the next token, or the end of the line.
  private func missingSpan(before next: Int) -> Span {
    tokens[next].startsLine || tokens[next].kind == .endOfFile ? emptySpan(before: next) : span(tokens[next])
  }

  private func describe(_ index: Int) -> String {
    let token = tokens[index]
    if token.kind == .endOfFile { return "the end of the file" }
    if index > 0, token.startsLine, token.kind != .rightBrace { return "the end of the line" }
    return "`\(clipped(text(index)))`"
  }

  private func reason(_ index: Int) -> String? {
    tokens[index].kind == .equals ? "settings are `name: value`, bindings `let name = value`" : nil
  }

  private func missingKeyword(_ node: Node, _ here: Span) -> Diagnostic {
    let word = Keyword(rawValue: UInt8(node.detail))!.text
    let next = Int(node.tokenStart)
    let canInsert = tokens[next].kind.isLeaf && !tokens[next].startsLine
    return .missing(
      SyntaxCodes.missingKeyword, "expected `\(word)`, found \(describe(next))", label: "expected `\(word)`", at: here,
      insert: canInsert ? Edit(here.beginning, word + " ") : nil, title: "insert `\(word)`",
      isCertain: canInsert && canFollow(next + 1, Keyword(rawValue: UInt8(node.detail))!))
  }

  /// Whether a token can stand behind the first word after a keyword that was left out.
  private func canFollow(_ index: Int, _ keyword: Keyword) -> Bool {
    let token = tokens[index]
    if [keyword, .except, .in].contains(token.keyword) { return false }
    return token.startsLine || token.keyword != .none || !token.kind.isLeaf
  }

  private func unclosed(_ node: Node, _ place: Span) -> Diagnostic {
    let opener = tokens[Int(node.detail)]
    let isBrace = opener.kind == .leftBrace
    let closer = opener.kind.closer.text
    return .unclosed(
      opener.kind.text, at: span(opener), end: place,
      fix: Fix("insert `\(closer)`", [Edit(place, isBrace ? "\n}" : closer)], isCertain: isBrace))
  }

  /// Parentheses around every chain or operation that is the first operand of the other kind.
  private func operatorBesideArrow(_ index: Int) -> Diagnostic {
    if let sign = comparison(in: index) { return .comparisonForArrow(at: span(tokens[sign])) }
    var edits: [Edit] = []
    var culprit = span(ofNode: index)
    var node = children(of: index).first { $0.nodeIndex != nil }?.nodeIndex
    while let current = node {
      guard let left = children(of: current).first?.nodeIndex else { break }
      let (outer, inner) = (nodes[current].kind, nodes[left].kind)
      guard outer == .chain || outer == .operation || outer == .unary else { break }
      if outer == .chain, inner == .operation || inner == .unary { edits += parentheses(left, &culprit) }
      if outer == .operation, inner == .chain { edits += parentheses(left, &culprit) }
      node = left
    }
    if let chains = chainsBesideOperators(index) {
      return .operatorBesideArrow(
        at: culprit, edits: chains, title: "put parentheses around each chain", isCertain: false)
    }
    return .operatorBesideArrow(at: culprit, edits: edits)
  }

  /// Parentheses around each chain of `x -> f + y -> g`, where either may be meant; nil where no value that could flow
  /// stands between an operator and an arrow, and no edits where it is an operation itself.
  private func chainsBesideOperators(_ index: Int) -> [Edit]? {
    var edits: [Edit] = []
    var isAmbiguous = false
    var isPlain = true
    var node = children(of: index).first { $0.nodeIndex != nil }?.nodeIndex
    while let current = node {
      let left = children(of: current).first?.nodeIndex
      if nodes[current].kind == .chain {
        let end = span(ofNode: current).ending
        guard let left, nodes[left].kind == .operation, let operand = children(of: left).last else {
          edits += [Edit(span(ofNode: current).beginning, "("), Edit(end, ")")]
          break
        }
        let kind = operand.nodeIndex.map { nodes[$0].kind }
        if kind == .operation || kind == .unary { isPlain = false }
        let isNumber = operand.tokenIndex.map { [.integer, .real, .percent].contains(tokens[$0].kind) } ?? false
        let isBeside = children(of: left).first?.nodeIndex.map { nodes[$0].kind == .chain } ?? false
        if isBeside, !isNumber { isAmbiguous = true }
        edits += [Edit(span(operand).beginning, "("), Edit(end, ")")]
      }
      node = left
    }
    edits.sort { $0.span.start < $1.span.start }
    return isAmbiguous ? (isPlain ? edits : []) : nil
  }

  /// `relu <- dense(8) <- x`, `h <- x -> dense(8)`, `let h <- x`: what it reads like from left to right.
  private func backwardArrow(_ index: Int) -> Diagnostic {
    let parts = children(of: index)
    guard nodes[index].detail == 0 else {
      let sign = span(ofNode: index)
      if nodes[index].detail == 1 {
        return .backwardArrow(at: sign, Fix("write `=`", [Edit(sign, "=")], isCertain: true))
      }
      let name = Int(nodes[index].tokenStart) - 1
      let edits = [Edit(span(tokens[name]).beginning, "let "), Edit(sign, "=")]
      let isCertain = isUsedElsewhere(name)
      return .backwardArrow(at: sign, Fix("write `let \(text(name)) = …`", edits, isCertain: isCertain))
    }
    let signs = parts.compactMap(\.tokenIndex).filter { tokens[$0].kind == .less }
    let sign = span(tokens[signs[0]]).union(span(tokens[signs[0] + 1]))
    let whole = span(ofNode: index)
    let pieces = parts.filter { part in
      part.nodeIndex != nil || part.tokenIndex.map { tokens[$0].kind.isLeaf } ?? false
    }
    func kind(_ part: Child) -> NodeKind? { part.nodeIndex.map { nodes[$0].kind } }
    let arePlain = pieces.allSatisfy { [nil, .call, .member, .index, .parenthesized].contains(kind($0)) }
    if arePlain, pieces.count == signs.count + 1, pieces.count > 2 || kind(pieces[0]) == .call {
      let text = pieces.reversed().map { file.text(span($0)) }.joined(separator: " -> ")
      return .backwardArrow(at: sign, Fix("write `\(clipped(text))`", [Edit(whole, text)], isCertain: false))
    }
    return .backwardArrow(at: sign, nil)
  }

  /// The type of a setting that its default or its uses tell; nil where they do not.
  private func typeOfParameter(_ index: Int) -> String? {
    if tokens[index + 1].kind == .equals {
      switch tokens[index + 2].kind {
      case .integer: return "Int"
      case .real, .percent: return "Float"
      case .true, .false: return "Bool"
      default: return nil
      }
    }
    return isUsedAsSize(index) ? "Int" : nil
  }

  /// Whether a name stands between the square brackets of the same declaration's types.
  private func isUsedAsSize(_ index: Int) -> Bool {
    let name = text(index)
    var depth = 0
    for place in (index + 1)..<tokens.count where tokens[place].kind != .leftBrace || depth > 0 {
      switch tokens[place].kind {
      case .leftBracket: depth += 1
      case .rightBracket: depth -= 1
      case .word where depth > 0 && text(place) == name: return true
      case .endOfFile, .leftBrace: return false
      default: break
      }
    }
    return false
  }

  /// The `>` of `x > dense(3) -> relu`, an arrow that lost its stroke.
  private func comparison(in index: Int) -> Int? {
    var node = children(of: index).first { $0.nodeIndex != nil }?.nodeIndex
    while let current = node {
      let parts = children(of: current)
      if nodes[current].kind == .operation {
        return parts.compactMap(\.tokenIndex).first { tokens[$0].kind == .greater }
      }
      node = parts.first?.nodeIndex
    }
    return nil
  }

  private func parentheses(_ node: Int, _ culprit: inout Span) -> [Edit] {
    culprit = span(ofNode: node)
    return [Edit(culprit.beginning, "("), Edit(culprit.ending, ")")]
  }
}
