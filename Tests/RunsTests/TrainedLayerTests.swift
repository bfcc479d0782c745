import Checking
import Declarations
import Elaboration
import Foundation
import Layers
import Tensors
import Testing
import Training

/// Every built-in with weights, trained for one step as a user's program trains it: what a step takes from a weight is
/// the gradient, as differences of the step's own loss show it.
@Suite struct TrainedLayerTests {
  struct Case: Sendable {
    var name: String
    var layers = ""
    var inputs: [(name: String, type: String)]
    var expression: String
    var result: String
  }

  /// The snippets with numbers for inputs, and layers that move the elements of a written weight.
  static let cases: [Case] =
    Catalog.callables.filter { [.layer, .combinator, .activation].contains($0.category) }.flatMap { callable in
      callable.snippets.compactMap { snippet in
        guard snippet.inputs.allSatisfy({ $0.type.hasPrefix("[") && !$0.type.contains("<") }) else { return nil }
        return Case(
          name: callable.name, inputs: snippet.inputs, expression: snippet.expression, result: snippet.result)
      }
    } + [
      written("reshaped", "[3]", "x @ (w -> reshape([4, 3]))"),
      written("flattened", "[4]", "x * (w -> flatten)[0 ..< 4]"),
      Case(
        name: "scanned",
        layers: """
          layer Own(xs: [T, 4]) -> [T, 3] {
            weight w: [3, 4] = glorot
            scan x in xs from h: [3] = zeros { tanh(h + x @ (w -> reshape([4, 3]))) }
          }
          """, inputs: [("x", "[5, 4]")], expression: "x -> Own", result: "[5, 3]"),
    ]

  private static func written(_ name: String, _ result: String, _ body: String) -> Case {
    Case(
      name: name, layers: "layer Own(x: [4]) -> \(result) {\n  weight w: [3, 4] = glorot\n  \(body)\n}\n",
      inputs: [("x", "[4]")], expression: "x -> Own", result: result)
  }

  @Test(arguments: cases.indices)
  func aStepTakesTheGradient(_ index: Int) throws {
    let example = Self.cases[index]
    let name = example.name
    let types = example.inputs.map { "\($0.name): \($0.type)" }.joined(separator: ", ")
    let text = """
      data Digits from csv("data/digits.csv.gz") {
        let y: class(10) = digit
        split: random(train: 100%, seed: 1)
      }
      \(example.layers)
      model Net(\(types)) -> \(example.result) {
        \(example.expression)
      }
      train Net on Digits {
      \(example.inputs.map { "  let \($0.name): \($0.type) = normal\n" }.joined())
        loss:      mean(sin(Net(\(example.inputs.map(\.name).joined(separator: ", ")))))
        optimizer: sgd(rate: 1)
        steps:     1
        batch:     8
      }
      """
    // What has no weights cannot be trained, and is told so.
    let (program, _) = try checkedProgram(text.components(separatedBy: "train Net")[0])
    if program.layout(ofModel: program.layers.firstIndex { $0.isModel }!).count == 0 { return }
    let trainer = try trainer(text)
    let layout = try #require(trainer.layouts.values.first)
    try trainer.initialize()
    let rows = Array(trainer.split.train.prefix(8))
    let start = trainer.store.snapshot()
    let path = layout.vectorPath
    let weights = try #require(start[path]).floats
    /// The loss of the first step from weights that are moved along a direction.
    func loss(_ step: Float, _ direction: [Float]) throws -> Double {
      try trainer.store.restore(start)
      try trainer.store.set(
        path, HostTensor(shape: [weights.count], zip(weights, direction).map { $0 + step * $1 }))
      return try trainer.runStep(0, rows: rows, number: 1)[0]
    }
    _ = try loss(0, weights)
    let gradient = zip(weights, try #require(trainer.store.tensor(path)).floats).map { $0 - $1 }
    var random = PhiloxSequence(seed: 5, path: name)
    for entry in layout.trainable {
      let range = entry.offset..<entry.offset + entry.count
      let direction = weights.indices.map { range.contains($0) ? Float(random.unit() * 2 - 1) : 0 }
      let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      // Small, so that few kinks lie between; the loss is of the order of 1, so that rounding stays below.
      let step = 0.005 / max(length, 1e-3)
      let numeric = (try loss(step, direction) - loss(-step, direction)) / Double(2 * step)
      let analytic = zip(gradient, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      let scale = max(abs(numeric), abs(analytic), 1e-3 * Double(length))
      #expect(abs(numeric - analytic) <= 0.03 * scale, "\(name) \(entry.request.path): \(analytic), not \(numeric)")
      #expect(gradient[range].contains { $0 != 0 }, "\(name) \(entry.request.path) stands still")
    }
  }

  /// Few snippets fall out of the test for their inputs.
  @Test func mostLayersAreTrained() {
    let tried = Set(Self.cases.map(\.name))
    for name in ["dense", "conv", "conv_transpose", "depthwise_conv", "lstm", "gru", "rnn", "attention", "group_norm"] {
      #expect(tried.contains(name), "\(name)")
    }
  }
}
