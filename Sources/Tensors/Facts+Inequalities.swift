extension Facts {
  /// The least and the greatest value, as far as the bounds of the variables show them; nil where there is none or it
  /// exceeds 64 bits. Only terms without negative factors are bounded.
  package func range(of dimension: Dimension) -> (lower: Int?, upper: Int?) {
    if dimension.isInvalid { return (nil, nil) }
    if let constant = dimension.constant { return (constant, constant) }
    return bounds(of: resolved(dimension))
  }

  /// The range of a dimension over the variables that are left, as it stands.
  func bounds(of dimension: Dimension) -> (lower: Int?, upper: Int?) {
    if dimension.isInvalid { return (nil, nil) }
    var (low, high): (Int?, Int?) = (0, 0)
    for term in dimension.terms {
      let (least, most) = range(of: term.monomial)
      let positive = term.coefficient > 0
      low = added(low, (positive ? least : most).flatMap { multiplied($0, term.coefficient) })
      high = added(high, (positive ? most : least).flatMap { multiplied($0, term.coefficient) })
      if low == nil && high == nil { break }
    }
    return (low, high)
  }

  private func range(of monomial: Dimension.Monomial) -> (Int?, Int?) {
    if monomial.factors.count == 1, monomial.factors[0].power == 1 { return range(of: monomial.factors[0].atom) }
    var (low, high): (Int?, Int?) = (1, 1)
    for factor in monomial.factors {
      let (least, most) = range(of: factor.atom)
      guard let least, least >= 0 else { return (nil, nil) }
      for _ in 0..<factor.power {
        low = low.flatMap { multiplied($0, least) }
        high = high.flatMap { high in most.flatMap { multiplied(high, $0) } }
      }
    }
    return (low, high)
  }

  private func range(of atom: Dimension.Atom) -> (Int?, Int?) {
    switch atom {
    case .variable(let name): return (lowerBound(of: name), upper[name])
    case .floor(let numerator, let denominator):
      let (low, high) = bounds(of: numerator)
      if let divisor = denominator.constant {
        return (low.flatMap { floorDivision($0, by: divisor) }, high.flatMap { floorDivision($0, by: divisor) })
      }
      guard let least = bounds(of: denominator).lower, least >= 1 else { return (nil, nil) }
      // A larger divisor brings a quotient nearer to 0, and to −1 from below.
      return (low.map { min($0, 0) }, high.flatMap { $0 < 0 ? -1 : floorDivision($0, by: least) })
    }
  }

  private func multiplied(_ a: Int, _ b: Int) -> Int? {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? nil : product
  }

  private func added(_ a: Int?, _ b: Int?) -> Int? {
    guard let a, let b else { return nil }
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? nil : sum
  }

  /// Whether bounds of variables are enough to see that the dimension is at least 1; never searches.
  fileprivate func isBoundedBelowByOne(_ dimension: Dimension) -> Bool {
    (bounds(of: dimension).lower ?? 0) >= 1
  }

  /// A dimension that is not negative exactly where this one is, with one floor less where that is possible:
  /// `k·floor(p / q) + k·m ≥ 0 ⟺ p + q·m ≥ 0`, `k·m − k·floor(p / q) ≥ 0 ⟺ q·m + q − 1 − p ≥ 0`, for q ≥ 1.
  func withoutFloor(_ dimension: Dimension) -> Dimension {
    for term in dimension.terms where term.monomial.factors.count == 1 && term.monomial.factors[0].power == 1 {
      guard case .floor(let p, let q) = term.monomial.factors[0].atom, isBoundedBelowByOne(q) else { continue }
      let others = Dimension(sorted: dimension.terms.filter { $0 != term })
      guard term.coefficient != Int.min, let scale = Dimension(exactly: term.coefficient.magnitude),
        let (m, rest) = others.polynomialDivision(by: scale)
      else { continue }
      // What is left of a whole constant rounds down; anything else does not move through the floor.
      guard rest.constant != nil else { continue }
      let exact = term.coefficient > 0 ? p + q * m : q * m + q - 1 - p
      if !exact.isInvalid { return exact }
    }
    return dimension
  }

  /// Whether the facts show that the dimension is never negative.
  func isNonNegative(_ dimension: Dimension) -> Bool {
    if dimension.isInvalid { return false }
    if let constant = dimension.constant { return constant >= 0 }
    // The bounds of the variables alone settle most questions that come up.
    let (low, high) = bounds(of: dimension)
    if let low, low >= 0 { return true }
    if let high, high < 0, !isContradictory { return false }
    var search = InequalitySearch(facts: self)
    return search.proves(dimension)
  }
}

extension Dimension {
  fileprivate init?(exactly magnitude: UInt) {
    guard let value = Int(exactly: magnitude) else { return nil }
    self.init(value)
  }
}

/// A search for a sum of known inequalities that shows another.
///
/// Every atom is shifted to its lower bound, so that it is not negative; a polynomial whose coefficients are not negative
/// then is not, either. Terms that stand in the way are cancelled by multiples of inequalities that are known.
private struct InequalitySearch {
  let facts: Facts
  /// How many more combinations may be tried.
  var budget = 256

  init(facts: Facts) { self.facts = facts }

  mutating func proves(_ dimension: Dimension) -> Bool {
    var exact = dimension
    for _ in 0..<Dimension.depthLimit {
      let next = facts.withoutFloor(exact)
      if next == exact { break }
      exact = facts.resolved(next)
    }
    for candidate in exact == dimension ? [exact] : [exact, dimension] {
      var bounds: [Dimension.Atom: Int?] = [:]
      guard let goal = shifted(candidate, &bounds) else { continue }
      var known: [Dimension] = []
      for fact in facts.nonNegative + limits(of: candidate) {
        if let fact = shifted(fact, &bounds) { known.append(fact) }
      }
      if combine(goal, known, bounds, depth: 0) { return true }
    }
    return false
  }

  /// What floors and upper bounds of variables add to the known inequalities.
  private func limits(of dimension: Dimension) -> [Dimension] {
    var limits: [Dimension] = []
    var seen: Set<Dimension.Atom> = []
    var waiting = [dimension] + facts.nonNegative
    while let next = waiting.popLast(), seen.count < 32 {
      for factor in next.terms.flatMap(\.monomial.factors) where seen.insert(factor.atom).inserted {
        switch factor.atom {
        case .variable(let name):
          if let most = facts.upper[name] { limits.append(Dimension(most) - Dimension(factor.atom)) }
        case .floor(let p, let q):
          guard facts.isBoundedBelowByOne(q) else { continue }
          // q·floor(p / q) ≤ p ≤ q·floor(p / q) + q − 1
          let product = q * Dimension(factor.atom)
          limits += [p - product, product + q - 1 - p]
          waiting.append(p)
        }
      }
    }
    return limits
  }

  /// The dimension over atoms less their lower bounds; nil where that overflows.
  private func shifted(_ dimension: Dimension, _ bounds: inout [Dimension.Atom: Int?]) -> Dimension? {
    if dimension.isInvalid { return nil }
    for factor in dimension.terms.flatMap(\.monomial.factors) where bounds[factor.atom] == nil {
      bounds[factor.atom] = .some(facts.bounds(of: Dimension(factor.atom)).lower)
    }
    let known = bounds
    let result = dimension.mappingAtoms { atom in
      guard let bound = known[atom] ?? nil, bound != 0 else { return nil }
      return Dimension(atom) + Dimension(bound)
    }
    return result.isInvalid ? nil : result
  }

  private mutating func combine(
    _ goal: Dimension, _ known: [Dimension], _ bounds: [Dimension.Atom: Int?], depth: Int
  ) -> Bool {
    func isBounded(_ monomial: Dimension.Monomial) -> Bool {
      monomial.factors.allSatisfy { (bounds[$0.atom] ?? nil) != nil }
    }
    guard let obstacle = goal.terms.first(where: { $0.coefficient < 0 || !isBounded($0.monomial) }) else { return true }
    if depth == 6 { return false }
    for fact in known {
      for term in fact.terms where (term.coefficient < 0) == (obstacle.coefficient < 0) {
        guard let factor = obstacle.monomial.divided(by: term.monomial), isBounded(factor),
          let (ours, theirs) = multipliers(obstacle.coefficient, term.coefficient)
        else { continue }
        budget -= 1
        if budget < 0 { return false }
        // goal ≥ 0 where ours·goal − theirs·factor·fact ≥ 0
        let next = goal * Dimension(ours) - Dimension(sorted: [.init(monomial: factor, coefficient: theirs)]) * fact
        if !next.isInvalid, combine(next, known, bounds, depth: depth + 1) { return true }
      }
    }
    return false
  }

  /// Positive factors that make two coefficients of the same sign equal.
  private func multipliers(_ a: Int, _ b: Int) -> (Int, Int)? {
    let common = greatestCommonDivisor(a, b)
    guard common > 0, let ours = Int(exactly: b.magnitude / UInt(common)),
      let theirs = Int(exactly: a.magnitude / UInt(common))
    else { return nil }
    return (ours, theirs)
  }
}
