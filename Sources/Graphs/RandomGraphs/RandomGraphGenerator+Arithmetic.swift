// Scalar functions, each within its domain.
extension RandomGraphGenerator {
  mutating func growUnary() {
    let x = pick()
    let b = builder
    let positive = b.add(b.square(x.id), 0.5)
    let small = x.bound > 2 ? b.tanh(x.id) : x.id
    let smallBound = min(x.bound, 2)
    switch random.below(15) {
    case 0: add(b.negate(x.id), x.bound, x.isExact)
    case 1: add(b.square(x.id), x.bound * x.bound, x.isExact && x.bound <= 4)
    case 2: add(b.squareRoot(positive), x.bound + 1, false)
    case 3: add(b.reciprocalSquareRoot(positive), 1.5, false)
    case 4: add(b.map(.reciprocal, [positive]), 2, false)
    case 5: add(b.exp(small), 8, false)
    case 6: add(b.log(positive), x.bound + 1, false)
    case 7: add(b.map(.log1p, [positive]), x.bound + 1, false)
    case 8: add(b.map(.expm1, [small]), 8, false)
    case 9: add(b.map(.sin, [x.id]), 1, false)
    case 10: add(b.map(.cos, [x.id]), 1, false)
    case 11: add(b.tanh(x.id), 1, false)
    case 12: add(b.sigmoid(x.id), 1, false)
    case 13: add(b.map(.softplus, [x.id]), x.bound + 1, false)
    default: add(b.map(.erf, [small]), smallBound, false)
    }
  }

  /// A second operand that broadcasts to the first.
  mutating func partner(of x: Candidate) -> Candidate {
    let shape = self.shape(x)
    let fitting = pool.filter { self.shape($0) == shape || self.shape($0).isEmpty }
    if random.below(3) > 0, !fitting.isEmpty { return fitting[random.below(fitting.count)] }
    let suffix = Array(shape.suffix(random.below(shape.count + 1)))
    return leaf(random.below(4) == 0 ? shape.map { $0 == 0 ? 0 : 1 } : suffix, isShared: random.below(2) == 0)
  }

  mutating func growBinary() {
    let x = pick()
    let y = partner(of: x)
    let b = builder
    let isExact = x.isExact && y.isExact
    switch random.below(6) {
    case 0: add(b.add(x.id, y.id), x.bound + y.bound, isExact)
    case 1: add(b.subtract(x.id, y.id), x.bound + y.bound, isExact)
    case 2: add(b.multiply(x.id, y.id), x.bound * y.bound, isExact && x.bound * y.bound <= 16)
    case 3: add(b.divide(x.id, b.add(b.square(y.id), 0.5)), 2 * x.bound, false)
    case 4: add(b.power(b.add(b.square(b.tanh(x.id)), 0.5), b.tanh(y.id)), 3, false)
    default: add(b.multiply(x.id, [0.5, -0.25, 2][random.below(3)]), 2 * x.bound, x.isExact && x.bound <= 4)
    }
  }

  mutating func growJumping() {
    let x = pickExact()
    var y = pickExact()
    if shape(y) != shape(x) { y = x }
    let b = builder
    let half = b.multiply(y.id, 0.5)
    switch random.below(11) {
    case 0: add(b.relu(x.id), x.bound, true)
    case 1: add(b.absolute(x.id), x.bound, true)
    case 2: add(b.map(.sign, [x.id]), 1, true)
    case 3: add(b.map(.floor, [x.id]), x.bound + 1, true)
    case 4: add(b.minimum(x.id, half), x.bound + y.bound, true)
    case 5: add(b.maximum(x.id, half), x.bound + y.bound, true)
    case 6: add(b.less(x.id, half), 1, true)
    case 7: add(b.equal(x.id, half), 1, true)
    case 8: add(b.select(b.lessOrEqual(x.id, half), x.id, half), x.bound + y.bound, true)
    case 9: add(b.map(.isNaN, [x.id]), 1, true)
    default:
      add(b.select(b.notEqual(x.id, half), b.cast(b.cast(x.id, .int32), .float32), y.id), x.bound + y.bound, true)
    }
  }
}
