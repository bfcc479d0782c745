import Declarations
import Diagnostics
import Syntax
import Tensors

extension BodyChecker {
  /// An n-ary operation of one precedence level, left to right.
  func operation(
    _ operands: [Expression], _ operators: [BinaryOperator], _ operatorSpans: [Span], _ span: Span
  ) -> CheckedExpression {
    if columns != nil, operators.contains(where: { $0 == .equal || $0 == .notEqual }),
      let word = operands.first(where: { if case .string = $0.kind { true } else { false } })
    {
      return refuse(.textComparison(word.span, text(span)), span)
    }
    var result = operand(operands[0])
    var steps: [(ArithmeticOperator, CheckedExpression)] = []
    var head = result
    func flush() -> CheckedExpression {
      steps.isEmpty ? head : CheckedExpression(.arithmetic(head, steps), result.type, result.span)
    }
    for (index, op) in operators.enumerated() {
      if op == .greater, denotesLayer(operands[index + 1]) {
        absorb([Argument(label: nil, value: operands[index + 1])])
        return refuse(.comparisonForArrow(operatorSpans[index], text(operands[index + 1].span)), span)
      }
      let right = operand(operands[index + 1])
      let whole = operands[0].span.union(operands[index + 1].span)
      let place = OperationPlace(
        left: result.span, right: operands[index + 1].span, op: operatorSpans[index], whole: whole,
        names: steps.isEmpty ? names(in: [head, right]) : [])
      if op == .matrixProduct {
        if index > 200 { return refuse(.tooLong(span, "a product of matrices"), span) }
        let left = flush()
        let type = matrixProduct(left.type, right.type, place)
        result = CheckedExpression(.matrixProduct(left, right), type, whole)
        head = result
        steps = []
        continue
      }
      let type = combine(result.type, op, right.type, place)
      if type == .unknown, result.type != .unknown, right.type != .unknown { return unknown(span) }
      steps.append((op.arithmetic, right))
      result = CheckedExpression(.unknown, type, whole)
    }
    // The type of a column that was not read is unknown, which is no mistake.
    let isBroken = head.isUnknown || steps.contains { $0.1.isUnknown }
    return isBroken ? unknown(span) : CheckedExpression(flush().kind, result.type, span)
  }

  private func operand(_ expression: Expression) -> CheckedExpression { coerced(value(expression), to: .float) }

  struct OperationPlace {
    var left: Span
    var right: Span
    var op: Span
    var whole: Span
    /// What the operands are computed from.
    var names: Set<String> = []
  }

  /// The names that values are computed from: in a train block the fields and models behind them.
  private func names(in values: [CheckedExpression]) -> Set<String> {
    var result: Set<String> = []
    for value in values {
      if kind == .train { result.formUnion(roots(of: value)) }
      if case .local(let name) = value.kind { result.insert("let \(name)") }
    }
    return result
  }

  /// The type of an elementwise operation, `unknown` after a report.
  private func combine(
    _ left: CheckedType, _ op: BinaryOperator, _ right: CheckedType, _ place: OperationPlace
  ) -> CheckedType {
    for (side, span) in [(left, place.left), (right, place.right)] {
      if case .record = side {
        report(.recordAsTensor(span, text(span)))
        return .unknown
      }
    }
    guard case .tensor(let a) = left, case .tensor(let b) = right else { return .unknown }
    guard let element = elementOf(a, op, b, place) else { return .unknown }
    guard let shape = broadcast(a.shape, b.shape) else {
      // Two names that do not fit each other are one mistake, wherever they meet.
      if place.names.count(where: { $0.hasPrefix("let ") }) == 2, !suspects.insert(place.names).inserted {
        return .unknown
      }
      report(
        .shapesDoNotBroadcast(
          op.rawValue, (place.left, text(a)), (place.right, text(b)), place.op, differing: differingAxis(a, b),
          unproven: unprovenEquality(a.shape, b.shape)))
      return .unknown
    }
    return .tensor(TensorType(element, shape))
  }

  private func elementOf(
    _ a: TensorType, _ op: BinaryOperator, _ b: TensorType, _ place: OperationPlace
  ) -> Element? {
    let symbol = op.rawValue
    switch op {
    case .and, .or:
      for (type, span) in [(a, place.left), (b, place.right)] where type.element != .bool {
        report(.notATruthValue(span, text(span), text(type), op: symbol))
        return nil
      }
      return .bool
    case .equal, .notEqual:
      if agree(a.element, b.element) { return .bool }
      if a.element.isLabel && b == .scalar || b.element.isLabel && a == .scalar { return .bool }
      if a.element.isNumeric && b.element.isNumeric { return .bool }
      report(.comparison(symbol, (place.left, text(a)), (place.right, text(b)), place.op))
      return nil
    default:
      for (type, span) in [(a, place.left), (b, place.right)] where !type.element.isNumeric {
        report(.classArithmetic(span, text(span), text(type), op: symbol))
        return nil
      }
      return op.isComparison ? .bool : .float
    }
  }

  /// The shape of an elementwise operation, one of the operands': equal shapes, a scalar, a trailing suffix, or equal
  /// ranks with literal 1s in one of them.
  func broadcast(_ a: Shape, _ b: Shape) -> Shape? {
    if b.isScalar { return a }
    if a.isScalar { return b }
    if areEqual(a, b) { return a }
    if let shape = suffix(b, of: a) ?? suffix(a, of: b) { return shape }
    guard a.pack == b.pack, a.axes.count == b.axes.count else { return nil }
    let pairs = zip(a.axes, b.axes)
    if pairs.allSatisfy({ areEqual($0, $1) || $1.size.constant == 1 }) { return a }
    if pairs.allSatisfy({ areEqual($0, $1) || $0.size.constant == 1 }) { return b }
    return nil
  }

  private func suffix(_ short: Shape, of long: Shape) -> Shape? {
    guard short.pack == nil,
      short.axes.count < long.axes.count || long.pack != nil && short.axes.count <= long.axes.count
    else { return nil }
    return zip(long.axes.suffix(short.axes.count), short.axes).allSatisfy { areEqual($0, $1) } ? long : nil
  }

  /// The equality that would make two shapes fit, where nothing refutes it.
  private func unprovenEquality(_ a: Shape, _ b: Shape) -> String? {
    guard a.pack == b.pack, a.axes.count == b.axes.count else { return nil }
    let differing = zip(a.axes, b.axes).filter { !areEqual($0, $1) }
    guard !differing.isEmpty, differing.allSatisfy({ verdict(.equal($0.size, $1.size)) == .unknown }) else {
      return nil
    }
    return differing.map { "\(describe($0.size)) == \(describe($1.size))" }.joined(separator: ", ")
  }

  /// The name of the axis in which two shapes of one rank differ.
  private func differingAxis(_ a: TensorType, _ b: TensorType) -> String? {
    guard let rank = a.shape.rank, b.shape.rank == rank else { return nil }
    let differing = a.shape.axes.indices.filter { !areEqual(a.shape.axes[$0], b.shape.axes[$0]) }
    return differing.count == 1 ? axisWord(differing[0], rank: rank) : nil
  }

  /// `height`, or `first axis` where the axis has no name of its own.
  func axisWord(_ index: Int, rank: Int) -> String? {
    let names = AxisName.allCases.filter { $0 != .features || rank < 3 }
    guard rank > 1, rank <= 3 else { return nil }
    if rank == 2 && index == 1 { return AxisName.features.rawValue }
    return names.first { $0.index(rank: rank) == index }?.rawValue
  }

  /// `[T, D] @ [D, M]` is `[T, M]`; a vector on either side counts as one row or one column.
  private func matrixProduct(_ left: CheckedType, _ right: CheckedType, _ place: OperationPlace) -> CheckedType {
    guard case .tensor(let a) = left, case .tensor(let b) = right else { return .unknown }
    for (type, span) in [(a, place.left), (b, place.right)] where type.element != .float {
      report(.classArithmetic(span, text(span), text(type), op: "@"))
      return .unknown
    }
    let problem = { (reason: String) -> CheckedType in
      self.report(
        .matrixProduct((place.left, self.text(a)), (place.right, self.text(b)), place.op, reason: reason))
      return .unknown
    }
    guard let inner = a.shape.axes.last else { return problem("the left side is a scalar; multiply with `*`") }
    guard let rows = b.shape.axes.count >= 2 ? b.shape.axes[b.shape.axes.count - 2] : b.shape.axes.last else {
      return problem("the right side is a scalar; multiply with `*`")
    }
    // Of a vector only the real positions are added up.
    if a.shape.rank != 1 {
      guard !inner.isVarying, !rows.isVarying else {
        return problem("a length that differs between examples is summed")
      }
      for size in [inner.size, rows.size] { fixLength(size, by: Mixing(name: "@", span: place.op)) }
    }
    guard areEqual(inner.size, rows.size) else {
      return problem("\(describe(inner.size)) columns meet \(describe(rows.size)) rows")
    }
    if b.shape.axes.count == 1, b.shape.pack == nil {
      return .tensor(TensorType(.float, Shape(pack: a.shape.pack, a.shape.axes.dropLast())))
    }
    let columns = b.shape.axes[b.shape.axes.count - 1]
    if b.shape.axes.count == 2, b.shape.pack == nil {
      return .tensor(TensorType(.float, Shape(pack: a.shape.pack, a.shape.axes.dropLast() + [columns])))
    }
    let (front, other) = (a.shape.axes.dropLast(2), b.shape.axes.dropLast(2))
    guard a.shape.axes.count >= 2, a.shape.pack == b.shape.pack,
      areEqual(Shape(Array(front)), Shape(Array(other)))
    else { return problem("the leading axes differ") }
    return .tensor(TensorType(.float, Shape(pack: a.shape.pack, a.shape.axes.dropLast() + [columns])))
  }
}

extension CheckedExpression {
  /// Whether it stands for a mistake.
  var isUnknown: Bool { if case .unknown = kind { true } else { false } }
}

extension BinaryOperator {
  var arithmetic: ArithmeticOperator {
    switch self {
    case .add: .add
    case .subtract: .subtract
    case .multiply: .multiply
    case .divide: .divide
    case .modulo: .modulo
    case .power: .power
    case .equal: .equal
    case .notEqual: .notEqual
    case .less: .less
    case .lessOrEqual: .lessOrEqual
    case .greater: .greater
    case .greaterOrEqual: .greaterOrEqual
    case .and: .and
    case .or: .or
    case .matrixProduct: preconditionFailure("a matrix product is not elementwise")
    }
  }
}

extension Element {
  /// A class or a token.
  var isLabel: Bool {
    switch self {
    case .classes, .token: true
    case .float, .bool, .text: false
    }
  }
  /// Floats, and truth values as 0 and 1.
  var isNumeric: Bool { self == .float || self == .bool }
}
