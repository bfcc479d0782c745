import Testing
import Training

/// A transform of a window has one scale for each column, whatever the position.
@Suite struct WindowScaleTests {
  private func fitted(_ field: String) throws -> (constants: [String: [Float]], trainer: Trainer) {
    let trainer = try trainer(
      """
      data Sunspots from csv("data/sunspots_yearly.csv") {
        \(field)
        let next: scalar = SUNACTIVITY
        split: chronological(train: 80%, test: 20%)
      }
      model Net(next: [1]) -> [1] { next -> dense(1) }
      train Net on Sunspots {
        loss:      mean_squared_error(Net([next]), [next])
        optimizer: sgd(rate: 1e-9)
        epochs:    1
      }

      """)
    let constants = try #require(trainer.fitted.first?.value)
    return (constants.mapValues(\.floats), trainer)
  }

  private func column(_ index: Int, of trainer: Trainer) throws -> [Double] {
    guard case .float32(let values) = trainer.dataset.columns[index].values else {
      throw TestFailure(description: "no numbers")
    }
    return values.map(Double.init)
  }

  /// Mean and deviation of all values in the windows of the training rows.
  private func moments(_ values: [Double], _ rows: [Int32], _ window: Range<Int>) -> (mean: Double, deviation: Double) {
    let all = rows.flatMap { row in window.map { values[Int(row) + $0] } }
    let mean = all.reduce(0, +) / Double(all.count)
    return (mean, (all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(all.count)).squareRoot())
  }

  @Test func aWindowOfOneColumnHasOneScale() throws {
    let (constants, trainer) = try fitted("let past: [50] = SUNACTIVITY[-50 ..< 0] -> standardize")
    let right = moments(try column(0, of: trainer), trainer.split.train, -50..<0)
    let (mean, deviation) = (try #require(constants["mean"]), try #require(constants["deviation"]))
    #expect(mean.count == 1 && abs(Double(mean[0]) - right.mean) < 1e-4)
    #expect(deviation.count == 1 && abs(Double(deviation[0]) - right.deviation) < 1e-4)
  }

  @Test func aWindowOfSeveralHasOneForEach() throws {
    let (constants, trainer) = try fitted("let past: [4, 2] = [YEAR, SUNACTIVITY][-4 ..< 0] -> standardize")
    let mean = try #require(constants["mean"])
    #expect(mean.count == 2)
    for index in 0..<2 {
      let right = moments(try column(index, of: trainer), trainer.split.train, -4..<0)
      #expect(abs(Double(mean[index]) - right.mean) < 1e-3)
    }
  }

  @Test func differencesOfWindowsToo() throws {
    let (constants, trainer) = try fitted(
      "let past: [12] = (SUNACTIVITY[-12 ..< 0] - SUNACTIVITY[-13 ..< -1]) -> abs -> scale")
    let values = try column(0, of: trainer)
    let all = trainer.split.train.flatMap { row in
      (-12..<0).map { abs(values[Int(row) + $0] - values[Int(row) + $0 - 1]) }
    }
    #expect(constants["least"] == [Float(all.min()!)])
    #expect(constants["span"]?.count == 1)
  }

  @Test func columnsSideBySideKeepTheirOwn() throws {
    let (constants, _) = try fitted("let past: [2] = [YEAR, SUNACTIVITY] -> standardize")
    #expect(constants["mean"]?.count == 2)
  }
}
