import Diagnostics

/// What a block belongs to, and so which statements it may hold.
enum BlockKind: Int {
  case body, scan, data, train, step, sweep, test

  var allowsSettings: Bool { self == .data || self == .train || self == .step || self == .sweep }
  var allowsBindings: Bool { self != .sweep }
  var allowsBody: Bool { self == .body || self == .scan }

  /// As a diagnostic names it.
  var text: String {
    switch self {
    case .body: "the body of a layer"
    case .scan: "the body of a scan"
    case .data: "a data block"
    case .train: "a train block"
    case .step: "a step"
    case .sweep: "a sweep"
    case .test: "a test"
    }
  }

  /// What it holds, for a diagnostic.
  var contents: String {
    switch self {
    case .body: "weights, `let` bindings and one result"
    case .scan: "`let` bindings and one result"
    case .data: "fields (`let name: type = value`) and settings (`name: value`)"
    case .train: "`let` bindings, settings (`name: value`) and steps"
    case .step: "`let` bindings and settings (`name: value`)"
    case .sweep: "settings (`name: value`)"
    case .test: "`let` bindings and expectations (`expect …`)"
    }
  }
}

extension Parser {
  /// body = "{", { binding | weight | expression }, "}" ;
  /// data-block = "{", { binding | setting }, "}" ;
  /// train-block = "{", { binding | setting | step }, "}" ;
  /// sweep-block = "{", { setting }, "}" ;
  /// test-block = "{", { binding | expectation }, "}" ;
  ///
  /// Each statement ends with its line, or before the closing brace.
  mutating func expectBlock(_ kind: BlockKind) {
    let start = mark
    newlinesMatter = true
    guard expectOpeningBrace(kind) else { return finish(.block, from: start) }
    let opener = position - 1
    let hasOpener = tokens[position - 1].kind == .leftBrace
    if hasOpener, partners[position - 1] < 0 { unclosedBlocks += 1 }
    while true {
      isPanicking = false
      newlinesMatter = true
      if take(.rightBrace) { break }
      if atEnd || ((unclosedBlocks > 0 || !hasOpener) && token.startsLine && atOuterStatement(kind)) {
        miss(.missingToken, hasOpener ? disrupt(.unclosed) : .silent, detail: opener)
        if hasOpener { unclosedBlocks = max(0, unclosedBlocks - 1) }
        break
      }
      let before = position
      parseStatement(kind)
      finishStatement()
      precondition(position > before, "no progress at token \(position)")
    }
    finish(.block, from: start)
  }

  /// False if there is no block at all.
  private mutating func expectOpeningBrace(_ kind: BlockKind) -> Bool {
    if take(.leftBrace) { return true }
    if let brace = laterOpeningBrace {
      let start = mark
      let problem = disrupt(.unexpected)
      while position < brace { take() }
      finish(.unexpected, from: start, problem: problem)
      take()
      return true
    }
    miss(.missingToken, disrupt(.missingOpener), detail: kind.rawValue)
    return !atEnd && !(token.startsLine && atDeclarationHeader)
  }

  /// The brace behind something that does not fit into a header: on a line of its own, or anywhere if the misfit is on
  /// the line of the header.
  private var laterOpeningBrace: Int? {
    var place = position
    while place < position + 64 {
      let candidate = tokens[place]
      if candidate.kind == .leftBrace { return token.startsLine && !candidate.startsLine ? nil : place }
      if candidate.kind == .endOfFile || candidate.kind == .rightBrace || candidate.kind == .let { return nil }
      if candidate.startsLine, candidate.kind == .word, tokens[place + 1].kind == .colon { return nil }
      if candidate.startsLine, Keyword.declarations.contains(candidate.keyword) { return nil }
      place = partners[place] > place ? Int(partners[place]) + 1 : place + 1
    }
    return nil
  }

  /// A statement that cannot stand in this block, where a closing brace is known to be missing.
  private func atOuterStatement(_ kind: BlockKind) -> Bool {
    atDeclarationHeader || (kind == .step && at(keyword: .step) && (peek().kind == .word))
  }

  /// Whether a declaration begins here, judged by its whole beginning.
  var atDeclarationHeader: Bool {
    guard token.kind == .word else { return false }
    let second = peek().kind
    let third = peek(2)
    switch token.keyword {
    case .import: return second == .word && (third.kind == .comma || third.keyword == .from)
    case .data: return second == .word && third.keyword == .from
    case .layer, .model: return second == .word && third.kind == .leftParenthesis
    case .train: return second == .word && (third.kind == .comma || third.keyword == .on || third.keyword == .except)
    case .sweep:
      return second == .word && (third.kind == .comma || third.keyword == .on || third.kind == .leftBrace)
    case .test: return second == .string
    default: return false
    }
  }

  /// At a line's start: a statement that no expression can be.
  var atStatementOtherThanExpression: Bool {
    if at(.let) || atLabel() { return true }
    guard at(.word) else { return false }
    let next = peek()
    switch token.keyword {
    case .weight, .step, .expect: return next.kind == .equals || next.kind == .word && !next.startsLine
    default: return next.kind == .equals || atDeclarationHeader
    }
  }

  mutating func parseStatement(_ kind: BlockKind) {
    if at(.let), atTypeThenEquals(2) { return parseBinding(misplaced: !kind.allowsBindings, in: kind) }
    if atLabel() { return atTypeThenEquals(2) ? parseUnmarkedAssignment(kind) : parseSetting(kind) }
    if at(.let) { return parseBinding(misplaced: !kind.allowsBindings, in: kind) }
    if at(.word) {
      if peek().kind == .equals { return parseUnmarkedAssignment(kind) }
      if kind.allowsBindings, atBackwardBinding { return parseBackwardBinding() }
      if parseKeywordStatement(kind) || parseForeignStatement(kind) { return }
      if kind.allowsSettings, atSettingWithoutColon { return parseSetting(kind) }
    }
    let start = mark
    if parseExpression() {
      finish(
        .expressionStatement, from: start, problem: kind.allowsBody ? .none : disrupt(.misplacedStatement),
        detail: kind.rawValue)
    } else if token.kind.isCloser {
      skipLine(.strayCloser)
    } else {
      skipLine(.unexpected)
    }
  }

  private mutating func parseKeywordStatement(_ kind: BlockKind) -> Bool {
    let next = peek()
    switch token.keyword {
    case .weight where next.kind == .word && !next.startsLine && next.keyword != .in:
      parseWeight(misplaced: !kind.allowsBody, in: kind)
    case .step where next.kind == .word && !next.startsLine:
      parseStep(misplaced: kind != .train, in: kind)
    case .expect where atExpectation(kind):
      parseExpectation(misplaced: kind != .test, in: kind)
    case _ where atDeclarationHeader && token.startsLine:
      let start = mark
      let problem = disrupt(.nestedDeclaration)
      parseDeclaration(token.keyword)
      finish(.unexpected, from: start, problem: problem)
    default:
      return false
    }
    return true
  }

  private func atExpectation(_ kind: BlockKind) -> Bool {
    let next = peek()
    if next.startsLine { return kind == .test }
    if kind == .test { return next.kind != .arrow && next.kind != .dot }
    return next.kind.isLeaf && next.keyword != .in
  }

  /// A word and a value on one line: a setting that lost its colon.
  private var atSettingWithoutColon: Bool {
    let next = peek()
    guard !next.startsLine, !next.touchesPrevious, next.keyword != .in else { return false }
    return next.kind.isLeaf || next.kind == .leftBracket || next.kind == .leftParenthesis
  }

  /// setting = label, ":", expression ;
  private mutating func parseSetting(_ kind: BlockKind) {
    let start = mark
    takeName()
    if !take(.colon) { miss(.missingToken, note(.missingColon)) }
    expectValue()
    finish(
      .setting, from: start, problem: kind.allowsSettings ? .none : disrupt(.misplacedStatement), detail: kind.rawValue)
  }

  /// An expression that does not begin a statement of its own on the next line.
  mutating func expectValue() {
    if atLineEnd && (atEnd || at(.rightBrace) || atStatementOtherThanExpression) || !parseExpression() {
      missExpression()
    }
  }

  /// `name = value`: a binding without `let`, or a setting with the wrong sign.
  private mutating func parseUnmarkedAssignment(_ kind: BlockKind) {
    let start = mark
    if kind.allowsSettings, peek().kind == .equals, !isBindingWithoutLet(kind) {
      takeName()
      noteToken(.equalsForColon, position)
      take()
      expectValue()
      return finish(.setting, from: start)
    }
    miss(.missingToken, note(.missingLet))
    takeName()
    parseAnnotation()
    expectInitializer()
    finish(.binding, from: start)
  }

  /// Whether `word = value` binds a name: the word is no setting, and stands for a value somewhere else in the file or
  /// could be a field.
  private mutating func isBindingWithoutLet(_ kind: BlockKind) -> Bool {
    let word = text(token)
    guard kind.allowsBindings, token.kind == .word, !settingWords.contains(word) else { return false }
    if valueWords.contains(word) { return true }
    return kind == .data && closestName(to: word, among: ["split", "every", "where"]) == nil
  }

  /// binding = "let", ( name, [ type-annotation ] | pattern ), initializer ;
  /// initializer = "=", expression ;
  mutating func parseBinding(misplaced: Bool = false, in kind: BlockKind = .body) {
    let start = mark
    take()
    if at(.leftParenthesis) {
      let inner = mark
      parseBracketed(.patternElement)
      finish(.pattern, from: inner)
      if at(.colon) { expectTypeAnnotation() }
    } else {
      expectName()
      parseAnnotation()
    }
    expectInitializer()
    finish(
      .binding, from: start, problem: misplaced ? note(.misplacedStatement) : .none, detail: kind.rawValue)
  }

  /// The type of a binding; a value there is a colon that should be an equals sign.
  private mutating func parseAnnotation() {
    guard at(.colon) else { return parseUnmarkedAnnotation() }
    if atTypeThenEquals(1) { return expectTypeAnnotation() }
    if let equals = equalsOnLine(position + 1) {
      expectTypeAnnotation()
      if position < equals { skipToEquals(equals) }
      return
    }
    if let end = typeEnd(position + 1), !atCallAsType {
      let behind = tokens[end]
      let ends = behind.startsLine || behind.kind == .rightBrace || behind.kind == .endOfFile
      if ends || !continuesValue(behind) { return expectTypeAnnotation() }
    } else if !atCallAsType, !peek().kind.isLeaf || peek().kind == .word || peek().startsLine {
      return expectTypeAnnotation()
    }
    noteToken(.colonForEquals, position)
  }

  /// `let name: f(x)`: behind the colon stands a call, no type.
  private var atCallAsType: Bool {
    guard peek().kind == .word, peek(2).kind == .leftParenthesis, peek(2).touchesPrevious else { return false }
    return !["class", "token"].contains(text(peek()))
  }

  /// `let name [4] = value`: a type that lost its colon.
  private mutating func parseUnmarkedAnnotation() {
    guard !at(.equals), !token.startsLine, atTypeThenEquals(0) else { return }
    let start = mark
    miss(.missingToken, note(.missingColon))
    expectType()
    finish(.typeAnnotation, from: start)
  }

  /// The first equals sign on the line outside of groups.
  private func equalsOnLine(_ start: Int) -> Int? {
    var place = start
    while tokens[place].kind != .endOfFile, tokens[place].kind != .rightBrace,
      place == start || !tokens[place].startsLine
    {
      if tokens[place].kind == .equals { return place }
      place = partners[place] > place ? Int(partners[place]) + 1 : place + 1
    }
    return nil
  }

  private mutating func skipToEquals(_ equals: Int) {
    let start = mark
    let problem = disrupt(token.kind.isCloser ? .strayCloser : .unexpected)
    while position < equals { take() }
    finish(.unexpected, from: start, problem: problem)
  }

  private func continuesValue(_ token: Token) -> Bool {
    token.kind == .arrow || token.kind == .dot || Precedence(token.kind) != nil
  }

  /// pattern = "(", pattern-element, { ",", pattern-element }, [ "," ], ")" ;
  /// pattern-element = name, [ type-annotation ] ;
  mutating func parsePatternElement() -> Bool {
    guard at(.word) else { return false }
    let start = mark
    expectName()
    if at(.colon) { expectTypeAnnotation() }
    finish(.argument, from: start)
    return true
  }

  /// weight = "weight", name, type-annotation, initializer ;
  private mutating func parseWeight(misplaced: Bool, in kind: BlockKind) {
    let start = mark
    take()
    expectName()
    parseAnnotation()
    if builder.pending.last.map({ $0.nodeIndex.map { builder.nodes[$0].kind } }) == .name {
      miss(.missingType, disrupt(.expectedType))
    }
    expectInitializer()
    finish(.weight, from: start, problem: misplaced ? note(.misplacedStatement) : .none, detail: kind.rawValue)
  }

  mutating func expectInitializer() {
    let start = mark
    if at(.equals), !(newlinesMatter && token.startsLine && peek().kind == .equals) {
      take()
      expectValue()
    } else if at(.colon), previous?.kind == .word {
      take()
      expectValue()
    } else if atBackwardArrow {
      takeBackwardArrow(detail: 1)
      expectValue()
    } else if !atLineEnd, token.kind.isLeaf || at(.leftBracket) || at(.leftParenthesis) || at(.minus) {
      miss(.missingToken, note(.missingEquals))
      expectValue()
    } else {
      miss(.missingExpression, disrupt(.missingValue))
    }
    finish(.initializer, from: start)
  }

  /// expectation = "expect", expression ;
  private mutating func parseExpectation(misplaced: Bool, in kind: BlockKind) {
    let start = mark
    take()
    expectValue()
    finish(.expectation, from: start, problem: misplaced ? note(.misplacedStatement) : .none, detail: kind.rawValue)
  }

  /// step = "step", names, step-block ; step-block = "{", { binding | setting }, "}" ;
  private mutating func parseStep(misplaced: Bool, in kind: BlockKind) {
    let start = mark
    let problem = misplaced ? note(.misplacedStatement) : .none
    take()
    newlinesMatter = false
    expectNames(.names)
    expectBlock(.step)
    finish(.step, from: start, problem: problem, detail: kind.rawValue)
  }

  /// What may stand behind a statement on its line: nothing.
  private mutating func finishStatement() {
    guard !atLineEnd else { return }
    if isPanicking { return skipLine(.silent) }
    if at(.comma), peek().startsLine || peek().kind == .rightBrace || peek().kind == .endOfFile {
      let start = mark
      noteToken(.strayComma, position)
      take()
      return builder.finish(.unexpected, from: start, end: position, problem: .silent)
    }
    if at(.let) || atLabel() || atDeclarationHeader { return noteGap(.twoStatements) }
    skipLine(token.kind.isCloser ? .strayCloser : .unexpected)
  }
}
