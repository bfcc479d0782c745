/// Finds the partner of every bracket before parsing, so that an unclosed one is known where it opens and a group can
/// be skipped at once. -1 stands for a token without a partner.
///
/// A brace, a `let` and the beginning of a declaration end every parenthesis and bracket that is still open before
/// them. A closer of the wrong kind is stray if its opener finds a right one later, else it is that opener's partner.
func bracketPartners(_ tokens: [Token]) -> [Int32] {
  var matcher = BracketMatcher(tokens: tokens)
  matcher.run()
  return matcher.partners
}

private struct BracketMatcher {
  let tokens: [Token]
  var partners: [Int32]
  /// The open brackets, each with the first closer of the wrong kind that was met inside it, or -1.
  private var stack: [(opener: Int32, wrongCloser: Int32)] = []
  /// Open parentheses and brackets since the last open brace, and the counts that braces interrupted.
  private var open = (parentheses: 0, brackets: 0)
  private var interrupted: [(parentheses: Int, brackets: Int)] = []

  init(tokens: [Token]) {
    self.tokens = tokens
    partners = [Int32](repeating: -1, count: tokens.count)
  }

  mutating func run() {
    for index in tokens.indices {
      switch tokens[index].kind {
      case .leftParenthesis:
        open.parentheses += 1
        stack.append((Int32(index), -1))
      case .leftBracket:
        open.brackets += 1
        stack.append((Int32(index), -1))
      case .leftBrace:
        interrupted.append(open)
        open = (0, 0)
        stack.append((Int32(index), -1))
      case .rightBrace: closeBrace(index)
      case .rightParenthesis, .rightBracket: close(index)
      case .let where tokens[index].startsLine && tokens[index + 1].kind != .colon: abandon()
      case .word where beginsDeclaration(index): abandon()
      default: break
      }
    }
    while !stack.isEmpty {
      abandon()
      _ = stack.popLast()
    }
  }

  private func beginsDeclaration(_ index: Int) -> Bool {
    let token = tokens[index]
    guard token.startsLine, Keyword.declarations.contains(token.keyword) else { return false }
    let next = tokens[index + 1]
    return !next.startsLine && (next.kind == .word || next.kind == .string)
  }

  private mutating func pair(_ opener: Int32, _ closer: Int) {
    partners[Int(opener)] = Int32(closer)
    partners[closer] = opener
  }

  /// Gives up on the parentheses and brackets that are open since the last brace.
  private mutating func abandon() {
    while let last = stack.last, tokens[Int(last.opener)].kind != .leftBrace {
      stack.removeLast()
      if last.wrongCloser >= 0 { pair(last.opener, Int(last.wrongCloser)) }
    }
    open = (0, 0)
  }

  private mutating func closeBrace(_ index: Int) {
    abandon()
    guard let outer = interrupted.popLast(), let last = stack.popLast() else { return }
    pair(last.opener, index)
    open = outer
  }

  private mutating func close(_ index: Int) {
    guard open.parentheses + open.brackets > 0, var last = stack.last else { return }
    let isParenthesis = tokens[index].kind == .rightParenthesis
    guard (isParenthesis ? open.parentheses : open.brackets) > 0 else {
      if last.wrongCloser < 0 { last.wrongCloser = Int32(index) }
      stack[stack.count - 1] = last
      return
    }
    while let inner = stack.popLast() {
      let opensParenthesis = tokens[Int(inner.opener)].kind == .leftParenthesis
      if opensParenthesis { open.parentheses -= 1 } else { open.brackets -= 1 }
      if opensParenthesis == isParenthesis { return pair(inner.opener, index) }
      if inner.wrongCloser >= 0 { pair(inner.opener, Int(inner.wrongCloser)) }
    }
  }
}
