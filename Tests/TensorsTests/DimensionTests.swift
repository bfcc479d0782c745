import Tensors
import Testing

/// Variables for the tests, by their one-letter names.
let (H, W, D, T, S) = (
  Dimension.variable("H"), Dimension.variable("W"), Dimension.variable("D"), Dimension.variable("T"),
  Dimension.variable("S")
)
let heads = Dimension.variable("heads")
let stride = Dimension.variable("stride")

@Suite struct DimensionTests {
  @Test func arithmeticHasOneNormalForm() {
    #expect((H + W) * (H - W) == H * H - W * W)
    #expect(H + 1 - H == 1)
    #expect((H - H).constant == 0)
    #expect((2 * H + 3 * H).description == "5 * H")
    #expect(H * W * 0 == 0)
  }

  @Test func divisorsComeOutOfFloors() {
    #expect((2 * H + 1).floorDivided(by: 2) == H)
    #expect((4 * H + 2).floorDivided(by: 4) == H)
    #expect((H - 3).floorDivided(by: 2) + 2 == (H + 1).floorDivided(by: 2))
    #expect((heads * D + heads).floorDivided(by: heads) == D + 1)
    #expect((2 * H * W).floorDivided(by: 2 * W) == H)
    #expect((H * D).floorDivided(by: D * heads) == H.floorDivided(by: heads))
    #expect((6 * H + 4).floorDivided(by: 4) == (3 * H).floorDivided(by: 2) + 1)
  }

  @Test func nestedFloorsMerge() {
    #expect(H.floorDivided(by: 2).floorDivided(by: 3) == H.floorDivided(by: 6))
    let once = (H - 3).floorDivided(by: 2) + 1
    let twice = (once - 3).floorDivided(by: 2) + 1
    #expect(twice == (H - 7).floorDivided(by: 4) + 1)
    #expect(H.floorDivided(by: heads).floorDivided(by: 2) == H.floorDivided(by: 2 * heads))
  }

  @Test func constantsFold() {
    #expect(Dimension(-7).floorDivided(by: 2).constant == -4)
    #expect(Dimension(7).ceilDivided(by: 2).constant == 4)
    #expect(Dimension(-7).remainder(by: 3).constant == 2)
    #expect(H.remainder(by: 1) == 0)
    #expect((4 * H + 7).remainder(by: 4) == 3)
  }

  @Test func divisionOwesWhatItAssumes() {
    #expect((4 * H).divided(by: 2) == (2 * H, nil))
    #expect((heads * D).divided(by: heads) == (D, Fact.atLeast(heads, 1)))
    #expect(H.divided(by: 2) == (H.floorDivided(by: 2), Fact.divisible(H, by: 2)))
    #expect(Dimension(7).divided(by: 2) == (3, Fact.divisible(7, by: 2)))
    #expect(H.divided(by: 0).quotient.isInvalid)
  }

  static let descriptions: [(Dimension, String)] = [
    (H.floorDivided(by: 2), "floor(H / 2)"),
    (H.ceilDivided(by: 2), "ceil(H / 2)"),
    ((H - 3).floorDivided(by: 2) + 1, "floor((H - 3) / 2) + 1"),
    ((H - 5).floorDivided(by: stride) + 1, "floor((H - 5) / stride) + 1"),
    (H.ceilDivided(by: stride), "ceil(H / stride)"),
    (2 * Dimension.variable("units"), "2 * units"),
    (4 * D, "4 * D"),
    (1 - H, "1 - H"),
    (-H, "-H"),
    (-H - 2, "-H - 2"),
    (H * H + W, "H ^ 2 + W"),
    (W.floorDivided(by: 2) * H, "H * floor(W / 2)"),
    ((H + W).floorDivided(by: 2 * D), "floor((H + W) / (2 * D))"),
    ((2 * H).floorDivided(by: 3), "floor(2 * H / 3)"),
    (Dimension(0), "0"),
    (Dimension(-4), "-4"),
    (Dimension(Int.max) + 1, "(too large)"),
    (Dimension(Int.min), "-9223372036854775808"),
  ]

  @Test(arguments: descriptions)
  func describesItselfInTheWordsOfTheLanguage(dimension: Dimension, text: String) {
    #expect(dimension.description == text)
  }

  @Test func substitutesAllVariablesAtOnce() {
    #expect((H - W).substituting(["H": W, "W": H]) == W - H)
    #expect(H.floorDivided(by: stride).substituting(["stride": 2, "H": 2 * D + 1]) == D)
    #expect(H.floorDivided(by: stride).substituting(["stride": 0]).isInvalid)
    #expect((H * D.floorDivided(by: heads)).variables == ["H", "D", "heads"])
    #expect((H + W).renamingVariables(["H": "W", "W": "H"]) == H + W)
    #expect((2 * H).renamingVariables { $0 + "'" }.description == "2 * H'")
  }

  @Test func hostileSizesAreInvalidAndDoNotTrap() {
    let large = Dimension(Int.max)
    let least = Dimension(Int.min)
    for dimension in [
      large + 1, large * 2, large * H * 2, -least, least - 1, least * -1, large * large, large + large,
      (large * H + large * H), large.ceilDivided(by: 2), (least * H).floorDivided(by: H * Dimension(-1)),
      H.floorDivided(by: 0), H.floorDivided(by: -2), H.power(17), H.power(-1), Dimension.invalid.floorDivided(by: H),
      H.floorDivided(by: .invalid), Dimension(3).power(64),
    ] { #expect(dimension.isInvalid) }
    #expect(least.floorDivided(by: 3).constant == -3_074_457_345_618_258_603)
    #expect(large.floorDivided(by: large).constant == 1)
    #expect((large * H).floorDivided(by: large) == H)
    #expect((large * H).evaluated(["H": 2]) == nil)
    #expect((H * W).evaluated(["H": Int.max, "W": Int.max]) == nil)
    #expect(H.floorDivided(by: W).evaluated(["H": Int.min, "W": -1]) == nil)
    #expect(H.floorDivided(by: W).evaluated(["H": 1, "W": 0]) == nil)
    #expect(H.evaluated([:]) == nil)
  }

  @Test func capsEndGrowth() {
    var sum = Dimension(0)
    for index in 0..<64 { sum += .variable("v\(index)") }
    #expect(!sum.isInvalid)
    #expect((sum + H).isInvalid)
    #expect((sum * sum).isInvalid)
    #expect(H.power(16).isInvalid == false)
    // Floors that do not merge, ever larger.
    var nested = H
    for _ in 0..<40 { nested = (nested * nested + nested * W).floorDivided(by: 3) }
    #expect(nested.isInvalid)
  }
}
