extension Dimension {
  /// The names that occur, those inside floors included.
  package var variables: Set<String> {
    var names: Set<String> = []
    collectVariables(into: &names)
    return names
  }

  private func collectVariables(into names: inout Set<String>) {
    for term in terms {
      for factor in term.monomial.factors {
        switch factor.atom {
        case .variable(let name): names.insert(name)
        case .floor(let numerator, let denominator):
          numerator.collectVariables(into: &names)
          denominator.collectVariables(into: &names)
        }
      }
    }
  }

  /// Whether the variable occurs, inside floors included.
  package func mentions(_ name: String) -> Bool {
    terms.contains { term in
      term.monomial.factors.contains { factor in
        switch factor.atom {
        case .variable(let other): other == name
        case .floor(let numerator, let denominator): numerator.mentions(name) || denominator.mentions(name)
        }
      }
    }
  }

  /// Whether a floor of the dimension holds a multiple of the dimension's greatest monomial.
  var hasLeadInsideFloor: Bool {
    guard let lead = terms.first?.monomial else { return false }
    return terms.contains { term in term.monomial.factors.contains { $0.atom.holdsInside(lead) } }
  }

  /// The dimension with all the variables replaced at once.
  package func substituting(_ values: [String: Dimension]) -> Dimension {
    if isInvalid || values.isEmpty || constant != nil { return self }
    return mappingAtoms { atom in
      switch atom {
      case .variable(let name): values[name]
      case .floor(let numerator, let denominator):
        numerator.mentions(anyOf: values) || denominator.mentions(anyOf: values)
          ? numerator.substituting(values).floorDivided(by: denominator.substituting(values)) : nil
      }
    }
  }

  /// Whether a variable of the table occurs, inside floors included.
  func mentions(anyOf values: [String: Dimension]) -> Bool {
    terms.contains { term in
      term.monomial.factors.contains { factor in
        switch factor.atom {
        case .variable(let name): values[name] != nil
        case .floor(let numerator, let denominator):
          numerator.mentions(anyOf: values) || denominator.mentions(anyOf: values)
        }
      }
    }
  }

  /// The dimension rebuilt with other values for its atoms; nil keeps one.
  func mappingAtoms(_ transform: (Atom) -> Dimension?) -> Dimension {
    // What keeps its terms in order needs no sum; most dimensions keep them all.
    var kept: [Term] = []
    var sum = Dimension(0)
    for term in terms {
      let values = term.monomial.factors.map { transform($0.atom) }
      guard values.contains(where: { $0 != nil }) else {
        kept.append(term)
        continue
      }
      var product = Dimension(term.coefficient)
      for (factor, value) in zip(term.monomial.factors, values) {
        product *= (value ?? Dimension(factor.atom)).power(factor.power)
        if product.isInvalid { return .invalid }
      }
      sum += product
    }
    return kept.count == terms.count ? self : sum + Dimension(sorted: kept)
  }

  package func renamingVariables(_ names: [String: String]) -> Dimension {
    substituting(names.mapValues { .variable($0) })
  }

  package func renamingVariables(_ rename: (String) -> String) -> Dimension {
    substituting(Dictionary(uniqueKeysWithValues: variables.map { ($0, .variable(rename($0))) }))
  }

  /// The value for these values of the variables; nil where one is missing, a divisor is 0 or 64 bits do not suffice.
  package func evaluated(_ values: [String: Int]) -> Int? {
    if isInvalid { return nil }
    var sum = 0
    for term in terms {
      var product = term.coefficient
      for factor in term.monomial.factors {
        guard let value = factor.atom.evaluated(values) else { return nil }
        for _ in 0..<factor.power {
          let (next, overflow) = product.multipliedReportingOverflow(by: value)
          if overflow { return nil }
          product = next
        }
      }
      let (next, overflow) = sum.addingReportingOverflow(product)
      if overflow { return nil }
      sum = next
    }
    return sum
  }

  /// The dimension as `coefficient · name + rest` with neither mentioning the name, where it occurs linearly.
  package func linear(in name: String) -> (coefficient: Dimension, rest: Dimension)? {
    var (with, without): ([Term], [Term]) = ([], [])
    let factor = Monomial(factors: [Factor(atom: .variable(name), power: 1)])
    for term in terms {
      if let cofactor = term.monomial.divided(by: factor) {
        with.append(Term(monomial: cofactor, coefficient: term.coefficient))
      } else {
        without.append(term)
      }
    }
    let (coefficient, rest) = (Dimension(collecting: with), Dimension(sorted: without))
    if coefficient.isInvalid || coefficient.mentions(name) || rest.mentions(name) { return nil }
    return (coefficient, rest)
  }
}

extension Dimension.Atom {
  /// Whether a floor has a term inside that is a multiple of the monomial.
  fileprivate func holdsInside(_ monomial: Dimension.Monomial) -> Bool {
    guard case .floor(let numerator, let denominator) = self else { return false }
    return (numerator.terms + denominator.terms).contains { term in
      term.monomial.divided(by: monomial) != nil
        || term.monomial.factors.contains { $0.atom.holdsInside(monomial) }
    }
  }

  func evaluated(_ values: [String: Int]) -> Int? {
    switch self {
    case .variable(let name): values[name]
    case .floor(let numerator, let denominator):
      if let p = numerator.evaluated(values), let q = denominator.evaluated(values) {
        floorDivision(p, by: q)
      } else {
        nil
      }
    }
  }
}
