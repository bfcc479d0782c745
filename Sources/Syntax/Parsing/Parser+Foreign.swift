import Diagnostics

/// Words of other languages where a keyword of this one stands, and what they stand for here.
private let foreignKeywords: [String: Keyword] = [
  "def": .layer, "fn": .layer, "func": .layer, "fun": .layer, "function": .layer, "block": .layer, "module": .layer,
  "cell": .layer, "class": .model, "network": .model, "net": .model, "nn": .model, "struct": .model,
  "dataset": .data, "database": .data, "table": .data, "var": .let, "const": .let, "val": .let, "param": .let,
  "fit": .train, "training": .train, "use": .import, "include": .import, "require": .import, "search": .sweep,
  "tune": .sweep, "it": .test, "describe": .test,
]

/// The settings of blocks, which `name = value` means where it is one of them.
package let settingWords: Set<String> = [
  "split", "every", "where", "loss", "optimizer", "clip", "times", "metrics", "epochs", "steps", "batch", "seed",
  "stop", "keep", "outputs", "samples", "start", "over", "minimize", "maximize", "method", "trials",
]

/// Words that join the parts of a header in other languages: `train Net with Iris`.
let foreignJoints: Set<String> = ["with", "using", "for", "at", "over", "to", "of", "by", "in"]

/// What holds weights fixed in the words of other tools: `train Reader freeze Features on …`.
let foreignExceptions: Set<String> = ["freeze", "freezing", "frozen", "fixed", "fixing", "without", "excluding"]

/// Control flow, which this language has not.
let foreignControl: Set<String> = ["if", "elif", "else", "for", "while", "switch", "match", "try", "with", "lambda"]

/// The keyword of a declaration that a foreign or misspelt word stands for.
func meantKeyword(_ word: String) -> Keyword? {
  if let keyword = foreignKeywords[word] { return keyword }
  guard let close = closestName(to: word, among: Keyword.declarations.map(\.text)) else { return nil }
  return Keyword.declarations.first { $0.text == close }
}

extension Parser {
  /// The keyword that a word was meant to be, where a declaration should begin.
  var foreignDeclaration: Keyword? {
    let next = peek()
    guard at(.word), !next.startsLine, next.kind == .word || next.kind == .string else { return nil }
    let keyword = meantKeyword(text(token))
    // `def Net(…)`: what is trained is a model, and a file without a model begins with one.
    return keyword == .layer && isModel(text(next)) ? .model : keyword
  }

  /// Whether a name is trained somewhere in the file, or no declaration of the file is a model.
  private func isModel(_ name: String) -> Bool {
    var hasModel = false
    var isHeader = false
    for token in tokens {
      if token.startsLine { isHeader = token.keyword == .train }
      if token.startsLine, token.keyword == .model { hasModel = true }
      if token.keyword == .on { isHeader = false }
      if isHeader, token.kind == .word, text(token) == name { return true }
    }
    return !hasModel
  }

  /// `a <- b`: data that flow to the left, and a binding in other languages.
  var atBackwardArrow: Bool { isBackwardArrow(0) && continues }

  private func isBackwardArrow(_ distance: Int) -> Bool {
    peek(distance).kind == .less && peek(distance + 1).kind == .minus && peek(distance + 1).touchesPrevious
      && !peek(distance + 2).touchesPrevious
  }

  /// `h <- x -> dense(8)`: a name and a chain.
  var atBackwardBinding: Bool {
    guard isBackwardArrow(1), !peek().startsLine else { return false }
    var distance = 3
    while peek(distance).kind != .endOfFile, peek(distance).kind != .rightBrace, !peek(distance).startsLine {
      if peek(distance).kind == .arrow { return true }
      if isBackwardArrow(distance) { return false }
      distance += 1
    }
    return false
  }

  mutating func parseBackwardBinding() {
    let start = mark
    takeName()
    let inner = mark
    takeBackwardArrow(detail: 2)
    expectValue()
    finish(.initializer, from: inner)
    finish(.binding, from: start)
  }

  /// Takes what stands behind `<-` as one unexpected expression.
  mutating func parseBackwards(from start: Int) {
    let problem = disrupt(.backwardArrow)
    while atBackwardArrow {
      take()
      take()
      let inner = mark
      if parseOperation(.or) == .none { missExpression() }
      while at(.arrow), continues {
        take()
        if !parsePostfix() { missExpression() }
        finish(.chain, from: inner)
      }
    }
    finish(.unexpected, from: start, problem: problem)
  }

  /// `<-` where a binding has its `=`.
  mutating func takeBackwardArrow(detail: Int) {
    let start = mark
    let problem = note(.backwardArrow)
    take()
    take()
    builder.finish(.unexpected, from: start, end: position, problem: problem, detail: detail)
  }

  /// `return x`, `const x = 1`, `if x`: statements of other languages.
  mutating func parseForeignStatement(_ kind: BlockKind) -> Bool {
    let next = peek()
    guard at(.word), token.keyword == .none, !next.startsLine else { return false }
    guard next.kind.isLeaf || next.kind == .leftParenthesis && !next.touchesPrevious || next.kind == .not else {
      return false
    }
    let word = text(token)
    if kind.allowsBody, word == "return" || word == "yield" {
      let start = mark
      let inner = mark
      noteToken(.returnKeyword, position)
      take()
      builder.finish(.unexpected, from: inner, end: position, problem: .silent)
      expectExpression()
      finish(.expressionStatement, from: start)
      return true
    }
    if foreignKeywords[word] == .let || closestName(to: word, among: ["let"]) != nil, next.kind == .word,
      peek(2).kind == .equals || peek(2).kind == .colon
    {
      noteToken(.foreignKeyword, position, detail: Int(Keyword.let.rawValue))
      parseBinding(misplaced: !kind.allowsBindings, in: kind)
      return true
    }
    if foreignControl.contains(word) {
      skipLine(.foreignConstruct)
      return true
    }
    return false
  }
}
