import Declarations
import Foundation
import Layers
import Testing

/// Rates at hand-computed steps, and properties of all schedules.
struct ScheduleTests {
  private func rates(_ name: String, _ given: [String: SettingValue], total: Int) throws -> [Double] {
    let schedule = try #require(Catalog.schedule[name])
    let settings = filled(schedule.settings, given)
    return (0..<total).map { schedule.rate(settings, $0, total) }
  }

  private func expectClose(_ a: [Double], _ b: [Double]) {
    #expect(a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-12 }, "\(a) is not \(b)")
  }

  @Test func warmupGrowsToTheFullRate() throws {
    expectClose(
      try rates("constant", ["value": .real(0.8), "warmup": .integer(4)], total: 6), [0.2, 0.4, 0.6, 0.8, 0.8, 0.8])
    expectClose(
      try rates("linear", ["from": .real(1), "to": .real(0.5), "warmup": .integer(2)], total: 5),
      [0.5, 1, 1, 0.75, 0.5])
    expectClose(
      try rates("step_decay", ["from": .real(1), "every": .integer(2), "warmup": .integer(1)], total: 6),
      [1, 1, 1, 0.1, 0.1, 0.01])
  }

  @Test func cosineFallsAlongHalfAWave() throws {
    expectClose(
      try rates("cosine", ["from": .real(1), "to": .real(0.2)], total: 5),
      [1, 0.6 + 0.4 * 0.5.squareRoot(), 0.6, 0.6 - 0.4 * 0.5.squareRoot(), 0.2])
    expectClose(try rates("cosine", ["from": .real(1), "warmup": .integer(10)], total: 3), [0.1, 0.2, 0.3])
  }

  @Test func inverseSquareRoot() throws {
    expectClose(
      try rates("inverse_sqrt", ["peak": .real(1), "warmup": .integer(2)], total: 8).enumerated()
        .filter { [0, 1, 7].contains($0.offset) }.map(\.element), [0.5, 1, 0.5])
  }

  @Test func shortRunsBeginAtTheStart() throws {
    for name in ["cosine", "linear"] {
      expectClose(try rates(name, ["from": .real(0.1)], total: 1), [0.1])
      expectClose(try rates(name, ["from": .real(0.1), "to": .real(0.02)], total: 2), [0.1, 0.02])
      // One step is left behind the warmup.
      expectClose(try rates(name, ["from": .real(0.1), "warmup": .integer(2)], total: 3), [0.05, 0.1, 0.1])
    }
    let cycle = { (total: Int) in
      try rates("one_cycle", ["peak": .real(1), "start": .real(4), "end": .real(10)], total: total)
    }
    expectClose(try cycle(1), [1])
    expectClose(try cycle(2), [0.25, 1])
    expectClose(try cycle(3), [0.25, 1, 0.025])
    // From four steps on as PyTorch's: the peak lies at 0.3 · 4 − 1 = 0.2.
    let share = (1 + cos(Double.pi * (1 - 0.2) / 2.8)) / 2
    expectClose([try cycle(4)[0], try cycle(4)[1], try cycle(4)[3]], [0.25, 0.025 + 0.975 * share, 0.025])
  }

  @Test func exponentialInterpolates() throws {
    expectClose(
      try rates("exponential", ["from": .real(1), "factor": .real(0.25), "every": .integer(2)], total: 5),
      [1, 0.5, 0.25, 0.125, 0.0625])
  }

  @Test func ratesAreFiniteAndNotNegative() throws {
    let given: [String: SettingValue] = [
      "from": .real(0.1), "value": .real(0.1), "peak": .real(0.1), "every": .integer(3), "warmup": .integer(2),
    ]
    for schedule in Catalog.schedules {
      for total in [1, 2, 3, 10] {
        let own = given.filter { label, _ in schedule.settings.contains { $0.label == label } }
        for rate in try rates(schedule.name, own, total: total) {
          #expect(rate.isFinite && rate >= 0 && rate <= 0.1 + 1e-12, "\(schedule.name) of \(total): \(rate)")
        }
      }
    }
  }
}
