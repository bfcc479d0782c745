import Checking
import Foundation
import Runs
import Testing
import Training

@Suite struct TrainingTests {
  private func iris(
    _ settings: String, split: String = "random(train: 70%, validation: 15%, test: 15%, stratify: y, seed: 7)"
  )
    -> String
  {
    """
    data Iris from csv("data/iris.csv") {
      let x: [4]      = [sepal_length, sepal_width, petal_length, petal_width] -> standardize
      let y: class(3) = species
      split: \(split)
    }
    model Net(x: [4]) -> [3] { x -> dense(16) -> relu -> dense(3) }
    train Net on Iris {
      let logits = Net(x)
      loss:      cross_entropy(logits, y)
      metrics:   [accuracy(logits, y)]
      optimizer: adam(rate: 0.02)
      batch:     16
      \(settings)
    }
    """
  }

  private func accuracy(_ pass: PassResult?) -> Double? {
    guard case .scalar(let value)? = pass?.metrics.first?.result else { return nil }
    return value
  }

  @Test func learnsIris() throws {
    var sum = 0.0
    for seed in 1...3 {
      let trainer = try trainer(iris("epochs: 40"), seed: seed)
      try trainer.initialize()
      let result = try trainer.run(observe: { _ in })
      sum += try #require(accuracy(result.test))
    }
    #expect(sum / 3 >= 0.9)
  }

  /// Fitted to the training rows only: other rows have no influence.
  @Test func transformsSeeTrainingRowsOnly() throws {
    let trainer = try trainer(iris("epochs: 1"))
    let rows = trainer.split.train
    let mean = try #require(trainer.fitted.first?.value["mean"]).floats
    let column = trainer.dataset.columns[0]
    guard case .float32(let values) = column.values else { throw TestFailure(description: "no numbers") }
    let expected = rows.reduce(0.0) { $0 + Double(values[Int($1)]) } / Double(rows.count)
    #expect(abs(Double(mean[0]) - expected) < 1e-6)
    let all = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
    #expect(abs(all - expected) > 1e-4)
  }

  @Test func stopsWhenNothingImprovesAndKeepsTheBest() throws {
    let trainer = try trainer(iris("epochs: 200\n  stop: patience(3, of: validation.loss)"))
    try trainer.initialize()
    var losses: [Double] = []
    let result = try trainer.run(observe: { event in
      if case .epoch(let epoch) = event, let pass = epoch.validation { losses.append(pass.loss(step: "")) }
    })
    let best = try #require(losses.enumerated().min { $0.element < $1.element })
    #expect(result.epochs < 200)
    #expect(result.bestEpoch == best.offset + 1)
    #expect(losses.count == best.offset + 4)
    #expect(abs(try #require(result.validation).loss(step: "") - best.element) < 1e-6)
  }

  @Test func aNumberThatIsNoneStopsTheRun() throws {
    let trainer = try trainer(iris("epochs: 5").replacing("adam(rate: 0.02)", with: "sgd(rate: 1e30)"))
    try trainer.initialize()
    #expect(throws: TrainingFailure.self) { try trainer.run(observe: { _ in }) }
  }

  /// The last batch of an epoch has fewer rows; the epoch's loss is the mean over examples all the same.
  @Test func shortBatchesCountTheirOwnRows() throws {
    let trainer = try trainer(iris("epochs: 1").replacing("adam(rate: 0.02)", with: "sgd(rate: 1e-12)"))
    try trainer.initialize()
    let before = try trainer.evaluate(rows: trainer.split.train).loss(step: "")
    var told: Double?
    _ = try trainer.run(observe: { event in
      if case .epoch(let epoch) = event { told = epoch.trainLosses.first?.value }
    })
    #expect(trainer.split.train.count % 16 != 0)
    #expect(abs(try #require(told) - before) < 1e-5)
  }

  @Test func savedWeightsPredictTheSame() throws {
    let text = iris("epochs: 3\n  outputs: (species: restore(argmax(logits), as: y), p: softmax(logits))")
    let first = try trainer(text)
    try first.initialize()
    _ = try first.run(observe: { _ in })
    let file = try Safetensors(decoding: WeightsFile.make(from: first).encoded(), path: "weights")
    let second = try trainer(text)
    try WeightsFile.load(file, path: "weights", layouts: Array(second.layouts.values), into: second.store)
    let a = try #require(try first.predict(rows: first.split.test))
    let b = try #require(try second.predict(rows: second.split.test))
    #expect(a.columns.map(\.values) == b.columns.map(\.values))
    #expect(a.columns[0].classes == ["setosa", "versicolor", "virginica"])
    let lines = PredictionsCSV.text(a).split(separator: "\n")
    #expect(lines[0] == "species,p_0,p_1,p_2")
    #expect(lines.count == first.split.test.count + 1)
  }

  /// A pressure in pascal: the target's mean is a million times its spread, and three batches come together. What is
  /// expected is computed in double precision from what the run itself compares, which float32 holds.
  @Test func r2KeepsTheSpreadOfATargetFarFromZero() throws {
    let trainer = try trainer(
      """
      data Digits from csv("data/digits.csv.gz") {
        let x: scalar = p36 / 16
        split: random(train: 100%, seed: 1)
      }
      model Net(x: scalar) -> scalar { [x] -> dense(1) -> squeeze }
      train Net on Digits {
        let target = 101_325 + 0.3 * x
        let guess  = 101_325 + 0.25 * x + 0 * Net(x)
        loss:      Net(x)
        metrics:   [r2(guess, target)]
        optimizer: sgd(rate: 1e-3)
        epochs:    1
        outputs:   (guess: guess, target: target)
      }
      """)
    try trainer.initialize()
    // 256, 256 and 138 rows.
    let rows = Array(trainer.split.train.prefix(650))
    guard case .scalar(let value)? = try trainer.evaluate(rows: rows).metrics.first?.result,
      let columns = try trainer.predict(rows: rows)?.columns
    else { throw TestFailure(description: "no metric") }
    let (guess, target) = (columns[0].values.map(Double.init), columns[1].values.map(Double.init))
    let mean = target.reduce(0, +) / Double(target.count)
    let residual = zip(guess, target).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let expected = 1 - residual / target.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    #expect(expected > 0.5 && expected < 0.99)
    #expect(abs(value - expected) < 1e-7, "\(value) is not \(expected)")
  }
}
