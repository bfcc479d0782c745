import Graphs
import Tensors

extension Simplifier {
  /// The one number that every element of a value is, where that is known; looks through movements.
  func number(_ value: ValueID) -> Double? {
    var node = graph[value]
    while true {
      switch node.op {
      case .fill(let number): return node.type.dtype == .float32 ? Double(Float(number)) : number
      case .constant(let tensor): return tensor.count == 1 ? Double(tensor.floats[0]) : nil
      case .broadcast, .reshape, .lift, .permute, .slice, .stopGradient: node = graph[node.inputs[0]]
      default: return nil
      }
    }
  }

  /// Whether no element can be −0, so that adding +0 changes nothing.
  private func isNeverNegativeZero(_ value: ValueID) -> Bool {
    let node = graph[value]
    switch node.op {
    case .map(let function):
      switch function {
      case .square, .absolute, .exp, .sigmoid, .equal, .notEqual, .less, .lessOrEqual, .isNaN: return true
      default: return false
      }
    case .cast: return graph[node.inputs[0]].type.dtype != .float32
    case .broadcast, .reshape, .lift, .permute, .slice: return isNeverNegativeZero(node.inputs[0])
    case .batchCount: return true
    default: return false
    }
  }

  private func isPlusZero(_ number: Double?) -> Bool { number == 0 && number?.sign == .plus }
  private func isMinusZero(_ number: Double?) -> Bool { number == 0 && number?.sign == .minus }

  /// The operand of a value that is this function of one operand.
  private func operand(of value: ValueID, _ function: ScalarFunction) -> ValueID? {
    guard case .map(function) = graph[value].op else { return nil }
    return graph[value].inputs[0]
  }

  mutating func simplifyMap(
    _ function: ScalarFunction, _ inputs: [ValueID], _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    switch function.arity {
    case 1: simplifyUnary(function, inputs[0], type, origin)
    case 2: simplifyBinary(function, inputs[0], inputs[1], type, origin)
    default: simplifySelect(inputs)
    }
  }

  private func simplifySelect(_ inputs: [ValueID]) -> ValueID? {
    if inputs[1] == inputs[2] { return inputs[1] }
    guard let condition = number(inputs[0]) else { return nil }
    return condition != 0 ? inputs[1] : inputs[2]
  }

  private mutating func simplifyUnary(
    _ function: ScalarFunction, _ x: ValueID, _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    switch function {
    case .negate:
      return operand(of: x, .negate)
    case .absolute:
      if operand(of: x, .absolute) != nil || operand(of: x, .square) != nil { return x }
      return operand(of: x, .negate).map { add(.map(.absolute), [$0], type, origin) }
    case .square:
      let inner = operand(of: x, .negate) ?? operand(of: x, .absolute)
      return inner.map { add(.map(.square), [$0], type, origin) }
    case .relu:
      return operand(of: x, .relu) != nil ? x : nil
    case .floor:
      return operand(of: x, .floor) != nil ? x : nil
    default:
      return nil
    }
  }

  private mutating func simplifyBinary(
    _ function: ScalarFunction, _ a: ValueID, _ b: ValueID, _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    let (left, right) = (number(a), number(b))
    switch function {
    case .add:
      if isMinusZero(right) || (isPlusZero(right) && isNeverNegativeZero(a)) { return a }
      if isMinusZero(left) || (isPlusZero(left) && isNeverNegativeZero(b)) { return b }
      if let negated = operand(of: b, .negate) { return add(.map(.subtract), [a, negated], type, origin) }
      if let negated = operand(of: a, .negate) { return add(.map(.subtract), [b, negated], type, origin) }
      return concatenatedPads(a, b, type, origin)
    case .subtract:
      if isPlusZero(right) { return a }
      if let negated = operand(of: b, .negate) { return add(.map(.add), [a, negated], type, origin) }
    case .multiply:
      if right == 1 { return a }
      if left == 1 { return b }
      if right == -1 { return add(.map(.negate), [a], type, origin) }
      if left == -1 { return add(.map(.negate), [b], type, origin) }
      if a == b, type.dtype == .float32 { return add(.map(.square), [a], type, origin) }
      if let x = operand(of: a, .negate), let y = operand(of: b, .negate) {
        return add(.map(.multiply), [x, y], type, origin)
      }
      return slopeBeforePooling(a, b, type, origin) ?? slopeBeforePooling(b, a, type, origin)
    case .divide:
      return simplifyDivide(a, b, left, right, type, origin)
    case .power:
      if right == 1 { return a }
      if right == 2, type.dtype == .float32 { return add(.map(.square), [a], type, origin) }
    case .minimum, .maximum:
      if a == b { return a }
    case .less:
      return signOfRelu(function, a, b, left, type, origin)
    default:
      break
    }
    return nil
  }

  private mutating func simplifyDivide(
    _ a: ValueID, _ b: ValueID, _ left: Double?, _ right: Double?, _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    guard type.dtype == .float32 else { return nil }
    if right == 1 { return a }
    if right == -1 { return add(.map(.negate), [a], type, origin) }
    // Dividing by a power of two equals multiplying by its reciprocal, as long as that is a normal number.
    if let right, right.significand == 1, abs(right.exponent) <= 120 {
      return add(.map(.multiply), [a, filled(1 / right, type, origin)], type, origin)
    }
    if left == 1 { return add(.map(.reciprocal), [b], type, origin) }
    return nil
  }

  /// `0 < x` as `0 < relu(x)` where that relu is computed anyway: x need not be kept for the backward pass.
  private mutating func signOfRelu(
    _ function: ScalarFunction, _ a: ValueID, _ b: ValueID, _ left: Double?, _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    guard left == 0, let activated = existing(.map(.relu), [b], graph[b].type), activated != b else { return nil }
    return add(.map(.less), [a, activated], type, origin)
  }

  /// Computes a function before its operands are repeated, where all of them are repeated alike (or one number).
  mutating func hoistMap(
    _ function: ScalarFunction, _ inputs: [ValueID], _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    var movement: Operator?
    var inner: ValueType?
    for input in inputs where number(input) == nil {
      let node = graph[input]
      switch node.op {
      case .broadcast, .lift: break
      default: return nil
      }
      let source = graph[node.inputs[0]].type
      if let movement, movement != node.op || inner?.shape != source.shape || inner?.isShared != source.isShared {
        return nil
      }
      movement = node.op
      inner = source
    }
    guard let movement, var inner else { return nil }
    var operands: [ValueID] = []
    for input in inputs {
      if let number = number(input) {
        var filledType = inner
        filledType.dtype = graph[input].type.dtype
        operands.append(filled(number, filledType, origin))
      } else {
        operands.append(graph[input].inputs[0])
      }
    }
    inner.dtype = type.dtype
    let result = add(.map(function), operands, inner, origin)
    return add(movement, [result], type, origin)
  }

  mutating func simplifyCast(_ x: ValueID, _ type: ValueType, _ origin: Origin) -> ValueID? {
    let node = graph[x]
    if node.type.dtype == type.dtype { return x }
    // Every byte is a whole number that both other types hold.
    if case .cast = node.op, graph[node.inputs[0]].type.dtype == .uint8 {
      let source = node.inputs[0]
      return type.dtype == .uint8 ? source : add(.cast(type.dtype), [source], type, origin)
    }
    return nil
  }
}
