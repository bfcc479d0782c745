extension Parser {
  /// type-annotation = ":", type ;
  mutating func expectTypeAnnotation() {
    let start = mark
    precondition(at(.colon))
    take()
    expectType()
    finish(.typeAnnotation, from: start)
  }

  mutating func expectType() {
    if !parseType() { miss(.missingType, disrupt(.expectedType)) }
  }

  /// type = shape | named-type | record-type ;
  /// named-type = name, [ arguments ], [ shape ] ; the brackets touch what precedes them.
  /// record-type = "(", type-field, { ",", type-field }, [ "," ], ")" ;
  mutating func parseType() -> Bool {
    guard enter() else { return skipTooDeep() }
    defer { depth -= 1 }
    let start = mark
    switch token.kind {
    case .leftBracket:
      parseBracketed(.shapeElement)
      finish(.shapeType, from: start)
    case .word where !(newlinesMatter && token.startsLine && atStatementOtherThanExpression):
      take()
      if at(.leftParenthesis), atTypeSuffix() {
        let inner = mark
        parseBracketed(.typeArgument)
        finish(.arguments, from: inner)
      }
      if at(.leftBracket), atTypeSuffix() {
        let inner = mark
        parseBracketed(.shapeElement)
        finish(.shapeType, from: inner)
      }
      finish(.namedType, from: start)
    case .leftParenthesis where atParenthesizedShape:
      let problem = note(.parenthesizedShape)
      parseBracketed(.shapeElement)
      finish(.shapeType, from: start, problem: problem)
    case .leftParenthesis:
      parseBracketed(.typeField)
      finish(.recordType, from: start)
    default:
      return false
    }
    return true
  }

  /// `(4)`, `(28, 28, 1)`: sizes between the wrong brackets.
  private var atParenthesizedShape: Bool {
    let (first, second) = (peek(), peek(2))
    let isSize = first.kind == .integer || first.kind == .word && second.kind != .colon
    return partners[position] > 0 && isSize && (second.kind == .comma || second.kind == .rightParenthesis)
  }

  private mutating func atTypeSuffix() -> Bool {
    if token.touchesPrevious { return true }
    guard !token.startsLine else { return false }
    noteGap(.spaceBeforeBracket)
    return true
  }

  /// shape = "[", [ shape-element, { ",", shape-element }, [ "," ] ], "]" ;
  /// shape-element = expression | pack | at-most ; pack = "...", name ; at-most = name, "<=", sum ;
  mutating func parseShapeElement() -> Bool {
    let start = mark
    if at(.ellipsis) {
      take()
      expectName()
      finish(.pack, from: start)
      return true
    }
    if at(.word), peek().kind == .lessOrEqual {
      takeName()
      take()
      if parseOperation(.sum) == .none { missExpression() }
      finish(.atMost, from: start)
      return true
    }
    return parseExpression()
  }

  /// type-field = label, ":", type ;
  mutating func parseTypeField() -> Bool {
    guard isAnyWord(token) else { return false }
    let start = mark
    takeName()
    if !take(.colon) {
      guard at(.word) || at(.leftBracket) || at(.leftParenthesis) else {
        miss(.missingType, disrupt(.missingColon))
        finish(.typeField, from: start)
        return true
      }
      miss(.missingToken, note(.missingColon))
    }
    expectType()
    finish(.typeField, from: start)
    return true
  }

  /// Whether the tokens from a distance on read as a type with an equals sign behind it; looks at no more than three
  /// groups.
  func atTypeThenEquals(_ distance: Int) -> Bool {
    guard position + distance < tokens.count, let end = typeEnd(position + distance) else { return false }
    return tokens[end].kind == .equals
  }

  /// The token behind a type that begins at an index, judged by brackets alone.
  func typeEnd(_ start: Int) -> Int? {
    var end = start
    func skipGroup() -> Bool {
      guard partners[end] > end else { return false }
      end = Int(partners[end]) + 1
      return true
    }
    switch tokens[end].kind {
    case .leftBracket, .leftParenthesis:
      return skipGroup() ? end : nil
    case .word:
      end += 1
      if tokens[end].kind == .leftParenthesis, !tokens[end].startsLine, !skipGroup() { return nil }
      if tokens[end].kind == .leftBracket, !tokens[end].startsLine, !skipGroup() { return nil }
      return end
    default:
      return nil
    }
  }
}
