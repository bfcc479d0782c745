import Diagnostics

/// What the formatter knows about a tree before it writes: how wide each node is on one line, which lines the writer
/// broke, and which comments stand where.
struct LayoutMeasure {
  struct PlacedComment {
    var range: Range<Int>
    /// Whether it stands behind a token on its line.
    var isTrailing: Bool
    /// Whether an empty line stands before it.
    var followsBlank: Bool
  }

  let tree: SyntaxTree
  /// The width of each node on one line; ``unbounded`` if it cannot stand on one.
  private(set) var widths: [Int]
  /// The comments of each token: an index into the tree's comments, the last one for the end.
  private var commentStarts: [Int32]

  static let unbounded = 1 << 40

  init(tree: SyntaxTree) {
    self.tree = tree
    widths = [Int](repeating: 0, count: tree.nodes.count)
    commentStarts = []
    commentStarts.reserveCapacity(tree.tokens.count + 1)
    var next = 0
    for index in tree.tokens.indices {
      commentStarts.append(Int32(next))
      while next < tree.comments.count, tree.comments[next].start < tree.tokens[index].start { next += 1 }
    }
    commentStarts.append(Int32(next))
    for index in tree.nodes.indices { widths[index] = measure(index) }
  }

  // MARK: Tokens

  func firstToken(_ child: Child) -> Int { child.tokenIndex ?? Int(tree.nodes[child.nodeIndex!].tokenStart) }

  func lastToken(_ child: Child) -> Int { child.tokenIndex ?? Int(tree.nodes[child.nodeIndex!].tokenEnd) - 1 }

  func hasComments(before token: Int) -> Bool { commentStarts[token] < commentStarts[token + 1] }

  func comments(before token: Int) -> [PlacedComment] {
    guard hasComments(before: token) else { return [] }
    var place = tree.triviaStart(token)
    return (Int(commentStarts[token])..<Int(commentStarts[token + 1])).map { index in
      let range = tree.comments[index].range
      let breaks = lineBreaks(place..<range.lowerBound)
      let isTrailing = breaks == 0 && token > 0 && place == tree.triviaStart(token)
      place = range.upperBound
      return PlacedComment(range: range, isTrailing: isTrailing, followsBlank: breaks > 1)
    }
  }

  /// Whether an empty line stands right before a token, behind its comments.
  func followsBlank(_ token: Int) -> Bool {
    let last = Int(commentStarts[token + 1]) - 1
    let start = hasComments(before: token) ? tree.comments[last].range.upperBound : tree.triviaStart(token)
    return lineBreaks(start..<Int(tree.tokens[token].start)) > 1
  }

  private func lineBreaks(_ range: Range<Int>) -> Int {
    tree.file.bytes[range].reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
  }

  // MARK: Widths

  func width(_ child: Child) -> Int {
    child.nodeIndex.map { widths[$0] } ?? displayWidth(tree.file.bytes[tree.tokens[child.tokenIndex!].range])
  }

  private func measure(_ index: Int) -> Int {
    let kind = tree.nodes[index].kind
    let children = tree.children(of: index)
    if kind == .file { return Self.unbounded }
    if kind == .block, !isSingleLine(block: index) { return Self.unbounded }
    var total = 0
    var previous: Child?
    for child in children {
      if isDroppedComma(child, in: children) { continue }
      total += width(child)
      if let previous {
        if hasComments(before: firstToken(child)) || isBroken(before: child, after: previous, in: kind) {
          return Self.unbounded
        }
        if needsSpace(before: child, after: previous, in: kind) { total += 1 }
      }
      previous = child
    }
    return min(total, Self.unbounded)
  }

  /// Whether a block is written on one line and holds one statement or none.
  func isSingleLine(block: Int) -> Bool {
    let children = tree.children(of: block)
    guard children.count <= 3, let first = children.first else { return false }
    return !(Int(tree.nodes[block].tokenStart) + 1..<Int(tree.nodes[block].tokenEnd)).contains { token in
      tree.tokens[token].startsLine || hasComments(before: token)
    } && tree.tokens[firstToken(first)].kind == .leftBrace
  }

  /// A comma behind the last item, which is not kept.
  func isDroppedComma(_ child: Child, in children: ArraySlice<Child>) -> Bool {
    guard let token = child.tokenIndex, tree.tokens[token].kind == .comma else { return false }
    return token + 1 < tree.tokens.count && tree.tokens[token + 1].kind.isCloser
  }

  // MARK: Between two children

  /// Whether the writer broke the line where the layout may break it.
  func isBroken(before child: Child, after previous: Child, in kind: NodeKind) -> Bool {
    let first = firstToken(child)
    switch kind {
    case .chain, .operation:
      // An operator at the end of a line counts: it moves to the next one.
      return tree.tokens[first].startsLine
        || (child.tokenIndex != nil && !tree.tokens[first].kind.isLeaf && tree.tokens[first + 1].startsLine)
    case .list, .record, .arguments, .indices, .shapeType, .recordType, .parameters, .pattern, .facts:
      guard let comma = previous.tokenIndex else { return false }
      return tree.tokens[comma].kind == .comma && tree.tokens[first].startsLine
    case .layerDeclaration:
      return child.nodeIndex.map { tree.nodes[$0].kind == .facts } == true && tree.tokens[first].startsLine
    default:
      return false
    }
  }

  func needsSpace(before child: Child, after previous: Child, in kind: NodeKind) -> Bool {
    let left = tree.tokens[lastToken(previous)].kind
    let right = tree.tokens[firstToken(child)].kind
    switch right {
    case .comma, .colon, .rightParenthesis, .rightBracket, .dot: return false
    case .rightBrace: return left != .leftBrace
    default: break
    }
    if left == .leftParenthesis || left == .leftBracket || left == .dot { return false }
    switch kind {
    case .unary: return left != .minus
    case .pack, .call, .index, .namedType: return false
    case .layerDeclaration: return child.nodeIndex.map { tree.nodes[$0].kind != .parameters } ?? true
    default: return true
    }
  }
}
