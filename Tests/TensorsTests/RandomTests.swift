import Tensors
import Testing

@Suite struct RandomTests {
  /// The known answers that the authors publish with Random123 (`kat_vectors`, philox4x32-10).
  @Test func philoxGivesTheKnownAnswers() {
    #expect(Philox(key: 0)(0, 0, 0, 0) == (0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    let ones = UInt32.max
    #expect(Philox(key: .max)(ones, ones, ones, ones) == (0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    let pi = Philox(key: 0x299f_31d0_a409_3822)
    #expect(
      pi(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344) == (0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test func keysDifferBySeedAndPath() {
    let keys = [
      Philox.mix(seed: 1, path: "Net.dense"), Philox.mix(seed: 2, path: "Net.dense"),
      Philox.mix(seed: 1, path: "Net.dense_2"), Philox.mix(seed: 1 << 63, path: "Net.dense"),
      Philox.mix(seed: 1, path: ""),
    ]
    #expect(Set(keys).count == keys.count)
  }

  @Test func unitDrawsCoverTheirRange() {
    #expect(Philox.unit(0) == 0)
    #expect(Philox.unit(.max) < 1)
    var draws = PhiloxSequence(seed: 6, path: "unit")
    let values = (0..<10_000).map { _ in draws.unit() }
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
    // The mean of 10 000 uniform draws has a standard deviation of 0.0029.
    #expect(abs(values.reduce(0, +) / 10_000 - 0.5) < 0.015)
  }

  @Test func permutationsHaveEachIndexOnce() {
    var draws = PhiloxSequence(seed: 7, path: "permutation")
    for count in [0, 1, 2, 100] { #expect(draws.permutation(count).sorted() == Array(0..<count)) }
    // Each of the six orders of three about equally often: 6000 draws, standard deviation 29 around 1000.
    var counts: [[Int]: Int] = [:]
    for _ in 0..<6_000 { counts[draws.permutation(3), default: 0] += 1 }
    #expect(counts.count == 6 && counts.values.allSatisfy { abs($0 - 1_000) < 150 })
  }

  @Test func theSameKeyDrawsTheSame() {
    var (a, b) = (PhiloxSequence(seed: 8, path: "x"), PhiloxSequence(seed: 8, path: "x"))
    #expect((0..<100).map { _ in a.next() } == (0..<100).map { _ in b.next() })
  }

  @Test func productsOfSizesAreChecked() {
    #expect(checkedProduct([3, 4, 5]) == 60)
    #expect(checkedProduct([]) == 1)
    #expect(checkedProduct([Int.max, 2]) == nil)
    #expect(checkedProduct([3, -1]) == nil)
    #expect(checkedProduct([0, Int.max, Int.max]) == 0)
  }
}
