import Diagnostics

extension Parser {
  /// declaration = import | constant | data | layer | model | train | sweep | test ; constant = binding ;
  mutating func parseTopLevel() {
    if atLabel(), !at(.let) || !atTypeThenEquals(2) { return skipTopLevel(.expectedDeclaration) }
    if at(.let) { return parseConstant() }
    if at(.word), peek().kind == .equals {
      let start = mark
      miss(.missingToken, note(.missingLet))
      takeName()
      expectInitializer()
      finish(.binding, from: start)
      return finishConstant()
    }
    if Keyword.declarations.contains(token.keyword) { return parseDeclaration(token.keyword) }
    if let keyword = foreignDeclaration {
      noteToken(.foreignKeyword, position, detail: Int(keyword.rawValue))
      return keyword == .let ? parseConstant() : parseDeclaration(keyword)
    }
    skipTopLevel(at(.rightBrace) ? .strayCloser : .expectedDeclaration)
  }

  private mutating func parseConstant() {
    parseBinding()
    finishConstant()
  }

  /// What may stand behind a constant on its line: nothing.
  private mutating func finishConstant() {
    guard !atEnd, !token.startsLine else { return }
    if at(.let) || atDeclarationHeader { return }
    skipTopLevelLine(token.kind.isCloser ? .strayCloser : .unexpected)
  }

  private mutating func skipTopLevelLine(_ problem: Problem) {
    let start = mark
    let reported = disrupt(problem)
    repeat { takeGroup() } while !atEnd && !token.startsLine
    finish(.unexpected, from: start, problem: reported)
  }

  /// Takes everything up to the next line on which a declaration begins.
  private mutating func skipTopLevel(_ problem: Problem) {
    let start = mark
    let reported = disrupt(problem)
    repeat {
      takeGroup()
    } while !atEnd && !(token.startsLine && (at(.let) || Keyword.declarations.contains(token.keyword)))
    finish(.unexpected, from: start, problem: reported)
  }

  mutating func parseDeclaration(_ keyword: Keyword) {
    let start = mark
    newlinesMatter = false
    take()
    switch keyword {
    case .import: parseImport(start)
    case .data: parseData(start)
    case .layer, .model: parseLayer(start)
    case .train: parseTrain(start)
    case .sweep: parseSweep(start)
    case .test: parseTest(start)
    default: preconditionFailure("\(keyword) begins no declaration")
    }
    newlinesMatter = true
  }

  // MARK: Names

  mutating func takeName() {
    let start = mark
    take()
    finish(.name, from: start)
  }

  /// name = letter, { letter | digit } ; letter = ? a to z, A to Z or an underscore ? ;
  /// A reserved word is no name, but can be a label.
  /// reserved = "let" | "and" | "or" | "not" | "true" | "false" ;
  mutating func expectName() {
    if at(.word), !(newlinesMatter && token.startsLine && atStatementOtherThanExpression) { return takeName() }
    guard token.kind.isReserved, !token.startsLine else { return miss(.missingName, disrupt(.expectedName)) }
    let start = mark
    let problem = disrupt(.reservedWord)
    take()
    finish(.missingName, from: start, problem: problem)
  }

  /// names = name, { ",", name } ;
  mutating func expectNames(_ kind: NodeKind) {
    let start = mark
    repeat { expectName() } while take(.comma)
    finish(kind, from: start)
  }

  mutating func expectKeyword(_ keyword: Keyword) {
    if at(keyword: keyword) { return take() }
    let isForeign = closestName(to: text(token), among: [keyword.text]) != nil || foreignJoints.contains(text(token))
    if at(.word), !token.startsLine, peek().kind.isLeaf, isForeign {
      noteToken(.foreignWord, position, detail: Int(keyword.rawValue))
      return take()
    }
    miss(.missingToken, disrupt(.missingKeyword), detail: Int(keyword.rawValue))
  }

  // MARK: Declarations

  /// import = "import", names, "from", string ;
  private mutating func parseImport(_ start: Int) {
    newlinesMatter = true
    let isBare = at(.string)
    if isBare {
      miss(.missingName, disrupt(.expectedName))
      take()
    } else {
      expectNames(.names)
      expectKeyword(.from)
      if at(.string) { take() } else { miss(.missingExpression, disrupt(.expectedExpression)) }
    }
    finish(.importDeclaration, from: start)
    finishConstant()
  }

  /// data = "data", name, "from", expression, data-block ;
  private mutating func parseData(_ start: Int) {
    expectName()
    let inner = mark
    expectKeyword(.from)
    if at(.leftBrace) { missExpression() } else { expectExpression() }
    finish(.source, from: inner)
    expectBlock(.data)
    finish(.dataDeclaration, from: start)
  }

  /// layer = "layer", signature, body ; model = "model", signature, body ;
  /// signature = name, "(", [ parameter, { ",", parameter }, [ "," ] ], ")", "->", type, [ facts ] ;
  /// facts = "where", expression, { ",", expression } ;
  private mutating func parseLayer(_ start: Int) {
    expectName()
    let parameters = mark
    if at(.leftParenthesis) {
      parseBracketed(.parameter)
    } else {
      miss(.missingToken, disrupt(.missingOpener), detail: -1)
      while !atEnd, !at(.leftBrace), !at(.arrow), !token.startsLine { takeGroup() }
    }
    finish(.parameters, from: parameters)
    let result = mark
    if take(.arrow) {
      expectType()
    } else if at(.colon), typeEnd(position + 1) != nil {
      noteToken(.foreignOperator, position, detail: Int(Token.Kind.arrow.rawValue))
      take()
      expectType()
    } else {
      miss(.missingType, disrupt(.missingResult))
    }
    finish(.resultType, from: result)
    if at(keyword: .where) {
      let facts = mark
      take()
      isInFacts = true
      repeat { expectExpression() } while take(.comma)
      isInFacts = false
      finish(.facts, from: facts)
    }
    expectBlock(.body)
    finish(.layerDeclaration, from: start)
  }

  /// parameter = name, ":", type, [ "=", expression ] ;
  mutating func parseParameter() -> Bool {
    guard isAnyWord(token) else { return false }
    let start = mark
    if at(.word) || atLabel() { takeName() } else { expectName() }
    if at(.colon) {
      expectTypeAnnotation()
    } else {
      let isBare = at(.comma) || at(.rightParenthesis) || at(.equals)
      miss(.missingType, isBare ? note(.missingColon) : disrupt(.missingColon), detail: isBare ? 1 : 0)
    }
    if at(.equals) { expectInitializer() }
    finish(.parameter, from: start)
    return true
  }

  /// train = "train", names, [ "except", names ], "on", name, [ "as", name ], train-block ;
  private mutating func parseTrain(_ start: Int) {
    let isJoint = at(keyword: .on) || at(.word) && foreignJoints.contains(text(token))
    if isJoint, peek().kind == .word, peek().keyword != .on, !peek().startsLine, peek(2).kind != .comma {
      // `train on Data {`
      let names = mark
      miss(.missingName, disrupt(.expectedName))
      finish(.names, from: names)
    } else {
      expectNames(.names)
    }
    let isForeign = at(.word) && foreignExceptions.contains(text(token)) && peek().kind == .word
    if isForeign { noteToken(.foreignWord, position, detail: Int(Keyword.except.rawValue)) }
    if at(keyword: .except) || isForeign {
      take()
      expectNames(.exceptNames)
    }
    expectKeyword(.on)
    let data = mark
    if at(.leftBrace) { miss(.missingName, disrupt(.expectedName)) } else { expectName() }
    finish(.dataName, from: data)
    if at(keyword: .as) {
      let label = mark
      take()
      expectName()
      finish(.label, from: label)
    }
    expectBlock(.train)
    finish(.trainDeclaration, from: start)
  }

  /// sweep = "sweep", names, [ "on", name ], sweep-block ;
  private mutating func parseSweep(_ start: Int) {
    expectNames(.names)
    if at(keyword: .on) {
      take()
      let data = mark
      expectName()
      finish(.dataName, from: data)
    }
    expectBlock(.sweep)
    finish(.sweepDeclaration, from: start)
  }

  /// test = "test", string, test-block ;
  private mutating func parseTest(_ start: Int) {
    if at(.string) { take() } else { miss(.missingExpression, disrupt(.expectedExpression)) }
    expectBlock(.test)
    finish(.testDeclaration, from: start)
  }
}
