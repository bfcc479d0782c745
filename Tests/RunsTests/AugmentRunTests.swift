import Foundation
import Runs
import Testing
import Training

/// Images that are changed anew in every step, in whole trainings.
@Suite struct AugmentRunTests {
  private func program(
    _ fields: String, lets: String = "", difference: String, epochs: Int = 1
  ) -> String {
    """
    data Digits from csv("data/digits.csv.gz") {
      \(fields)
      let y: class(10) = digit
      split: random(train: 20%, validation: 80%, seed: 3)
    }
    model Net(image: [8, 8, 1]) -> [10] {
      image -> conv(8, kernel: 3, padding: same) -> relu -> flatten -> dense(10)
    }
    train Net on Digits {
      \(lets)
      let logits = Net(image)
      loss:      (surprise: cross_entropy(logits, y), difference: \(difference))
      metrics:   [accuracy(logits, y)]
      optimizer: adam(rate: 0.003)
      epochs:    \(epochs)
      batch:     50
    }
    """
  }

  private let plain = "let plain: [8, 8, 1] = ([p0 ... p63] -> reshape([8, 8])) / 16"
  private let moved =
    "let image: [8, 8, 1] = (([p0 ... p63] -> reshape([8, 8, 1])) / 16) -> augment(flip: both, shift: 2)"

  /// The labelled losses of one step.
  private func losses(_ text: String, rows: Range<Int32> = 0..<50) throws -> [Double] {
    let trainer = try trainer(text)
    try trainer.initialize()
    return try trainer.runStep(0, rows: Array(rows), number: 1)
  }

  @Test func onlyTrainingRowsAreChanged() throws {
    let text = program(plain + "\n" + moved, difference: "mean_squared_error(image, plain)")
    #expect(try losses(text)[1] > 0.01)
    let trainer = try trainer(text)
    try trainer.initialize()
    let pass = try trainer.evaluate(rows: trainer.split.validation)
    #expect(pass.losses[1].value == 0)
  }

  @Test func aFieldIsOneValueHoweverOftenItIsUsed() throws {
    #expect(try losses(program(moved, difference: "mean_squared_error(image, image * 1.0)"))[1] == 0)
  }

  @Test func fieldsDeclaredTogetherMoveTogether() throws {
    let column = "([p0 ... p63] -> reshape([8, 8, 1])) / 16"
    let joint = """
      let (image, other: [8, 8, 1]) = (\(column), \(column)) -> augment(flip: both, shift: 2, rotate: 20, crop: 8)
      """
    #expect(try losses(program(joint, difference: "mean_squared_error(image, other)"))[1] == 0)
    let apart = moved + "\nlet other: [8, 8, 1] = (\(column)) -> augment(flip: both, shift: 2)"
    #expect(try losses(program(apart, difference: "mean_squared_error(image, other)"))[1] > 0.01)
    // Only the first gets noise.
    let noisy = "let (image, other: [8, 8, 1]) = (\(column), \(column)) -> augment(shift: 1, noise: 0.5)"
    let noise = try losses(program(noisy, difference: "mean_squared_error(image, other)"))[1]
    #expect(abs(noise - 0.25) < 0.02)
  }

  @Test func viewsInATrainBlockDifferWhileTraining() throws {
    let text = program(
      "let image: [8, 8, 1] = ([p0 ... p63] -> reshape([8, 8])) / 16",
      lets: "let view = image -> noise(0.5)\n  let again = image -> noise(0.5)",
      difference: "mean_squared_error(view, again)")
    #expect(abs(try losses(text)[1] - 0.5) < 0.03)
    let trainer = try trainer(text)
    try trainer.initialize()
    #expect(try trainer.evaluate(rows: trainer.split.validation).losses[1].value == 0)
  }

  @Test func drawsFollowFromSeedStepAndRow() throws {
    let text = program(moved, difference: "0.0 * mean(image)", epochs: 2)
    func weights(threads: Int, seed: Int) throws -> [UInt8] {
      let trainer = try trainer(text, threads: threads, seed: seed)
      try trainer.initialize()
      _ = try trainer.run(observe: { _ in })
      return WeightsFile.make(from: trainer).encoded()
    }
    let first = try weights(threads: 1, seed: 1)
    #expect(try weights(threads: 3, seed: 1) == first)
    #expect(try weights(threads: 1, seed: 2) != first)
    // The rows' place in the batch is not part of a draw: a batch in another order has the same loss but for rounding.
    let batch = (0..<40).map { Int32($0 * 7) }
    let one = try trainer(text)
    try one.initialize()
    let other = try trainer(text)
    try other.initialize()
    let there = try one.runStep(0, rows: batch, number: 3)[0]
    let back = try other.runStep(0, rows: batch.reversed(), number: 3)[0]
    #expect(abs(there - back) < 1e-5)
  }
}
