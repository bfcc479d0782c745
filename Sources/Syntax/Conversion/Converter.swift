import Diagnostics

/// Turns the lossless tree into the abstract one. What is broken becomes `missing`, or is left out where it has no
/// name: the tree says what is wrong, and whoever reads the abstract tree need not ask again.
///
/// A class, because its methods are handed on as closures and a copy would count references to every array of the tree.
final class Converter {
  let tree: SyntaxTree

  init(tree: SyntaxTree) { self.tree = tree }

  // MARK: Walking

  func kind(_ child: Child) -> NodeKind? { child.nodeIndex.map { tree.nodes[$0].kind } }

  func token(_ child: Child) -> Token? { child.tokenIndex.map { tree.tokens[$0] } }

  func node(_ kind: NodeKind, in children: ArraySlice<Child>) -> Int? {
    for child in children {
      if let index = child.nodeIndex, tree.nodes[index].kind == kind { return index }
    }
    return nil
  }

  func nodes(_ kind: NodeKind, in children: ArraySlice<Child>) -> [Int] {
    children.compactMap { child in child.nodeIndex.flatMap { tree.nodes[$0].kind == kind ? $0 : nil } }
  }

  /// Whether a child stands where an expression does.
  func isExpression(_ child: Child) -> Bool {
    guard let index = child.nodeIndex else { return tree.tokens[child.tokenIndex!].kind.isLeaf }
    let kind = tree.nodes[index].kind
    return kind.isExpression || kind == .mixed || kind == .missingExpression || kind == .unexpected
  }

  func firstExpression(in children: ArraySlice<Child>) -> Expression? {
    children.first(where: isExpression).map(expression)
  }

  func missing(_ span: Span) -> Expression { Expression(.missing, span) }

  func missing(in index: Int) -> Expression { missing(tree.span(ofNode: index).ending) }

  func name(_ index: Int) -> Name {
    let token = tree.tokens[Int(tree.nodes[index].tokenStart)]
    return Name(tree.file.text(token.range), tree.span(token))
  }

  func firstName(in children: ArraySlice<Child>) -> Name? { node(.name, in: children).map(name) }

  func names(_ kind: NodeKind, in children: ArraySlice<Child>) -> [Name] {
    node(kind, in: children).map { nodes(.name, in: tree.children(of: $0)).map(name) } ?? []
  }

  // MARK: Documentation

  /// The `///` lines right before a token, without their marks.
  func documentation(before token: Int) -> [String] {
    let range = tree.triviaStart(token)..<Int(tree.tokens[token].start)
    guard range.count > 3, tree.file.bytes[range].contains(UInt8(ascii: "/")) else { return [] }
    var lines: [String] = []
    var rest = tree.file.text(range).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    // What stands on the line of the token before belongs to that.
    if token > 0 { rest = rest.dropFirst() }
    for line in rest {
      let text = line.drop { $0 == " " || $0 == "\t" }
      guard text.hasPrefix("///"), !text.hasPrefix("////") else {
        lines = []
        continue
      }
      var comment = text.dropFirst(3)
      while let last = comment.last, last == " " || last == "\t" || last == "\r" { comment.removeLast() }
      lines.append(String(comment.first == " " ? comment.dropFirst() : comment))
    }
    return lines
  }

  // MARK: Files

  func unit() -> SourceUnit {
    var declarations: [Declaration] = []
    for child in tree.children(of: tree.root) {
      guard let index = child.nodeIndex, let declaration = declaration(index) else { continue }
      declarations.append(declaration)
    }
    return SourceUnit(file: tree.file.id, declarations: declarations, allowances: allowances())
  }

  /// `// allow: name, name`.
  private func allowances() -> [(names: [Name], line: Int)] {
    var result: [(names: [Name], line: Int)] = []
    for comment in tree.comments {
      let bytes = tree.file.bytes
      var place = Int(comment.start) + 2
      let end = Int(comment.end)
      func skipSpaces() { while place < end, bytes[place] == UInt8(ascii: " ") { place += 1 } }
      skipSpaces()
      guard bytes[min(place, end)..<end].starts(with: "allow:".utf8) else { continue }
      place += 6
      var names: [Name] = []
      while place < end {
        skipSpaces()
        let start = place
        while place < end, isWordByte(bytes[place]) { place += 1 }
        if place > start {
          names.append(Name(tree.file.text(start..<place), Span(file: tree.file.id, start: start, end: place)))
        }
        skipSpaces()
        guard place < end, bytes[place] == UInt8(ascii: ",") else { break }
        place += 1
      }
      if !names.isEmpty { result.append((names, tree.file.lineIndex(at: Int(comment.start)))) }
    }
    return result
  }
}

/// Reads a file: always a unit, with every syntax error that was found.
package func parse(_ file: SourceFile) -> ParsedFile {
  if let refusal = refusal(of: file) {
    return ParsedFile(unit: SourceUnit(file: file.id, declarations: [], allowances: []), diagnostics: [refusal])
  }
  let tree = parseTree(file)
  return ParsedFile(unit: tree.unit, diagnostics: tree.diagnostics)
}

extension SyntaxTree {
  /// The abstract tree.
  package var unit: SourceUnit { Converter(tree: self).unit() }
}
