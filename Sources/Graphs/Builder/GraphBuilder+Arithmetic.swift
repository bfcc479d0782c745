// Arithmetic with the language's broadcasting: the result has the shape of one of the operands.
extension GraphBuilder {
  /// A function of two values, broadcast and lifted to one type.
  ///
  /// Shapes are equal, or one is a scalar, a trailing suffix of the other, or of equal rank with literal ones.
  package func binary(_ function: ScalarFunction, _ a: ValueID, _ b: ValueID) -> ValueID {
    map(function, aligned([a, b]))
  }

  /// The values broadcast to the one shape among theirs that fits all, and lifted unless all are shared.
  package func aligned(_ values: [ValueID]) -> [ValueID] {
    let shapes = values.map(shape(of:))
    guard let target = shapes.first(where: { candidate in shapes.allSatisfy { suits($0, candidate) } }) else {
      preconditionFailure("\(origin.path) \(origin.place): shapes \(shapes) do not broadcast")
    }
    let isShared = values.allSatisfy { type(of: $0).isShared }
    return values.map { broadcast(isShared ? $0 : lifted($0), to: target) }
  }

  /// The value, lifted if it is shared.
  package func lifted(_ x: ValueID) -> ValueID { type(of: x).isShared ? lift(x) : x }

  private func suits(_ shape: [Int], _ target: [Int]) -> Bool {
    if target.suffix(shape.count) == shape[...] { return true }
    return shape.count == target.count && zip(shape, target).allSatisfy { $0 == $1 || $0 == 1 }
  }

  /// The value repeated to a shape of which its own is a suffix, or equal but for literal ones.
  package func broadcast(_ x: ValueID, to target: [Int]) -> ValueID {
    let shape = self.shape(of: x)
    if shape == target { return x }
    precondition(suits(shape, target), "\(origin.path) \(origin.place): \(shape) does not broadcast to \(target)")
    if target.suffix(shape.count) == shape[...] {
      return broadcast(x, shape: target, axes: Array(target.count - shape.count..<target.count))
    }
    let axes = shape.indices.filter { shape[$0] == target[$0] }
    return broadcast(reshape(x, axes.map { shape[$0] }), shape: target, axes: axes)
  }

  package func add(_ a: ValueID, _ b: ValueID) -> ValueID { binary(.add, a, b) }
  package func subtract(_ a: ValueID, _ b: ValueID) -> ValueID { binary(.subtract, a, b) }
  package func multiply(_ a: ValueID, _ b: ValueID) -> ValueID { binary(.multiply, a, b) }
  package func divide(_ a: ValueID, _ b: ValueID) -> ValueID { binary(.divide, a, b) }
  package func power(_ a: ValueID, _ b: ValueID) -> ValueID { binary(.power, a, b) }
  package func minimum(_ a: ValueID, _ b: ValueID) -> ValueID { binary(.minimum, a, b) }
  package func maximum(_ a: ValueID, _ b: ValueID) -> ValueID { binary(.maximum, a, b) }

  package func add(_ a: ValueID, _ b: Double) -> ValueID { map(.add, [a, literal(b, like: a)]) }
  package func subtract(_ a: ValueID, _ b: Double) -> ValueID { map(.subtract, [a, literal(b, like: a)]) }
  package func subtract(_ a: Double, _ b: ValueID) -> ValueID { map(.subtract, [literal(a, like: b), b]) }
  package func multiply(_ a: ValueID, _ b: Double) -> ValueID { map(.multiply, [a, literal(b, like: a)]) }
  package func divide(_ a: ValueID, _ b: Double) -> ValueID { map(.divide, [a, literal(b, like: a)]) }
  package func divide(_ a: Double, _ b: ValueID) -> ValueID {
    a == 1 ? map(.reciprocal, [b]) : map(.divide, [literal(a, like: b), b])
  }
  package func minimum(_ a: ValueID, _ b: Double) -> ValueID { map(.minimum, [a, literal(b, like: a)]) }
  package func maximum(_ a: ValueID, _ b: Double) -> ValueID { map(.maximum, [a, literal(b, like: a)]) }

  /// A power with a known exponent: the cheap functions where it is 1, 2, ½, −1 or −½.
  package func power(_ a: ValueID, _ exponent: Double) -> ValueID {
    switch exponent {
    case 1: a
    case 2: square(a)
    case 0.5: squareRoot(a)
    case -1: map(.reciprocal, [a])
    case -0.5: reciprocalSquareRoot(a)
    case 3: multiply(a, square(a))
    default: map(.power, [a, literal(exponent, like: a)])
    }
  }

  package func negate(_ x: ValueID) -> ValueID { map(.negate, [x]) }
  package func square(_ x: ValueID) -> ValueID { map(.square, [x]) }
  package func squareRoot(_ x: ValueID) -> ValueID { map(.squareRoot, [x]) }
  package func reciprocalSquareRoot(_ x: ValueID) -> ValueID { map(.reciprocalSquareRoot, [x]) }
  package func absolute(_ x: ValueID) -> ValueID { map(.absolute, [x]) }
  package func exp(_ x: ValueID) -> ValueID { map(.exp, [x]) }
  package func log(_ x: ValueID) -> ValueID { map(.log, [x]) }
  package func tanh(_ x: ValueID) -> ValueID { map(.tanh, [x]) }
  package func sigmoid(_ x: ValueID) -> ValueID { map(.sigmoid, [x]) }
  package func relu(_ x: ValueID) -> ValueID { map(.relu, [x]) }

  package func equal(_ a: ValueID, _ b: ValueID) -> ValueID { binary(.equal, a, b) }
  package func notEqual(_ a: ValueID, _ b: ValueID) -> ValueID { binary(.notEqual, a, b) }
  package func less(_ a: ValueID, _ b: ValueID) -> ValueID { binary(.less, a, b) }
  package func lessOrEqual(_ a: ValueID, _ b: ValueID) -> ValueID { binary(.lessOrEqual, a, b) }

  /// `a` where the condition is not 0, else `b`; all broadcast to one shape.
  package func select(_ condition: ValueID, _ a: ValueID, _ b: ValueID) -> ValueID {
    map(.select, aligned([condition, a, b]))
  }

  /// `low` where the value is below it, `high` where above; the gradient passes at the bounds.
  package func clip(_ x: ValueID, _ low: Double, _ high: Double) -> ValueID { minimum(maximum(x, low), high) }
}
