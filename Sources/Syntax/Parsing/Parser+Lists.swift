/// What stands between brackets.
enum ListItem {
  case argument, element, parameter, shapeElement, typeField, typeArgument, patternElement
}

extension Parser {
  /// arguments = "(", [ argument, { ",", argument }, [ "," ] ], ")" ;
  /// indices = "[", elements, "]" ; list = "[", [ elements ], "]" ;
  /// elements = expression, { ",", expression }, [ ",", everything ], [ "," ] | everything, [ "," ] ;
  ///
  /// In brackets line breaks mean nothing, unless the bracket is never closed: then the list ends with the line.
  mutating func parseBracketed(_ item: ListItem) {
    let opener = position
    let closer = token.kind.closer
    let limit = partners[opener] > 0 ? Int(partners[opener]) : Int.max
    let outer = newlinesMatter
    if limit != .max { newlinesMatter = false }
    // Said before the items, so that what is read inside for want of an end is no second error.
    let unclosed: Problem = limit != .max ? .none : holdsOpenString ? disrupt(.silent) : disrupt(.unclosed)
    take()
    var reportedComma = false
    while position < limit, !atEnd {
      let before = position
      if limit == .max, token.kind.isCloser || at(.let) || startsLineAfterItem { break }
      if at(.comma) {
        missExpression()
        take()
        continue
      }
      if parse(item) {
        if take(.comma) || position >= limit { continue }
        if limit == .max, token.startsLine || !canBegin(item) { break }
        if canBegin(item) {
          miss(.missingToken, reportedComma ? .silent : note(.missingComma), detail: atLabel() ? 1 : 0)
          reportedComma = true
          continue
        }
      } else if limit == .max {
        break
      }
      skipItem(until: limit)
      precondition(position > before, "no progress at token \(position)")
    }
    newlinesMatter = outer
    expectCloser(closer, opener: opener, unclosed)
  }

  /// Whether an unterminated string, which may have eaten the closing bracket, stands on the rest of the line.
  private var holdsOpenString: Bool {
    guard !isPanicking else { return false }
    var place = position + 1
    while !tokens[place].startsLine, tokens[place].kind != .endOfFile {
      let token = tokens[place]
      if token.kind == .string, token.flags.contains(.malformed), !token.flags.contains(.foreign) { return true }
      place += 1
    }
    return false
  }

  /// In a bracket that is never closed: a line that cannot belong to it.
  private var startsLineAfterItem: Bool {
    token.startsLine
      && (atStatementOtherThanExpression || previous?.kind != .comma && !(previous?.kind.isOpener ?? false))
  }

  /// Takes what cannot be part of an item, up to the comma behind it.
  private mutating func skipItem(until limit: Int) {
    let start = mark
    let problem = disrupt(.unexpected)
    let first = position
    while position < limit, !atEnd, !at(.comma) {
      if limit == .max, token.kind.isCloser || (token.startsLine && position > first) || at(.let) { break }
      takeGroup()
    }
    if position > first { finish(.unexpected, from: start, problem: problem) }
    if position < limit { _ = take(.comma) }
  }

  private mutating func expectCloser(_ closer: Token.Kind, opener: Int, _ unclosed: Problem) {
    if Int(partners[opener]) == position {
      if at(closer) { return take() }
      let start = mark
      let problem = note(.wrongCloser)
      take()
      return finish(.unexpected, from: start, problem: problem, detail: opener)
    }
    miss(.missingToken, unclosed == .none ? .silent : unclosed, detail: opener)
  }

  private func canBegin(_ item: ListItem) -> Bool {
    if item == .parameter || item == .typeField { return atLabel() }
    if item == .patternElement { return at(.word) }
    return switch token.kind {
    case .word, .integer, .real, .percent, .string, .true, .false, .leftParenthesis, .leftBracket: true
    default: atLabel()
    }
  }

  private mutating func parse(_ item: ListItem) -> Bool {
    switch item {
    case .argument, .typeArgument: parseArgument()
    case .element: parseElement()
    case .parameter: parseParameter()
    case .shapeElement: parseShapeElement()
    case .typeField: parseTypeField()
    case .patternElement: parsePatternElement()
    }
  }

  /// argument = [ label, ":" ], expression ; label = name | reserved ;
  private mutating func parseArgument() -> Bool {
    let isMistaken = isAnyWord(token) && peek().kind == .equals
    guard atLabel() || isMistaken else { return parseExpression() }
    let start = mark
    takeName()
    if isMistaken { noteToken(.equalsForColon, position) }
    take()
    expectExpression()
    finish(.argument, from: start)
    return true
  }

  /// everything = "*", [ "except", expression, { ",", expression } ] ;
  private mutating func parseElement() -> Bool {
    guard at(.star) else { return parseExpression() }
    let start = mark
    take()
    if at(keyword: .except) {
      take()
      repeat { expectExpression() } while at(.comma) && !peek().kind.isCloser && take(.comma)
    }
    finish(.everything, from: start)
    return true
  }
}
