import Declarations
import Graphs
import Layers
import Tensors
import Testing

/// Fits against hand-computed constants, applications, and ways back.
struct TransformTests {
  private func fit(
    _ name: String, _ values: [Double], width: Int, _ given: [String: SettingValue] = [:]
  ) throws -> [String: [Float]] {
    let transform = try #require(Catalog.transform[name])
    return transform.fit(values, width, filled(transform.settings, given)).mapValues { $0.map(Float.init) }
  }

  /// Fits to `values`, then applies the transform, and its inverse to that, to examples of a shape.
  private func apply(
    _ name: String, fitting values: [Double], width: Int, _ given: [String: SettingValue] = [:], to examples: [Double],
    shape: [Int]
  ) throws -> (applied: [Double], restored: [Double]?) {
    let transform = try #require(Catalog.transform[name])
    let settings = filled(transform.settings, given)
    let constants = transform.fit(values, width, settings)
    let graph = GraphBuilder()
    let x = graph.input("x", ValueType(shape, isShared: false))
    let shared = constants.mapValues { graph.constant(HostTensor(shape: [$0.count], $0.map(Float.init))) }
    let context = { (input: ValueID) in
      BuildContext(
        graph: graph, mode: .evaluation, inputs: [input], inputTypes: [.numbers(shape)], settings: settings, path: "t",
        weight: { _ in preconditionFailure() }, update: { _, _ in }, apply: { _, _, _ in preconditionFailure() })
    }
    let applied = transform.apply(context(x), shared)
    let restored = transform.inverse.map { $0(context(applied), shared) }
    let program = graph.finish(
      outputs: [("applied", applied)] + (restored.map { [("restored", $0)] } ?? []), effects: [])
    let size = shape.reduce(1, *)
    let result = ReferenceInterpreter.run(
      program, inputs: ["x": ReferenceTensor(shape: [examples.count / size] + shape, examples)],
      batch: examples.count / size
    ).outputs
    return (result["applied"]!.values, result["restored"]?.values)
  }

  private let nan = Double.nan

  @Test func standardize() throws {
    // Columns 1, 2, 3 (one missing) and 5, 5, 5, 5.
    let values = [1, 5, 2, 5, nan, 5, 3, 5]
    let constants = try fit("standardize", values, width: 2)
    #expect(constants["mean"] == [2, 5])
    #expect(constants["deviation"] == [Float((2.0 / 3).squareRoot()), 1])
    let (applied, restored) = try apply(
      "standardize", fitting: values, width: 2, to: [1, 5, nan, 7], shape: [2])
    #expect(abs(applied[0] + 1.5.squareRoot()) < 1e-6 && applied[1] == 0 && applied[2].isNaN && applied[3] == 2)
    #expect(abs(restored![0] - 1) < 1e-6 && restored![1] == 5 && restored![3] == 7)
  }

  @Test func standardizeBearsLargeOffsetsAndNothing() throws {
    // A deviation of 1 around ten million, which float32 sums would lose.
    let values = (0..<1_000).map { 1e7 + ($0 % 2 == 0 ? 1.0 : -1.0) }
    let constants = try fit("standardize", values, width: 1)
    #expect(constants["deviation"] == [1] && constants["mean"] == [1e7])
    #expect(try fit("standardize", [0.1, 0.1, 0.1], width: 1)["deviation"] == [1])
    #expect(try fit("standardize", [nan, nan], width: 1) == ["mean": [0], "deviation": [1]])
    #expect(try fit("standardize", [], width: 2)["mean"] == [0, 0])
  }

  @Test func constantsFitEveryShape() throws {
    // One number for scalars, one for each entry of the last axis of windows, one for each pixel.
    #expect(try apply("scale", fitting: [0, 10], width: 1, to: [5, 20], shape: []).applied == [0.5, 2])
    #expect(
      try apply("scale", fitting: [0, 0, 10, 100], width: 2, to: [5, 50, 10, 100], shape: [2, 2]).applied
        == [0.5, 0.5, 1, 1])
    #expect(
      try apply("scale", fitting: [0, 0, 0, 0, 1, 2, 4, 8], width: 4, to: [1, 1, 1, 1], shape: [2, 2, 1]).applied
        == [1, 0.5, 0.25, 0.125])
  }

  @Test func scale() throws {
    let given: [String: SettingValue] = ["low": .real(-1), "high": .real(1)]
    let (applied, restored) = try apply(
      "scale", fitting: [2, 6, nan, 4], width: 1, given, to: [2, 6, 5, 8], shape: [])
    #expect(applied == [-1, 1, 0.5, 2] && restored! == [2, 6, 5, 8])
    #expect(try apply("scale", fitting: [3, 3], width: 1, given, to: [3], shape: []).applied == [-1])
  }

  @Test func robustScale() throws {
    // Quartiles of 1 … 5 and an outlier: sorted 1, 2, 3, 4, 100.
    let values: [Double] = [100, 1, 3, 2, 4]
    #expect(try fit("robust_scale", values, width: 1) == ["median": [3], "span": [2]])
    let (applied, restored) = try apply("robust_scale", fitting: values, width: 1, to: [5], shape: [])
    #expect(applied == [1] && restored! == [5])
  }

  @Test(arguments: [("mean", 4.0), ("median", 3), ("most_frequent", 2), ("constant", -1)])
  func impute(with word: String, typical: Double) throws {
    let given: [String: SettingValue] = ["with": .word(word), "value": .real(-1)]
    let values = [2, 2, nan, 4, 5, 8, 8, 2, nan, 1]
    let expected = word == "mean" ? 32.0 / 8 : typical
    let constants = try fit("impute", values, width: 1, given)
    #expect(constants["typical"] == [Float(expected)])
    let (applied, restored) = try apply("impute", fitting: values, width: 1, given, to: [nan, 9], shape: [])
    #expect(applied == [expected, 9] && restored! == applied)
    #expect(try fit("impute", [nan], width: 1, given)["typical"] == [word == "constant" ? -1 : 0])
  }

  @Test func mostFrequentTiesGoToTheLeast() throws {
    #expect(try fit("impute", [7, 3, 7, 3, 5], width: 1, ["with": .word("most_frequent")])["typical"] == [3])
  }

  @Test func clipOutliers() throws {
    let values = (0...100).map(Double.init)
    let (applied, restored) = try apply(
      "clip_outliers", fitting: values, width: 1, ["low": .real(0.05), "high": .real(0.9)], to: [-3, 50, 99], shape: [])
    #expect(applied == [5, 50, 90] && restored == nil)
  }

  @Test(arguments: ["log", "log1p", "sqrt"]) func functionsComeBack(name: String) throws {
    let (applied, restored) = try apply(name, fitting: [], width: 1, to: [0.5, 4, 1e4], shape: [])
    #expect(applied[1] == ["log": 1.3862943611198906, "log1p": 1.6094379124341003, "sqrt": 2][name])
    #expect(zip(restored!, [0.5, 4, 1e4]).allSatisfy { abs($0 - $1) <= 1e-10 * $1 })
  }
}
