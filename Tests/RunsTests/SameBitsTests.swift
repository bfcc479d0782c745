import Foundation
import Runs
import Testing
import Training

/// The same file, seed and data give the same bits.
@Suite struct SameBitsTests {
  private let program = """
    data Digits from csv("data/digits.csv.gz") {
      let x: [64]      = [p0 ... p63] -> standardize
      let y: class(10) = digit
      split: random(train: 80%, validation: 20%, seed: 3)
    }
    model Net(x: [64]) -> [10] {
      x -> dense(200) -> batch_norm -> relu -> dropout(0.3) -> dense(100) -> gelu -> dense(10)
    }
    train Net on Digits {
      let logits = Net(x)
      loss:      cross_entropy(logits, y)
      metrics:   [accuracy(logits, y)]
      optimizer: adam(rate: 0.003)
      epochs:    2
      batch:     50
      clip:      norm(1.0)
    }
    """

  private let images = """
    data Digits from csv("data/digits.csv.gz") {
      let x: [64]      = [p0 ... p63] -> standardize
      let y: class(10) = digit
      split: random(train: 80%, validation: 20%, seed: 3)
    }
    model Net(x: [64]) -> [10] {
      x -> reshape([8, 8, 1]) -> conv(24, kernel: 3, padding: same) -> relu -> max_pool(2)
            -> conv(40, kernel: 3, padding: same) -> relu -> max_pool(2) -> flatten -> dropout(0.2) -> dense(10)
    }
    train Net on Digits {
      let logits = Net(x)
      loss:      cross_entropy(logits, y)
      optimizer: adam(rate: 0.003)
      epochs:    1
      batch:     50
    }
    """

  private func weights(_ program: String, threads: Int, seed: Int) throws -> [UInt8] {
    let trainer = try trainer(program, threads: threads, seed: seed)
    try trainer.initialize()
    _ = try trainer.run(observe: { _ in })
    return WeightsFile.make(from: trainer).encoded()
  }

  @Test func threadsAndRepetitionChangeNothing() throws {
    let first = try weights(program, threads: 1, seed: 1)
    #expect(try weights(program, threads: 1, seed: 1) == first)
    #expect(try weights(program, threads: 2, seed: 1) == first)
    #expect(try weights(program, threads: 3, seed: 1) == first)
    #expect(try weights(program, threads: 1, seed: 2) != first)
  }

  @Test func threadsChangeNothingForConvolutions() throws {
    let first = try weights(images, threads: 1, seed: 1)
    for threads in [2, 3] { #expect(try weights(images, threads: threads, seed: 1) == first) }
  }
}
