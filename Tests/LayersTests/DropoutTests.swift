import Declarations
import Graphs
import Layers
import Tensors
import Testing

/// What training draws: shares and scales of dropout, deviations of noise, and that neither touches evaluation.
struct DropoutTests {
  /// The layer on ones, or on zeros: `batch` examples of a shape.
  private func drawn(
    _ declaration: CallableDeclaration, _ settings: [String: SettingValue], shape: [Int], of value: Double,
    mode: Mode = .training
  ) throws -> [Double] {
    let bench = Bench(declaration, Trial(types: [.numbers(shape)], settings: settings), mode: mode)
    let graph = bench.graph.finish(outputs: [("y", bench.result)], effects: [])
    let batch = 8
    var environment = ReferenceEnvironment(batch: batch, seed: 3)
    let count = batch * shape.reduce(1, *)
    environment.inputs["0"] = ReferenceTensor(shape: [batch] + shape, [Double](repeating: value, count: count))
    return ReferenceInterpreter.run(graph, environment).outputs["y"]!.values
  }

  /// A rate of 20 % leaves 80 %, each times 1/0.8, so that the mean stays [Srivastava et al. 2014].
  @Test(arguments: [0.2, 0.5, 0.9])
  func dropoutKeepsTheMean(rate: Double) throws {
    let values = try drawn(.dropout, ["rate": .real(rate)], shape: [2500], of: 1)
    let kept = values.filter { $0 != 0 }
    #expect(kept.allSatisfy { abs($0 - 1 / (1 - rate)) < 1e-6 })
    // Five deviations of a share of 20 000 draws.
    let bound = 5 * (rate * (1 - rate) / Double(values.count)).squareRoot()
    #expect(abs(Double(kept.count) / Double(values.count) - (1 - rate)) < bound)
    #expect(try drawn(.dropout, ["rate": .real(rate)], shape: [50], of: 1, mode: .evaluation).allSatisfy { $0 == 1 })
  }

  /// Spatial dropout takes whole channels of an example [Tompson et al. 2015].
  @Test func spatialDropoutTakesWholeChannels() throws {
    let (positions, channels) = (12, 200)
    let values = try drawn(.spatialDropout, ["rate": .real(0.25)], shape: [3, 4, channels], of: 1)
    var dropped = 0
    for example in 0..<8 {
      for channel in 0..<channels {
        let column = Set((0..<positions).map { values[(example * positions + $0) * channels + channel] })
        #expect(column.count == 1)
        if column == [0] { dropped += 1 }
      }
    }
    let bound = 5 * (0.25 * 0.75 / 1600).squareRoot()
    #expect(abs(Double(dropped) / 1600 - 0.25) < bound)
  }

  @Test func noiseHasItsDeviation() throws {
    let values = try drawn(.noise, ["deviation": .real(0.3)], shape: [2500], of: 2)
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - 2) * ($1 - 2) } / Double(values.count)
    // Five deviations of the mean; that of the deviation is smaller by √2.
    let bound: Double = 5 * 0.3 / Double(values.count).squareRoot()
    #expect(abs(mean - 2) < bound)
    #expect(abs(variance.squareRoot() - 0.3) < bound / 1.4)
    #expect(try drawn(.noise, ["deviation": .real(0.3)], shape: [9], of: 2, mode: .evaluation).allSatisfy { $0 == 2 })
  }
}
