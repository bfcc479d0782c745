/// A symbolic size: an integer polynomial over named variables and atoms `floor(p / q)`, in normal form, with checked
/// 64-bit coefficients. Arithmetic that overflows, or that exceeds the cap on terms, gives ``isInvalid``.
///
/// Two dimensions that are equal have equal values wherever both are defined; `floor(p / q)` is undefined where q is 0.
package struct Dimension: Sendable, Hashable {
  /// A factor of a term.
  package indirect enum Atom: Sendable, Hashable {
    case variable(String)
    case floor(Dimension, Dimension)
  }

  /// An atom and its exponent, at least 1.
  package struct Factor: Sendable, Hashable {
    package var atom: Atom
    package var power: Int
  }

  /// A product of atoms with exponents, sorted; empty for the constant term.
  package struct Monomial: Sendable, Hashable {
    package var factors: [Factor]
    package static let one = Monomial(factors: [])
  }

  /// A monomial and its coefficient, never 0.
  package struct Term: Sendable, Hashable {
    package var monomial: Monomial
    package var coefficient: Int
  }

  /// The most terms that a dimension may have.
  package static let termLimit = 64
  /// The greatest total degree of a term.
  package static let degreeLimit = 16
  /// The greatest number of nested floors.
  package static let depthLimit = 16
  /// The most factors in all, those inside floors included.
  package static let weightLimit = 1024

  /// The terms, greatest monomial first (see ``Monomial/order(_:_:)``); the constant term, if any, is last.
  package private(set) var terms: [Term]
  /// Whether a computation on the way overflowed, divided by a size below 1, or exceeded a cap.
  package private(set) var isInvalid: Bool

  package init(_ value: Int) {
    terms = value == 0 ? [] : [Term(monomial: .one, coefficient: value)]
    isInvalid = false
  }

  package init(_ atom: Atom) {
    terms = [Term(monomial: Monomial(factors: [Factor(atom: atom, power: 1)]), coefficient: 1)]
    isInvalid = false
  }

  /// Terms that are sorted, distinct and not zero; invalid where they exceed a cap.
  init(sorted terms: [Term]) {
    self.terms = terms
    isInvalid = false
    if terms.count == 1, terms[0].monomial.factors.isEmpty { return }
    var weight = Dimension.weightLimit
    let fits = terms.count <= Dimension.termLimit && Dimension.spend(terms, from: &weight, depth: 0)
    if !fits { self = .invalid }
  }

  /// The result of a computation that overflowed.
  package static let invalid: Dimension = {
    var result = Dimension(0)
    result.isInvalid = true
    return result
  }()

  package static func variable(_ name: String) -> Dimension { Dimension(.variable(name)) }

  /// The value, where no variable is left.
  package var constant: Int? {
    if isInvalid { return nil }
    if terms.isEmpty { return 0 }
    guard terms.count == 1, terms[0].monomial.factors.isEmpty else { return nil }
    return terms[0].coefficient
  }

  /// The name, where the dimension is nothing but one variable.
  package var variableName: String? {
    guard terms.count == 1, terms[0].coefficient == 1, terms[0].monomial.factors.count == 1,
      terms[0].monomial.factors[0].power == 1, case .variable(let name) = terms[0].monomial.factors[0].atom
    else { return nil }
    return name
  }

  /// The constant term, 0 where there is none.
  var constantTerm: Int {
    guard let last = terms.last, last.monomial.factors.isEmpty else { return 0 }
    return last.coefficient
  }

  /// The greatest common divisor of the coefficients but the constant term's; 0 for a constant.
  var commonCoefficient: Int {
    terms.reduce(0) { $1.monomial.factors.isEmpty ? $0 : greatestCommonDivisor($0, $1.coefficient) }
  }

  var isZero: Bool { !isInvalid && terms.isEmpty }

  /// Takes the factors of the terms from a budget; false where it does not suffice.
  private static func spend(_ terms: [Term], from budget: inout Int, depth: Int) -> Bool {
    if depth > depthLimit { return false }
    for term in terms {
      budget -= 1 + term.monomial.factors.count
      if budget < 0 || term.monomial.degree > degreeLimit { return false }
      for factor in term.monomial.factors {
        guard case .floor(let numerator, let denominator) = factor.atom else { continue }
        guard spend(numerator.terms, from: &budget, depth: depth + 1),
          spend(denominator.terms, from: &budget, depth: depth + 1)
        else { return false }
      }
    }
    return true
  }
}

extension Dimension: ExpressibleByIntegerLiteral {
  package init(integerLiteral value: Int) { self.init(value) }
}

// MARK: - Order

extension Dimension.Atom {
  /// Variables by name, then floors; negative where a comes first, 0 where they are equal.
  static func order(_ a: Dimension.Atom, _ b: Dimension.Atom) -> Int {
    switch (a, b) {
    case (.variable(let x), .variable(let y)): return x == y ? 0 : x < y ? -1 : 1
    case (.variable, .floor): return -1
    case (.floor, .variable): return 1
    case (.floor(let p, let q), .floor(let r, let s)):
      let first = Dimension.order(p, r)
      return first != 0 ? first : Dimension.order(q, s)
    }
  }
}

extension Dimension.Monomial {
  var degree: Int { factors.reduce(0) { $0 + $1.power } }

  /// The graded lexicographic order, which multiplication preserves: a higher degree is greater, then a higher power
  /// of the first atom. Positive where a is greater.
  package static func order(_ a: Dimension.Monomial, _ b: Dimension.Monomial) -> Int {
    let (m, n) = (a.degree, b.degree)
    if m != n { return m - n }
    for (x, y) in zip(a.factors, b.factors) {
      let atoms = Dimension.Atom.order(x.atom, y.atom)
      if atoms != 0 { return -atoms }
      if x.power != y.power { return x.power - y.power }
    }
    return a.factors.count - b.factors.count
  }

  static func * (a: Dimension.Monomial, b: Dimension.Monomial) -> Dimension.Monomial {
    if a.factors.isEmpty { return b }
    if b.factors.isEmpty { return a }
    var result: [Dimension.Factor] = []
    result.reserveCapacity(a.factors.count + b.factors.count)
    var (i, j) = (0, 0)
    while i < a.factors.count, j < b.factors.count {
      let atoms = Dimension.Atom.order(a.factors[i].atom, b.factors[j].atom)
      if atoms < 0 {
        result.append(a.factors[i])
        i += 1
      } else if atoms > 0 {
        result.append(b.factors[j])
        j += 1
      } else {
        result.append(.init(atom: a.factors[i].atom, power: a.factors[i].power + b.factors[j].power))
        i += 1
        j += 1
      }
    }
    return Dimension.Monomial(factors: result + a.factors[i...] + b.factors[j...])
  }

  /// The monomial that gives this one when multiplied by the divisor, if there is one.
  func divided(by divisor: Dimension.Monomial) -> Dimension.Monomial? {
    if divisor.factors.isEmpty { return self }
    var result: [Dimension.Factor] = []
    var j = 0
    for factor in factors {
      guard j < divisor.factors.count, divisor.factors[j].atom == factor.atom else {
        result.append(factor)
        continue
      }
      let power = factor.power - divisor.factors[j].power
      if power < 0 { return nil }
      if power > 0 { result.append(.init(atom: factor.atom, power: power)) }
      j += 1
    }
    return j == divisor.factors.count ? Dimension.Monomial(factors: result) : nil
  }

  /// The greatest monomial that divides both.
  func common(with other: Dimension.Monomial) -> Dimension.Monomial {
    Dimension.Monomial(
      factors: factors.compactMap { factor in
        guard let match = other.factors.first(where: { $0.atom == factor.atom }) else { return nil }
        return .init(atom: factor.atom, power: min(factor.power, match.power))
      })
  }
}

extension Dimension {
  /// A total order without meaning but for its stability; 0 where the dimensions are equal.
  static func order(_ a: Dimension, _ b: Dimension) -> Int {
    for (x, y) in zip(a.terms, b.terms) {
      let monomials = Monomial.order(x.monomial, y.monomial)
      if monomials != 0 { return -monomials }
      if x.coefficient != y.coefficient { return x.coefficient < y.coefficient ? -1 : 1 }
    }
    return a.terms.count - b.terms.count
  }
}

// MARK: - Arithmetic

extension Dimension {
  /// The dimension from terms in any order, which may share monomials.
  init(collecting terms: some Sequence<Term>) {
    var merged: [Term] = []
    for term in terms.sorted(by: { Monomial.order($0.monomial, $1.monomial) > 0 }) {
      guard let last = merged.last, last.monomial == term.monomial else {
        if merged.last?.coefficient == 0 { merged.removeLast() }
        merged.append(term)
        continue
      }
      let (sum, overflow) = last.coefficient.addingReportingOverflow(term.coefficient)
      if overflow {
        self = .invalid
        return
      }
      merged[merged.count - 1].coefficient = sum
    }
    if merged.last?.coefficient == 0 { merged.removeLast() }
    self.init(sorted: merged)
  }

  package static func + (a: Dimension, b: Dimension) -> Dimension {
    if a.isInvalid || b.isInvalid { return .invalid }
    if a.terms.isEmpty { return b }
    if b.terms.isEmpty { return a }
    var result: [Term] = []
    result.reserveCapacity(a.terms.count + b.terms.count)
    var (i, j) = (0, 0)
    while i < a.terms.count, j < b.terms.count {
      let order = Monomial.order(a.terms[i].monomial, b.terms[j].monomial)
      if order > 0 {
        result.append(a.terms[i])
        i += 1
      } else if order < 0 {
        result.append(b.terms[j])
        j += 1
      } else {
        let (sum, overflow) = a.terms[i].coefficient.addingReportingOverflow(b.terms[j].coefficient)
        if overflow { return .invalid }
        if sum != 0 { result.append(Term(monomial: a.terms[i].monomial, coefficient: sum)) }
        i += 1
        j += 1
      }
    }
    return Dimension(sorted: result + a.terms[i...] + b.terms[j...])
  }

  package static prefix func - (a: Dimension) -> Dimension { a.scaled(by: -1) }

  package static func - (a: Dimension, b: Dimension) -> Dimension { a + (-b) }

  /// The dimension times a number that is not 0.
  private func scaled(by factor: Int) -> Dimension {
    if isInvalid || factor == 1 { return self }
    var result = self
    for index in terms.indices {
      let (coefficient, overflow) = terms[index].coefficient.multipliedReportingOverflow(by: factor)
      if overflow { return .invalid }
      result.terms[index].coefficient = coefficient
    }
    return result
  }

  package static func * (a: Dimension, b: Dimension) -> Dimension {
    if a.isInvalid || b.isInvalid { return .invalid }
    if let factor = a.constant, factor != 0 { return b.scaled(by: factor) }
    if let factor = b.constant, factor != 0 { return a.scaled(by: factor) }
    var products: [Term] = []
    products.reserveCapacity(a.terms.count * b.terms.count)
    for x in a.terms {
      for y in b.terms {
        let (coefficient, overflow) = x.coefficient.multipliedReportingOverflow(by: y.coefficient)
        if overflow { return .invalid }
        products.append(Term(monomial: x.monomial * y.monomial, coefficient: coefficient))
      }
    }
    // A factor of one term keeps the order of the other's.
    return a.terms.count == 1 || b.terms.count == 1 ? Dimension(sorted: products) : Dimension(collecting: products)
  }

  package static func += (a: inout Dimension, b: Dimension) { a = a + b }
  package static func -= (a: inout Dimension, b: Dimension) { a = a - b }
  package static func *= (a: inout Dimension, b: Dimension) { a = a * b }

  /// The dimension multiplied by itself; 1 for the exponent 0. A negative exponent is invalid.
  package func power(_ exponent: Int) -> Dimension {
    if exponent < 0 || isInvalid { return .invalid }
    if let constant, constant.magnitude <= 1 {
      return Dimension(constant == -1 && exponent % 2 == 0 ? 1 : exponent == 0 ? 1 : constant)
    }
    if exponent > 64 { return .invalid }
    return (0..<exponent).reduce(Dimension(1)) { product, _ in product * self }
  }
}
