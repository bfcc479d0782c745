import Declarations
import Diagnostics
import Syntax
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A number known before training: whole, over the dimensions of the enclosing layer, or real.
enum Number: Hashable {
  case whole(Dimension)
  case real(ScalarExpression)

  var scalar: ScalarExpression {
    switch self {
    case .whole(let value): value.constant.map { .literal(Double($0)) } ?? .dimension(value)
    case .real(let value): value
    }
  }

  /// The value, where no parameter is left.
  var constant: Double? {
    switch self {
    case .whole(let value): value.constant.map(Double.init)
    case .real(.literal(let value)): value
    case .real: nil
    }
  }
}

/// Functions of numbers that constants, settings and sizes may use.
enum NumberFunctions {
  static let unary = ["floor", "ceil", "round", "sqrt", "exp", "log", "abs"]
  static let names = Set(unary + ["min", "max"])

  static func evaluate(_ name: String, _ values: [Double]) -> Double? {
    switch name {
    case "min": return values.min()
    case "max": return values.max()
    default: break
    }
    guard values.count == 1, let x = values.first else { return nil }
    switch name {
    case "floor": return x.rounded(.down)
    case "ceil": return x.rounded(.up)
    case "round": return x.rounded()
    case "sqrt": return x.squareRoot()
    case "exp": return exp(x)
    case "log": return log(x)
    case "abs": return abs(x)
    default: return nil
    }
  }
}

func realOperation(_ op: BinaryOperator, _ a: Double, _ b: Double) -> Double? {
  switch op {
  case .add: a + b
  case .subtract: a - b
  case .multiply: a * b
  case .divide: a / b
  case .power: pow(a, b)
  case .modulo: a - b * (a / b).rounded(.down)
  default: nil
  }
}

extension BodyChecker {
  /// Whether an expression is a number known before training; syntactic but for the meaning of names.
  func isNumber(_ expression: Expression) -> Bool {
    switch expression.kind {
    case .integer, .real, .percent: return true
    case .name(let name):
      if case .number? = peek(name.text) { return true }
      return false
    case .parenthesized(let inner): return isNumber(inner)
    case .unary(.negate, let operand, _): return isNumber(operand)
    case .operation(let operands, let operators, _):
      return operators.allSatisfy { $0.isArithmetic } && operands.allSatisfy(isNumber)
    case .call(let callee, let arguments):
      guard case .name(let name) = callee.kind, NumberFunctions.names.contains(name.text), peek(name.text) == nil,
        file.names[name.text] == nil
      else { return false }
      return !arguments.isEmpty && arguments.allSatisfy { $0.label == nil && isNumber($0.value) }
    default: return false
    }
  }

  /// The number that an expression stands for, or nil after a report. As a size, every division owes a proof that it
  /// is exact.
  func number(_ expression: Expression, asSize: Bool = false) -> Number? {
    switch expression.kind {
    case .integer(let value): return .whole(Dimension(value))
    case .real(let value): return .real(.literal(value))
    case .percent(let numerator, let denominator):
      return .real(.literal(Double(numerator) / Double(denominator)))
    case .parenthesized(let inner): return number(inner, asSize: asSize)
    case .name(let name): return numberName(name)
    case .unary(.negate, let operand, _):
      guard let value = number(operand, asSize: asSize) else { return nil }
      switch value {
      case .whole(let size): return .whole(-size)
      case .real(.literal(let real)): return .real(.literal(-real))
      case .real(let scalar): return .real(.negate(scalar))
      }
    case .operation(let operands, let operators, _):
      guard var result = number(operands[0], asSize: asSize) else { return nil }
      for (index, op) in operators.enumerated() {
        guard let right = number(operands[index + 1], asSize: asSize) else { return nil }
        let span = operands[0].span.union(operands[index + 1].span)
        guard let next = combine(result, op, right, span, divisor: operands[index + 1], asSize: asSize) else {
          return nil
        }
        result = next
        if index > 200, result.constant == nil, case .real = result {
          report(.tooLong(expression.span, "an expression over settings"))
          return nil
        }
      }
      return result
    case .call(let callee, let arguments): return numberCall(callee, arguments, expression.span)
    case .missing: return nil
    default:
      report(.notConstant(expression.span, text(expression.span)))
      return nil
    }
  }

  private func numberName(_ name: Name) -> Number? {
    switch find(name.text) {
    case .number(let number)?: return number
    case .unknown?: return nil
    case nil:
      report(.unknownName(name, suggestion(for: name.text, among: numberNames), place: "a number"))
      reportedNames.insert(name.text)
      return nil
    default:
      report(.notConstant(name.span, name.text))
      return nil
    }
  }

  private func combine(
    _ left: Number, _ op: BinaryOperator, _ right: Number, _ span: Span, divisor: Expression, asSize: Bool
  ) -> Number? {
    if right.constant == 0, op == .divide || op == .modulo {
      report(.divisionByZero(divisor.span))
      return nil
    }
    if case .whole(let a) = left, case .whole(let b) = right {
      let value: Dimension
      switch op {
      case .add: value = a + b
      case .subtract: value = a - b
      case .multiply: value = a * b
      case .modulo: value = a.remainder(by: b)
      case .power:
        guard let exponent = b.constant else {
          report(.notConstant(span, text(span)))
          return nil
        }
        if exponent < 0 { return realNumber(left, op, right) }
        value = a.power(exponent)
      case .divide:
        let (quotient, owes) = a.divided(by: b)
        guard let owes else {
          value = quotient
          break
        }
        if !asSize { return facts.prove(owes) == .proven ? .whole(quotient) : realNumber(left, op, right) }
        if !requireExact(owes, a, b, span) { return nil }
        value = quotient
      default:
        report(.notConstant(span, text(span)))
        return nil
      }
      if value.isInvalid {
        report(.sizeOverflow(span, text(span)))
        return nil
      }
      return .whole(value)
    }
    guard op.isArithmetic else {
      report(.notConstant(span, text(span)))
      return nil
    }
    return realNumber(left, op, right)
  }

  private func realNumber(_ left: Number, _ op: BinaryOperator, _ right: Number) -> Number? {
    if let a = left.constant, let b = right.constant, let value = realOperation(op, a, b) {
      return .real(.literal(value))
    }
    let (a, b) = (left.scalar, right.scalar)
    switch op {
    case .add: return .real(.add(a, b))
    case .subtract: return .real(.subtract(a, b))
    case .multiply: return .real(.multiply(a, b))
    case .divide: return .real(.divide(a, b))
    case .power: return .real(.power(a, b))
    case .modulo: return .real(.subtract(a, .multiply(b, .function("floor", .divide(a, b)))))
    default: return nil
    }
  }

  /// `floor(H / 2)` keeps sizes whole; other functions give real numbers.
  private func numberCall(_ callee: Expression, _ arguments: [Argument], _ span: Span) -> Number? {
    guard case .name(let name) = callee.kind, NumberFunctions.names.contains(name.text), !arguments.isEmpty,
      arguments.allSatisfy({ $0.label == nil })
    else {
      report(.notConstant(span, text(span)))
      return nil
    }
    let isRounding = name.text == "floor" || name.text == "ceil"
    if isRounding, arguments.count == 1, let (a, b) = quotient(arguments[0].value) {
      let value = name.text == "floor" ? a.floorDivided(by: b) : a.ceilDivided(by: b)
      if value.isInvalid {
        report(.sizeOverflow(span, text(span)))
        return nil
      }
      return .whole(value)
    }
    var numbers: [Number] = []
    for argument in arguments {
      guard let value = number(argument.value) else { return nil }
      numbers.append(value)
    }
    if isRounding, case .whole? = numbers.first, numbers.count == 1 { return numbers[0] }
    let constants = numbers.compactMap(\.constant)
    if constants.count == numbers.count, let value = NumberFunctions.evaluate(name.text, constants) {
      let areWhole = numbers.allSatisfy { if case .whole = $0 { true } else { false } }
      let isWhole = isRounding || name.text == "round" || (areWhole && ["min", "max", "abs"].contains(name.text))
      if isWhole, let whole = Int(exactly: value) { return .whole(Dimension(whole)) }
      return .real(.literal(value))
    }
    guard numbers.count == 1 else {
      report(.notConstant(span, text(span)))
      return nil
    }
    return .real(.function(name.text, numbers[0].scalar))
  }

  /// The two sides of a division of whole numbers, the last of the operations.
  private func quotient(_ expression: Expression) -> (Dimension, Dimension)? {
    switch expression.kind {
    case .parenthesized(let inner): return quotient(inner)
    case .operation(let operands, let operators, let spans) where operators.last == .divide:
      let left =
        operands.count == 2
        ? operands[0]
        : Expression(
          .operation(
            Array(operands.dropLast()), operators: Array(operators.dropLast()), operatorSpans: Array(spans.dropLast())),
          operands[0].span.union(operands[operands.count - 2].span))
      guard isNumber(left), let right = operands.last, isNumber(right),
        case .whole(let a)? = checker.quietly({ number(left, asSize: true) }),
        case .whole(let b)? = checker.quietly({ number(right, asSize: true) })
      else { return nil }
      return (a, b)
    default: return nil
    }
  }

  /// A whole size, or nil after a report. What it is called in messages is a size, unless it is named.
  func size(_ expression: Expression, named name: String? = nil) -> Dimension? {
    guard let value = number(expression, asSize: true) else { return nil }
    switch value {
    case .whole(let size): return size
    case .real(.literal(let real)):
      if let whole = Int(exactly: real) { return Dimension(whole) }
      report(.notWhole(expression.span, text(expression.span), value: "\(real)", named: name))
      return nil
    case .real(.divide(.dimension(let a), .dimension(let b))): return quotient(a, b, expression.span)
    case .real(.divide(.dimension(let a), .literal(let real))):
      if let whole = Int(exactly: real), whole != 0 { return quotient(a, Dimension(whole), expression.span) }
    case .real: break
    }
    report(.notWhole(expression.span, text(expression.span), value: nil, named: name))
    return nil
  }

  /// A `let` of a quotient that is used as a size owes the proof that the division is exact.
  private func quotient(_ a: Dimension, _ b: Dimension, _ span: Span) -> Dimension? {
    let (quotient, owes) = a.divided(by: b)
    guard let owes else { return quotient }
    return requireExact(owes, a, b, span) ? quotient : nil
  }
}

extension BinaryOperator {
  var isArithmetic: Bool {
    switch self {
    case .add, .subtract, .multiply, .divide, .modulo, .power: true
    default: false
    }
  }
  var isComparison: Bool {
    switch self {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
    default: false
    }
  }
}
