// Gaussian error linear units [Hendrycks and Gimpel 2016, Gaussian Error Linear Units]: x Φ(x) with the normal
// distribution Φ, and the approximation x s(x) with s(x) = (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2. As composites,
// because their derivative is one factor that is best computed with the value, from the same Φ or s.
extension GraphBuilder {
  /// `x Φ(x)`.
  package func gelu(_ x: ValueID) -> ValueID {
    composite("gelu", inputs: [x]) { body, inputs in body.multiply(inputs[0], body.normalShare(inputs[0])) }
  }

  /// `x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2`.
  package func geluTanh(_ x: ValueID) -> ValueID {
    composite("gelu_tanh", inputs: [x]) { body, inputs in body.multiply(inputs[0], body.normalShareByTanh(inputs[0])) }
  }

  /// Φ(x) = (1 + erf(x / √2)) / 2.
  fileprivate func normalShare(_ x: ValueID) -> ValueID {
    add(multiply(map(.erf, [multiply(x, 0.5.squareRoot())]), 0.5), 0.5)
  }

  /// s(x) = sigmoid(2 √(2/π) (x + 0.044715 x³)).
  fileprivate func normalShareByTanh(_ x: ValueID) -> ValueID {
    sigmoid(multiply(x, add(multiply(square(x), 2 * root * cubic), 2 * root)))
  }
}

private let root = (2 / Double.pi).squareRoot()
private let cubic = 0.044715

/// dx = (Φ(x) + x φ(x))·dy with the density φ of Φ.
let geluGradientRule: CompositeGradients.Rule = { context, _ in
  let (b, x) = (context.builder, context.inputs[0])
  let density = b.multiply(b.exp(b.multiply(b.square(x), -0.5)), 1 / (2 * Double.pi).squareRoot())
  return [b.multiply(context.cotangent, b.add(b.multiply(x, density), b.normalShare(x)))]
}

/// dx = (s + x s (1 − s) w')·dy with w' = 2 √(2/π) (1 + 3 · 0.044715 x²).
let geluTanhGradientRule: CompositeGradients.Rule = { context, _ in
  let (b, x) = (context.builder, context.inputs[0])
  let share = b.normalShareByTanh(x)
  let slope = b.add(b.multiply(b.square(x), 6 * root * cubic), 2 * root)
  let rest = b.multiply(b.multiply(x, slope), b.multiply(share, b.subtract(1, share)))
  return [b.multiply(context.cotangent, b.add(rest, share))]
}
