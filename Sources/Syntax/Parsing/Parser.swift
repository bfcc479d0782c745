import Diagnostics

/// Reads tokens into a lossless tree, whatever they are.
///
/// `parse…` may decline and then has taken nothing; `expect…` must succeed and puts a missing node where it does not;
/// `at…` only peeks. Productions in the comments are those of `grammar/nnet.ebnf`. After a mistake that could make
/// more of the statement look wrong, the parser stays silent up to the end of the statement: one mistake, one error.
struct Parser {
  let tokens: [Token]
  /// The partner of each bracket, or -1.
  let partners: [Int32]
  let bytes: [UInt8]
  var position = 0
  var builder: TreeBuilder
  var problems: [TokenProblem]
  /// False inside brackets and headers.
  var newlinesMatter = true
  /// True behind `where`, where `=` can mean nothing but `==`.
  var isInFacts = false
  var depth = 0
  var isPanicking = false
  /// How many of the blocks around have no closing brace.
  var unclosedBlocks = 0
  /// The words that stand for values: no labels, members or names that are being bound.
  private(set) lazy var valueWords = words(ofValuesIn: tokens)

  init(tokens: [Token], bytes: [UInt8], problems: [TokenProblem]) {
    self.tokens = tokens
    self.bytes = bytes
    self.problems = problems
    partners = bracketPartners(tokens)
    builder = TreeBuilder(tokenCount: tokens.count)
  }

  // MARK: Peeking

  var token: Token { tokens[position] }
  var previous: Token? { position > 0 ? tokens[position - 1] : nil }

  func peek(_ distance: Int = 1) -> Token { tokens[min(position + distance, tokens.count - 1)] }
  func at(_ kind: Token.Kind) -> Bool { tokens[position].kind == kind }
  func at(keyword: Keyword) -> Bool { tokens[position].keyword == keyword }
  var atEnd: Bool { at(.endOfFile) }

  func text(_ token: Token) -> String { String(decoding: bytes[token.range], as: UTF8.self) }

  /// Whether a space, a line break or the end follows the token.
  func isFollowedBySpace(_ index: Int) -> Bool {
    index + 1 >= tokens.count || !tokens[index + 1].touchesPrevious || tokens[index + 1].kind == .endOfFile
  }

  /// A word that can be a label or a name, reserved ones included.
  func isAnyWord(_ token: Token) -> Bool { token.kind == .word || token.kind.isReserved }

  /// `word :`, which is always a label.
  func atLabel(_ distance: Int = 0) -> Bool {
    isAnyWord(peek(distance)) && peek(distance + 1).kind == .colon
  }

  /// Whether the statement can end before the current token.
  var atLineEnd: Bool { atEnd || at(.rightBrace) || (newlinesMatter && token.startsLine) }

  private func words(ofValuesIn tokens: [Token]) -> Set<String> {
    var result: Set<String> = []
    for (index, token) in tokens.enumerated() where token.kind == .word {
      let behind = tokens[min(index + 1, tokens.count - 1)]
      if behind.kind == .colon || behind.kind == .equals || index > 0 && tokens[index - 1].kind == .dot { continue }
      result.insert(text(token))
    }
    return result
  }

  // MARK: Taking

  mutating func take() {
    precondition(position < tokens.count - 1, "the parser ran over the end")
    // An unterminated string has eaten brackets: whatever seems to miss now was there.
    if token.kind == .string, token.flags.contains(.malformed), !token.flags.contains(.foreign) { isPanicking = true }
    builder.push(token: position)
    position += 1
  }

  mutating func take(_ kind: Token.Kind) -> Bool {
    guard at(kind) else { return false }
    take()
    return true
  }

  var mark: Int { builder.mark }

  mutating func finish(_ kind: NodeKind, from mark: Int, problem: Problem = .none, detail: Int = 0) {
    builder.finish(kind, from: mark, end: position, problem: problem, detail: detail)
    if kind.isExpression, builder.topHeight == SyntaxTree.maximumDepth + 1 {
      let start = builder.mark - 1
      builder.finish(.unexpected, from: start, end: position, problem: disrupt(.tooDeep))
    }
  }

  // MARK: Reporting

  /// The problem to record where the rest of the statement may be misread because of it.
  mutating func disrupt(_ problem: Problem) -> Problem {
    let isConsequence =
      isPanicking || token.flags.contains(.junkBefore) || (previous?.flags.contains(.junkBefore) ?? false)
    isPanicking = true
    return isConsequence ? .silent : problem
  }

  /// The problem to record where the parser knows what was meant.
  func note(_ problem: Problem) -> Problem {
    isPanicking || token.flags.contains(.junkBefore) ? .silent : problem
  }

  mutating func miss(_ kind: NodeKind, _ problem: Problem, detail: Int = 0) {
    builder.finish(kind, from: mark, end: position, problem: problem, detail: detail)
  }

  /// Notes a problem with a token that is where it should be.
  mutating func noteToken(_ problem: Problem, _ index: Int, detail: Int = 0) {
    guard !isPanicking else { return }
    let token = tokens[index]
    // One token, one error: this replaces what the lexer said about its spelling.
    if token.flags.contains(.foreign) { problems.removeAll { $0.start == token.start } }
    problems.append(TokenProblem(problem, Int(token.start), Int(token.end), detail: Int32(detail)))
  }

  /// Notes a problem with the space before the current token.
  mutating func noteGap(_ problem: Problem) {
    guard !isPanicking, position > 0 else { return }
    problems.append(TokenProblem(problem, Int(tokens[position - 1].end), Int(token.start)))
  }

  // MARK: Skipping

  /// Takes one token, or a whole group if it opens one that is closed.
  mutating func takeGroup() {
    let partner = Int(partners[position])
    guard token.kind.isOpener, partner > position else { return take() }
    while position <= partner { take() }
  }

  /// Whether what is skipped ends before the current token.
  private var atSkipEnd: Bool {
    if atEnd || at(.rightBrace) { return true }
    return token.startsLine && !(continues && !atStatementOtherThanExpression) && previous?.kind != .comma
  }

  /// Wraps everything up to the end of the statement into one unexpected node.
  mutating func skipLine(_ problem: Problem, detail: Int = 0) {
    let start = mark
    let reported = disrupt(problem)
    repeat { takeGroup() } while !atSkipEnd
    finish(.unexpected, from: start, problem: reported, detail: detail)
  }

  /// file = { declaration } ;
  mutating func parseFile() {
    while !atEnd {
      let before = position
      isPanicking = false
      newlinesMatter = true
      parseTopLevel()
      precondition(position > before, "no progress at token \(position)")
      if !token.startsLine, at(.let) || atDeclarationHeader { noteGap(.twoStatements) }
    }
    builder.push(token: position)
    builder.finish(.file, from: 0, end: tokens.count)
  }
}

/// Reads a file into a tree that holds every one of its bytes, whatever they are.
package func parseTree(_ file: SourceFile) -> SyntaxTree {
  let (tokens, problems, comments) = file.bytes.withUnsafeBufferPointer { bytes in
    var lexer = Lexer(bytes)
    lexer.run()
    return (lexer.tokens, lexer.problems, lexer.comments)
  }
  var parser = Parser(tokens: tokens, bytes: file.bytes, problems: problems)
  parser.parseFile()
  return SyntaxTree(
    file: file, tokens: tokens, nodes: parser.builder.nodes, children: parser.builder.children, comments: comments,
    tokenProblems: parser.problems)
}
