import Diagnostics

extension Converter {
  func expression(_ child: Child) -> Expression {
    if let index = child.tokenIndex { return leaf(index) }
    return expression(ofNode: child.nodeIndex!)
  }

  private func leaf(_ index: Int) -> Expression {
    let token = tree.tokens[index]
    let span = tree.span(token)
    let bytes = tree.file.bytes[token.range]
    switch token.kind {
    case .word: return Expression(.name(Name(String(decoding: bytes, as: UTF8.self), span)), span)
    case .true: return Expression(.boolean(true), span)
    case .false: return Expression(.boolean(false), span)
    case .string: return string(index).map { Expression(.string($0), span) } ?? missing(span)
    case _ where token.flags.contains(.malformed): return missing(span)
    case .integer where isDetachedPercent(index), .real where isDetachedPercent(index):
      guard let value = percentValue(bytes + [UInt8(ascii: "%")]) else { return missing(span) }
      return Expression(.percent(numerator: value.numerator, denominator: value.denominator), span)
    case .integer: return integerValue(bytes).map { Expression(.integer($0), span) } ?? missing(span)
    case .percent:
      guard let value = percentValue(bytes) else { return missing(span) }
      return Expression(.percent(numerator: value.numerator, denominator: value.denominator), span)
    case .real: return Expression(.real(realValue(bytes)), span)
    default: return missing(span)
    }
  }

  /// Whether a number is that of `20 %`, whose sign was reported to stand apart.
  private func isDetachedPercent(_ index: Int) -> Bool {
    let sign = tree.tokens[index + 1]
    return sign.kind == .percentSign
      && tree.tokenProblems.contains { $0.problem == .percentSpacing && $0.start == sign.start }
  }

  /// The value of a string literal; nil if it is malformed.
  func string(_ index: Int) -> String? {
    let token = tree.tokens[index]
    guard !token.flags.contains(.malformed) else { return nil }
    return tree.file.bytes[token.range.dropFirst().dropLast()].withUnsafeBufferPointer { unescaped($0) }
  }

  private func expression(ofNode index: Int) -> Expression {
    let node = tree.nodes[index]
    let children = tree.children(of: index)
    let span = tree.span(ofNode: index)
    guard Int(node.height) <= SyntaxTree.maximumDepth else { return missing(span) }
    switch node.kind {
    case .parenthesized:
      return firstExpression(in: children).map { Expression(.parenthesized($0), span) } ?? missing(span)
    case .record: return Expression(.record(arguments(children)), span)
    case .list: return Expression(.list(expressions(children)), span)
    case .call: return call(children, span)
    case .index:
      guard let base = children.first, let indices = children.last?.nodeIndex else { return missing(span) }
      return Expression(.index(expression(base), expressions(tree.children(of: indices))), span)
    case .member:
      guard let base = children.first, let name = firstName(in: children) else { return missing(span) }
      return Expression(.member(expression(base), name), span)
    case .unary: return unary(children, span)
    case .operation: return operation(children, span, problem: node.problem)
    case .chain:
      let operands = expressions(children)
      guard operands.count > 1 else { return missing(span) }
      return Expression(.chain(operands[0], stages: Array(operands.dropFirst())), span)
    case .mixed: return firstExpression(in: children) ?? missing(span)
    case .scan: return scan(children, span)
    case .everything:
      return Expression(.everything(except: children.dropFirst(2).filter(isExpression).map(expression)), span)
    default: return missing(span)
    }
  }

  private func expressions(_ children: ArraySlice<Child>) -> [Expression] {
    var result: [Expression] = []
    result.reserveCapacity(children.count / 2 + 1)
    for child in children where isExpression(child) { result.append(expression(child)) }
    return result
  }

  private func arguments(_ children: ArraySlice<Child>) -> [Argument] {
    children.compactMap { child in
      guard let index = child.nodeIndex, tree.nodes[index].kind == .argument else {
        return isExpression(child) ? Argument(label: nil, value: expression(child)) : nil
      }
      let parts = tree.children(of: index)
      return Argument(label: firstName(in: parts), value: firstExpression(in: parts) ?? missing(in: index))
    }
  }

  private func call(_ children: ArraySlice<Child>, _ span: Span) -> Expression {
    guard let callee = children.first, let list = children.last?.nodeIndex else { return missing(span) }
    return Expression(.call(expression(callee), arguments: arguments(tree.children(of: list))), span)
  }

  private func unary(_ children: ArraySlice<Child>, _ span: Span) -> Expression {
    guard let sign = children.first.flatMap(token), let operand = firstExpression(in: children.dropFirst()) else {
      return missing(span)
    }
    return Expression(.unary(sign.kind == .minus ? .negate : .not, operand, operatorSpan: tree.span(sign)), span)
  }

  private func operation(_ children: ArraySlice<Child>, _ span: Span, problem: Problem) -> Expression {
    let operands = expressions(children)
    var operators: [BinaryOperator] = []
    var spans: [Span] = []
    operators.reserveCapacity(operands.count)
    spans.reserveCapacity(operands.count)
    for child in children {
      guard let token = token(child), !token.kind.isLeaf else { continue }
      spans.append(tree.span(token))
      if let binary = BinaryOperator(token.kind) { operators.append(binary) }
    }
    guard operands.count == spans.count + 1, problem == .none else { return missing(span) }
    if operators.isEmpty, operands.count == 2, let sign = children.lazy.compactMap(token).first(where: isRange) {
      return Expression(
        .range(
          RangeExpression(
            lower: operands[0], upper: operands[1], isClosed: sign.kind == .ellipsis, operatorSpan: spans[0])), span)
    }
    guard operators.count == spans.count else { return missing(span) }
    return Expression(.operation(operands, operators: operators, operatorSpans: spans), span)
  }

  private func isRange(_ token: Token) -> Bool { token.kind == .ellipsis || token.kind == .halfOpenRange }

  private func scan(_ children: ArraySlice<Child>, _ span: Span) -> Expression {
    let sequences = nodes(.sequence, in: children).compactMap { index -> ScanExpression.Sequence? in
      let parts = tree.children(of: index)
      guard let name = firstName(in: parts) else { return nil }
      // Behind the name and `in`.
      return ScanExpression.Sequence(
        element: name, source: firstExpression(in: parts.dropFirst(2)) ?? missing(in: index))
    }
    let states = nodes(.state, in: children).compactMap(binding)
    guard !sequences.isEmpty, !states.isEmpty else { return missing(span) }
    return Expression(
      .scan(ScanExpression(sequences: sequences, states: states, body: block(in: children, else: span.ending))), span)
  }

  // MARK: Types

  /// The type of a `: type` among the children.
  func annotation(in children: ArraySlice<Child>) -> TypeExpression? {
    if let index = node(.typeAnnotation, in: children) {
      return type(in: tree.children(of: index), else: tree.span(ofNode: index).ending)
    }
    return node(.missingType, in: children).map { TypeExpression(.missing, tree.span(ofNode: $0)) }
  }

  func type(in children: ArraySlice<Child>, else place: Span) -> TypeExpression {
    for child in children {
      guard let index = child.nodeIndex else { continue }
      switch tree.nodes[index].kind {
      case .shapeType, .namedType, .recordType: return type(index)
      default: break
      }
    }
    return TypeExpression(.missing, place)
  }

  private func type(_ index: Int) -> TypeExpression {
    let children = tree.children(of: index)
    let span = tree.span(ofNode: index)
    switch tree.nodes[index].kind {
    case .shapeType:
      return TypeExpression(.tensor(element: nil, arguments: [], shape: shape(children)), span)
    case .recordType:
      let fields = nodes(.typeField, in: children).compactMap { field -> (label: Name, type: TypeExpression)? in
        let parts = tree.children(of: field)
        return firstName(in: parts).map { ($0, type(in: parts, else: tree.span(ofNode: field).ending)) }
      }
      return TypeExpression(.record(fields), span)
    default:
      let word = tree.tokens[Int(tree.nodes[index].tokenStart)]
      let list = node(.arguments, in: children).map { arguments(tree.children(of: $0)).map(\.value) } ?? []
      let elements = node(.shapeType, in: children).map { shape(tree.children(of: $0)) } ?? []
      return TypeExpression(
        .tensor(element: Name(tree.file.text(word.range), tree.span(word)), arguments: list, shape: elements), span)
    }
  }

  private func shape(_ children: ArraySlice<Child>) -> [ShapeElement] {
    children.compactMap { child in
      if isExpression(child) { return ShapeElement(.exact(expression(child)), tree.span(child)) }
      guard let index = child.nodeIndex else { return nil }
      let parts = tree.children(of: index)
      guard let name = firstName(in: parts) else { return nil }
      let span = tree.span(ofNode: index)
      switch tree.nodes[index].kind {
      case .pack: return ShapeElement(.pack(name), span)
      case .atMost: return ShapeElement(.atMost(name, firstExpression(in: parts) ?? missing(in: index)), span)
      default: return nil
      }
    }
  }
}

extension BinaryOperator {
  /// The operator of a token; nil for a range, which is an expression of its own.
  init?(_ kind: Token.Kind) {
    switch kind {
    case .plus: self = .add
    case .minus: self = .subtract
    case .star: self = .multiply
    case .slash: self = .divide
    case .percentSign: self = .modulo
    case .at: self = .matrixProduct
    case .caret: self = .power
    case .equalEqual, .equals: self = .equal
    case .notEqual: self = .notEqual
    case .less: self = .less
    case .lessOrEqual: self = .lessOrEqual
    case .greater: self = .greater
    case .greaterOrEqual: self = .greaterOrEqual
    case .and: self = .and
    case .or: self = .or
    default: return nil
    }
  }
}

/// The text of a string literal between its quotes, whose escapes are known to be valid.
private func unescaped(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
  guard bytes.contains(UInt8(ascii: "\\")) else { return String(decoding: bytes, as: UTF8.self) }
  var result: [UInt8] = []
  var place = 0
  while place < bytes.count {
    guard bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.count else {
      result.append(bytes[place])
      place += 1
      continue
    }
    switch bytes[place + 1] {
    case UInt8(ascii: "n"): result.append(UInt8(ascii: "\n"))
    case UInt8(ascii: "t"): result.append(UInt8(ascii: "\t"))
    case UInt8(ascii: "u"):
      if let (scalar, length) = escapedScalar(bytes, at: place) {
        result += Array(String(scalar).utf8)
        place += length - 2
      }
    case let other: result.append(other)
    }
    place += 2
  }
  return String(decoding: result, as: UTF8.self)
}
