extension Formatter {
  /// One line or more of a block or file, without the indentation of the first.
  private struct Entry {
    var text: [UInt8]
    var followsBlank: Bool
    /// The width of its last line.
    var width: Int
    /// A comment behind it on its last line.
    var trailing: [UInt8]?
  }

  mutating func file() {
    let children = Array(tree.children(of: tree.root))
    let end = children.last!.tokenIndex!
    let (entries, lead) = entries(of: Array(children.dropLast()), end: end)
    precondition(lead == nil, "no comment of a file stands behind a token")
    write(entries, isFile: true)
  }

  /// Writes `{`, the statements and `}`.
  mutating func printBlock(_ index: Int, space: Bool) {
    let children = Array(tree.children(of: index))
    let isShort =
      measure.isSingleLine(block: index) && measure.widths[index] + 1 + column <= Self.width && !mustBreak
    if isShort {
      emit(children[0].tokenIndex!, space: space)
      if children.count == 3 { printStatement(children[1], space: true, columns: nil) }
      return emit(children.last!.tokenIndex!, space: children.count == 3)
    }
    emit(children[0].tokenIndex!, space: space)
    let (outerIndent, outerContinuation) = (indent, continuation)
    indent += 2
    let closer = children.last!.tokenIndex!
    let (entries, lead) = entries(of: Array(children.dropFirst().dropLast()), end: closer)
    if let lead {
      write("  ")
      write(lead)
    }
    write(entries, isFile: false)
    indent = outerIndent
    continuation = outerContinuation
    newline(indent)
    emit(closer, space: false)
  }

  // MARK: Entries

  /// The statements with the comments between them, and the comment right behind the opening brace.
  private mutating func entries(of statements: [Child], end: Int) -> (entries: [Entry], lead: [UInt8]?) {
    let columns = alignedColumns(statements)
    var entries: [Entry] = []
    var lead: [UInt8]?
    func addComments(before token: Int) {
      for comment in measure.comments(before: token) {
        let text = Array(tree.file.bytes[comment.range])
        if comment.isTrailing {
          if entries.isEmpty { lead = text } else { entries[entries.count - 1].trailing = text }
        } else {
          entries.append(
            Entry(text: text, followsBlank: comment.followsBlank, width: indent + displayWidth(text), trailing: nil))
        }
      }
    }
    let outerOutput = output
    let outerColumn = column
    for (statement, columns) in zip(statements, columns) {
      let first = measure.firstToken(statement)
      addComments(before: first)
      commentsDone = first
      (output, column, mustBreak, continuation) = ([], indent, false, indent + 4)
      printStatement(statement, space: false, columns: columns)
      entries.append(
        Entry(text: output, followsBlank: measure.followsBlank(first), width: column, trailing: nil))
    }
    (output, column) = (outerOutput, outerColumn)
    addComments(before: end)
    commentsDone = end
    return (entries, lead)
  }

  private mutating func write(_ entries: [Entry], isFile: Bool) {
    let places = trailingColumns(entries)
    for (index, entry) in entries.enumerated() {
      if entry.followsBlank, index > 0 { output.append(UInt8(ascii: "\n")) }
      if !isFile || index > 0 { newline(indent) }
      output += entry.text
      column = entry.width
      guard let trailing = entry.trailing else { continue }
      pad(to: places[index])
      write(trailing)
    }
    if isFile, !entries.isEmpty { newline(0) }
  }

  /// Where the comments at the ends of lines stand: in one column for consecutive lines that have one.
  private func trailingColumns(_ entries: [Entry]) -> [Int] {
    var places = entries.map { $0.width + 2 }
    var start = 0
    while start < entries.count {
      var end = start
      while end < entries.count, entries[end].trailing != nil, end == start || !entries[end].followsBlank { end += 1 }
      let widest = places[start..<max(end, start)].max() ?? 0
      for index in start..<end { places[index] = widest }
      start = max(end, start + 1)
    }
    return places
  }

  // MARK: Columns

  /// The columns of the parts of a statement: of its type, and of its `=` or the value of a setting.
  struct Columns {
    var type: Int
    var value: Int
  }

  private struct Shape: Equatable {
    var kind: NodeKind
    var isTyped: Bool
  }

  /// The columns of each statement; nil for what has none.
  private func alignedColumns(_ statements: [Child]) -> [Columns?] {
    var result = [Columns?](repeating: nil, count: statements.count)
    var start = 0
    while start < statements.count {
      guard let shape = shape(statements[start]) else {
        start += 1
        continue
      }
      var end = start + 1
      while end < statements.count, self.shape(statements[end]) == shape, !isApart(statements[end]) { end += 1 }
      let columns = columns(statements[start..<end], shape)
      for index in start..<end { result[index] = columns }
      start = end
    }
    return result
  }

  /// Whether an empty line stands before a statement or its comments.
  private func isApart(_ statement: Child) -> Bool {
    let first = measure.firstToken(statement)
    return measure.followsBlank(first) || measure.comments(before: first).contains { $0.followsBlank }
  }

  private func columns(_ statements: ArraySlice<Child>, _ shape: Shape) -> Columns {
    var nameWidth = 0
    var typeWidth = 0
    for statement in statements {
      let parts = Array(tree.children(of: statement.nodeIndex!))
      let name = shape.kind == .setting ? parts[0] : parts[1]
      nameWidth = max(nameWidth, measure.width(name))
      if shape.isTyped { typeWidth = max(typeWidth, measure.width(parts[2]) - 2) }
    }
    if shape.kind == .setting { return Columns(type: 0, value: indent + nameWidth + 2) }
    // `let ` or `weight ` and the name, then perhaps `: ` and the type, then a space.
    let head = indent + (shape.kind == .weight ? 7 : 4) + nameWidth
    return shape.isTyped ? Columns(type: head + 2, value: head + 3 + typeWidth) : Columns(type: 0, value: head + 1)
  }

  /// What kind of run a statement belongs to; nil if none, or if its left side takes more than a line.
  private func shape(_ statement: Child) -> Shape? {
    guard let index = statement.nodeIndex else { return nil }
    let kind = tree.nodes[index].kind
    let parts = Array(tree.children(of: index))
    switch kind {
    case .setting:
      return measure.hasComments(before: measure.firstToken(parts[1])) ? nil : Shape(kind: kind, isTyped: false)
    case .binding, .weight:
      let left = parts.dropFirst().dropLast()
      for part in left {
        let isFlat = measure.width(part) < LayoutMeasure.unbounded && measure.width(part) < Self.width / 2
        if !isFlat || measure.hasComments(before: measure.firstToken(part)) { return nil }
      }
      if measure.hasComments(before: measure.firstToken(parts.last!)) { return nil }
      return Shape(kind: kind, isTyped: left.count == 2)
    default:
      return nil
    }
  }

  // MARK: Statements

  private mutating func printStatement(_ statement: Child, space: Bool, columns: Columns?) {
    guard let index = statement.nodeIndex, let columns else { return printWhole(statement, space: space) }
    let parts = Array(tree.children(of: index))
    print(parts[0], space: space, tail: 0)
    if tree.nodes[index].kind == .setting {
      emit(parts[1].tokenIndex!, space: false)
      return printValue(parts[2], at: columns.value, tail: 0)
    }
    print(parts[1], space: true, tail: 0)
    if parts.count == 4 {
      let annotation = Array(tree.children(of: parts[2].nodeIndex!))
      emit(annotation[0].tokenIndex!, space: false)
      pad(to: columns.type)
      print(annotation[1], space: false, tail: 0)
    }
    let initializer = Array(tree.children(of: parts.last!.nodeIndex!))
    pad(to: columns.value)
    emit(initializer[0].tokenIndex!, space: false)
    printValue(initializer[1], at: column + 1, tail: 0)
  }

  private mutating func printValue(_ value: Child, at target: Int, tail: Int) {
    let first = measure.firstToken(value)
    if measure.hasComments(before: first) { return print(value, space: true, tail: tail) }
    pad(to: target)
    print(value, space: false, tail: tail)
  }

  /// A statement or declaration without columns. A header that is too long breaks before `where`.
  private mutating func printWhole(_ statement: Child, space: Bool) {
    guard let index = statement.nodeIndex else { return print(statement, space: space, tail: 0) }
    let kind = tree.nodes[index].kind
    let children = Array(tree.children(of: index))
    var previous: Child?
    for (place, child) in children.enumerated() {
      var needsSpace = previous.map { measure.needsSpace(before: child, after: $0, in: kind) } ?? space
      let isBeforeBlock = place + 1 < children.count && isBlock(children[place + 1])
      if let node = child.nodeIndex, tree.nodes[node].kind == .facts {
        let needed = measure.width(child) + 3
        let isBroken =
          measure.isBroken(before: child, after: previous!, in: kind)
          || (needed < LayoutMeasure.unbounded && column + needed > Self.width)
        if isBroken { breakLine(before: measure.firstToken(child), at: indent + 4) }
        needsSpace = !isBroken
      }
      print(child, space: needsSpace, tail: isBeforeBlock ? 2 : 0)
      previous = child
    }
  }

  private func isBlock(_ child: Child) -> Bool { child.nodeIndex.map { tree.nodes[$0].kind == .block } ?? false }
}
