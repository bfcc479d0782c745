/// What is wrong at a node or a token; a walk over the tree turns these into diagnostics.
package enum Problem: UInt8, Sendable {
  case none
  /// Wrong, and a consequence of what was already reported.
  case silent

  // Found by the lexer.
  case foreignComment, blockComment, semicolon, foreignSpace, character, nameCharacter
  case number, numberTooLarge, unterminatedString, escape, foreignQuotes, foreignOperator

  // Single tokens in a place where they cannot stand as they are.
  case moduloSpacing, percentSpacing, equalsForColon, colonForEquals, spaceBeforeBracket, foreignKeyword
  case returnKeyword, foreignWord, twoStatements, strayComma

  // Missing nodes.
  case expectedExpression, expectedName, expectedType, unclosed, missingOpener, missingComma, missingLet
  case missingArrow, missingEquals, missingValue, missingColon, missingKeyword, missingResult

  // Unexpected nodes, and nodes that are whole but wrong.
  case unexpected, parenthesizedShape, strayCloser, wrongCloser, expectedDeclaration, foreignConstruct, reservedWord
  case packInExpression
  case operatorBesideArrow, backwardArrow, comparisonChain, misplacedStatement, nestedDeclaration, tooDeep
}

/// A problem of a token or of trivia, by its bytes.
package struct TokenProblem: Sendable, Hashable {
  package var problem: Problem
  package var start: Int32
  package var end: Int32
  /// A fact for the diagnostic: the kind of token that a foreign spelling stands for, say.
  package var detail: Int32

  init(_ problem: Problem, _ start: Int, _ end: Int, detail: Int32 = 0) {
    self.problem = problem
    self.start = Int32(start)
    self.end = Int32(end)
    self.detail = detail
  }
}
