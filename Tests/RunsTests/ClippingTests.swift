import Tensors
import Testing
import Training

/// Clipping of gradients, seen in what a step of size 1 takes from the weights of two models.
@Suite struct ClippingTests {
  /// What a step takes from each weight, model by model.
  private func taken(clip: String) throws -> [String: [Float]] {
    let trainer = try trainer(
      """
      data Digits from csv("data/digits.csv.gz") {
        let x: [64]     = [p0 ... p63] / 16
        let y: class(10) = digit
        split: random(train: 100%, seed: 1)
      }
      model First(x: [64]) -> [8] { x -> dense(8) -> tanh }
      model Second(h: [8]) -> [10] { h -> dense(10) }
      train First, Second on Digits {
        loss:      cross_entropy(Second(First(x)), y)
        optimizer: sgd(rate: 1)
        \(clip)
        steps:     1
        batch:     16
      }
      """)
    try trainer.initialize()
    let before = trainer.store.snapshot()
    _ = try trainer.runStep(0, rows: Array(trainer.split.train.prefix(16)), number: 1)
    let after = trainer.store.snapshot()
    return Dictionary(
      uniqueKeysWithValues: trainer.layouts.values.map { layout in
        let path = layout.vectorPath
        return (path, zip(before[path]!.floats, after[path]!.floats).map { $0 - $1 })
      })
  }

  /// One norm over all that a step updates, not one a model [Pascanu et al. 2013].
  @Test func theNormIsThatOfAllWeights() throws {
    let whole = try taken(clip: "")
    let norm = whole.values.joined().reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
    #expect(whole.count == 2 && norm > 0.2)
    let clipped = try taken(clip: "clip: norm(0.1)")
    for (path, gradient) in whole {
      for (have, full) in zip(clipped[path]!, gradient) {
        #expect(abs(have - full * 0.1 / norm) < 1e-6)
      }
    }
    let untouched = try taken(clip: "clip: norm(1000)")
    for (path, gradient) in whole {
      #expect(zip(untouched[path]!, gradient).allSatisfy { abs($0 - $1) < 1e-6 })
    }
  }

  @Test func valuesAreClippedOneByOne() throws {
    let whole = try taken(clip: "")
    let clipped = try taken(clip: "clip: value(0.01)")
    var limited = 0
    for (path, gradient) in whole {
      for (have, full) in zip(clipped[path]!, gradient) {
        #expect(abs(have - min(max(full, -0.01), 0.01)) < 1e-6)
        if abs(full) > 0.01 { limited += 1 }
      }
    }
    #expect(limited > 10)
  }
}
