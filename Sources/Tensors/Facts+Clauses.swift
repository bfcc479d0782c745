extension Facts {
  /// The fact as a person would state it in a `where` clause: one that says the same under the facts, in the variables
  /// of the file, with as little in it as has been found. `2 * floor(H / 2) == H` becomes `H % 2 == 0`,
  /// `floor((H - 3) / 2) + 1 >= 1` becomes `H >= 3`.
  package func clause(for fact: Fact) -> Fact {
    let (p, q) = fact.sides
    if p.isInvalid || q.isInvalid { return fact }
    switch fact {
    case .divisible: return divisibleClause(resolved(p), by: resolved(q)) ?? fact
    case .equal:
      let zero = resolved(p - q)
      if let (multiple, divisor) = divisibility(from: zero) { return divisibleClause(multiple, by: divisor) ?? fact }
      let (left, right) = sides(of: simplify(zero))
      return left.isInvalid || right.isInvalid ? fact : .equal(left, right)
    case .atLeast: return inequalityClause(resolved(p - q)) ?? fact
    }
  }

  private func divisibleClause(_ multiple: Dimension, by divisor: Dimension) -> Fact? {
    guard isPositive(divisor), let (p, q) = reducedDivisibility(multiple, by: divisor) else { return nil }
    let (dividend, modulus) = (simplify(p), simplify(q))
    if dividend.isInvalid || modulus.isInvalid { return nil }
    // (a / b) % q == 0 says a % (b·q) == 0 where b divides a.
    if dividend.terms.count == 1, dividend.terms[0].coefficient == 1, dividend.terms[0].monomial.factors.count == 1,
      dividend.terms[0].monomial.factors[0].power == 1,
      case .floor(let a, let b) = dividend.terms[0].monomial.factors[0].atom,
      prove(.divisible(a, by: b)) == .proven, !(b * modulus).isInvalid
    {
      return .divisible(a, by: b * modulus)
    }
    return .divisible(dividend, by: modulus)
  }

  private func inequalityClause(_ difference: Dimension) -> Fact? {
    var exact = difference
    for _ in 0..<Dimension.depthLimit {
      let next = resolved(withoutFloor(exact))
      if next == exact || next.isInvalid { break }
      exact = next
    }
    let simple = simplify(exact)
    if simple.isInvalid { return nil }
    // g·x + k ≥ 0 says x + floor(k / g) ≥ 0.
    let common = simple.commonCoefficient
    let (left, right) = sides(of: common > 1 ? simple.floorDivided(by: Dimension(common)) : simple)
    return left.isInvalid || right.isInvalid ? nil : .atLeast(left, right)
  }

  /// Two sums without negative terms whose difference is the dimension.
  private func sides(of dimension: Dimension) -> (Dimension, Dimension) {
    let left = Dimension(sorted: dimension.terms.filter { $0.coefficient > 0 })
    return (left, left - dimension)
  }
}
