/// What is known about the sizes of a signature, with the means to prove more from it. Sound, not complete: what is
/// ``Verdict/proven`` holds, and what is ``Verdict/refuted`` fails, for all values that satisfy the facts.
///
/// An equality or a divisibility replaces a variable where one stands alone with the coefficient ±1 (`D % heads == 0`
/// becomes `D = heads · h` with a new variable h); otherwise it becomes a rewriting of its greatest term. Inequalities
/// with one variable become bounds, others are kept. A contradiction proves and refutes nothing.
package struct Facts: Sendable {
  /// The facts as they were assumed.
  package private(set) var stated: [Fact] = []
  /// Whether no values satisfy the facts, as far as has been noticed.
  package internal(set) var isContradictory = false

  /// Bounds set by name, before what facts add to them; nil for none.
  private var declared: [String: Int?] = [:]

  /// A new variable that stands for an exact quotient.
  struct Quotient: Sendable {
    var name: String
    var numerator: Dimension
    var denominator: Dimension
  }
  /// What has been replaced, in terms of what has not.
  var solved: [String: Dimension] = [:]
  /// The new variables, in the order in which they were made.
  var quotients: [Quotient] = []
  /// Dimensions that are 0, without a variable to solve for; each rewrites its greatest term.
  var zeros: [Dimension] = []
  /// Divisibilities without a variable to solve for.
  var multiples: [(multiple: Dimension, of: Dimension)] = []
  /// Dimensions that are not negative and mention more than one variable.
  var nonNegative: [Dimension] = []
  /// Derived bounds of variables.
  var lower: [String: Int?] = [:]
  var upper: [String: Int] = [:]
  /// How many more consequences may be drawn; what is not drawn only makes the proofs weaker.
  private var budget = 256

  package init() {}

  package init(_ facts: [Fact]) {
    for fact in facts { assume(fact) }
  }

  /// Sets the least value of a variable, nil for none; without this, it is 1, as for a size.
  package mutating func setLowerBound(_ bound: Int?, of variable: String) {
    let (facts, bounds) = (stated, declared)
    self = Facts()
    declared = bounds
    declared[variable] = .some(bound)
    for fact in facts { assume(fact) }
  }

  /// The least value of a variable, as far as it is known.
  func lowerBound(of name: String) -> Int? {
    if let bound = lower[name] { return bound }
    if let bound = declared[name] { return bound }
    return 1
  }

  /// Takes a fact as given. One between invalid dimensions is ignored.
  package mutating func assume(_ fact: Fact) {
    let (p, q) = fact.sides
    if p.isInvalid || q.isInvalid { return }
    stated.append(fact)
    budget = 256
    switch fact {
    case .divisible(let p, let q): learnDivisible(resolved(p), by: resolved(q))
    case .equal(let p, let q): learnZero(resolved(p - q))
    case .atLeast(let p, let q): learnNonNegative(resolved(p - q))
    }
  }

  // MARK: Learning

  private mutating func learnDivisible(_ multiple: Dimension, by divisor: Dimension) {
    budget -= 1
    if budget < 0 { return }
    if divisor.constant == nil { learnNonNegative(divisor - 1) }
    guard let (p, q) = reducedDivisibility(multiple, by: divisor) else { return }
    if let constant = p.constant, let modulus = q.constant {
      if modulus < 1 || constant % modulus != 0 { isContradictory = true }
      return
    }
    if q.constant == 1 { return }
    guard let name = isolatedVariable(of: p, besides: q) else {
      multiples.append((p, q))
      learnZero(resolved(p - q * p.floorDivided(by: q)))
      return
    }
    let quotient = newVariable(p.floorDivided(by: q).description { _, _ in true })
    quotients.append(Quotient(name: quotient, numerator: p, denominator: q))
    lower[quotient] = .some(quotientBound(p, q))
    if let linear = p.linear(in: name) {
      solve(name, as: (q * .variable(quotient) - linear.rest) * linear.coefficient)
    }
  }

  /// An equivalent divisibility with less in it, or nil where nothing is left to learn.
  func reducedDivisibility(_ multiple: Dimension, by divisor: Dimension) -> (Dimension, Dimension)? {
    if multiple.isInvalid || divisor.isInvalid { return nil }
    guard let (_, p) = multiple.polynomialDivision(by: divisor), !p.isZero else { return nil }
    guard let modulus = divisor.constant else {
      let (a, b) = Dimension.cancelled(p, divisor)
      return isPositive(b) ? (a, b) : (p, divisor)
    }
    // For k·p0 % m == 0, p0 % (m / gcd(k, m)) == 0 says the same.
    let content = p.terms.reduce(0) { greatestCommonDivisor($0, $1.coefficient) }
    let common = max(1, greatestCommonDivisor(content, modulus))
    let reduced = Dimension(
      sorted: p.terms.map { .init(monomial: $0.monomial, coefficient: $0.coefficient / max(1, content)) })
    return (p.constant == nil ? reduced : p, Dimension(p.constant == nil ? modulus / common : modulus))
  }

  private mutating func learnZero(_ zero: Dimension) {
    budget -= 1
    if zero.isInvalid || zero.isZero || budget < 0 { return }
    // Whatever divides all the other terms must divide the constant.
    let common = zero.commonCoefficient
    if common == 0 || zero.constantTerm % common != 0 {
      isContradictory = true
      return
    }
    if let (p, q) = divisibility(from: zero), !multiples.contains(where: { $0.multiple == p && $0.of == q }) {
      return learnDivisible(p, by: q)
    }
    guard let name = isolatedVariable(of: zero, besides: 0), let linear = zero.linear(in: name) else {
      // A rewriting whose result holds what it rewrites inside a floor would have no end.
      if zero.hasLeadInsideFloor {
        nonNegative += [zero, -zero]
      } else {
        zeros.append(zero.terms[0].coefficient < 0 ? -zero : zero)
      }
      return
    }
    solve(name, as: -linear.rest * linear.coefficient)
  }

  /// The divisibility that says the same as an equality with 0: `p − q·floor(p / q) − j == 0`, up to a factor, holds
  /// where `(p − j) % q == 0`, for q ≥ 1 and 0 ≤ j < q.
  func divisibility(from zero: Dimension) -> (Dimension, Dimension)? {
    for term in zero.terms {
      for factor in term.monomial.factors {
        guard case .floor(let p, let q) = factor.atom, isPositive(q) else { continue }
        let remainder = p - q * Dimension(factor.atom)
        guard let top = remainder.terms.first, let own = zero.terms.first, top.monomial == own.monomial,
          let difference = (remainder * Dimension(own.coefficient) - zero * Dimension(top.coefficient)).constant,
          let (j, rest) = euclideanDivision(difference, by: own.coefficient), rest == 0
        else { continue }
        if j == 0 { return (p, q) }
        if let modulus = q.constant, j > 0, j < modulus { return (p - Dimension(j), q) }
      }
    }
    return nil
  }

  private mutating func learnNonNegative(_ dimension: Dimension) {
    budget -= 1
    if dimension.isInvalid || budget < 0 { return }
    if let constant = dimension.constant {
      if constant < 0 { isContradictory = true }
      return
    }
    let exact = withoutFloor(dimension)
    if exact != dimension { return learnNonNegative(exact) }
    guard exact.terms.count <= 2, let name = exact.variables.first, exact.variables.count == 1,
      let linear = exact.linear(in: name), let slope = linear.coefficient.constant, slope != Int.min,
      let rest = linear.rest.constant
    else {
      nonNegative.append(exact)
      return
    }
    // slope · v + rest ≥ 0
    guard let bound = floorDivision(rest, by: slope).flatMap({ Int(exactly: 0 - Int128($0)) }) else { return }
    if slope > 0 {
      // v ≥ ceil(−rest / slope) = −floor(rest / slope)
      if let old = lowerBound(of: name), old >= bound { return }
      lower[name] = .some(bound)
    } else if let limit = floorDivision(rest, by: 0 - slope) {
      upper[name] = min(limit, upper[name] ?? limit)
    }
    if let low = lowerBound(of: name), let high = upper[name], low > high { isContradictory = true }
  }

  /// A variable that stands in one term only, alone and with the coefficient ±1, so that it can be solved for. Prefers
  /// one made for a quotient, so that the names of the file stay.
  private func isolatedVariable(of dimension: Dimension, besides other: Dimension) -> String? {
    let names = dimension.terms.compactMap { term -> String? in
      guard term.coefficient.magnitude == 1, let factor = term.monomial.factors.first,
        term.monomial.factors.count == 1, factor.power == 1, case .variable(let name) = factor.atom,
        !other.mentions(name), let linear = dimension.linear(in: name), linear.coefficient.constant != nil
      else { return nil }
      return name
    }
    return names.first { name in quotients.contains { $0.name == name } } ?? names.first
  }

  private func newVariable(_ words: String) -> String {
    var name = "{\(words)}"
    while quotients.contains(where: { $0.name == name }) { name += "'" }
    return name
  }

  /// A bound of the quotient p / q for q ≥ 1.
  private func quotientBound(_ p: Dimension, _ q: Dimension) -> Int? {
    guard let low = bounds(of: p).lower else { return nil }
    if let modulus = q.constant { return floorDivision(low, by: modulus).map { low % modulus == 0 ? $0 : $0 + 1 } }
    return min(low, 1)
  }

  /// Replaces a variable everywhere, and keeps its bounds as facts.
  private mutating func solve(_ name: String, as value: Dimension) {
    if value.isInvalid { return }
    let (low, high) = (lowerBound(of: name), upper[name])
    solved = solved.mapValues { $0.substituting([name: value]) }
    solved[name] = value
    let (oldZeros, oldMultiples, oldNonNegative) = (zeros, multiples, nonNegative)
    (zeros, multiples, nonNegative) = ([], [], [])
    lower[name] = nil
    upper[name] = nil
    for (p, q) in oldMultiples { learnDivisible(resolved(p), by: resolved(q)) }
    for zero in oldZeros { learnZero(resolved(zero)) }
    for dimension in oldNonNegative { learnNonNegative(resolved(dimension)) }
    if let low { learnNonNegative(resolved(value - Dimension(low))) }
    if let high { learnNonNegative(resolved(Dimension(high) - value)) }
  }
}
