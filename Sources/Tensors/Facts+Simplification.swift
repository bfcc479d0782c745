extension Facts {
  /// The dimension in terms of the variables that are left, rewritten by the facts.
  func resolved(_ dimension: Dimension) -> Dimension {
    if dimension.constant != nil || (zeros.isEmpty && !dimension.mentions(anyOf: solved)) { return dimension }
    var current = dimension
    for _ in 0..<4 {
      let next = rewritten(current.substituting(solved))
      if next == current { break }
      current = next
    }
    return current
  }

  /// The dimension with multiples of dimensions that are 0 taken away, inside floors too.
  private func rewritten(_ dimension: Dimension) -> Dimension {
    if zeros.isEmpty || dimension.constant != nil || dimension.isInvalid { return dimension }
    var current = dimension.mappingAtoms { atom in
      guard case .floor(let p, let q) = atom else { return nil }
      return rewritten(p).floorDivided(by: rewritten(q))
    }
    for _ in 0..<16 {
      let before = current
      for zero in zeros {
        if let remainder = current.polynomialDivision(by: zero)?.remainder { current = remainder }
      }
      if current == before { break }
    }
    return current
  }

  /// The dimension simplified under the facts, in the variables of the file.
  package func simplify(_ dimension: Dimension) -> Dimension {
    let simpler = quotients.reversed().reduce(resolved(dimension)) { restored($1, in: $0) }
    return simpler.isInvalid ? dimension : simpler
  }

  /// The simplified dimension in the words of the file, quotients that are known to be exact without `floor`.
  package func describe(_ dimension: Dimension) -> String {
    simplify(dimension).description { p, q in prove(.divisible(p, by: q)) == .proven }
  }

  /// The fact in the words of the file, as in a `where` clause.
  package func describe(_ fact: Fact) -> String { fact.description { describe($0) } }

  /// The dimension with the numerator for every `quotient · denominator`, and a floor for what is left of the quotient.
  private func restored(_ quotient: Quotient, in dimension: Dimension) -> Dimension {
    if !dimension.mentions(quotient.name) { return dimension }
    let floor = quotient.numerator.floorDivided(by: quotient.denominator)
    let own = Dimension.Monomial(factors: [.init(atom: .variable(quotient.name), power: 1)])
    var sum = Dimension(0)
    for term in dimension.terms {
      var cofactor = Dimension(sorted: [term])
      var product = Dimension(1)
      // Whole multiples of the denominator first: 4·(H / 2) is 2·H.
      while let rest = cofactor.terms.first?.monomial.divided(by: own), let first = cofactor.terms.first {
        let without = Dimension(sorted: [.init(monomial: rest, coefficient: first.coefficient)])
        guard quotient.denominator.terms.count == 1, let exact = without.polynomialDivision(by: quotient.denominator),
          exact.remainder.isZero
        else { break }
        cofactor = exact.quotient
        product *= quotient.numerator
      }
      sum +=
        product
        * cofactor.mappingAtoms { atom in
          switch atom {
          case .variable(let name): name == quotient.name ? floor : nil
          case .floor(let p, let q): restored(quotient, in: p).floorDivided(by: restored(quotient, in: q))
          }
        }
    }
    return sum
  }
}
