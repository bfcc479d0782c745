import Tensors

/// An expression over sizes that is evaluated directly: the oracle of the normal form.
indirect enum RandomExpression {
  case number(Int)
  case name(String)
  case sum(RandomExpression, RandomExpression)
  case difference(RandomExpression, RandomExpression)
  case product(RandomExpression, RandomExpression)
  case floor(RandomExpression, RandomExpression)

  static let names = ["a", "b", "c"]

  static func random(depth: Int, _ draws: inout PhiloxSequence) -> RandomExpression {
    if depth == 0 {
      return draws.below(3) == 0 ? .number(draws.below(11) - 4) : .name(names[draws.below(names.count)])
    }
    func next() -> RandomExpression { random(depth: draws.below(depth), &draws) }
    switch draws.below(7) {
    case 0, 1: return .sum(next(), next())
    case 2: return .difference(next(), next())
    case 3: return .product(next(), next())
    case 4: return .product(.number(draws.below(7) - 1), next())
    case 5: return .floor(next(), .number(1 + draws.below(6)))
    default: return .floor(next(), draws.below(3) == 0 ? next() : .name(names[draws.below(names.count)]))
    }
  }

  var dimension: Dimension {
    switch self {
    case .number(let value): Dimension(value)
    case .name(let name): .variable(name)
    case .sum(let a, let b): a.dimension + b.dimension
    case .difference(let a, let b): a.dimension - b.dimension
    case .product(let a, let b): a.dimension * b.dimension
    case .floor(let a, let b): a.dimension.floorDivided(by: b.dimension)
    }
  }

  /// The value by ordinary arithmetic, floors by way of `Double`; nil for a division by 0.
  func value(_ values: [String: Int]) -> Int? {
    switch self {
    case .number(let value): return value
    case .name(let name): return values[name]
    case .sum(let a, let b): return combine(a, b, values) { $0 + $1 }
    case .difference(let a, let b): return combine(a, b, values) { $0 - $1 }
    case .product(let a, let b): return combine(a, b, values) { $0 * $1 }
    case .floor(let a, let b):
      guard let p = a.value(values), let q = b.value(values), q != 0 else { return nil }
      return Int((Double(p) / Double(q)).rounded(.down))
    }
  }

  private func combine(
    _ a: RandomExpression, _ b: RandomExpression, _ values: [String: Int], _ operation: (Int, Int) -> Int
  ) -> Int? {
    guard let x = a.value(values), let y = b.value(values) else { return nil }
    return operation(x, y)
  }
}

/// All assignments of the three names to values of a range.
func assignments(_ range: ClosedRange<Int>) -> [[String: Int]] {
  range.flatMap { a in range.flatMap { b in range.map { c in ["a": a, "b": b, "c": c] } } }
}
