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

  private func weights(threads: Int, seed: Int) throws -> [UInt8] {
    let trainer = try trainer(program, threads: threads, seed: seed)
    try trainer.initialize()
    _ = try trainer.run(observe: { _ in })
    return WeightsFile.make(from: trainer).encoded()
  }

  @Test func threadsAndRepetitionChangeNothing() throws {
    let first = try weights(threads: 1, seed: 1)
    #expect(try weights(threads: 1, seed: 1) == first)
    #expect(try weights(threads: 2, seed: 1) == first)
    #expect(try weights(threads: 3, seed: 1) == first)
    #expect(try weights(threads: 1, seed: 2) != first)
  }
}
