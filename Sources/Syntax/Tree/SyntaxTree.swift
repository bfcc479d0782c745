import Diagnostics

/// What a node of the tree is. Literals and names that are expressions have no node: their token is the expression.
package enum NodeKind: UInt8, Sendable {
  case file
  case importDeclaration, dataDeclaration, layerDeclaration, trainDeclaration, sweepDeclaration
  case testDeclaration
  /// One word where a name stands that is not an expression.
  case name
  case names, exceptNames, dataName, label
  case parameters, parameter, resultType, facts
  case block
  case binding, weight, setting, step, expectation, expressionStatement
  case pattern, typeAnnotation, initializer, source
  case shapeType, namedType, recordType, typeField, atMost, pack
  case parenthesized, record, list, argument, arguments, indices, call, index, member, unary, operation, chain, mixed
  case scan, sequence, state, everything
  case missingToken, missingName, missingType, missingExpression, unexpected

  /// Whether it deepens the abstract tree.
  var isExpression: Bool {
    switch self {
    case .parenthesized, .record, .list, .call, .index, .member, .unary, .operation, .chain, .scan, .everything: true
    default: false
    }
  }
}

/// One child of a node: a token or a node.
package struct Child: Sendable, Hashable {
  let value: Int32
  static func token(_ index: Int) -> Child { Child(value: Int32(index)) }
  static func node(_ index: Int) -> Child { Child(value: ~Int32(index)) }
  package var tokenIndex: Int? { value >= 0 ? Int(value) : nil }
  package var nodeIndex: Int? { value < 0 ? Int(~value) : nil }
}

/// A node: a run of children, which cover a run of tokens. A missing node covers none.
package struct Node: Sendable {
  package let kind: NodeKind
  package var problem: Problem
  /// How many expressions are nested in it, itself included.
  let height: UInt16
  let childStart: Int32
  let childEnd: Int32
  package let tokenStart: Int32
  package let tokenEnd: Int32
  /// A fact for the diagnostic: the token of an opening bracket, say.
  let detail: Int32
}

/// The lossless tree of a file: the texts of its tokens with their leading trivia, in order, are the bytes of the
/// file, whatever these are. Nodes lie in one flat array, children before parents; the last one is the file.
package struct SyntaxTree: Sendable {
  package let file: SourceFile
  package let tokens: [Token]
  package let nodes: [Node]
  let children: [Child]
  package let comments: [Comment]
  /// What is wrong with single tokens and with trivia.
  package let tokenProblems: [TokenProblem]

  /// Nesting beyond this is refused, so that nothing that walks the tree can run out of stack.
  package static let maximumDepth = 256

  package var root: Int { nodes.count - 1 }

  package func children(of node: Int) -> ArraySlice<Child> {
    children[Int(nodes[node].childStart)..<Int(nodes[node].childEnd)]
  }

  /// Where the trivia of a token begins.
  package func triviaStart(_ token: Int) -> Int { token == 0 ? 0 : Int(tokens[token - 1].end) }

  package func text(_ token: Int) -> String { file.text(tokens[token].range) }

  package func span(_ token: Token) -> Span { Span(file: file.id, start: Int(token.start), end: Int(token.end)) }

  /// From the first to the last token, without the leading trivia; empty after the token before for a missing node.
  package func span(ofNode index: Int) -> Span {
    let node = nodes[index]
    guard node.tokenStart < node.tokenEnd else { return emptySpan(before: Int(node.tokenStart)) }
    return Span(
      file: file.id, start: Int(tokens[Int(node.tokenStart)].start), end: Int(tokens[Int(node.tokenEnd) - 1].end))
  }

  package func span(_ child: Child) -> Span {
    child.tokenIndex.map { span(tokens[$0]) } ?? span(ofNode: child.nodeIndex!)
  }

  /// The place just behind the token before another.
  func emptySpan(before token: Int) -> Span {
    let place = token == 0 ? Int(tokens[0].start) : Int(tokens[token - 1].end)
    return Span(file: file.id, start: place, end: place)
  }

  /// The text of the whole tree, put together from its leaves.
  package func reconstructedBytes() -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(file.bytes.count)
    var stack = [Child.node(root)]
    while let child = stack.popLast() {
      if let token = child.tokenIndex {
        result += file.bytes[triviaStart(token)..<Int(tokens[token].end)]
      } else {
        stack += children(of: child.nodeIndex!).reversed()
      }
    }
    return result
  }

  /// Whether the file has a syntax error.
  package var hasErrors: Bool {
    !tokenProblems.isEmpty || nodes.contains { $0.problem != .none } || firstUnreadableByte != nil
  }

  /// The first byte that is no text: not UTF-8, or zero.
  var firstUnreadableByte: Int? {
    let zero = file.bytes.firstIndex(of: 0)
    let invalid = file.bytes.withUnsafeBufferPointer(firstInvalidUTF8)
    return [zero, invalid].compactMap { $0 }.min()
  }
}
