/// Something that can hold between sizes: what a `where` clause states, and what a layer needs.
package enum Fact: Sendable, Hashable {
  /// The first is a multiple of the second, which is at least 1.
  case divisible(Dimension, by: Dimension)
  case equal(Dimension, Dimension)
  /// The first is not less than the second.
  case atLeast(Dimension, Dimension)
}

/// What is known about a fact.
package enum Verdict: Sendable, Hashable {
  case proven
  /// False for all values that the known facts allow.
  case refuted
  case unknown
}

extension Fact {
  package var variables: Set<String> {
    let (p, q) = sides
    return p.variables.union(q.variables)
  }

  /// The two dimensions, in order.
  package var sides: (Dimension, Dimension) {
    switch self {
    case .divisible(let p, let q), .equal(let p, let q), .atLeast(let p, let q): (p, q)
    }
  }

  /// The same fact between other dimensions.
  package func mapping(_ transform: (Dimension) -> Dimension) -> Fact {
    switch self {
    case .divisible(let p, let q): .divisible(transform(p), by: transform(q))
    case .equal(let p, let q): .equal(transform(p), transform(q))
    case .atLeast(let p, let q): .atLeast(transform(p), transform(q))
    }
  }

  package func substituting(_ values: [String: Dimension]) -> Fact { mapping { $0.substituting(values) } }

  /// Whether the fact holds for these values; nil where a side has no value.
  package func holds(_ values: [String: Int]) -> Bool? {
    let (p, q) = sides
    guard let a = p.evaluated(values), let b = q.evaluated(values) else { return nil }
    switch self {
    case .divisible: return b >= 1 && a % b == 0
    case .equal: return a == b
    case .atLeast: return a >= b
    }
  }
}

extension Fact: CustomStringConvertible {
  /// The fact as a `where` clause writes it: `D % heads == 0`, `T <= 64`, `H >= W + 2`.
  package var description: String { description { $0.description } }

  func description(_ text: (Dimension) -> String) -> String {
    switch self {
    case .divisible(let p, let q): "\(Fact.factor(p, text)) % \(Fact.factor(q, text)) == 0"
    case .equal(let p, let q): "\(text(p)) == \(text(q))"
    case .atLeast(let p, let q): Fact.inequality(p, q, text)
    }
  }

  private static func factor(_ dimension: Dimension, _ text: (Dimension) -> String) -> String {
    let inner = text(dimension)
    let isOneTerm = dimension.terms.count <= 1 && (dimension.terms.first?.coefficient ?? 1) > 0
    return isOneTerm && !inner.contains(" * ") && (!inner.contains(" ") || inner.contains("(")) ? inner : "(\(inner))"
  }

  private static func inequality(_ p: Dimension, _ q: Dimension, _ text: (Dimension) -> String) -> String {
    if p.constant != nil && q.constant == nil { return "\(text(q)) <= \(text(p))" }
    if !q.isZero { return "\(text(p)) >= \(text(q))" }
    // `H - 3 >= 0` reads better as `H >= 3`.
    let left = Dimension(sorted: p.terms.filter { $0.coefficient > 0 && !$0.monomial.factors.isEmpty })
    let right = left - p
    if left.isInvalid || right.isInvalid || left.isZero { return "\(text(p)) >= 0" }
    return "\(text(left)) >= \(text(right))"
  }
}
