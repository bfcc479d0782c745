/// A symbolic size: an integer polynomial over named variables and atoms `floor(p / q)`, in normal form, with checked
/// 64-bit coefficients. Arithmetic that overflows, or that exceeds the cap on terms, gives ``isInvalid``.
package struct Dimension: Sendable, Hashable {
  /// A factor of a term.
  package indirect enum Atom: Sendable, Hashable {
    case variable(String)
    case floor(Dimension, Dimension)
  }
  /// A product of atoms with exponents, sorted; empty for the constant term.
  package struct Monomial: Sendable, Hashable {
    package var factors: [(atom: Atom, power: Int)]
    package static func == (a: Monomial, b: Monomial) -> Bool {
      a.factors.count == b.factors.count
        && zip(a.factors, b.factors).allSatisfy { $0.atom == $1.atom && $0.power == $1.power }
    }
    package func hash(into hasher: inout Hasher) {
      for factor in factors {
        hasher.combine(factor.atom)
        hasher.combine(factor.power)
      }
    }
  }
  /// Coefficients by monomial; no zero coefficients.
  package var terms: [Monomial: Int]
  /// Whether a computation on the way overflowed.
  package var isInvalid: Bool

  package init(_ value: Int) {
    terms = value == 0 ? [:] : [Monomial(factors: []): value]
    isInvalid = false
  }

  package static func variable(_ name: String) -> Dimension {
    var result = Dimension(0)
    result.terms = [Monomial(factors: [(.variable(name), 1)]): 1]
    return result
  }

  /// The value, where no variable is left.
  package var constant: Int? {
    if isInvalid { return nil }
    if terms.isEmpty { return 0 }
    guard terms.count == 1, let only = terms.first, only.key.factors.isEmpty else { return nil }
    return only.value
  }
}

extension Dimension: ExpressibleByIntegerLiteral {
  package init(integerLiteral value: Int) { self.init(value) }
}
