import Foundation
import Graphs
import Tensors
import Testing

@Suite struct InterpreterTests {
  /// Evaluates a function of one shared input.
  private func run(_ shape: [Int], _ values: [Double], _ build: (GraphBuilder, ValueID) -> ValueID) -> ReferenceTensor {
    let builder = GraphBuilder()
    let x = builder.input("x", ValueType(shape, isShared: true))
    let graph = builder.finish(outputs: [("y", build(builder, x))])
    return ReferenceInterpreter.run(graph, inputs: ["x": ReferenceTensor(shape: shape, values)]).outputs["y"]!
  }

  private let six: [Double] = [1, 2, 3, 4, 5, 6]

  @Test func movements() {
    #expect(run([2, 3], six) { $0.permute($1, [1, 0]) } == ReferenceTensor(shape: [3, 2], [1, 4, 2, 5, 3, 6]))
    #expect(run([2, 3], six) { $0.reshape($1, [3, 2]) } == ReferenceTensor(shape: [3, 2], six))
    #expect(
      run([2], [1, 2]) { $0.broadcast($1, shape: [2, 2], axes: [0]) } == ReferenceTensor(shape: [2, 2], [1, 1, 2, 2]))
    #expect(
      run([2], [1, 2]) { $0.broadcast($1, shape: [2, 2], axes: [1]) } == ReferenceTensor(shape: [2, 2], [1, 2, 1, 2]))
    #expect(
      run([2, 3], six) { $0.slice($1, starts: [1, 0], stops: [2, 3], steps: [1, 2]) }
        == ReferenceTensor(shape: [1, 2], [4, 6]))
    #expect(
      run([2], [1, 2]) { $0.pad($1, low: [1], high: [2], interior: [1]) }
        == ReferenceTensor(shape: [6], [0, 1, 0, 2, 0, 0]))
    #expect(
      run([2, 2], [1, 2, 3, 4]) { $0.concat([$1, $1], axis: 1) }
        == ReferenceTensor(shape: [2, 4], [1, 2, 1, 2, 3, 4, 3, 4]))
    #expect(run([], [5]) { builder, _ in builder.iota(shape: [2, 3], axis: 1) }.values == [0, 1, 2, 0, 1, 2])
    #expect(run([], [5]) { builder, _ in builder.iota(shape: [2, 3], axis: 0) }.values == [0, 0, 0, 1, 1, 1])
  }

  @Test func reductions() {
    #expect(run([2, 3], six) { $0.reduceSum($1, axes: [0]) } == ReferenceTensor(shape: [3], [5, 7, 9]))
    #expect(run([2, 3], six) { $0.reduceSum($1, axes: [0, 1]) } == ReferenceTensor(scalar: 21))
    #expect(run([2, 3], six) { $0.reduceMax($1, axes: [1]) } == ReferenceTensor(shape: [2], [3, 6]))
    #expect(run([0, 2], []) { $0.reduceMax($1, axes: [0]) }.values == [-.infinity, -.infinity])
    #expect(run([0, 2], []) { $0.reduceSum($1, axes: [0]) }.values == [0, 0])
    #expect(run([3], [1, .nan, 2]) { $0.reduceMax($1, axes: [0]) }.values[0].isNaN)
    #expect(run([4], [1, 3, 3, 2]) { $0.argMax($1, axis: 0) }.values == [1])
    #expect(run([4], [1, .nan, 3, .nan]) { $0.argMax($1, axis: 0) }.values == [1])
    #expect(run([2, 3], six) { $0.variance($1, axes: [1]) }.values.allSatisfy { abs($0 - 2.0 / 3) < 1e-15 })
  }

  @Test func tableLookups() {
    let builder = GraphBuilder()
    let table = builder.parameter("table", shape: [3, 2])
    let indices = builder.input("i", ValueType(.int32, [2], isShared: false))
    let rows = builder.gather(table, indices)
    let counts = builder.scatterAdd(
      indices: indices, updates: builder.literal(1, like: ValueType([2], isShared: false), shape: [2]), rows: 3,
      sumsBatch: true)
    let oneHot = builder.oneHot(indices, depth: 3)
    let result = ReferenceInterpreter.run(
      builder.finish(outputs: [("rows", rows), ("counts", counts), ("hot", oneHot)]),
      inputs: ["i": ReferenceTensor(shape: [2, 2], [2, 0, 2, 3])],
      parameters: ["table": ReferenceTensor(shape: [3, 2], six)], batch: 2
    ).outputs
    #expect(result["rows"]!.values.prefix(6) == [5, 6, 1, 2, 5, 6])
    #expect(result["rows"]!.values.suffix(2).allSatisfy { $0.isNaN })
    #expect(result["counts"]!.values == [1, 0, 2])
    #expect(result["hot"]!.values == [0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0])
  }

  @Test func products() {
    let two = { (builder: GraphBuilder) in builder.constant(HostTensor(shape: [3, 2], [1, 0, 0, 1, 1, 1])) }
    #expect(run([2, 3], six) { $0.matmul($1, two($0)) } == ReferenceTensor(shape: [2, 2], [4, 5, 10, 11]))
    #expect(
      run([3, 2], [1, 4, 2, 5, 3, 6]) { $0.matmul($1, two($0), transposeA: true) }
        == ReferenceTensor(shape: [2, 2], [4, 5, 10, 11]))
    #expect(
      run([2, 2], [1, 2, 3, 4]) { $0.matmul($1, two($0), transposeB: true) }
        == ReferenceTensor(shape: [2, 3], [1, 2, 3, 3, 4, 7]))
  }

  @Test func crossingsOfTheBatch() {
    let builder = GraphBuilder()
    let x = builder.input("x", ValueType([1, 2], isShared: false))
    let graph = builder.finish(outputs: [
      ("mean", builder.meanOverBatch(x)), ("gram", builder.matmul(x, x, transposeA: true, sumsBatch: true)),
      ("centred", builder.subtract(x, builder.meanOverBatch(x))),
    ])
    let outputs = ReferenceInterpreter.run(
      graph, inputs: ["x": ReferenceTensor(shape: [2, 1, 2], [1, 2, 3, 6])], batch: 2
    ).outputs
    #expect(outputs["mean"]! == ReferenceTensor(shape: [1, 2], [2, 4]))
    #expect(outputs["gram"]! == ReferenceTensor(shape: [2, 2], [10, 20, 20, 40]))
    #expect(outputs["centred"]! == ReferenceTensor(shape: [2, 1, 2], [-1, -2, 1, 2]))
    let none = ReferenceInterpreter.run(
      graph, inputs: ["x": ReferenceTensor(shape: [0, 1, 2], [])], batch: 0
    ).outputs
    #expect(none["gram"]!.values == [0, 0, 0, 0])
    #expect(none["mean"]!.values.allSatisfy { $0.isNaN })
  }

  @Test func scalarFunctionsAtTheirEdges() {
    func value(_ function: ScalarFunction, _ a: Double, _ b: Double = 0, _ c: Double = 0) -> Double {
      function.definition.value(a, b, c)
    }
    #expect(value(.relu, .nan).isNaN && value(.relu, -1) == 0 && value(.relu, .infinity) == .infinity)
    #expect(value(.maximum, .nan, 1).isNaN && value(.maximum, 1, .nan).isNaN && value(.minimum, 1, .nan).isNaN)
    #expect(value(.sigmoid, -1000) == 0 && value(.sigmoid, 1000) == 1)
    #expect(value(.softplus, 1000) == 1000 && value(.softplus, -1000) == 0 && value(.softplus, .nan).isNaN)
    #expect(value(.sign, -3) == -1 && value(.sign, 0) == 0 && value(.sign, .nan).isNaN)
    #expect(value(.floor, -1.5) == -2 && value(.select, .nan, 1, 2) == 1 && value(.select, 0, 1, 2) == 2)
    #expect(value(.less, .nan, 1) == 0 && value(.notEqual, .nan, .nan) == 1 && value(.isNaN, .nan) == 1)
    #expect(value(.power, 2, 10) == 1024 && value(.expm1, 1e-20) == 1e-20 && value(.log1p, 1e-20) == 1e-20)
  }

  @Test func castsTruncateAndSaturate() {
    let values: [Double] = [-1.7, 1.7, 300, -5, 1e12, .nan]
    #expect(run([6], values) { $0.cast($1, .int32) }.values == [-1, 1, 300, -5, 2_147_483_647, 0])
    #expect(run([6], values) { $0.cast($1, .uint8) }.values == [0, 1, 255, 0, 255, 0])
  }

  @Test func crossEntropyOfAnUnknownClassIsNaN() {
    let builder = GraphBuilder()
    let x = builder.input("x", ValueType([3], isShared: false))
    let label = builder.input("label", ValueType(.int32, [], isShared: false))
    let graph = builder.finish(outputs: [("loss", builder.softmaxCrossEntropy(x, labels: label))])
    let loss = ReferenceInterpreter.run(
      graph,
      inputs: [
        "x": ReferenceTensor(shape: [2, 3], [0, 0, 0, 1, 2, 3]), "label": ReferenceTensor(shape: [2], [1, 3]),
      ], batch: 2
    ).outputs["loss"]!.values
    #expect(abs(loss[0] - log(3)) < 1e-15)
    #expect(loss[1].isNaN)
  }

  @Test func drawsFollowThePublishedCounter() {
    let builder = GraphBuilder()
    let draw = { (distribution: RandomDraw.Distribution, shared: Bool) in
      builder.random(RandomDraw(distribution, path: "net.noise"), shape: [2, 3], isShared: shared)
    }
    let graph = builder.finish(outputs: [
      ("uniform", draw(.uniform, false)), ("normal", draw(.normal, false)), ("coin", draw(.bernoulli(0.25), false)),
      ("shared", draw(.uniform, true)),
    ])
    let outputs = ReferenceInterpreter.run(graph, batch: 2, seed: 42, iteration: 7, rows: [100, 0]).outputs
    let generator = Philox(seed: 42, path: "net.noise")
    let (first, second) = (generator(7, 100, 0, 0), generator(7, 100, 0, 1))
    let words = [first.0, first.1, first.2, first.3, second.0, second.1]
    #expect(Array(outputs["uniform"]!.values.prefix(6)) == words.map { Double(Philox.unit($0)) })
    #expect(Array(outputs["coin"]!.values.prefix(6)) == words.map { Philox.unit($0) < 0.25 ? 1 : 0 })
    for pair in 0..<3 {
      let radius = (-2 * log((Double(words[2 * pair] >> 8) + 1) / 16_777_216)).squareRoot()
      let angle = 2 * Double.pi * Double(words[2 * pair + 1] >> 8) / 16_777_216
      #expect(abs(outputs["normal"]!.values[2 * pair] - radius * cos(angle)) < 1e-12)
      #expect(abs(outputs["normal"]!.values[2 * pair + 1] - radius * sin(angle)) < 1e-12)
    }
    #expect(outputs["shared"]!.values == Array(outputs["uniform"]!.values.suffix(6)))
  }

  @Test func drawsHaveTheirMoments() {
    let builder = GraphBuilder()
    let shape = [20_000]
    let graph = builder.finish(outputs: [
      ("normal", builder.random(RandomDraw(.normal, path: "n"), shape: shape)),
      ("coin", builder.random(RandomDraw(.bernoulli(0.3), path: "c"), shape: shape)),
    ])
    let outputs = ReferenceInterpreter.run(graph, batch: 1, seed: 3).outputs
    let normal = outputs["normal"]!.values
    let mean = normal.reduce(0, +) / 20_000
    #expect(abs(mean) < 0.03)
    #expect(abs(normal.reduce(0) { $0 + $1 * $1 } / 20_000 - 1) < 0.04)
    #expect(abs(outputs["coin"]!.values.reduce(0, +) / 20_000 - 0.3) < 0.015)
  }

  @Test func assignsTakeEffectAfterTheRun() {
    let builder = GraphBuilder()
    let w = builder.parameter("w", shape: [2])
    builder.assign("w", builder.multiply(w, 3))
    let graph = builder.finish(outputs: [("after", builder.add(w, 0))])
    let result = ReferenceInterpreter.run(graph, parameters: ["w": ReferenceTensor(shape: [2], [1, 2])])
    #expect(result.outputs["after"]!.values == [1, 2])
    #expect(result.assigned["w"]!.values == [3, 6])
  }

  @Test func windowsOfAnImage() {
    let nine = (1...9).map(Double.init)
    let window = Window(image: [3, 3], kernel: [2, 2], strides: [2, 2], high: [1, 1])
    #expect(
      run([3, 3, 1], nine) { $0.windows($1, window, padding: -1) }
        == ReferenceTensor(shape: [2, 2, 2, 2, 1], [1, 2, 4, 5, 3, -1, 6, -1, 7, 8, -1, -1, 9, -1, -1, -1]))
    #expect(run([3, 3, 1], nine) { $0.fold($0.windows($1, window), window) }.values == nine)
    #expect(run([3, 3, 1], nine) { $0.maxPool($1, window) }.values == [5, 6, 8, 9])
    #expect(run([3, 3, 1], nine) { $0.averagePool($1, window) }.values == [3, 4.5, 7.5, 9])
    // Two by two kernels of ones that sum, with a stride of one: 3×3 → 2×2.
    let all = Window(image: [3, 3], kernel: [2, 2])
    #expect(
      run([3, 3, 1], nine) { $0.convolution(Convolution(.output, all), $1, $0.fill(1, shape: [2, 2, 1, 1])) }
        == ReferenceTensor(shape: [2, 2, 1], [12, 16, 24, 28]))
    // Back: how many windows see each pixel.
    #expect(
      run([2, 2, 1], [1, 1, 1, 1]) { $0.convolution(Convolution(.input, all), $0.fill(1, shape: [2, 2, 1, 1]), $1) }
        .values == [1, 2, 1, 2, 4, 2, 1, 2, 1])
    // The rows and columns are not confused, nor are the kernel's.
    let row = Window(image: [1, 4], kernel: [1, 2], dilations: [1, 2])
    #expect(
      run([1, 4, 1], [1, 2, 3, 4]) { builder, x in
        builder.convolution(
          Convolution(.output, row), x, builder.constant(HostTensor(shape: [1, 2, 1, 1], [10, 1])))
      }.values == [13, 24])
  }

  @Test func examplesOfABatchMeet() {
    let builder = GraphBuilder()
    let x = builder.input("x", ValueType([2], isShared: false))
    let all = builder.batchStack(x, count: 3)
    let products = builder.contract(x, builder.permute(all, [1, 0]))
    let graph = builder.finish(outputs: [("all", all), ("products", products), ("own", builder.ownRow(all))])
    let outputs = ReferenceInterpreter.run(
      graph, inputs: ["x": ReferenceTensor(shape: [3, 2], six)], batch: 3
    ).outputs
    #expect(outputs["all"]! == ReferenceTensor(shape: [3, 2], six))
    #expect(outputs["own"]! == ReferenceTensor(shape: [3, 2], six))
    #expect(outputs["products"]!.values == [5, 11, 17, 11, 25, 39, 17, 39, 61])
  }
}
