import Foundation
import Graphs
import Tensors
import Testing

/// Values and gradients against those that PyTorch gave for the same inputs (`Tests/Fixtures/pytorch/record.py`).
@Suite struct OperationFixtureTests {
  struct Recording: Decodable {
    struct Tensor: Decodable {
      var shape: [Int]
      var values: [Double]
    }
    struct Case: Decodable {
      var name: String
      var inputs: [Tensor]
      var output: Tensor
      var direction: [Double]
      var gradients: [[Double]?]
    }
    var cases: [Case]
  }

  static func recording() throws -> Recording {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let file = folder.appendingPathComponent("Fixtures/pytorch/operations.json")
    return try JSONDecoder().decode(Recording.self, from: Data(contentsOf: file))
  }

  typealias Build = @Sendable (GraphBuilder, [ValueID]) -> ValueID

  /// Which inputs of a case have no batch, by name; the others do.
  static let shared: [String: Set<Int>] = ["embedding": [0], "dense": [1, 2]]

  static func map(_ function: ScalarFunction) -> Build { { $0.map(function, $1) } }

  /// The cases as graphs.
  static let builds: [String: Build] = [
    "relu": map(.relu), "sigmoid": map(.sigmoid), "tanh": map(.tanh), "softplus": map(.softplus), "erf": map(.erf),
    "exp": map(.exp), "expm1": map(.expm1), "sin": map(.sin), "cos": map(.cos), "absolute": map(.absolute),
    "square": map(.square), "negate": map(.negate), "log": map(.log), "log1p": map(.log1p),
    "square root": map(.squareRoot), "reciprocal square root": map(.reciprocalSquareRoot),
    "reciprocal": map(.reciprocal), "power": map(.power), "maximum": map(.maximum), "divide": map(.divide),
    "softmax": { $0.softmax($1[0]) }, "log_softmax": { $0.logSoftmax($1[0]) },
    "gelu": { b, x in
      let inner = b.map(.erf, [b.multiply(x[0], 0.5.squareRoot())])
      return b.multiply(b.multiply(x[0], 0.5), b.add(inner, 1))
    },
    "gelu tanh": { b, x in
      let cubic = b.multiply(b.power(x[0], 3), 0.044715)
      let inner = b.tanh(b.multiply(b.add(x[0], cubic), (2 / Double.pi).squareRoot()))
      return b.multiply(b.multiply(x[0], 0.5), b.add(inner, 1))
    },
    "layer_norm": { $0.standardizeRows($1[0], axes: 1, epsilon: 1e-5) },
    "layer_norm 2": { $0.standardizeRows($1[0], axes: 2, epsilon: 1e-3) },
    "mean": { $0.mean($1[0], axes: [0, 1]) }, "variance": { $0.variance($1[0], axes: [1]) },
    "reduce max": { $0.reduceMax($1[0], axes: [0]) }, "clip": { $0.clip($1[0], -0.5, 0.75) },
    "batch standardized": { b, x in
      let mean = b.meanOverBatch(b.mean(x[0], axes: [0]))
      let centred = b.subtract(x[0], mean)
      let variance = b.meanOverBatch(b.mean(b.square(centred), axes: [0]))
      return b.multiply(centred, b.reciprocalSquareRoot(b.add(variance, 1e-5)))
    },
    "cross_entropy": { $0.softmaxCrossEntropy($1[0], labels: $1[1]) },
    "binary_cross_entropy": { b, x in b.subtract(b.map(.softplus, [x[0]]), b.multiply(x[0], x[1])) },
    "embedding": { $0.gather($1[0], $1[1]) },
    "dense": { $0.add($0.contract($1[0], $1[1]), $1[2]) },
    "batched product": { $0.matmul($1[0], $1[1], transposeB: true) },
    "attention": { b, x in
      let scores = b.multiply(b.matmul(x[0], x[1], transposeB: true), 1 / 5.0.squareRoot())
      return b.matmul(b.softmax(scores), x[2])
    },
    "max_pool": {
      $0.maxPool($1[0], Window(image: [7, 6], kernel: [3, 3], strides: [2, 2], low: [1, 1], high: [1, 1]))
    },
    "max_pool dilated": { $0.maxPool($1[0], Window(image: [5, 5], kernel: [2, 2], dilations: [2, 2])) },
    "average_pool": {
      $0.averagePool($1[0], Window(image: [7, 6], kernel: [3, 3], strides: [2, 2], low: [1, 1], high: [1, 1]))
    },
    "unfold": { b, x in
      let window = Window(image: [5, 5], kernel: [3, 3], strides: [2, 2], low: [1, 1], high: [1, 1])
      // PyTorch's columns have the channels first.
      return b.reshape(b.permute(b.windows(x[0], window), [0, 1, 4, 2, 3]), [9, 18])
    },
  ]

  static let windows: [String: (Window, groups: Int)] = [
    "plain": (Window(image: [6, 5], kernel: [3, 3]), 1),
    "strided": (Window(image: [7, 6], kernel: [3, 2], strides: [2, 2], low: [1, 1], high: [1, 1]), 1),
    "dilated": (
      Window(image: [8, 7], kernel: [3, 3], strides: [1, 2], dilations: [2, 1], low: [2, 1], high: [2, 1]), 1
    ),
    "grouped": (Window(image: [5, 5], kernel: [2, 3], low: [0, 1], high: [0, 1]), 2),
    "depthwise": (Window(image: [6, 6], kernel: [3, 3], low: [1, 1], high: [1, 1]), 3),
    "pointwise": (Window(image: [4, 4], kernel: [1, 1]), 1),
  ]

  /// The graph of a case, and the indices of its inputs without a batch.
  static func build(_ name: String) -> (build: Build, shared: Set<Int>)? {
    if let build = builds[name] { return (build, shared[name] ?? []) }
    let words = name.split(separator: " ").map(String.init)
    guard words.count == 2, let (window, groups) = windows[words[1]] else { return nil }
    switch words[0] {
    case "convolution":
      return ({ $0.convolution(Convolution(.output, window, groups: groups), $1[0], $1[1]) }, [1])
    case "transposed":
      return ({ $0.convolution(Convolution(.input, window, groups: groups), $1[1], $1[0]) }, [1])
    default: return nil
    }
  }

  @Test func valuesAndGradientsEqualPyTorchs() throws {
    let cases = try Self.recording().cases
    #expect(cases.count >= 50)
    for recorded in cases {
      let (build, shared) = try #require(Self.build(recorded.name), "\(recorded.name)")
      let builder = GraphBuilder()
      var arguments: [String: ReferenceTensor] = [:]
      let inputs = recorded.inputs.enumerated().map { index, tensor in
        let isShared = shared.contains(index)
        arguments["\(index)"] = ReferenceTensor(shape: tensor.shape, tensor.values)
        let dtype: DType = recorded.gradients[index] == nil ? .int32 : .float32
        return builder.input(
          "\(index)", ValueType(dtype, isShared ? tensor.shape : Array(tensor.shape.dropFirst()), isShared: isShared))
      }
      let result = build(builder, inputs)
      let direction = builder.input("direction", builder.type(of: result))
      arguments["direction"] = ReferenceTensor(shape: recorded.output.shape, recorded.direction)
      let objective = builder.batchSum(builder.sum(builder.multiply(result, direction)))
      let floats = inputs.indices.filter { recorded.gradients[$0] != nil }
      let gradients = builder.gradients(of: objective, by: floats.map { inputs[$0] })
      let graph = builder.finish(
        outputs: [("result", result)] + zip(floats, gradients).map { ("gradient \($0)", $1) })
      let outputs = ReferenceInterpreter.run(graph, inputs: arguments, batch: recorded.output.shape[0]).outputs
      let values = try #require(outputs["result"])
      #expect(values.shape == recorded.output.shape, "\(recorded.name)")
      compare(values.values, recorded.output.values, recorded.name)
      for index in floats {
        compare(outputs["gradient \(index)"]!.values, recorded.gradients[index]!, "\(recorded.name), gradient \(index)")
      }
    }
  }

  private func compare(_ found: [Double], _ expected: [Double], _ name: String) {
    #expect(found.count == expected.count, "\(name)")
    let worst = zip(found, expected).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
    #expect(worst <= 1e-10, "\(name) differs by \(worst)")
  }
}
