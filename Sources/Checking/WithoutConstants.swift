extension CheckedExpression {
  /// The number that it is, where it is written as one.
  var constant: Double? {
    switch kind {
    case .scalar(.literal(let number)): number
    case .negate(let inner): inner.constant.map { -$0 }
    default: nil
    }
  }

  /// What the value makes by a factor and a shift, and by a value in the place of missing ones, which changes no scale.
  var withoutConstants: (inner: CheckedExpression, line: (factor: Double, shift: Double)) {
    switch kind {
    case .transform("impute", _, _, let input): return input.withoutConstants
    case .negate(let input):
      let (inner, line) = input.withoutConstants
      return (inner, (-line.factor, -line.shift))
    case .arithmetic(let first, let rest): return Self.withoutConstants(first, rest) ?? (self, (1, 0))
    default: return (self, (1, 0))
    }
  }

  /// Nil where an operand but one is no constant, or the operation no sum and no product.
  private static func withoutConstants(
    _ first: CheckedExpression, _ rest: [(ArithmeticOperator, CheckedExpression)]
  ) -> (inner: CheckedExpression, line: (factor: Double, shift: Double))? {
    var inner = first
    var line = (factor: 0.0, shift: 0.0)
    if let number = first.constant {
      line.shift = number
    } else {
      (inner, line) = first.withoutConstants
    }
    for (operation, operand) in rest {
      var other = (factor: 0.0, shift: 0.0)
      if let number = operand.constant {
        other.shift = number
      } else {
        if first.constant == nil || line.factor != 0 { return nil }
        (inner, other) = operand.withoutConstants
      }
      switch operation {
      case .add: line = (line.factor + other.factor, line.shift + other.shift)
      case .subtract: line = (line.factor - other.factor, line.shift - other.shift)
      case .multiply:
        line = (line.factor * other.shift + line.shift * other.factor, line.shift * other.shift)
      case .divide:
        if other.factor != 0 { return nil }
        line = (line.factor / other.shift, line.shift / other.shift)
      default: return nil
      }
    }
    return (inner, line)
  }
}
