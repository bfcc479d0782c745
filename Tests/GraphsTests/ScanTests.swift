import Graphs
import Tensors
import Testing

@Suite struct ScanTests {
  /// A recurrent layer of tanh over two features.
  private func recurrent(
    _ builder: GraphBuilder, length: Int, units: Int
  ) -> (x: ValueID, states: ValueID, weights: [ValueID]) {
    let x = builder.input("x", ValueType([length, 2], isShared: false))
    let weights = [
      builder.parameter("wx", shape: [2, units]), builder.parameter("wh", shape: [units, units]),
      builder.parameter("b", shape: [units]),
    ]
    let zeros = builder.fill(0, shape: [units])
    let result = builder.scan(over: [x], from: [zeros]) { b, states, elements in
      let wx = b.parameter("wx", shape: [2, units])
      let wh = b.parameter("wh", shape: [units, units])
      let sum = b.add(b.contract(elements[0], wx), b.contract(states[0], wh))
      return ([b.tanh(b.add(sum, b.parameter("b", shape: [units])))], [])
    }
    return (x, result.states[0], weights)
  }

  private func scans(_ graph: Graph) -> [Scan] {
    graph.nodes.compactMap { if case .scan(let scan) = $0.op { scan } else { nil } }
  }

  private func matmuls(_ graph: Graph) -> Int { graph.nodes.count { if case .matmul = $0.op { true } else { false } } }

  @Test func sumsRunInBothDirections() {
    for isReversed in [false, true] {
      let builder = GraphBuilder()
      let x = builder.input("x", ValueType([4], isShared: true))
      let sums = builder.scan(over: [x], from: [builder.fill(10)], isReversed: isReversed) { b, states, elements in
        ([b.add(states[0], elements[0])], [b.multiply(states[0], elements[0])])
      }
      let graph = builder.finish(outputs: [("sums", sums.states[0]), ("products", sums.outputs[0])])
      let outputs = ReferenceInterpreter.run(graph, inputs: ["x": ReferenceTensor(shape: [4], [1, 2, 3, 4])]).outputs
      #expect(outputs["sums"]!.values == (isReversed ? [20, 19, 17, 14] : [11, 13, 16, 20]))
      #expect(outputs["products"]!.values == (isReversed ? [19, 34, 42, 40] : [10, 22, 39, 64]))
    }
  }

  @Test func whatDoesNotDependOnTheStateIsDoneBeforeTheLoop() throws {
    let builder = GraphBuilder()
    let net = recurrent(builder, length: 5, units: 3)
    let graph = builder.finish(outputs: [("states", net.states)])
    try verify(graph)
    // The input's product for all steps at once outside, the state's inside.
    #expect(matmuls(graph) == 1)
    #expect(matmuls(scans(graph)[0].body) == 1)
  }

  @Test func weightGradientsAreOneProductOverTime() throws {
    let builder = GraphBuilder()
    let net = recurrent(builder, length: 5, units: 3)
    let loss = builder.batchSum(builder.sum(builder.square(net.states)))
    let gradients = builder.gradients(of: loss, by: net.weights)
    let graph = builder.finish(outputs: gradients.enumerated().map { ("\($0)", $1) })
    try verify(graph)
    #expect(scans(graph).count == 2)
    // Forward: x·wx; backward: both weights' gradients. In the reverse loop only the state's adjoint.
    #expect(matmuls(graph) == 3)
    #expect(matmuls(scans(graph)[1].body) == 1)
    #expect(builder[gradients[0]].op.definition.sumsBatch && builder[gradients[1]].op.definition.sumsBatch)
    // The reverse step reads what the forward one gave: no tanh in it.
    #expect(!scans(graph)[1].body.nodes.contains { $0.op == .map(.tanh) })
  }

  @Test func aLoopWithoutStatesIsNoLoop() {
    let builder = GraphBuilder()
    let x = builder.input("x", ValueType([4, 2], isShared: false))
    let result = builder.scan(over: [x], from: []) { b, _, elements in ([], [b.exp(elements[0])]) }
    #expect(builder[result.outputs[0]].op == .map(.exp))
    #expect(builder.shape(of: result.outputs[0]) == [4, 2])
  }

  @Test func drawsDifferFromStepToStep() {
    let builder = GraphBuilder()
    let noise = builder.scan(over: [], from: [builder.fill(0, shape: [4])], length: 3) { b, states, _ in
      ([b.add(states[0], 0)], [b.random(RandomDraw(.uniform, path: "p"), shape: [4], isShared: true)])
    }
    let outside = builder.random(RandomDraw(.uniform, path: "p"), shape: [4], isShared: true)
    let graph = builder.finish(outputs: [("noise", noise.outputs[0]), ("outside", outside)])
    let outputs = ReferenceInterpreter.run(graph, seed: 4, iteration: 2).outputs
    let rows = (0..<3).map { outputs["noise"]!.example($0).values }
    #expect(rows[0] == outputs["outside"]!.values)
    #expect(Set(rows).count == 3)
    let generator = Philox(seed: 4, path: "p")
    let words = generator(2, 0, 2, 0)
    #expect(rows[2] == [words.0, words.1, words.2, words.3].map { Double(Philox.unit($0)) })
  }

  @Test func bodiesThatMixExamplesAreRejected() throws {
    let body = GraphBuilder()
    let state = body.input("0", ValueType([2], isShared: false))
    let mixed = body.add(state, body.batchSum(state))
    let scan = Scan(body: body.finish(outputs: [("0", mixed)]), length: 2, states: 1, sequences: 0)
    let outer = GraphBuilder()
    let x = outer.input("x", ValueType([2], isShared: false))
    let graph = outer.finish(outputs: [("y", outer.emit(.scan(scan), [x]))])
    #expect(throws: GraphError.self) { try verify(graph) }
  }
}
