extension Dimension: CustomStringConvertible {
  /// The dimension in the words of the language: `4 * D`, `floor((H - 3) / 2) + 1`.
  package var description: String { description { _, _ in false } }

  /// The dimension in the words of the language, quotients that are known to be exact without `floor`: `H / 2`.
  func description(isExact: (Dimension, Dimension) -> Bool) -> String {
    withoutActuallyEscaping(isExact) { DimensionPrinter(isExact: $0).text(self) }
  }
}

/// Writes dimensions with the operators and functions of the language.
private struct DimensionPrinter {
  let isExact: (Dimension, Dimension) -> Bool

  func text(_ dimension: Dimension) -> String {
    if dimension.isInvalid { return "(too large)" }
    var constant = dimension.constantTerm
    var parts: [(isNegative: Bool, text: String)] = []
    var mayRound = true
    for term in dimension.terms where !term.monomial.factors.isEmpty {
      if mayRound, let rounded = rounded(term, &constant) {
        parts.append((false, rounded))
        mayRound = false
      } else {
        parts.append((term.coefficient < 0, product(term)))
      }
    }
    // A sum starts with a positive term, if it has one: `1 - H`.
    if constant != 0 { parts.append((constant < 0, "\(constant.magnitude)")) }
    if let first = parts.firstIndex(where: { !$0.isNegative }) { parts.insert(parts.remove(at: first), at: 0) }
    guard let head = parts.first else { return "0" }
    return parts.dropFirst().reduce((head.isNegative ? "-" : "") + head.text) { sum, part in
      sum + (part.isNegative ? " - " : " + ") + part.text
    }
  }

  /// A floor and the constant beside it as people write them: `ceil(H / 2)`, `floor((H - 3) / 2) + 1`. The normal form
  /// keeps a constant inside the floor between 0 and the divisor.
  private func rounded(_ term: Dimension.Term, _ constant: inout Int) -> String? {
    guard term.coefficient == 1, term.monomial.factors.count == 1, term.monomial.factors[0].power == 1,
      case .floor(let p, let q) = term.monomial.factors[0].atom, !isExact(p, q)
    else { return nil }
    let inner = p.constantTerm
    let body = p - Dimension(inner)
    if let divisor = q.constant {
      if inner == divisor - 1, constant >= 0 { return "ceil(\(quotient(body, q)))" }
      let moved = Dimension(inner) + Dimension(divisor) * (Dimension(constant) - 1)
      if inner != 0, constant < 0, !moved.isInvalid {
        constant = 1
        return "floor(\(quotient(body + moved, q)))"
      }
    } else if inner == -1, constant >= 1 {
      constant -= 1
      return "ceil(\(quotient(body, q)))"
    }
    return nil
  }

  private func product(_ term: Dimension.Term) -> String {
    let alone = term.monomial.factors.count == 1 && term.coefficient.magnitude == 1
    var parts = term.coefficient.magnitude == 1 ? [] : ["\(term.coefficient.magnitude)"]
    for factor in term.monomial.factors {
      let base = atom(factor.atom, isAlone: alone && factor.power == 1)
      parts.append(factor.power == 1 ? base : "\(base) ^ \(factor.power)")
    }
    return parts.joined(separator: " * ")
  }

  private func atom(_ atom: Dimension.Atom, isAlone: Bool) -> String {
    switch atom {
    case .variable(let name): return name
    case .floor(let p, let q):
      if !isExact(p, q) { return "floor(\(quotient(p, q)))" }
      return isAlone ? quotient(p, q) : "(\(quotient(p, q)))"
    }
  }

  private func quotient(_ p: Dimension, _ q: Dimension) -> String {
    "\(operand(p, isDivisor: false)) / \(operand(q, isDivisor: true))"
  }

  private func operand(_ dimension: Dimension, isDivisor: Bool) -> String {
    let inner = text(dimension)
    if let constant = dimension.constant, constant >= 0 { return inner }
    guard dimension.terms.count == 1, dimension.terms[0].coefficient > 0 else { return "(\(inner))" }
    let term = dimension.terms[0]
    let isSingle = term.coefficient == 1 && term.monomial.factors.count == 1 && term.monomial.factors[0].power == 1
    if isSingle, case .floor(let p, let q) = term.monomial.factors[0].atom, isExact(p, q) { return "(\(inner))" }
    return isSingle || !isDivisor ? inner : "(\(inner))"
  }
}
