extension Formatter {
  /// Writes a child. `tail` columns must stay free behind it for what follows on the line.
  mutating func print(_ child: Child, space: Bool, tail: Int) {
    guard let index = child.nodeIndex else { return emit(child.tokenIndex!, space: space) }
    let kind = tree.nodes[index].kind
    if kind == .block { return printBlock(index, space: space) }
    if measure.widths[index] + (space ? 1 : 0) + tail <= Self.width - column, !mustBreak {
      return printPlain(index, space: space, tail: tail)
    }
    switch kind {
    case .chain: printBroken(index, space: space, tail: tail, under: .firstArrow)
    case .operation: printBroken(index, space: space, tail: tail, under: .firstOperand)
    case .list, .record, .arguments, .indices, .shapeType, .recordType, .parameters, .pattern:
      printList(index, space: space, tail: tail)
    case .facts: printFacts(index, space: space, tail: tail)
    default: printPlain(index, space: space, tail: tail)
    }
  }

  /// Writes the children one behind the other.
  private mutating func printPlain(_ index: Int, space: Bool, tail: Int) {
    let kind = tree.nodes[index].kind
    let children = tree.children(of: index)
    var previous: Child?
    for (place, child) in zip(children.indices, children) {
      if measure.isDroppedComma(child, in: children) {
        writeComments(child.tokenIndex!)
        continue
      }
      let isLast = place == children.endIndex - 1
      let needsSpace = previous.map { measure.needsSpace(before: child, after: $0, in: kind) } ?? space
      print(child, space: needsSpace, tail: isLast ? tail : 0)
      previous = child
    }
  }

  private enum Alignment { case firstArrow, firstOperand }

  /// A chain or an operation that does not fit: it breaks before its signs.
  private mutating func printBroken(_ index: Int, space: Bool, tail: Int, under alignment: Alignment) {
    let kind = tree.nodes[index].kind
    let children = Array(tree.children(of: index))
    beginInner(children[0], space: space)
    let start = column
    let outer = continuation
    var target: Int? = alignment == .firstOperand ? (start > indent ? start : indent + 2) : nil
    continuation = target ?? start + 2
    print(children[0], space: false, tail: 0)
    for place in stride(from: 1, to: children.count - 1, by: 2) {
      let (sign, operand) = (children[place], children[place + 1])
      let needed = measure.width(sign) + measure.width(operand) + 2 + (place + 2 >= children.count ? tail : 0)
      let isBroken =
        measure.isBroken(before: sign, after: children[place - 1], in: kind) || mustBreak
        || (needed < LayoutMeasure.unbounded && column + needed > Self.width)
      if isBroken {
        let line = target ?? start + 2
        continuation = line
        writeComments(measure.firstToken(sign))
        writeComments(measure.firstToken(operand))
        newline(line)
        target = line
      } else {
        write(" ")
        target = target ?? column
      }
      continuation = target!
      emit(sign.tokenIndex!, space: false)
      print(operand, space: true, tail: place + 2 >= children.count ? tail : 0)
    }
    continuation = outer
  }

  /// Goes to where a node begins, so that its column is known.
  private mutating func beginInner(_ child: Child, space: Bool) {
    writeComments(measure.firstToken(child))
    if mustBreak { newline(continuation) } else if space { write(" ") }
  }

  /// A bracketed list that does not fit: it breaks behind its commas, and its items stand under the first one.
  private mutating func printList(_ index: Int, space: Bool, tail: Int) {
    let children = tree.children(of: index)
    guard let opener = children.first, children.count > 1 else { return printPlain(index, space: space, tail: tail) }
    emit(opener.tokenIndex!, space: space)
    let outer = continuation
    continuation = column
    printItems(children.dropFirst().dropLast(), index, closing: 1 + tail)
    emit(measure.lastToken(.node(index)), space: false)
    continuation = outer
  }

  /// Items and commas; `closing` columns stay free behind the last item.
  private mutating func printItems(_ items: ArraySlice<Child>, _ index: Int, closing: Int) {
    let kind = tree.nodes[index].kind
    let target = continuation
    var previous: Child?
    for (place, child) in zip(items.indices, items) {
      if measure.isDroppedComma(child, in: items) {
        writeComments(child.tokenIndex!)
        continue
      }
      if let token = child.tokenIndex, tree.tokens[token].kind == .comma {
        emit(token, space: false)
        previous = child
        continue
      }
      let isLast = place >= items.endIndex - 1 || measure.isDroppedComma(items[place + 1], in: items)
      let after = isLast ? closing : 1
      guard let comma = previous else {
        print(child, space: false, tail: after)
        previous = child
        continue
      }
      let needed = measure.width(child) + 1 + after
      let isBroken =
        measure.isBroken(before: child, after: comma, in: kind)
        || (needed < LayoutMeasure.unbounded && column + needed > Self.width)
      if isBroken { breakLine(before: measure.firstToken(child), at: target) }
      print(child, space: !isBroken, tail: after)
      previous = child
    }
  }

  /// `where` and what follows it.
  private mutating func printFacts(_ index: Int, space: Bool, tail: Int) {
    let children = tree.children(of: index)
    emit(measure.firstToken(.node(index)), space: space)
    write(" ")
    let outer = continuation
    continuation = column
    printItems(children.dropFirst(), index, closing: tail)
    continuation = outer
  }
}
