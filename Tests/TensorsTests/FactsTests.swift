import Tensors
import Testing

@Suite struct FactsTests {
  @Test func divisibilityReplacesAVariable() {
    let facts = Facts([.divisible(D, by: heads)])
    #expect(facts.prove(.divisible(D, by: heads)) == .proven)
    #expect(facts.prove(.divisible(4 * D, by: heads)) == .proven)
    #expect(facts.prove(.divisible(D, by: 2)) == .unknown)
    #expect(facts.prove(.divisible(D + heads, by: heads)) == .proven)
    #expect(facts.prove(.equal(heads * D.floorDivided(by: heads), D)) == .proven)
    #expect(facts.prove(.atLeast(D, heads)) == .proven)
    #expect(facts.simplify(heads * D.floorDivided(by: heads)) == D)
    #expect(facts.describe(D.floorDivided(by: heads)) == "D / heads")
  }

  @Test func halvesAreExact() {
    let facts = Facts([.divisible(H, by: 2), .divisible(W, by: 2)])
    #expect(facts.simplify(H.ceilDivided(by: 2)) == H.floorDivided(by: 2))
    #expect(facts.simplify((H - 1).floorDivided(by: 2) + 1) == H.floorDivided(by: 2))
    #expect(facts.describe((H - 1).floorDivided(by: 2) + 1) == "H / 2")
    #expect(facts.describe(H.floorDivided(by: 2) * W.floorDivided(by: 2)) == "(H / 2) * (W / 2)")
    #expect(facts.describe(4 * H.floorDivided(by: 2)) == "2 * H")
    #expect(facts.prove(.divisible(H + 1, by: 2)) == .refuted)
    #expect(facts.prove(.equal(H, 2 * D + 1)) == .refuted)
    #expect(facts.prove(.divisible(H, by: 4)) == .unknown)
    #expect(facts.prove(.divisible(H * W, by: 4)) == .proven)
    #expect(facts.prove(.equal(H.remainder(by: 2), 0)) == .proven)
    #expect(facts.describe(Shape([H.floorDivided(by: 2), W.ceilDivided(by: 2), 3])) == "[H / 2, W / 2, 3]")
  }

  @Test func halvesOfHalvesAreQuarters() {
    let facts = Facts([.divisible(H, by: 2), .divisible(H.floorDivided(by: 2), by: 2)])
    #expect(facts.prove(.divisible(H, by: 4)) == .proven)
    #expect(facts.describe(H.floorDivided(by: 4)) == "H / 4")
    #expect(facts.simplify(4 * H.floorDivided(by: 4)) == H)
  }

  @Test func divisibilityWithoutAVariableRewrites() {
    let facts = Facts([.divisible(4 * D * W, by: heads)])
    #expect(facts.prove(.divisible(4 * D * W, by: heads)) == .proven)
    #expect(facts.prove(.divisible(8 * D * W, by: heads)) == .proven)
    #expect(facts.prove(.divisible(D * W, by: heads)) == .unknown)
    #expect(Facts([.divisible(3 * H, by: 2)]).prove(.divisible(H, by: 2)) == .proven)
    #expect(Facts([.equal(H.remainder(by: 2), 0)]).prove(.divisible(H, by: 2)) == .proven)
  }

  @Test func equalityReplacesAVariable() {
    let facts = Facts([.equal(T, 2 * S)])
    #expect(facts.prove(.equal(T * D, 2 * D * S)) == .proven)
    #expect(facts.prove(.divisible(T, by: 2)) == .proven)
    #expect(facts.prove(.atLeast(T, 2)) == .proven)
    #expect(facts.prove(.equal(T, S)) == .refuted)
    #expect(Facts([.equal(H * W, D * D)]).prove(.equal(2 * H * W, 2 * D * D)) == .proven)
    #expect(Facts([.equal(H.floorDivided(by: 2), W)]).prove(.atLeast(H, 2 * W)) == .proven)
  }

  @Test func sizesAreAtLeastOne() {
    let facts = Facts()
    #expect(facts.prove(.atLeast(H, 1)) == .proven)
    #expect(facts.prove(.atLeast(0, H)) == .refuted)
    #expect(facts.prove(.atLeast(H * W, H)) == .proven)
    #expect(facts.prove(.atLeast(H.ceilDivided(by: 2), 1)) == .proven)
    #expect(facts.prove(.atLeast(H.ceilDivided(by: stride), 1)) == .proven)
    #expect(facts.prove(.atLeast(H.floorDivided(by: 2), 1)) == .unknown)
    #expect(facts.prove(.equal(H + 1, H)) == .refuted)
    #expect(facts.prove(.equal(H + W, 1)) == .refuted)
    #expect(facts.prove(.equal(H, W)) == .unknown)
    #expect(facts.prove(.divisible(H, by: 0)) == .refuted)
  }

  @Test func boundsCanBeSet() {
    var facts = Facts()
    facts.setLowerBound(0, of: "H")
    #expect(facts.prove(.atLeast(H, 1)) == .unknown)
    #expect(facts.prove(.atLeast(H, 0)) == .proven)
    facts.setLowerBound(nil, of: "W")
    #expect(facts.prove(.atLeast(W, -100)) == .unknown)
    facts.assume(.atLeast(H, 4))
    #expect(facts.prove(.atLeast(H.floorDivided(by: 2), 2)) == .proven)
    #expect(facts.prove(.atLeast(1, H.floorDivided(by: 2))) == .refuted)
  }

  @Test func upperBoundsOfVaryingLengths() {
    let facts = Facts([.atLeast(64, T)])
    #expect(facts.prove(.atLeast(64, T)) == .proven)
    #expect(facts.prove(.atLeast(100, T)) == .proven)
    #expect(facts.prove(.atLeast(63, T)) == .unknown)
    #expect(facts.prove(.atLeast(T, 65)) == .refuted)
    #expect(facts.prove(.atLeast(32, T.floorDivided(by: 2))) == .proven)
    #expect(facts.prove(.atLeast(64 * D, T * D)) == .proven)
    #expect(facts.range(of: T * 3 + 1).upper == 193)
    let symbolic = Facts([.atLeast(S, T)])
    #expect(symbolic.prove(.atLeast(S * D, T * D)) == .proven)
    #expect(symbolic.prove(.atLeast(T, S + 1)) == .refuted)
  }

  @Test func kernelsFit() {
    let kernel = Dimension.variable("kernel")
    let facts = Facts([.atLeast(H, kernel)])
    #expect(facts.prove(.atLeast((H - kernel).floorDivided(by: stride) + 1, 1)) == .proven)
    #expect(Facts().prove(.atLeast((H - kernel).floorDivided(by: stride) + 1, 1)) == .unknown)
    #expect(facts.prove(.atLeast(H - kernel + 1, 1)) == .proven)
    #expect(facts.prove(.atLeast(kernel - 1, H)) == .refuted)
    #expect(Facts([.atLeast(2, H)]).prove(.atLeast(H - 3, 0)) == .refuted)
  }

  @Test func remaindersBetweenMultiplesAreRefuted() {
    #expect(Facts([.atLeast(heads, 4)]).prove(.divisible(3, by: heads)) == .refuted)
    #expect(Facts().prove(.divisible(2 * H + 1, by: 4)) == .refuted)
    #expect(Facts([.atLeast(heads, 2)]).prove(.divisible(heads * D + 1, by: heads)) == .refuted)
    #expect(Facts().prove(.divisible(heads * D + 1, by: heads)) == .unknown)
  }

  @Test func contradictionsProveNothing() {
    let facts = Facts([.divisible(H, by: 2), .equal(H, 2 * W + 1)])
    #expect(facts.isContradictory)
    #expect(facts.prove(.equal(H, W)) == .unknown)
    #expect(Facts([.atLeast(3, H), .atLeast(H, 4)]).isContradictory)
    #expect(!Facts([.atLeast(4, H), .atLeast(H, 4)]).isContradictory)
    #expect(Facts([.atLeast(4, H), .atLeast(H, 4)]).prove(.equal(H, 4)) == .proven)
  }

  static let clauses: [(Fact, String)] = [
    (Fact.divisible(D, by: heads), "D % heads == 0"),
    (.divisible(H - 3, by: 2), "(H - 3) % 2 == 0"),
    (.divisible(2 * H, by: 3), "(2 * H) % 3 == 0"),
    (.divisible(H.floorDivided(by: 2), by: 2), "floor(H / 2) % 2 == 0"),
    (.equal(T, 2 * S), "T == 2 * S"),
    (.atLeast(64, T), "T <= 64"),
    (.atLeast(H, 3), "H >= 3"),
    (.atLeast(H - 3, 0), "H >= 3"),
    (.atLeast(H - W - 1, 0), "H >= W + 1"),
    (.atLeast(H, W), "H >= W"),
  ]

  @Test(arguments: clauses)
  func factsReadAsWhereClauses(fact: Fact, text: String) {
    #expect(fact.description == text)
  }

  @Test func whatIsMissingReadsAsOneWouldWriteIt() {
    let half = H.floorDivided(by: 2)
    let none = Facts()
    #expect(none.describe(none.clause(for: .equal(2 * half, H))) == "H % 2 == 0")
    #expect(none.describe(none.clause(for: .equal(2 * H.ceilDivided(by: 2), H))) == "H % 2 == 0")
    #expect(none.describe(none.clause(for: .divisible(3 * H + 6, by: 2))) == "H % 2 == 0")
    #expect(none.describe(none.clause(for: .atLeast((H - 3).floorDivided(by: 2) + 1, 1))) == "H >= 3")
    #expect(none.describe(none.clause(for: .atLeast(2 * H, 2 * W + 5))) == "H >= W + 3")
    #expect(none.describe(none.clause(for: .atLeast(5, 2 * H))) == "H <= 2")
    #expect(none.describe(none.clause(for: .equal(H + D, W + D))) == "H == W")
    let even = Facts([.divisible(H, by: 2)])
    #expect(even.describe(even.clause(for: .divisible(half, by: 2))) == "H % 4 == 0")
    #expect(even.describe(even.clause(for: .equal(4 * half.floorDivided(by: 2), H))) == "H % 4 == 0")
    let grouped = Facts([.divisible(D, by: heads)])
    #expect(
      grouped.describe(grouped.clause(for: .divisible(D.floorDivided(by: heads), by: 2))) == "D % (2 * heads) == 0")
    let odd = Facts([.equal(H.remainder(by: 2), 1)])
    #expect(odd.prove(.divisible(H + 1, by: 2)) == .proven)
    #expect(odd.prove(.divisible(H, by: 2)) == .refuted)
  }

  /// Two levels down and up again, and heads that split features.
  @Test func shapesOfCommonNetworksAgree() {
    let facts = Facts([.divisible(H, by: 4), .divisible(D, by: heads)])
    let down = { (size: Dimension) in (size + 2 - 3).floorDivided(by: 2) + 1 }
    #expect(facts.prove(.equal(2 * down(H), H)) == .proven)
    #expect(facts.prove(.equal(4 * down(down(H)), H)) == .proven)
    #expect(facts.describe(down(down(H))) == "H / 4")
    #expect(facts.prove(.equal(T * heads * D.floorDivided(by: heads), T * D)) == .proven)
    #expect(facts.prove(.atLeast(2 * S, S)) == .proven)
    #expect(facts.prove(.atLeast(down(H), 2)) == .proven)
    #expect(facts.prove(.equal(8 * H.floorDivided(by: 8), H)) == .unknown)
  }

  @Test func hostileSizesAreUnknown() {
    let large = Dimension(Int.max)
    let facts = Facts([
      .atLeast(large, H), .divisible(large * W, by: Dimension(Int.max - 1)), .equal(large * D, large * S + 1),
      .atLeast(Dimension(Int.min), -H), .divisible(.invalid, by: H), .atLeast(Dimension(Int.min) * T, S),
    ])
    #expect(facts.prove(.atLeast(large * H, large * W * large)) == .unknown)
    #expect(Facts().prove(.divisible(.invalid, by: 2)) == .unknown)
    #expect(Facts().prove(.equal(large * 2, large * 2)) == .unknown)
    #expect(Facts().prove(.divisible(Dimension(Int.min), by: -1)) == .refuted)
  }
}
