/// The quotient and remainder of whole numbers with the remainder in `0 ..< |divisor|`, or nil on overflow or for a
/// divisor of 0. For a positive divisor the quotient is rounded down.
func euclideanDivision(_ value: Int, by divisor: Int) -> (quotient: Int, remainder: Int)? {
  if divisor == 0 { return nil }
  let (quotient, overflow) = value.dividedReportingOverflow(by: divisor)
  if overflow { return nil }
  let remainder = value - quotient * divisor
  if remainder >= 0 { return (quotient, remainder) }
  let wraps = remainder.addingReportingOverflow(divisor > 0 ? divisor : 0 &- divisor)
  if wraps.overflow { return nil }
  return (divisor > 0 ? quotient - 1 : quotient + 1, wraps.partialValue)
}

/// `floor(value / divisor)` of whole numbers, or nil on overflow or for a divisor of 0.
func floorDivision(_ value: Int, by divisor: Int) -> Int? {
  if divisor == 0 { return nil }
  let (quotient, overflow) = value.dividedReportingOverflow(by: divisor)
  if overflow { return nil }
  return value % divisor != 0 && (value < 0) != (divisor < 0) ? quotient - 1 : quotient
}

/// The greatest common divisor, where it has a value in `Int`; gcd(0, 0) is 0.
func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
  var (x, y) = (a.magnitude, b.magnitude)
  while y != 0 { (x, y) = (y, x % y) }
  return Int(exactly: x) ?? 1
}

extension Dimension {
  /// `floor(self / divisor)`; invalid for a constant divisor below 1.
  ///
  /// `floor((c·m + r) / c) = m + floor(r / c)` takes out whatever the divisor divides, common factors cancel, and a
  /// floor within the floor merges: `floor((floor(a / b) + r) / c) = floor((a + b·r) / (b·c))` for c ≥ 1.
  package func floorDivided(by divisor: Dimension) -> Dimension {
    if isInvalid || divisor.isInvalid || divisor.isZero { return .invalid }
    if let constant = divisor.constant { return floorDivided(by: constant) }
    guard let (whole, rest) = polynomialDivision(by: divisor) else { return .invalid }
    if rest.isZero { return whole }
    let (numerator, denominator) = Dimension.cancelled(rest, divisor)
    if denominator.constant != nil { return whole + numerator.floorDivided(by: denominator) }
    return whole + Dimension(sorted: Dimension(.floor(numerator, denominator)).terms)
  }

  private func floorDivided(by divisor: Int) -> Dimension {
    if divisor < 1 { return .invalid }
    if divisor == 1 { return self }
    var (whole, rest): ([Term], [Term]) = ([], [])
    var common = divisor
    for term in terms {
      guard let (quotient, remainder) = euclideanDivision(term.coefficient, by: divisor) else { return .invalid }
      if quotient != 0 { whole.append(Term(monomial: term.monomial, coefficient: quotient)) }
      if remainder != 0 { rest.append(Term(monomial: term.monomial, coefficient: remainder)) }
      if !term.monomial.factors.isEmpty { common = greatestCommonDivisor(common, remainder) }
    }
    // The constant lies in 0 ..< divisor, so it rounds down on its own once the others share a factor with the divisor.
    let numerator = Dimension(
      sorted: rest.compactMap {
        let coefficient = $0.coefficient / common
        return coefficient == 0 ? nil : Term(monomial: $0.monomial, coefficient: coefficient)
      })
    let quotient = Dimension(sorted: whole)
    let denominator = divisor / common
    if numerator.constant != nil || denominator == 1 {
      return denominator == 1 ? quotient + numerator : quotient
    }
    if let merged = numerator.mergedFloor(over: denominator) { return quotient + merged }
    return quotient + Dimension(sorted: Dimension(.floor(numerator, Dimension(denominator))).terms)
  }

  /// `floor(self / divisor)` as one floor, where exactly one term is a plain floor and the merged one has no overflow.
  private func mergedFloor(over divisor: Int) -> Dimension? {
    var found: (numerator: Dimension, denominator: Dimension, term: Term)?
    for term in terms where term.coefficient == 1 && term.monomial.factors.count == 1 {
      guard term.monomial.factors[0].power == 1, case .floor(let p, let q) = term.monomial.factors[0].atom
      else { continue }
      if found != nil { return nil }
      found = (p, q, term)
    }
    guard let found else { return nil }
    let others = Dimension(sorted: terms.filter { $0 != found.term })
    let merged = (found.numerator + found.denominator * others)
      .floorDivided(by: found.denominator * Dimension(divisor))
    return merged.isInvalid ? nil : merged
  }

  /// Division of polynomials by one divisor, whole coefficients rounded down: `self = quotient · divisor + remainder`,
  /// the remainder zero wherever the divisor is a factor. Nil on overflow.
  func polynomialDivision(by divisor: Dimension) -> (quotient: Dimension, remainder: Dimension)? {
    guard let lead = divisor.terms.first, !isInvalid else { return nil }
    var (rest, quotient) = (self, Dimension(0))
    var left: [Term] = []
    var steps = 0
    while let top = rest.terms.first {
      steps += 1
      if steps > 512 { return nil }
      if let monomial = top.monomial.divided(by: lead.monomial) {
        guard let (times, _) = euclideanDivision(top.coefficient, by: lead.coefficient) else { return nil }
        if times != 0 {
          let part = Dimension(sorted: [Term(monomial: monomial, coefficient: times)])
          quotient += part
          rest -= part * divisor
          if rest.isInvalid || quotient.isInvalid { return nil }
        }
      }
      // What is left of the top term is below the divisor's leading coefficient or not a multiple of its monomial.
      if let same = rest.terms.first, same.monomial == top.monomial {
        left.append(same)
        rest = Dimension(sorted: Array(rest.terms.dropFirst()))
      }
    }
    let remainder = Dimension(sorted: left)
    return remainder.isInvalid ? nil : (quotient, remainder)
  }

  /// Both without the whole number and the monomial that divide every term of either.
  static func cancelled(_ a: Dimension, _ b: Dimension) -> (Dimension, Dimension) {
    guard let first = a.terms.first else { return (a, b) }
    var (number, monomial) = (0, first.monomial)
    for term in a.terms + b.terms {
      number = greatestCommonDivisor(number, term.coefficient)
      monomial = monomial.common(with: term.monomial)
    }
    if number <= 1 && monomial.factors.isEmpty { return (a, b) }
    let divisor = Term(monomial: monomial, coefficient: max(number, 1))
    func reduced(_ value: Dimension) -> Dimension {
      Dimension(
        sorted: value.terms.map {
          Term(
            monomial: $0.monomial.divided(by: divisor.monomial) ?? $0.monomial,
            coefficient: $0.coefficient / divisor.coefficient)
        })
    }
    return (reduced(a), reduced(b))
  }

  /// `ceil(self / divisor) = floor((self + divisor − 1) / divisor)`.
  package func ceilDivided(by divisor: Dimension) -> Dimension {
    (self + divisor - 1).floorDivided(by: divisor)
  }

  /// The exact quotient, and what is left to prove for it: that the divisor divides, or is at least 1 where it divides
  /// on paper; nil where nothing is.
  package func divided(by divisor: Dimension) -> (quotient: Dimension, owes: Fact?) {
    let quotient = floorDivided(by: divisor)
    if quotient.isInvalid { return (quotient, nil) }
    if quotient * divisor == self {
      return (quotient, divisor.constant == nil ? .atLeast(divisor, 1) : nil)
    }
    return (quotient, .divisible(self, by: divisor))
  }

  /// `self − divisor · floor(self / divisor)`.
  package func remainder(by divisor: Dimension) -> Dimension { self - divisor * floorDivided(by: divisor) }
}
