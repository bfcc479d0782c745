import Tensors
import Testing

@Suite struct ShapeMatchTests {
  /// What a call of a signature gives.
  private struct Call {
    var bindings: [String: Dimension] = [:]
    var packs: [String: Shape] = [:]
    var facts = Facts()

    mutating func match(_ pattern: Shape, _ argument: Shape) -> ShapeMatch {
      pattern.match(argument, bindings: &bindings, packs: &packs, facts: facts)
    }
  }

  @Test func variablesBindToTheCallersSizes() {
    var call = Call()
    // The caller's T is not the signature's T.
    let match = call.match(Shape([T, D]), Shape([D, 2 * T]))
    #expect(match == ShapeMatch())
    #expect(call.bindings == ["T": D, "D": 2 * T])
  }

  @Test func aSecondUseMustAgree() {
    var call = Call()
    #expect(call.match(Shape([T, D, T]), Shape([3, 4, 5])).mismatch == .axis(2, expected: 3, got: 5))
    call = Call()
    #expect(call.match(Shape([D, D]), Shape([H, W])).verdict == .unknown)
    call = Call()
    #expect(call.match(Shape([D, D]), Shape([H, H + 1])).verdict == .refuted)
    call = Call(facts: Facts([.equal(H, W)]))
    #expect(call.match(Shape([D, D]), Shape([H, W])).isMatch)
  }

  @Test func linearSizesAreSolved() {
    var call = Call()
    #expect(call.match(Shape([2 * T + 1, D]), Shape([7, H])).isMatch)
    #expect(call.bindings == ["T": 3, "D": H])
    call = Call()
    #expect(call.match(Shape([2 * T]), Shape([7])).mismatch == .axis(0, expected: 2 * T, got: 7))
    call = Call()
    let match = call.match(Shape([2 * T]), Shape([H]))
    #expect(match.isMatch && match.owes == [.divisible(H, by: 2), .atLeast(H.floorDivided(by: 2), 1)])
    call = Call(facts: Facts([.divisible(H, by: 2)]))
    #expect(call.match(Shape([2 * T]), Shape([H])) == ShapeMatch())
    call = Call()
    #expect(call.match(Shape([T + 4]), Shape([4])).verdict == .refuted)
    call = Call()
    #expect(call.match(Shape([10 - T]), Shape([4])).isMatch)
    #expect(call.bindings == ["T": 6])
    call = Call()
    #expect(call.match(Shape([9 - 2 * T]), Shape([3])).isMatch)
    #expect(call.bindings == ["T": 3])
  }

  @Test func axesWaitForWhatOthersSolve() {
    var call = Call()
    #expect(call.match(Shape([T * D, H.floorDivided(by: 2), D, H]), Shape([12, 3, 4, 7])).isMatch)
    #expect(call.bindings == ["T": 3, "D": 4, "H": 7])
    call = Call()
    #expect(call.match(Shape([heads * D]), Shape([12])).mismatch == .underdetermined("D"))
    call = Call(bindings: ["heads": 4])
    #expect(call.match(Shape([heads * D]), Shape([12])).isMatch)
    #expect(call.bindings["D"] == 3)
    call = Call()
    #expect(call.match(Shape([H.floorDivided(by: 2)]), Shape([12])).mismatch == .underdetermined("H"))
  }

  @Test func theLeftmostFailureIsNamed() {
    var call = Call()
    let match = call.match(Shape([H.floorDivided(by: 2), 5, H]), Shape([9, 6, 8]))
    #expect(match.mismatch == .axis(0, expected: 4, got: 9))
  }

  @Test func packsTakeTheLeadingAxes() {
    var call = Call()
    #expect(call.match(Shape(pack: "S", [Axis(D)]), Shape([2, 3, 4])).isMatch)
    #expect(call.packs["S"] == Shape([2, 3]) && call.bindings["D"] == 4)
    #expect(call.match(Shape(pack: "S", [Axis(D)]), Shape([2, 5, 4])).mismatch == .axis(1, expected: 3, got: 5))
    #expect(call.match(Shape(pack: "S", [Axis(1)]), Shape([2, 3, 1])).isMatch)
    #expect(Shape(pack: "S", [Axis(2 * D)]).substituting(call.bindings, packs: call.packs) == Shape([2, 3, 8]))
    call = Call()
    #expect(call.match(Shape(pack: "S", [Axis(D)]), .scalar).verdict == .refuted)
    call = Call()
    #expect(call.match(Shape(pack: "S", []), .scalar).isMatch)
    // A rigid pack of the caller only fits a pack.
    call = Call()
    let rigid = Shape(pack: "R", [Axis(H)])
    #expect(call.match(Shape(pack: "S", []), rigid).isMatch && call.packs["S"] == rigid)
    call = Call()
    #expect(call.match(Shape([D]), rigid).mismatch == .rank(expected: Shape([D]), got: rigid))
  }

  @Test func ranksMustAgree() {
    var call = Call()
    let match = call.match(Shape([T, D]), Shape([28, 28, 1]))
    #expect(match.mismatch == .rank(expected: Shape([T, D]), got: Shape([28, 28, 1])) && match.verdict == .refuted)
  }

  @Test func varyingLengthsStayWithinTheirLimits() {
    let pattern = Shape([Axis(T, limit: 64), Axis(D)])
    let varying = { (limit: Int) in Shape([Axis(S, limit: Dimension(limit)), Axis(8)]) }
    var call = Call()
    #expect(call.match(pattern, varying(50)).isMatch)
    #expect(call.bindings["T"] == S)
    call = Call()
    #expect(call.match(pattern, varying(65)).mismatch == .limit(0, expected: 64, got: 65))
    call = Call()
    #expect(call.match(pattern, Shape([64, 8])).isMatch)
    call = Call()
    #expect(call.match(pattern, Shape([65, 8])).mismatch == .limit(0, expected: 64, got: 65))
    // A bare variable takes a varying length and says so; a computed or fixed size does not.
    call = Call()
    #expect(call.match(Shape([T, D]), varying(50)).varying == ["T": 50])
    call = Call()
    let got = Axis(S, limit: 50)
    #expect(call.match(Shape([50, D]), varying(50)).mismatch == .varying(0, expected: 50, got: got))
    call = Call()
    #expect(call.match(Shape([2 * T, D]), varying(50)).mismatch == .varying(0, expected: 2 * T, got: got))
    call = Call(bindings: ["T": S])
    #expect(call.match(Shape([T, D]), varying(50)).varying == ["T": 50])
  }

  @Test func elementsMustAgree() {
    var bindings: [String: Dimension] = [:]
    var packs: [String: Shape] = [:]
    let pattern = TensorType(.token(D), Shape([T]))
    let matched = pattern.match(
      TensorType(.token(65), Shape([64])), bindings: &bindings, packs: &packs, facts: Facts())
    #expect(matched.isMatch && bindings == ["D": 65, "T": 64])
    let other = pattern.match(
      TensorType(.token(66), Shape([64])), bindings: &bindings, packs: &packs, facts: Facts())
    #expect(other.mismatch == .element(expected: .token(65), got: .token(66)) && other.verdict == .refuted)
    let float = pattern.match(
      TensorType(.float, Shape([64])), bindings: &bindings, packs: &packs, facts: Facts())
    #expect(float.mismatch == .element(expected: .token(65), got: .float))
  }

  /// A match means that the signature's shape, with the bindings put in, is the argument's wherever what is owed holds.
  @Test func aMatchReproducesTheArgument() {
    var draws = PhiloxSequence(seed: 5, path: "match")
    var (matched, failed) = (0, 0)
    for _ in 0..<8_000 {
      let names = ["x", "y", "z"]
      let solution = names.reduce(into: [String: Dimension]()) {
        $0[$1] = RandomExpression.random(depth: draws.below(2), &draws).dimension
      }
      let pattern = Shape((0...draws.below(4)).map { _ in randomPattern(names, &draws) })
      var argument = pattern.substituting(solution)
      if draws.below(3) == 0 { argument.axes[draws.below(argument.axes.count)].size += 1 }
      var call = Call()
      let match = call.match(pattern, argument)
      if !match.isMatch {
        failed += 1
        continue
      }
      matched += 1
      let result = pattern.substituting(call.bindings)
      for _ in 0..<8 {
        let values = ["a": 1 + draws.below(9), "b": 1 + draws.below(9), "c": 1 + draws.below(9)]
        guard match.owes.allSatisfy({ $0.holds(values) == true }) else { continue }
        for (axis, expected) in zip(result.sizes, argument.sizes) {
          #expect(axis.evaluated(values) == expected.evaluated(values), "\(pattern) with \(argument) at \(values)")
        }
      }
    }
    #expect(matched > 1_500 && failed > 1_500)
  }

  private func randomPattern(_ names: [String], _ draws: inout PhiloxSequence) -> Dimension {
    let name = Dimension.variable(names[draws.below(3)])
    switch draws.below(5) {
    case 0, 1: return name
    case 2: return Dimension(1 + draws.below(3)) * name + Dimension(draws.below(4) - 1)
    case 3: return name * .variable(names[draws.below(3)])
    default: return name.floorDivided(by: 2) + .variable(names[draws.below(3)])
    }
  }

  @Test func typesReadAsTheyAreWritten() {
    #expect(Shape([28, 28, 1]).description == "[28, 28, 1]")
    #expect(Shape.scalar.description == "scalar")
    #expect(Shape(pack: "S", [Axis(D)]).description == "[...S, D]")
    #expect(Shape([Axis(T, limit: 200), Axis(4 * D)]).description == "[T <= 200, 4 * D]")
    #expect(TensorType(.classes(10), .scalar).description == "class(10)")
    #expect(TensorType(.token(65), Shape([64])).description == "token(65)[64]")
    #expect(TensorType(.bool, Shape([T])).description == "bool[T]")
    #expect(TensorType.scalar.description == "scalar")
    #expect(Shape([H, W, 3]).elementCount == 3 * H * W)
    #expect(Shape([Dimension(Int.max), 2]).elementCount?.isInvalid == true)
  }

  @Test func repetitionStopsWhereNothingChanges() {
    let billion = 1_000_000_000
    let same = repeated(billion, from: 7) { (state: Int) -> Int? in state }
    #expect(same == .settled(7, distinct: 1))
    let capped = repeated(billion, from: 7) { (state: Int) -> Int? in min(state + 1, 10) }
    #expect(capped == .settled(10, distinct: 4))
    let next = { (state: Int) -> Int? in state + 1 }
    for (count, last) in [(3, 10), (0, 7), (-1, 7)] {
      #expect(repeated(count, from: 7, next) == .settled(last, distinct: max(0, count)))
    }
    #expect(repeated(billion, from: 0, limit: 50, next) == .unsettled(50))
    let shrinking = repeated(billion, from: 7) { (state: Int) -> Int? in state < 2 ? nil : state - 2 }
    #expect(shrinking == .failed(at: 3, 1))
  }
}
