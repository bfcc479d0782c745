import Checking
import Testing
import Training

/// The searches of a sweep, on functions that need no training.
@Suite struct SearchTests {
  private let space = SearchSpace([
    SearchSpace.Parameter(name: "width", range: .linear(1, 40), isWhole: true),
    SearchSpace.Parameter(name: "rate", range: .logarithmic(1e-5, 1), isWhole: false),
    SearchSpace.Parameter(name: "kind", range: .values([.word("relu"), .word("tanh"), .word("gelu")]), isWhole: false),
  ])

  /// A bowl with its least value, 0, at width 12, rate 10⁻², tanh.
  private func bowl(_ point: [Double]) -> Double {
    let (a, b) = ((point[0] * 40 - 11.5) / 40, point[1] - 0.6)
    return a * a + b * b + (Int(point[2] * 3) == 1 ? 0 : 0.3)
  }

  private func best(_ method: Searcher.Method, trials: Int, seed: UInt64) -> Double {
    var searcher = Searcher(space, method: method, trials: trials, seed: seed)
    var best = Double.infinity
    while let point = searcher.next() {
      #expect(point.count == 3 && point.allSatisfy { (0..<1).contains($0) })
      best = min(best, bowl(point))
      searcher.record(bowl(point))
    }
    return best
  }

  @Test func beliefFindsBetterPointsThanChance() {
    let chance = (1...5).map { best(.random, trials: 25, seed: $0) }.reduce(0, +) / 5
    let belief = (1...5).map { best(.bayesian, trials: 25, seed: $0) }.reduce(0, +) / 5
    #expect(belief < 0.25 * chance, "\(belief), by chance \(chance)")
    #expect(best(.bayesian, trials: 25, seed: 1) == best(.bayesian, trials: 25, seed: 1))
  }

  /// Nothing is rounded to NaN, and no whole number overflows, at the ends that a program may write.
  @Test(arguments: [0, 0.3, 1 - 1e-12])
  func extremeRangesHaveValues(_ place: Double) {
    let tiny = SearchSpace.Parameter(name: "a", range: .logarithmic(.leastNonzeroMagnitude, 1e-300), isWhole: false)
    guard case .real(let small) = tiny.value(at: place) else { return #expect(Bool(false), "no number") }
    #expect(small >= 0 && small <= 1e-299)
    let wide = SearchSpace.Parameter(name: "b", range: .linear(-0x1p53, 0x1p53), isWhole: true)
    guard case .integer(let whole) = wide.value(at: place) else { return #expect(Bool(false), "no whole number") }
    #expect(whole.magnitude <= 1 << 53)
    #expect(SearchSpace([tiny, wide]).gridCount == 25)
  }

  @Test func valuesAreAsTheyAreWritten() {
    #expect(space.values(at: [0, 0, 0]) == [.integer(1), .real(1e-5), .word("relu")])
    #expect(space.values(at: [0.999, 0.5, 0.999]) == [.integer(40), .real(0.003162), .word("gelu")])
    #expect(space.gridCount == 75)
    #expect(space.values(at: space.gridPoint(74)) == [.integer(40), .real(1), .word("gelu")])
  }

  @Test func listsAreNotRepeatedAndFailuresAreBorne() {
    let small = SearchSpace([
      SearchSpace.Parameter(name: "a", range: .values([.integer(1), .integer(2), .integer(4)]), isWhole: false),
      SearchSpace.Parameter(name: "b", range: .values([.boolean(true), .boolean(false)]), isWhole: false),
    ])
    for method in [Searcher.Method.random, .bayesian, .grid] {
      var searcher = Searcher(small, method: method, trials: 50, seed: 3)
      #expect(searcher.count == 6)
      var seen: Set<[CheckedConstant.Value]> = []
      while let point = searcher.next() {
        #expect(seen.insert(small.values(at: point)).inserted)
        searcher.record(seen.count % 2 == 0 ? nil : Double(seen.count))
      }
      #expect(seen.count == 6)
    }
  }
}
