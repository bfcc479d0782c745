import Diagnostics

/// Builds the flat tree: children gather on a stack, and a finished node replaces its children there.
struct TreeBuilder {
  private(set) var nodes: [Node] = []
  private(set) var children: [Child] = []
  private(set) var pending: [Child] = []

  init(tokenCount: Int) {
    nodes.reserveCapacity(tokenCount / 2 + 8)
    children.reserveCapacity(tokenCount + tokenCount / 2 + 8)
  }

  var mark: Int { pending.count }

  mutating func push(token: Int) { pending.append(.token(token)) }

  /// Makes a node of what was pushed since `mark`; `end` is the next token.
  mutating func finish(_ kind: NodeKind, from mark: Int, end: Int, problem: Problem = .none, detail: Int = 0) {
    var height = 0
    var start = end
    if mark < pending.count {
      start = pending[mark].tokenIndex ?? Int(nodes[pending[mark].nodeIndex!].tokenStart)
      for index in mark..<pending.count {
        if let node = pending[index].nodeIndex { height = max(height, Int(nodes[node].height)) }
      }
    }
    if kind.isExpression { height += 1 }
    let childStart = Int32(children.count)
    for index in mark..<pending.count { children.append(pending[index]) }
    pending.removeLast(pending.count - mark)
    pending.append(.node(nodes.count))
    nodes.append(
      Node(
        kind: kind, problem: problem, height: UInt16(clamping: height), childStart: childStart,
        childEnd: Int32(children.count), tokenStart: Int32(start), tokenEnd: Int32(end), detail: Int32(detail)))
  }

  /// The height of the node on top of the stack.
  var topHeight: Int { pending.last?.nodeIndex.map { Int(nodes[$0].height) } ?? 0 }
}
