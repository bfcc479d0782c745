import Foundation
import Runs
import Tensors
import Testing
import Training

/// 100 steps from the same weights on the same rows, against what PyTorch recorded (`record.py` beside the fixtures).
@Suite struct PyTorchCurveTests {
  /// Each optimizer as the programs write it, with the settings of `record.py`.
  static let optimizers = [
    ("sgd", "sgd(rate: 0.05)"),
    ("momentum", "sgd(rate: 0.01, momentum: 0.9)"),
    ("nesterov", "sgd(rate: 0.05, momentum: 0.9, nesterov: true)"),
    ("adam", "adam(rate: 0.01)"),
    ("adamw", "adamw(rate: 0.01, weight_decay: 0.1)"),
    ("rmsprop", "rmsprop(rate: 0.003, decay: 0.99)"),
    ("adagrad", "adagrad(rate: 0.05)"),
  ]

  @Test(arguments: ["iris_relu", "iris_regression", "digits_batch_norm", "digits_cnn", "digits_lstm"], optimizers)
  func curve(_ name: String, _ optimizer: (title: String, text: String)) throws {
    try compare(name, optimizer)
  }

  /// The rates of `record_transformer.py`: with larger ones, the losses depend on how sums are rounded.
  static let gentleOptimizers = [
    ("sgd", "sgd(rate: 0.05)"),
    ("momentum", "sgd(rate: 0.01, momentum: 0.9)"),
    ("adam", "adam(rate: 5e-4)"),
    ("adamw", "adamw(rate: 5e-4, weight_decay: 0.1)"),
    ("rmsprop", "rmsprop(rate: 2e-4, decay: 0.99)"),
    ("adagrad", "adagrad(rate: 2e-3)"),
  ]

  @Test(arguments: gentleOptimizers)
  func transformerCurve(_ optimizer: (title: String, text: String)) throws {
    try compare("digits_transformer", optimizer)
  }

  private func compare(_ name: String, _ optimizer: (title: String, text: String)) throws {
    let folder = repository.appending(path: "Tests/Fixtures/pytorch/curves")
    let recorded = try Safetensors(
      decoding: Array(try Data(contentsOf: folder.appending(path: name + ".safetensors"))), path: name)
    let program = try String(contentsOf: folder.appending(path: name + ".nnet"), encoding: .utf8)
    let trainer = try trainer(program.replacing("sgd(rate: 0.05)", with: optimizer.text))
    let losses = try #require(recorded["losses \(optimizer.title)"]).floats

    var weights = Safetensors()
    for (path, value) in recorded.tensors where path.hasPrefix("initial ") {
      weights.tensors.append((String(path.dropFirst("initial ".count)), value))
    }
    try WeightsFile.load(weights, path: name, layouts: Array(trainer.layouts.values), into: trainer.store)

    let limit: Float = name == "digits_batch_norm" ? 5e-5 : 1e-5
    let batch = trainer.train.batch
    let rowCount = trainer.dataset.rows
    #expect(losses.count == 100)
    for step in losses.indices {
      let rows = (0..<batch).map { Int32((step * batch + $0) % rowCount) }
      let loss = Float(try trainer.runStep(0, rows: rows, number: step + 1)[0])
      #expect(abs(loss - losses[step]) <= limit, "step \(step + 1): \(loss), recorded \(losses[step])")
    }
    let final = WeightsFile.make(from: trainer)
    for (path, value) in recorded.tensors where path.hasPrefix("final \(optimizer.title) ") {
      let own = try #require(final[String(path.dropFirst("final \(optimizer.title) ".count))])
      #expect(own.shape == value.shape)
      for (a, b) in zip(own.floats, value.floats) {
        #expect(abs(a - b) <= 1e-4, "\(path): \(a), recorded \(b)")
      }
    }
  }
}
