import Foundation
import Runs
import Tensors
import Testing
import Training

/// Several models and steps in one train block.
@Suite struct StepTests {
  private let pair = """
    data Digits from csv("data/digits.csv.gz") {
      let x: [64] = [p0 ... p63] / 16
      split: random(train: 80%, validation: 20%, seed: 3)
    }
    model Generator(z: [8]) -> [64] { z -> dense(32) -> batch_norm -> relu -> dropout(0.1) -> dense(64) -> sigmoid }
    model Critic(x: [64]) -> scalar { x -> dense(32) -> leaky_relu(0.2) -> dense(1) -> squeeze }
    train Generator, Critic on Digits {
      let share: scalar = uniform
      epochs: 2
      batch:  50
      step Critic {
        times: 3
        let fake  = Generator(normal)
        let mixed = share * x + (1 - share) * fake
        let slope = gradient(Critic(mixed), by: mixed)
        loss:      (distance: Critic(fake) - Critic(x), penalty: 10 * (norm(slope) - 1) ^ 2)
        optimizer: adam(rate: 0.001, beta1: 0)
      }
      step Generator {
        loss:      -Critic(Generator(normal))
        optimizer: adam(rate: 0.001, beta1: 0)
        clip:      norm(1.0)
      }
      keep: best(validation.Critic.loss)
    }
    """

  private func tensors(_ trainer: Trainer) -> [String: HostTensor] {
    Dictionary(uniqueKeysWithValues: WeightsFile.make(from: trainer).tensors.map { ($0.name, $0.value) })
  }

  /// A step changes the weights and running statistics of its own models, and nothing else.
  @Test(arguments: [(0, "Critic."), (1, "Generator.")])
  func aStepChangesItsModelsOnly(_ step: Int, _ own: String) throws {
    let trainer = try trainer(pair)
    try trainer.initialize()
    let before = tensors(trainer)
    _ = try trainer.runStep(step, rows: Array(trainer.split.train.prefix(50)), number: 1)
    // The critic's last bias cancels in the difference.
    for (name, value) in tensors(trainer) where name != "Critic.dense_2.bias" {
      #expect((before[name] == value) == !name.hasPrefix(own), "\(name)")
    }
  }

  @Test func threadsAndRepetitionChangeNothing() throws {
    func weights(threads: Int) throws -> [UInt8] {
      let trainer = try trainer(pair, threads: threads)
      try trainer.initialize()
      _ = try trainer.run(observe: { _ in })
      return WeightsFile.make(from: trainer).encoded()
    }
    let first = try weights(threads: 1)
    #expect(try weights(threads: 1) == first)
    #expect(try weights(threads: 2) == first)
    #expect(try weights(threads: 3) == first)
  }

  /// Each run of a step sees a batch of its own, and the losses are told apart by step and label.
  @Test func anEpochSeesEveryRowOnce() throws {
    let adversaries = try trainer(pair)
    try adversaries.initialize()
    var results: [EpochResult] = []
    let result = try adversaries.run(observe: { if case .epoch(let epoch) = $0 { results.append(epoch) } })
    #expect(results.count == 2 && result.bestEpoch != nil)
    #expect(results[0].trainLosses.map(\.step) == ["Critic", "Critic", "Generator"])
    #expect(results[0].trainLosses.map(\.label) == ["distance", "penalty", "loss"])

    let small = try trainer(pair.replacing("batch:  50", with: "batch: 100"))
    #expect(small.split.train.count == 1438 && small.iterationsPerEpoch == 5)
    // Eight batches in two iterations of four runs: the epoch's mean is that of a pass.
    let one = try trainer(
      """
      data Iris from csv("data/iris.csv") { let x: [4] = [sepal_length, sepal_width, petal_length, petal_width] }
      model Net(x: [4]) -> scalar { x -> dense(1) -> squeeze }
      train Net on Iris {
        epochs: 1
        batch:  20
        step Net {
          times: 4
          loss: Net(x) ^ 2
          optimizer: sgd(rate: 1e-30)
        }
      }
      """)
    try one.initialize()
    let pass = try one.evaluate(rows: one.split.train).loss(step: "Net")
    var told: [Double] = []
    _ = try one.run(observe: { if case .epoch(let epoch) = $0 { told.append(epoch.trainLosses[0].value) } })
    #expect(told.count == 1 && abs(told[0] - pass) < 1e-5 * pass, "\(told), \(pass)")
  }

  /// A model that a step applies twice in training mode updates its running statistics twice.
  @Test func statisticsFollowEveryApplication() throws {
    let text = """
      data Iris from csv("data/iris.csv") { let x: [2] = [sepal_length, petal_width] }
      model Net(x: [2]) -> scalar { x -> batch_norm(momentum: 0.5) -> sum }
      train Net on Iris {
        loss:      Net(x) + Net(3 * x)
        optimizer: sgd(rate: 0.1)
        epochs:    1
        batch:     4
      }
      """
    let trainer = try trainer(text)
    try trainer.initialize()
    _ = try trainer.runStep(0, rows: [0, 50, 100, 149], number: 1)
    guard case .float32(let lengths) = trainer.dataset.columns[0].values else { throw TestFailure(description: "?") }
    let mean = [0, 50, 100, 149].reduce(0) { $0 + lengths[$1] } / 4
    let running = try #require(tensors(trainer)["Net.batch_norm.running_mean"]).floats[0]
    #expect(abs(running - (0.5 * (0.5 * mean) + 0.5 * 3 * mean)) < 1e-4)
  }

  /// A term of all weights of a model pulls on them: with nothing else each step takes the share 2 · rate of them.
  @Test func regularizersPull() throws {
    let text = """
      data Iris from csv("data/iris.csv") { let x: [2] = [sepal_length, petal_width] }
      model Net(x: [2]) -> [3] { x -> dense(4) -> relu -> dense(3) }
      train Net on Iris {
        loss:      l2(Net) + 0 * mean(Net(x))
        optimizer: sgd(rate: 0.25)
        epochs:    1
      }
      """
    let trainer = try trainer(text)
    try trainer.initialize()
    let before = tensors(trainer)
    _ = try trainer.runStep(0, rows: [0, 1, 2, 3], number: 1)
    for (name, value) in tensors(trainer) {
      for (a, b) in zip(value.floats, before[name]!.floats) { #expect(abs(a - 0.5 * b) < 1e-6, "\(name)") }
    }
  }

  /// By hand: for w · x the slope by x is w, and the penalty (|w|² − 1)² pulls by 4 (|w|² − 1) w.
  @Test func aPenaltyOfTheSlopeHasItsGradient() throws {
    let text = """
      data Iris from csv("data/iris.csv") { let x: [2] = [sepal_length, petal_width] }
      model Net(x: [2]) -> scalar { x -> dense(1, bias: false) -> squeeze }
      train Net on Iris {
        let point = 1 * x
        let slope = gradient(Net(point), by: point)
        loss:      (sum(slope ^ 2) - 1) ^ 2
        optimizer: sgd(rate: 0.1)
        epochs:    1
      }
      """
    let trainer = try trainer(text)
    try trainer.initialize()
    let w = try #require(tensors(trainer)["Net.dense.weight"]).floats
    _ = try trainer.runStep(0, rows: [0, 1, 2, 3], number: 1)
    let square = w[0] * w[0] + w[1] * w[1]
    let after = try #require(tensors(trainer)["Net.dense.weight"]).floats
    for (a, b) in zip(after, w) { #expect(abs(a - (b - 0.1 * 4 * (square - 1) * b)) < 1e-5) }
  }

  /// 100 steps of a pair with gradient penalty, against what PyTorch recorded.
  @Test func wassersteinCurve() throws {
    let folder = repository.appending(path: "Tests/Fixtures/pytorch/curves")
    let name = "iris_wasserstein"
    let recorded = try Safetensors(
      decoding: Array(try Data(contentsOf: folder.appending(path: name + ".safetensors"))), path: name)
    let trainer = try trainer(String(contentsOf: folder.appending(path: name + ".nnet"), encoding: .utf8))
    var weights = Safetensors()
    for (path, value) in recorded.tensors where path.hasPrefix("initial ") {
      weights.tensors.append((String(path.dropFirst("initial ".count)), value))
    }
    try WeightsFile.load(weights, path: name, layouts: Array(trainer.layouts.values), into: trainer.store)
    let wanted = try ["Critic distance", "Critic penalty", "Generator"].map {
      try #require(recorded["losses " + $0]).floats
    }
    for step in 0..<100 {
      let rows = (0..<30).map { Int32((step * 30 + $0) % trainer.dataset.rows) }
      let losses =
        try trainer.runStep(0, rows: rows, number: step + 1) + trainer.runStep(1, rows: rows, number: step + 1)
      for (loss, curve) in zip(losses, wanted) {
        #expect(abs(Float(loss) - curve[step]) <= 1e-5 * max(1, abs(curve[step])), "step \(step + 1)")
      }
    }
    let final = tensors(trainer)
    for (path, value) in recorded.tensors where path.hasPrefix("final ") {
      let own = try #require(final[String(path.dropFirst("final ".count))])
      for (a, b) in zip(own.floats, value.floats) { #expect(abs(a - b) <= 1e-4, "\(path): \(a), recorded \(b)") }
    }
  }
}

/// Losses that see the other examples of a batch.
@Suite struct AcrossTests {
  private let program = """
    data Digits from csv("data/digits.csv.gz") {
      let x: [64] = [p0 ... p63] / 16
      split: random(train: 70%, validation: 30%, seed: 3)
    }
    model Encoder(x: [64]) -> [8] { x -> dense(32) -> tanh -> dense(8) }
    train Encoder on Digits {
      let z = Encoder(x -> dropout(0.2))
      let w = Encoder(0.9 * x)
      let scores = z @ transpose(across(w))
      loss:      cross_entropy(scores, this_example)
      metrics:   [accuracy(scores, this_example)]
      optimizer: adam(rate: 0.002)
      epochs:    3
      batch:     50
    }
    """

  @Test func contrastsTheExamplesOfABatch() throws {
    func run(threads: Int) throws -> (first: Double, last: Double, weights: [UInt8]) {
      let trainer = try trainer(program, threads: threads)
      #expect(trainer.split.train.count % 50 != 0 && trainer.split.validation.count % 50 != 0)
      try trainer.initialize()
      let first = try trainer.evaluate(rows: trainer.split.validation).loss(step: "")
      let result = try trainer.run(observe: { _ in })
      let last = try #require(result.validation).loss(step: "")
      return (first, last, WeightsFile.make(from: trainer).encoded())
    }
    let one = try run(threads: 1)
    #expect(one.last < 0.7 * one.first, "\(one.first), then \(one.last)")
    #expect(try run(threads: 3).weights == one.weights)
  }

  /// By hand: the loss of three examples from their stacked values.
  @Test func stackedValuesAreThoseOfTheBatch() throws {
    let text = """
      data Iris from csv("data/iris.csv") {
        let a: scalar = sepal_length
        let b: [2]    = [petal_length, petal_width]
      }
      model Net(a: scalar) -> scalar { weight w: [1] = ones
        a * w[0] }
      train Net on Iris {
        let all: [Batch, 2] = across(Net(a) * b)
        let own = across(a) -> mean
        loss:      (mixed: (b @ transpose(all)) -> sum, mean: own * Net(a), place: select(this_example == 1, Net(a), 0))
        optimizer: sgd(rate: 0.001)
        epochs:    1
        batch:     3
      }
      """
    let trainer = try trainer(text)
    try trainer.initialize()
    let columns = try trainer.dataset.columns.map { column -> [Float] in
      guard case .float32(let values) = column.values else { throw TestFailure(description: "no numbers") }
      return values
    }
    let names = trainer.dataset.columns.map(\.name)
    let rows: [Int32] = [3, 70, 120]
    let value = { (name: String, row: Int32) in Double(columns[names.firstIndex(of: name)!][Int(row)]) }
    let a = rows.map { value("sepal_length", $0) }
    let b = rows.map { [value("petal_length", $0), value("petal_width", $0)] }
    let losses = try trainer.runStep(0, rows: rows, number: 1)
    var mixed = 0.0
    for i in 0..<3 {
      for j in 0..<3 { mixed += a[j] * (b[i][0] * b[j][0] + b[i][1] * b[j][1]) / 3 }
    }
    let mean = a.reduce(0, +) / 3
    #expect(abs(losses[0] - mixed) < 1e-3 * mixed)
    #expect(abs(losses[1] - mean * mean) < 1e-4 * mean * mean)
    #expect(abs(losses[2] - a[1] / 3) < 1e-4)
    // The gradient by w, which is 1: each term is linear in it.
    let after = try #require(WeightsFile.make(from: trainer)["Net.w"]).floats[0]
    let slope = mixed + mean * mean + a[1] / 3
    #expect(abs(Double(after) - (1 - 0.001 * slope)) < 1e-4 * slope)
  }
}
