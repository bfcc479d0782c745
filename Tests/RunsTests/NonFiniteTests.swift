import Testing
import Training

/// A NaN or an infinity in training is traced to the layer, the operation, the line of the file and the step.
@Suite struct NonFiniteTests {
  struct Injection: Sendable, CustomTestStringConvertible {
    var body: String
    var phase: NonFinite.Phase
    var path: String
    var operation: String
    var line: Int
    var step = 1
    var optimizer = "adam(rate: 0.01)"
    var testDescription: String { body }
  }

  private func program(_ injection: Injection) -> String {
    """
    data Iris from csv("data/iris.csv") {
      let x: [4]      = [sepal_length, sepal_width, petal_length, petal_width]
      let y: class(3) = species
      split: random(train: 70%, validation: 15%, test: 15%, seed: 7)
    }
    layer Deep(x: [D]) -> [D] {
      let h = x -> dense(D)
      (h * h + 1) -> exp -> exp -> exp
    }
    model Net(x: [4]) -> [3] {
      \(injection.body)
    }
    train Net on Iris {
      loss:      cross_entropy(Net(x), y)
      optimizer: \(injection.optimizer)
      epochs:    3
      batch:     16
    }
    """
  }

  @Test(arguments: [
    Injection(
      body: "x -> dense(8) -> relu -> log -> dense(3)", phase: .forward, path: "Net.log", operation: "log", line: 11),
    Injection(
      body: "x -> exp -> exp -> dense(3)", phase: .forward, path: "Net.exp_2", operation: "exp", line: 11),
    Injection(body: "(x / (x - x)) -> dense(3)", phase: .forward, path: "Net", operation: "divide", line: 11),
    Injection(
      body: "x -> dense(8) -> Deep -> dense(3)", phase: .forward, path: "Net.Deep.exp_2", operation: "exp", line: 8),
    Injection(
      body: "x -> dense(8) -> repeat(2, Deep) -> dense(3)", phase: .forward, path: "Net.repeat[0].exp_2",
      operation: "exp", line: 8),
    Injection(
      body: "x -> dense(8) -> relu -> sqrt -> dense(3)", phase: .gradient, path: "Net.sqrt", operation: "divide",
      line: 11),
    Injection(
      body: "x -> dense(8) -> relu -> dense(3)", phase: .forward, path: "Net.dense_2", operation: "matrix product",
      line: 11, step: 2, optimizer: "sgd(rate: 1e30)"),
  ])
  func theCulpritIsNamed(_ injection: Injection) throws {
    let trainer = try trainer(program(injection))
    try trainer.initialize()
    var failure: NonFinite?
    do {
      _ = try trainer.run(observe: { _ in })
    } catch TrainingFailure.notFinite(let found) {
      failure = found
    }
    let culprit = try #require(failure?.culprit)
    #expect(culprit.phase == injection.phase)
    #expect(culprit.path == injection.path)
    #expect(culprit.operation == injection.operation)
    #expect(culprit.step == injection.step)
    #expect(culprit.place.hasPrefix("test.nnet:\(injection.line):"), "\(culprit.place)")
  }

  /// The search goes back over many good steps to the one that went wrong.
  @Test func aLateStepIsFound() throws {
    let late = Injection(
      body: "x -> dense(8) -> dense(3)", phase: .forward, path: "", operation: "", line: 0,
      optimizer: "sgd(rate: linear(from: 1e-6, to: 1))")
    let text = program(late).replacing("epochs:    3", with: "steps: 400").replacing(
      "cross_entropy(Net(x), y)", with: "sum((Net(x) - 1) ^ 2)")
    let trainer = try trainer(text)
    try trainer.initialize()
    var failure: NonFinite?
    do {
      _ = try trainer.run(observe: { _ in })
    } catch TrainingFailure.notFinite(let found) {
      failure = found
    }
    let found = try #require(failure)
    let culprit = try #require(found.culprit)
    #expect(culprit.step <= found.step && culprit.step >= found.step - 1)
    #expect(found.step > 3 && !culprit.place.isEmpty && !culprit.operation.isEmpty)
  }
}
