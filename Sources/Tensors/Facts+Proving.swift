extension Facts {
  /// What the facts say about a further one; `unknown` where a size is too large to compute with.
  package func prove(_ fact: Fact) -> Verdict {
    let (p, q) = fact.sides
    if p.isInvalid || q.isInvalid || isContradictory { return .unknown }
    if p.constant != nil && q.constant != nil { return fact.holds([:]) == true ? .proven : .refuted }
    switch fact {
    case .divisible: return proveDivisible(resolved(p), by: resolved(q))
    case .equal: return proveZero(resolved(p - q))
    case .atLeast:
      let difference = resolved(p - q)
      if isNonNegative(difference) { return .proven }
      return isNonNegative(-difference - 1) ? .refuted : .unknown
    }
  }

  private func proveZero(_ zero: Dimension) -> Verdict {
    if zero.isInvalid { return .unknown }
    if let constant = zero.constant { return constant == 0 ? .proven : .refuted }
    if zero.constantTerm % zero.commonCoefficient != 0 { return .refuted }
    if let (p, q) = divisibility(from: zero) {
      let verdict = proveDivisible(p, by: q)
      if verdict != .unknown { return verdict }
    }
    if isNonNegative(zero - 1) || isNonNegative(-zero - 1) { return .refuted }
    return isNonNegative(zero) && isNonNegative(-zero) ? .proven : .unknown
  }

  private func proveDivisible(_ p: Dimension, by q: Dimension) -> Verdict {
    if p.isInvalid || q.isInvalid { return .unknown }
    if isNonNegative(-q) { return .refuted }
    guard let (_, remainder) = p.polynomialDivision(by: q) else { return .unknown }
    if isMultiple(p, of: q) || isMultiple(remainder, of: q) { return isPositive(q) ? .proven : .unknown }
    // Whatever divides q and all terms of p but the constant must divide the constant.
    let common = q.terms.reduce(p.commonCoefficient) { greatestCommonDivisor($0, $1.coefficient) }
    if common > 1 && p.constantTerm % common != 0 { return .refuted }
    // Strictly between two multiples.
    for candidate in [remainder, p] where isNonNegative(candidate - 1) && isNonNegative(q - 1 - candidate) {
      return .refuted
    }
    return .unknown
  }

  /// Whether p is 0 after taking away multiples of q, and of dimensions known to be multiples of q.
  private func isMultiple(_ p: Dimension, of q: Dimension) -> Bool {
    var rest = resolved(p - q * p.floorDivided(by: q))
    if rest.isZero { return true }
    rest = p
    let known = multiples.filter { resolved($0.of).polynomialDivision(by: q)?.remainder.isZero == true }
    for divisor in known.map(\.multiple) + [q] {
      guard let remainder = rest.polynomialDivision(by: resolved(divisor))?.remainder else { return false }
      rest = remainder
    }
    return rest.isZero
  }

  /// Whether the dimension is known to be at least 1.
  func isPositive(_ dimension: Dimension) -> Bool {
    if let constant = dimension.constant { return constant >= 1 }
    return isNonNegative(dimension - 1)
  }
}
