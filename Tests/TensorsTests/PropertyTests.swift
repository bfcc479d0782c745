import Tensors
import Testing

@Suite struct PropertyTests {
  @Test func normalFormsHaveTheValueOfWhatTheyStandFor() {
    var draws = PhiloxSequence(seed: 1, path: "normal form")
    var (compared, invalid) = (0, 0)
    for _ in 0..<25_000 {
      let expression = RandomExpression.random(depth: 4, &draws)
      let dimension = expression.dimension
      if dimension.isInvalid {
        invalid += 1
        continue
      }
      for _ in 0..<4 {
        let values = [
          "a": draws.below(18) - 5, "b": draws.below(18) - 5, "c": draws.below(18) - 5,
        ]
        guard let value = expression.value(values) else { continue }
        compared += 1
        #expect(dimension.evaluated(values) == value, "\(expression) as \(dimension) at \(values)")
      }
    }
    #expect(compared > 60_000)
    #expect(invalid < 3_000)
  }

  @Test func substitutionCommutesWithEvaluation() {
    var draws = PhiloxSequence(seed: 2, path: "substitution")
    var compared = 0
    for _ in 0..<5_000 {
      let outer = RandomExpression.random(depth: 3, &draws)
      let inner = ["a", "b"].reduce(into: [String: RandomExpression]()) {
        $0[$1] = RandomExpression.random(depth: 2, &draws)
      }
      let values = ["a": 1 + draws.below(9), "b": 1 + draws.below(9), "c": 1 + draws.below(9)]
      var innerValues = values
      for (name, expression) in inner { innerValues[name] = expression.value(values) }
      let dimension = outer.dimension.substituting(inner.mapValues(\.dimension))
      guard innerValues.count == 3, let value = outer.value(innerValues), !dimension.isInvalid else { continue }
      compared += 1
      #expect(dimension.evaluated(values) == value, "\(outer) of \(inner) at \(values)")
    }
    #expect(compared > 2_500)
  }

  @Test func equalDimensionsDescribeThemselvesAlike() {
    var draws = PhiloxSequence(seed: 3, path: "description")
    for _ in 0..<2_000 {
      let (a, b) = (
        RandomExpression.random(depth: 3, &draws).dimension, RandomExpression.random(depth: 3, &draws).dimension
      )
      #expect((a + b).description == (b + a).description)
      #expect((a * b).description == (b * a).description)
      #expect(a + b - b == a || (a + b).isInvalid)
    }
  }

  /// Facts and queries over three sizes, held against every assignment of a box.
  @Test(arguments: [1, 0, nil] as [Int?]) func verdictsHoldForAllValues(bound: Int?) {
    var draws = PhiloxSequence(seed: 4, path: "prover \(String(describing: bound))")
    let box = assignments(bound == nil ? -3...4 : bound!...8)
    var (cases, proven, refuted) = (0, 0, 0)
    for _ in 0..<600 {
      var facts = Facts()
      for name in RandomExpression.names { facts.setLowerBound(bound, of: name) }
      for _ in 0..<draws.below(4) { facts.assume(randomFact(&draws)) }
      let allowed = box.filter { values in facts.stated.allSatisfy { $0.holds(values) == true } }
      if facts.isContradictory { #expect(allowed.isEmpty, "\(facts.stated) are no contradiction") }
      for _ in 0..<12 {
        let query = draws.below(4) == 0 ? related(facts.stated, &draws) : randomFact(&draws)
        let verdict = facts.prove(query)
        cases += 1
        let clause = facts.clause(for: query)
        for values in allowed {
          guard let wanted = query.holds(values), let stated = clause.holds(values) else { continue }
          #expect(stated == wanted, "\(clause) is not \(query) by \(facts.stated) at \(values)")
        }
        if verdict == .unknown { continue }
        let outcomes = allowed.compactMap { query.holds($0) }
        if verdict == .proven { proven += 1 } else { refuted += 1 }
        #expect(
          outcomes.allSatisfy { $0 == (verdict == .proven) }, "\(query) is not \(verdict) by \(facts.stated)")
      }
      let dimension = RandomExpression.random(depth: 3, &draws).dimension
      let simpler = facts.simplify(dimension)
      for values in allowed.prefix(40) {
        guard let value = dimension.evaluated(values) else { continue }
        #expect(simpler.evaluated(values) == value, "\(dimension) is not \(simpler) by \(facts.stated) at \(values)")
      }
    }
    #expect(cases == 7_200)
    #expect(proven > 500 && refuted > 400)
  }

  private func randomFact(_ draws: inout PhiloxSequence) -> Fact {
    let p = RandomExpression.random(depth: draws.below(3), &draws).dimension
    let q = RandomExpression.random(depth: draws.below(2), &draws).dimension
    switch draws.below(5) {
    case 0: return .divisible(p, by: Dimension(1 + draws.below(6)))
    case 1: return .divisible(p, by: q)
    case 2: return .equal(p, q)
    default: return .atLeast(p, q)
    }
  }

  /// A fact that follows from, or is near, one of those stated.
  private func related(_ stated: [Fact], _ draws: inout PhiloxSequence) -> Fact {
    guard !stated.isEmpty else { return randomFact(&draws) }
    let factor = RandomExpression.random(depth: 1, &draws).dimension
    let offset = Dimension(draws.below(3) - 1)
    switch stated[draws.below(stated.count)] {
    case .divisible(let p, let q): return .divisible(p * factor + offset, by: q)
    case .equal(let p, let q): return .equal(p * factor + offset, q * factor)
    case .atLeast(let p, let q): return .atLeast(p * 2 + offset, q * 2)
    }
  }
}
