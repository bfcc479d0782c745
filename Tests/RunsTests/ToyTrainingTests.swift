import Testing
import Training

/// Every toy set trains as it is checked, and a network that is large enough learns it.
@Suite struct ToyTrainingTests {
  private static func classes(_ source: String, _ input: String, _ network: String) -> String {
    """
    data Toy from \(source) {
      let p: \(input.contains("x, y") ? "[2]" : "[6]") = \(input)
      let c: class(2) = label
      split: random(train: 80%, test: 20%, seed: 1)
    }
    model Net(p: \(input.contains("x, y") ? "[2]" : "[6]")) -> [2] { p -> \(network) -> dense(2) }
    train Net on Toy {
      let logits = Net(p)
      loss:      cross_entropy(logits, c)
      metrics:   [accuracy(logits, c)]
      optimizer: adam(rate: 0.02)
      epochs:    150
      batch:     32
    }
    """
  }

  @Test(arguments: [
    classes("xor(rows: 400, noise: 0.1, seed: 1)", "[x, y]", "dense(16) -> tanh"),
    classes("moons(rows: 400, noise: 0.1, seed: 1)", "[x, y]", "dense(16) -> relu -> dense(16) -> relu"),
    classes("spirals(rows: 600, noise: 0.02, seed: 1)", "[x, y]", "dense(32) -> tanh -> dense(32) -> tanh"),
    classes("parity(rows: 800, length: 6, seed: 1)", "bits", "dense(32) -> relu -> dense(32) -> relu"),
  ])
  func classesAreLearnt(_ text: String) throws {
    let trainer = try trainer(text)
    try trainer.initialize()
    let result = try trainer.run(observe: { _ in })
    let metric = try #require(result.test?.metrics.first)
    guard case .scalar(let accuracy) = metric.result else { throw TestFailure(description: "accuracy is no number") }
    #expect(accuracy >= 0.95, "\(accuracy): \(text)")
  }

  @Test(arguments: [
    ("sine(rows: 400, noise: 0, seed: 1)", "let p: [1] = [x]\n  let t: [1] = [y]", "[1]", "dense(32) -> tanh", 0.01),
    (
      "addition(rows: 600, length: 5, seed: 1)", "let p: [5, 2] = sequence\n  let t: [1] = [sum]", "[5, 2]",
      "gru(16) -> last", 0.02
    ),
  ])
  func numbersAreLearnt(
    _ source: String, _ fields: String, _ input: String, _ network: String, _ bound: Double
  ) throws {
    let trainer = try trainer(
      """
      data Toy from \(source) {
        \(fields)
        split: random(train: 80%, test: 20%, seed: 1)
      }
      model Net(p: \(input)) -> [1] { p -> \(network) -> dense(1) }
      train Net on Toy {
        loss:      mean_squared_error(Net(p), t)
        optimizer: adam(rate: 0.01)
        epochs:    120
        batch:     32
      }
      """)
    try trainer.initialize()
    let loss = try #require(try trainer.run(observe: { _ in }).test).losses[0].value
    #expect(loss < bound, "\(loss): \(source)")
  }
}
