import Checking
import Elaboration
import Graphs
import Tensors
import Testing
import Training

/// What initialisers promise of a whole layer: outputs have the variance of the inputs (`lecun`), or twice that (`he`).
@Suite struct InitialVarianceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var layer: String
    var result: String
    /// How many outputs of a side are left out at each end, where fewer products come together.
    var edge: Int
    var testDescription: String { layer }
  }

  static let cases = [
    Case(layer: "conv(64, kernel: 3, padding: same", result: "[12, 12, 64]", edge: 1),
    Case(layer: "conv_transpose(64, kernel: 4, stride: 2, padding: same", result: "[24, 24, 64]", edge: 3),
    Case(layer: "conv_transpose(64, kernel: 3, stride: 2, padding: same", result: "[24, 24, 64]", edge: 2),
    Case(layer: "conv_transpose(64, kernel: 3", result: "[14, 14, 64]", edge: 2),
    Case(layer: "conv_transpose(64, kernel: [2, 4], stride: [2, 1]", result: "[24, 15, 64]", edge: 4),
  ]

  /// Normal inputs of 12 × 12 places and 32 channels, in double precision. The outputs of one filter vary with its
  /// weights, hence 5 %; the fan-in of PyTorch is off by factors of 2 to 8 here.
  @Test(arguments: cases, [("lecun", 1.0), ("he", 2.0)])
  func outputsHaveTheVarianceOfInputs(_ layer: Case, _ initializer: (name: String, variance: Double)) throws {
    let program = try checkedProgram(
      """
      data Digits from csv("data/digits.csv.gz") {
        let z: scalar = p36
        split: random(train: 100%, seed: 1)
      }
      model Net(z: [12, 12, 32]) -> \(layer.result) { z -> \(layer.layer), initializer: \(initializer.name)) }
      train Net on Digits {
        let x: [12, 12, 32] = normal
        loss:      mean(Net(x)) + 0 * z
        optimizer: adam(rate: 1e-3)
        epochs:    1
      }
      """
    ).program
    var random = PhiloxSequence(seed: 3, path: "inputs")
    // The sum of twelve uniform numbers has variance 1.
    let inputs = (0..<4 * 12 * 12 * 32).map { _ in (0..<12).reduce(-6.0) { sum, _ in sum + random.unit() } }
    var weights: [String: ReferenceTensor] = [:]
    for entry in program.layout(ofModel: 0).trainable {
      weights[entry.request.path] = ReferenceTensor(
        shape: entry.request.shape, entry.request.initialValues(seed: 7).map(Double.init))
    }
    let result = ReferenceInterpreter.run(
      program.graph(ofModel: 0), inputs: ["z": ReferenceTensor(shape: [4, 12, 12, 32], inputs)], parameters: weights,
      batch: 4
    ).outputs["result"]!
    let (height, width, filters) = (result.shape[1], result.shape[2], result.shape[3])
    var (squares, count) = (0.0, 0.0)
    for (index, value) in result.values.enumerated() {
      let (row, column) = (index / filters / width % height, index / filters % width)
      guard min(row, height - 1 - row) >= layer.edge, min(column, width - 1 - column) >= layer.edge else { continue }
      squares += value * value
      count += 1
    }
    #expect(abs(squares / count / initializer.variance - 1) < 0.05, "\(squares / count)")
  }
}
