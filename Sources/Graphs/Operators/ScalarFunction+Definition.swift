#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a scalar function is: its value, its derivative as operators, and where to sample it.
package struct ScalarDefinition: Sendable {
  /// The value of up to three arguments; the unused ones repeat the first.
  package var value: @Sendable (Double, Double, Double) -> Double
  package var gradient: @Sendable (GradientContext) -> [ValueID?]
  /// Where each argument is drawn; a grid with an offset keeps away from kinks.
  package var domains: [SampleDomain]
  /// Whether the function has a second derivative away from its kinks that is not zero everywhere by convention.
  package var isSmooth: Bool

  /// A function of one argument.
  static func unary(
    _ value: @escaping @Sendable (Double) -> Double, on domain: SampleDomain = .uniform(-2, 2), isSmooth: Bool = true,
    gradient: @escaping @Sendable (_ b: GraphBuilder, _ x: ValueID, _ y: ValueID, _ dy: ValueID) -> ValueID?
  ) -> ScalarDefinition {
    ScalarDefinition(
      value: { x, _, _ in value(x) },
      gradient: { [gradient($0.builder, $0.inputs[0], $0.result, $0.cotangent)] }, domains: [domain],
      isSmooth: isSmooth)
  }

  /// A function of two arguments.
  static func binary(
    _ value: @escaping @Sendable (Double, Double) -> Double, on first: SampleDomain = .uniform(-2, 2),
    _ second: SampleDomain = .uniform(-2, 2), isSmooth: Bool = true,
    gradient: @escaping @Sendable (_ c: GradientContext, _ a: ValueID, _ b: ValueID, _ dy: ValueID) -> [ValueID?]
  ) -> ScalarDefinition {
    ScalarDefinition(
      value: { a, b, _ in value(a, b) }, gradient: { gradient($0, $0.inputs[0], $0.inputs[1], $0.cotangent) },
      domains: [first, second], isSmooth: isSmooth)
  }

  /// A comparison: 0 or 1, with a derivative of zero.
  static func comparison(_ value: @escaping @Sendable (Double, Double) -> Bool) -> ScalarDefinition {
    ScalarDefinition(
      value: { a, b, _ in value(a, b) ? 1 : 0 }, gradient: { _ in [nil, nil] },
      domains: [.grid(-1, 1, offset: 0), .grid(-1, 1, offset: 0.05)], isSmooth: false)
  }
}

extension ScalarFunction {
  package var isComparison: Bool {
    switch self {
    case .equal, .notEqual, .less, .lessOrEqual: true
    default: false
    }
  }

  /// The table of scalar functions. Each derivative stands as a formula above its code.
  package var definition: ScalarDefinition {
    switch self {
    case .add, .subtract, .multiply, .divide, .power, .minimum, .maximum: arithmeticDefinition
    case .equal: .comparison { $0 == $1 }
    case .notEqual: .comparison { $0 != $1 }
    case .less: .comparison { $0 < $1 }
    case .lessOrEqual: .comparison { $0 <= $1 }
    case .negate, .absolute, .sign, .floor, .square, .squareRoot, .reciprocalSquareRoot, .reciprocal, .relu, .isNaN:
      algebraicDefinition
    case .exp, .log, .log1p, .expm1, .sin, .cos, .tanh, .sigmoid, .softplus, .erf: transcendentalDefinition
    case .select: selectDefinition
    }
  }

  private var arithmeticDefinition: ScalarDefinition {
    switch self {
    // da = dy, db = dy
    case .add: return .binary(+, gradient: { _, _, _, dy in [dy, dy] })
    // da = dy, db = −dy
    case .subtract: return .binary(-, gradient: { c, _, _, dy in [dy, c.needs[1] ? c.builder.negate(dy) : nil] })
    // da = dy·b, db = dy·a
    case .multiply:
      return .binary(
        *,
        gradient: { c, a, b, dy in
          [c.needs[0] ? c.builder.multiply(dy, b) : nil, c.needs[1] ? c.builder.multiply(dy, a) : nil]
        })
    // da = dy/b, db = −dy·y/b
    case .divide:
      return .binary(
        /, on: .uniform(-2, 2), .uniform(0.5, 2),
        gradient: { c, _, b, dy in
          let quotient = c.builder.divide(dy, b)
          return [quotient, c.needs[1] ? c.builder.negate(c.builder.multiply(quotient, c.result)) : nil]
        })
    case .power: return .binary({ raised($0, $1) }, on: .uniform(0.3, 2), .uniform(-2, 3), gradient: powerGradient)
    // A tie goes to the first argument: da = dy·(a ≤ b), db = dy·(b < a).
    case .minimum:
      return .binary(
        { $0.isNaN || $1.isNaN ? .nan : Swift.min($0, $1) }, on: .grid(-1, 1, offset: 0),
        .grid(-1, 1, offset: 0.05),
        gradient: { c, a, b, dy in
          [
            c.needs[0] ? c.builder.multiply(dy, c.builder.map(.lessOrEqual, [a, b])) : nil,
            c.needs[1] ? c.builder.multiply(dy, c.builder.map(.less, [b, a])) : nil,
          ]
        })
    // A tie goes to the first argument: da = dy·(b ≤ a), db = dy·(a < b).
    default:
      return .binary(
        { $0.isNaN || $1.isNaN ? .nan : Swift.max($0, $1) }, on: .grid(-1, 1, offset: 0),
        .grid(-1, 1, offset: 0.05),
        gradient: { c, a, b, dy in
          [
            c.needs[0] ? c.builder.multiply(dy, c.builder.map(.lessOrEqual, [b, a])) : nil,
            c.needs[1] ? c.builder.multiply(dy, c.builder.map(.less, [a, b])) : nil,
          ]
        })
    }
  }

  private var algebraicDefinition: ScalarDefinition {
    let nearZero = SampleDomain.grid(-1, 1, offset: 0.05)
    switch self {
    case .negate: return .unary(-, gradient: { b, _, _, dy in b.negate(dy) })
    // dx = dy·sign(x)
    case .absolute:
      return .unary({ Swift.abs($0) }, on: nearZero, gradient: { b, x, _, dy in b.multiply(dy, b.map(.sign, [x])) })
    case .sign:
      return .unary(
        { $0.isNaN ? $0 : ($0 > 0 ? 1 : ($0 < 0 ? -1 : 0)) }, on: nearZero, isSmooth: false,
        gradient: { _, _, _, _ in
          nil
        })
    case .floor: return .unary({ $0.rounded(.down) }, on: nearZero, isSmooth: false, gradient: { _, _, _, _ in nil })
    // dx = 2·x·dy
    case .square: return .unary({ $0 * $0 }, gradient: { b, x, _, dy in b.multiply(b.multiply(dy, 2), x) })
    // dx = dy/(2y)
    case .squareRoot:
      return .unary(
        { $0.squareRoot() }, on: .uniform(0.3, 3), gradient: { b, _, y, dy in b.divide(b.multiply(dy, 0.5), y) })
    // dx = −½·y³·dy
    case .reciprocalSquareRoot:
      return .unary(
        { 1 / $0.squareRoot() }, on: .uniform(0.3, 3),
        gradient: { b, _, y, dy in
          b.multiply(b.multiply(dy, -0.5), b.multiply(y, b.square(y)))
        })
    // dx = −y²·dy
    case .reciprocal:
      return .unary(
        { 1 / $0 }, on: .uniform(0.4, 3), gradient: { b, _, y, dy in b.negate(b.multiply(dy, b.square(y))) })
    // dx = dy·(0 < x)
    case .relu:
      return .unary(
        { $0 > 0 || $0.isNaN ? $0 : 0 }, on: nearZero,
        gradient: { b, x, _, dy in
          b.multiply(dy, b.map(.less, [b.literal(0, like: x), x]))
        })
    default: return .unary({ $0.isNaN ? 1 : 0 }, isSmooth: false, gradient: { _, _, _, _ in nil })
    }
  }

  private var transcendentalDefinition: ScalarDefinition {
    switch self {
    // dx = y·dy
    case .exp: return .unary({ exponential($0) }, gradient: { b, _, y, dy in b.multiply(dy, y) })
    // dx = dy/x
    case .log: return .unary({ logarithm($0) }, on: .uniform(0.3, 3), gradient: { b, x, _, dy in b.divide(dy, x) })
    // dx = dy/(1 + x)
    case .log1p:
      return .unary({ logarithm1p($0) }, on: .uniform(-0.6, 3), gradient: { b, x, _, dy in b.divide(dy, b.add(x, 1)) })
    // dx = (y + 1)·dy
    case .expm1: return .unary({ exponentialMinus1($0) }, gradient: { b, _, y, dy in b.multiply(dy, b.add(y, 1)) })
    // dx = cos(x)·dy
    case .sin: return .unary({ sine($0) }, gradient: { b, x, _, dy in b.multiply(dy, b.map(.cos, [x])) })
    // dx = −sin(x)·dy
    case .cos: return .unary({ cosine($0) }, gradient: { b, x, _, dy in b.negate(b.multiply(dy, b.map(.sin, [x]))) })
    // dx = (1 − y²)·dy
    case .tanh:
      return .unary({ hyperbolicTangent($0) }, gradient: { b, _, y, dy in b.multiply(dy, b.subtract(1, b.square(y))) })
    // dx = y·(1 − y)·dy
    case .sigmoid:
      return .unary(
        { $0 >= 0 ? 1 / (1 + exponential(-$0)) : exponential($0) / (1 + exponential($0)) },
        gradient: { b, _, y, dy in
          b.multiply(dy, b.multiply(y, b.subtract(1, y)))
        })
    // dx = sigmoid(x)·dy
    case .softplus:
      return .unary(
        { $0.isNaN ? $0 : Swift.max($0, 0) + logarithm1p(exponential(-Swift.abs($0))) },
        gradient: { b, x, _, dy in
          b.multiply(dy, b.map(.sigmoid, [x]))
        })
    // dx = 2/√π · exp(−x²)·dy
    default:
      return .unary(
        { errorFunction($0) },
        gradient: { b, x, _, dy in
          b.multiply(b.multiply(dy, 2 / Double.pi.squareRoot()), b.map(.exp, [b.negate(b.square(x))]))
        })
    }
  }

  // da = select(c, dy, 0), db = select(c, 0, dy)
  private var selectDefinition: ScalarDefinition {
    ScalarDefinition(
      value: { $0 != 0 ? $1 : $2 },
      gradient: { c in
        let zero = c.builder.literal(0, like: c.cotangent)
        return [
          nil, c.needs[1] ? c.builder.map(.select, [c.inputs[0], c.cotangent, zero]) : nil,
          c.needs[2] ? c.builder.map(.select, [c.inputs[0], zero, c.cotangent]) : nil,
        ]
      }, domains: [.choices([0, 1]), .uniform(-2, 2), .uniform(-2, 2)], isSmooth: true)
  }

  // da = dy·b·a^(b − 1), which is 0 where b is 0, even at a = 0, where a^−1 is infinite: b = 1 stands in there; db = dy·y·ln a where a > 0, else 0. The logarithm's argument is 1 where it is not used, so that
  // no NaN of an unused branch reaches a second derivative.
  private var powerGradient: @Sendable (GradientContext, ValueID, ValueID, ValueID) -> [ValueID?] {
    { c, a, b, dy in
      let builder = c.builder
      var result: [ValueID?] = [nil, nil]
      if c.needs[0] {
        let isZero = builder.map(.equal, [b, builder.literal(0, like: b)])
        let exponent = builder.map(.select, [isZero, builder.literal(1, like: b), b])
        let slope = builder.multiply(b, builder.power(a, builder.subtract(exponent, 1)))
        result[0] = builder.multiply(dy, slope)
      }
      if c.needs[1] {
        let isPositive = builder.map(.less, [builder.literal(0, like: a), a])
        let logOfA = builder.map(.log, [builder.map(.select, [isPositive, a, builder.literal(1, like: a)])])
        let slope = builder.map(
          .select, [isPositive, builder.multiply(c.result, logOfA), builder.literal(0, like: a)])
        result[1] = builder.multiply(dy, slope)
      }
      return result
    }
  }
}

// The C library's functions under names that the enum's cases do not hide.
private func exponential(_ x: Double) -> Double { exp(x) }
private func logarithm(_ x: Double) -> Double { log(x) }
private func logarithm1p(_ x: Double) -> Double { log1p(x) }
private func exponentialMinus1(_ x: Double) -> Double { expm1(x) }
private func sine(_ x: Double) -> Double { sin(x) }
private func cosine(_ x: Double) -> Double { cos(x) }
private func hyperbolicTangent(_ x: Double) -> Double { tanh(x) }
private func errorFunction(_ x: Double) -> Double { erf(x) }
private func raised(_ x: Double, _ exponent: Double) -> Double { pow(x, exponent) }
