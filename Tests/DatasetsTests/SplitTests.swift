import Datasets
import Testing

@Suite struct SplitTests {
  private func description(
    _ method: SplitDescription.Method, _ percent: (Int, Int, Int), seed: Int = 7, of hundred: Int = 100
  ) -> SplitDescription {
    SplitDescription(
      method: method, train: Fraction(percent.0, hundred), validation: Fraction(percent.1, hundred),
      test: Fraction(percent.2, hundred), seed: seed, span: anywhere)
  }

  private struct Draw {
    var state: UInt64
    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
  }

  /// Sizes by the definition of largest remainder, in whole numbers.
  private func expected(_ rows: Int, _ percent: [Int]) -> [Int] {
    var sizes = percent.map { rows * $0 / 100 }
    let order = percent.indices.sorted { a, b in
      let (x, y) = (rows * percent[a] % 100, rows * percent[b] % 100)
      return x != y ? x > y : a < b
    }
    for part in order.prefix(rows - sizes.reduce(0, +)) { sizes[part] += 1 }
    return sizes
  }

  @Test func randomSplitsAreExactDisjointAndComplete() throws {
    var draw = Draw(state: 1)
    for _ in 0..<300 {
      let rows = 20 + draw.below(500)
      let train = 40 + draw.below(41)
      let validation = 5 + draw.below(10)
      let test = draw.below(2) == 0 ? 100 - train - validation : 5
      let classes = 1 + draw.below(6)
      let strata = draw.below(2) == 0 ? nil : (0..<rows).map { _ in draw.below(classes) * draw.below(classes) }
      let setting = description(.random, (train, validation, test), seed: draw.below(1000))
      let parts = try split(setting, rows: rows, strata: strata)[0]
      let sizes = expected(rows, [train, validation, test, 100 - train - validation - test])
      #expect([parts.train.count, parts.validation.count, parts.test.count] == Array(sizes[..<3]))
      let all = parts.train + parts.validation + parts.test
      #expect(Set(all).count == all.count)
      #expect(all.allSatisfy { $0 >= 0 && $0 < rows })
      #expect(parts.train == parts.train.sorted())
      #expect(try split(setting, rows: rows, strata: strata)[0] == parts)
      guard let strata else { continue }
      for stratum in Set(strata) {
        let size = strata.count { $0 == stratum }
        for (rows, percent) in [(parts.train, train), (parts.validation, validation), (parts.test, test)] {
          let found = rows.count { strata[Int($0)] == stratum }
          #expect(found * 100 > size * percent - 100 && found * 100 < size * percent + 100)
        }
      }
    }
  }

  @Test func seedsDiffer() throws {
    let a = try split(description(.random, (70, 15, 15), seed: 1), rows: 150)[0]
    let b = try split(description(.random, (70, 15, 15), seed: 2), rows: 150)[0]
    #expect(a != b)
    #expect(a.train.count == 105 && a.validation.count == 23 && a.test.count == 22)
  }

  @Test func everyRowIsEquallyLikely() throws {
    var counts = [Int](repeating: 0, count: 20)
    for seed in 0..<2000 {
      for row in try split(description(.random, (50, 25, 25), seed: seed), rows: 20)[0].test { counts[Int(row)] += 1 }
    }
    // 500 expected, standard deviation 19.4.
    #expect(counts.allSatisfy { $0 > 400 && $0 < 600 })
  }

  @Test func irisIsStratifiedExactly() throws {
    let strata = (0..<150).map { $0 / 50 }
    let parts = try split(description(.random, (70, 15, 15)), rows: 150, strata: strata)[0]
    for stratum in 0..<3 {
      #expect(parts.train.count { strata[Int($0)] == stratum } == 35)
      #expect((7...8).contains(parts.test.count { strata[Int($0)] == stratum }))
    }
  }

  @Test func chronologicalKeepsTheOrder() throws {
    let parts = try split(description(.chronological, (90, 5, 5)), rows: 101)[0]
    #expect(parts.train == Array(0..<91))
    #expect(parts.validation == Array(91..<96))
    #expect(parts.test == Array(96..<101))
    let some = try split(description(.chronological, (50, 25, 0)), rows: 100)[0]
    #expect(some.validation == Array(50..<75) && some.test.isEmpty)
  }

  @Test func thirdsAreExact() throws {
    var setting = description(.random, (1, 1, 1), of: 3)
    #expect(try split(setting, rows: 10)[0].train.count == 4)
    setting.train = Fraction(1, 7)
    setting.validation = Fraction(2, 3)
    setting.test = Fraction(4, 21)
    let parts = try split(setting, rows: 21_000, strata: nil)
    #expect(parts[0].train.count == 3000 && parts[0].validation.count == 14000 && parts[0].test.count == 4000)
  }

  @Test func refusesWhatCannotBe() {
    func code(_ setting: SplitDescription, _ rows: Int) -> DataProblem? {
      problem { () throws(DataProblem) in _ = try split(setting, rows: rows) }
    }
    #expect(code(description(.random, (70, 20, 20)), 100)?.reason.contains("more than 100%") == true)
    #expect(code(description(.random, (98, 1, 1)), 10)?.reason == "of 10 rows, the validation part gets none")
    #expect(code(description(.folds(5), (0, 0, 0)), 3)?.code == DataCodes.split)
    #expect(code(description(.folds(1), (0, 0, 0)), 3)?.code == DataCodes.split)
  }

  @Test func foldsCoverEveryRowOnce() throws {
    let strata = (0..<103).map { $0 % 3 }
    for labels in [nil, strata] {
      let folds = try split(description(.folds(5), (0, 10, 0)), rows: 103, strata: labels)
      #expect(folds.count == 5)
      #expect(folds.flatMap(\.test).sorted() == Array(0..<103))
      for fold in folds {
        #expect((20...21).contains(fold.test.count))
        #expect(Set(fold.train + fold.validation + fold.test).count == 103)
        #expect((8...9).contains(fold.validation.count))
        if labels != nil {
          for stratum in 0..<3 { #expect((6...8).contains(fold.test.count { strata[Int($0)] == stratum })) }
        }
      }
    }
    #expect(try split(description(.none, (0, 0, 0)), rows: 3)[0] == SplitRows(train: [0, 1, 2]))
  }

  @Test func orderIsAFunctionOfSeedAndEpoch() {
    let first = order(epoch: 0, seed: 3, rows: 1000)
    #expect(first.sorted() == Array(0..<1000))
    #expect(first == order(epoch: 0, seed: 3, rows: 1000))
    #expect(first != order(epoch: 1, seed: 3, rows: 1000))
    #expect(first != order(epoch: 0, seed: 4, rows: 1000))
    #expect(order(epoch: 0, seed: 0, rows: 0).isEmpty)
  }
}
