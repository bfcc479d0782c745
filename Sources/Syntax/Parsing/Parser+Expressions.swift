/// What an operand turned out to be; only a ``postfix`` may stand beside an arrow without parentheses.
enum Operand {
  case none, postfix, operation, chain
}

/// How tightly an operator binds.
enum Precedence: Int, Comparable {
  case or, and, not, comparison, range, sum, product, power
  static func < (a: Precedence, b: Precedence) -> Bool { a.rawValue < b.rawValue }

  var next: Precedence { Precedence(rawValue: rawValue + 1) ?? .power }
  /// Whether `a ∘ b ∘ c` means nothing.
  var isSingle: Bool { self == .comparison || self == .range }

  init?(_ kind: Token.Kind) {
    switch kind {
    case .or: self = .or
    case .and: self = .and
    case .equalEqual, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: self = .comparison
    case .ellipsis, .halfOpenRange: self = .range
    case .plus, .minus: self = .sum
    case .star, .slash, .percentSign, .at: self = .product
    case .caret: self = .power
    default: return nil
    }
  }
}

extension Parser {
  /// Whether the statement goes on with the current token, though it may begin a line.
  var continues: Bool {
    guard newlinesMatter, token.startsLine else { return true }
    return at(.arrow) || at(.dot) || at(.and) || at(.or) || isFollowedBySpace(position)
  }

  private var atArrow: Bool { (at(.arrow) || atBrokenArrow) && continues }

  /// `- >`, an arrow in two pieces.
  private var atBrokenArrow: Bool { at(.minus) && peek().kind == .greater }

  private var operatorPrecedence: Precedence? {
    if atBrokenArrow { return nil }
    if isInFacts, at(.equals) { return .comparison }
    guard !atBackwardArrow, let precedence = Precedence(token.kind), continues else { return nil }
    // `or: 3` on the next line is a setting.
    return (at(.and) || at(.or)) && peek().kind == .colon ? nil : precedence
  }

  mutating func expectExpression() {
    if !parseExpression() { missExpression() }
  }

  mutating func missExpression() { miss(.missingExpression, disrupt(.expectedExpression)) }

  /// expression = operation | chain ;
  /// chain = postfix, "->", stage, { "->", stage } ; stage = postfix ;
  mutating func parseExpression() -> Bool {
    guard enter() else { return skipTooDeep() }
    defer { depth -= 1 }
    let start = mark
    var left = parseOperation(.or)
    guard left != .none else { return false }
    var isMixed = false
    while true {
      if atArrow {
        isMixed = isMixed || left == .operation
        parseStages(from: start)
        left = .chain
      } else if left == .chain, operatorPrecedence != nil {
        isMixed = true
        left = continueOperation(.or, from: start, left: left)
      } else {
        break
      }
    }
    if atBackwardArrow {
      parseBackwards(from: start)
      return true
    }
    if isMixed { builder.finish(.mixed, from: start, end: position, problem: note(.operatorBesideArrow)) }
    return true
  }

  private mutating func parseStages(from start: Int) {
    while atArrow || atForgottenArrow {
      expectArrow()
      if !parsePostfix() { missExpression() }
    }
    finish(.chain, from: start)
  }

  private mutating func expectArrow() {
    if take(.arrow) { return }
    guard atBrokenArrow else { return miss(.missingToken, note(.missingArrow)) }
    let start = mark
    if !isPanicking {
      problems.append(
        TokenProblem(
          .foreignOperator, Int(token.start), Int(peek().end), detail: Int32(Token.Kind.arrow.rawValue)))
    }
    take()
    take()
    builder.finish(.unexpected, from: start, end: position, problem: .silent)
  }

  /// A word behind a stage on its line, which can be nothing but the next stage.
  private var atForgottenArrow: Bool {
    guard newlinesMatter, !isPanicking, at(.word), token.keyword == .none, !token.startsLine, !token.touchesPrevious,
      !foreignControl.contains(text(token))
    else { return false }
    let next = peek()
    return next.startsLine || next.kind == .arrow || next.kind == .rightBrace || next.kind == .endOfFile
      || next.kind == .leftParenthesis && next.touchesPrevious
  }

  /// Counts one level of nesting; false at the cap.
  mutating func enter() -> Bool {
    guard depth < SyntaxTree.maximumDepth else { return false }
    depth += 1
    return true
  }

  /// Takes the rest of what is nested too deep as unexpected; declines if nothing is left.
  mutating func skipTooDeep() -> Bool {
    let start = mark
    let first = position
    while !atEnd, !token.kind.isCloser, position == first || !(newlinesMatter && token.startsLine && !continues) {
      takeGroup()
    }
    guard position > first else { return false }
    finish(.unexpected, from: start, problem: disrupt(.tooDeep))
    return true
  }

  // MARK: Operators

  /// operation = disjunction ;
  /// disjunction = conjunction, { "or", conjunction } ; conjunction = negation, { "and", negation } ;
  /// negation = comparison | "not", negation ; comparison = range, [ comparator, range ] ;
  /// comparator = "==" | "!=" | "<" | "<=" | ">" | ">=" ; range = sum, [ ( "..." | "..<" ), sum ] ;
  /// sum = product, { ( "+" | "-" ), product } ; product = prefix, { ( "*" | "/" | "%" | "@" ), prefix } ;
  /// prefix = power | "-", prefix ; power = postfix, [ "^", prefix ] ;
  mutating func parseOperation(_ minimum: Precedence) -> Operand {
    let start = mark
    var left = Operand.none
    if at(.minus) || (at(.not) && peek().kind != .colon) {
      let operand: Precedence = at(.minus) ? .power : .not
      guard enter() else { return skipTooDeep() ? .operation : .none }
      take()
      if parseOperation(operand) == .none { missExpression() }
      finish(.unary, from: start)
      depth -= 1
      left = .operation
    } else if parsePostfix() {
      left = .postfix
    }
    guard left != .none else { return .none }
    return continueOperation(minimum, from: start, left: left)
  }

  /// Goes on after a first operand. One level of precedence is one node, however long.
  private mutating func continueOperation(_ minimum: Precedence, from start: Int, left: Operand) -> Operand {
    var left = left
    while let level = operatorPrecedence, level >= minimum {
      if level == .power {
        guard enter() else {
          _ = skipTooDeep()
          break
        }
        takeOperator()
        expectOperand(.power)
        depth -= 1
        finish(.operation, from: start)
        left = .operation
        continue
      }
      var count = 0
      repeat {
        takeOperator()
        expectOperand(level.next)
        count += 1
      } while operatorPrecedence == level
      let isAmbiguous = level.isSingle && count > 1
      finish(.operation, from: start, problem: isAmbiguous ? disrupt(.comparisonChain) : .none)
      left = .operation
    }
    return left
  }

  private mutating func expectOperand(_ minimum: Precedence) {
    if parseOperation(minimum) == .none { missExpression() }
  }

  private mutating func takeOperator() {
    if at(.equals) { noteToken(.foreignOperator, position, detail: Int(Token.Kind.equalEqual.rawValue)) }
    if at(.percentSign), token.touchesPrevious || !isFollowedBySpace(position) {
      noteToken(.moduloSpacing, position)
    }
    take()
  }

  // MARK: Operands

  /// postfix = primary, { arguments | indices | member } ; member = ".", name ;
  /// An opening bracket must touch what precedes it.
  mutating func parsePostfix() -> Bool {
    let start = mark
    guard parsePrimary() else { return false }
    while true {
      switch token.kind {
      case .leftParenthesis, .leftBracket:
        guard atSuffix() else { return true }
        let isCall = at(.leftParenthesis)
        let inner = mark
        parseBracketed(isCall ? .argument : .element)
        finish(isCall ? .arguments : .indices, from: inner)
        finish(isCall ? .call : .index, from: start)
      case .dot where continues:
        take()
        expectName()
        finish(.member, from: start)
      case .percentSign where atDetachedPercent:
        let inner = mark
        noteToken(.percentSpacing, position)
        take()
        builder.finish(.unexpected, from: inner, end: position, problem: .silent)
      default:
        return true
      }
    }
  }

  /// `70 %` before something that is no operand.
  private var atDetachedPercent: Bool {
    guard let last = previous, last.kind == .integer || last.kind == .real, !token.startsLine else { return false }
    let next = peek()
    return !next.kind.isLeaf && next.kind != .leftParenthesis && next.kind != .leftBracket && next.kind != .minus
  }

  /// Whether a bracket belongs to the operand before it; a space between them is noted.
  private mutating func atSuffix() -> Bool {
    if token.touchesPrevious { return true }
    guard !token.startsLine, let last = previous else { return false }
    switch last.kind {
    case .word, .rightParenthesis, .rightBracket:
      noteGap(.spaceBeforeBracket)
      return true
    default:
      return false
    }
  }

  /// primary = name | literal | parenthesized | record | list | scan ;
  /// literal = integer | real | percent | string | "true" | "false" ;
  mutating func parsePrimary() -> Bool {
    if newlinesMatter, token.startsLine, position > 0, atStatementOtherThanExpression { return false }
    switch token.kind {
    case .word where at(keyword: .scan) && peek().kind == .word && peek(2).keyword == .in:
      return parseScan()
    case .word, .integer, .real, .percent, .string, .true, .false:
      take()
      return true
    case .leftParenthesis:
      parseParenthesized()
      return true
    case .leftBracket:
      let start = mark
      parseBracketed(.element)
      finish(.list, from: start)
      return true
    case .ellipsis where peek().kind == .word && peek().touchesPrevious:
      let start = mark
      take()
      take()
      finish(.unexpected, from: start, problem: disrupt(.packInExpression))
      return true
    default:
      return false
    }
  }

  /// parenthesized = "(", expression, ")" ;
  /// record = "(", argument, { ",", argument }, [ "," ], ")" ; with a label, or with two values or more.
  private mutating func parseParenthesized() {
    let start = mark
    let opener = position
    parseBracketed(.argument)
    var isRecord = atRecord(opener)
    if !isRecord {
      isRecord = builder.pending[start...].contains { child in
        child.tokenIndex.map { tokens[$0].kind == .comma && !tokens[$0 + 1].kind.isCloser } ?? false
      }
    }
    finish(isRecord ? .record : .parenthesized, from: start)
  }

  /// `( word :` or `()`.
  private func atRecord(_ opener: Int) -> Bool {
    let first = tokens[min(opener + 1, tokens.count - 1)]
    let second = tokens[min(opener + 2, tokens.count - 1)]
    return first.kind == .rightParenthesis
      || (isAnyWord(first) && (second.kind == .colon || second.kind == .equals))
  }

  /// scan = "scan", sequence, { ",", sequence }, "from", state, { ",", state }, body ;
  /// sequence = name, "in", expression ; state = name, ":", type, "=", expression ;
  private mutating func parseScan() -> Bool {
    let start = mark
    let outer = newlinesMatter
    guard enter() else { return skipTooDeep() }
    newlinesMatter = false
    take()
    repeat {
      let inner = mark
      expectName()
      expectKeyword(.in)
      expectExpression()
      finish(.sequence, from: inner)
    } while take(.comma)
    expectKeyword(.from)
    repeat {
      let inner = mark
      expectName()
      if at(.colon) {
        expectTypeAnnotation()
      } else {
        miss(.missingType, disrupt(.expectedType))
      }
      expectInitializer()
      finish(.state, from: inner)
    } while take(.comma)
    expectBlock(.scan)
    finish(.scan, from: start)
    newlinesMatter = outer
    depth -= 1
    return true
  }
}
