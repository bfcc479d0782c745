import Graphs
import Tensors
import Testing

@Suite struct BuilderTests {
  private func perExample(_ shape: [Int]) -> ValueType { ValueType(shape, isShared: false) }

  @Test func equalPureNodesBecomeOne() {
    let builder = GraphBuilder()
    let x = builder.input("x", perExample([3]))
    #expect(builder.add(x, 1) == builder.add(x, 1))
    #expect(builder.add(x, 1) != builder.add(x, 2))
    #expect(builder.softmax(x) == builder.softmax(x))
    let count = builder.nodes.count
    builder.origin = Origin(path: "elsewhere")
    _ = builder.add(x, 1)
    #expect(builder.nodes.count == count)
  }

  @Test func drawsOfOnePathAreOneAndOfTwoPathsTwo() {
    let builder = GraphBuilder()
    let draw = { builder.random(RandomDraw(.uniform, path: $0), shape: [2]) }
    #expect(draw("a") == draw("a"))
    #expect(draw("a") != draw("b"))
  }

  @Test func assignsAreNeverMerged() {
    let builder = GraphBuilder()
    let w = builder.parameter("w", shape: [2])
    #expect(builder.assign("w", builder.add(w, 1)) != builder.assign("w", builder.add(w, 1)))
    #expect(builder.finish(outputs: []).effects.count == 2)
  }

  @Test func whatNothingNeedsIsRemoved() {
    let builder = GraphBuilder()
    let x = builder.input("x", perExample([3]))
    _ = builder.input("unused", perExample([3]))
    _ = builder.exp(x)
    let y = builder.tanh(x)
    let graph = builder.finish(outputs: [("y", y)])
    #expect(graph.nodes.map(\.op) == [.input("x"), .map(.tanh)])
    #expect(graph[graph.outputs[0].value].inputs == [ValueID(0)])
  }

  @Test func neutralElementsVanishAndLiteralsFold() {
    let builder = GraphBuilder()
    let x = builder.input("x", perExample([3]))
    #expect(builder.multiply(x, 1) == x)
    #expect(builder.add(x, 0) == x)
    #expect(builder.divide(x, 1) == x)
    #expect(builder.literalValue(builder.add(builder.fill(2, shape: [2]), 3)) == 5)
    // 0 · x stays: x may be NaN or infinite.
    #expect(builder.multiply(x, 0) != builder.literal(0, like: x))
  }

  @Test func movementsThatMoveNothingReturnTheirInput() {
    let builder = GraphBuilder()
    let x = builder.input("x", perExample([2, 3]))
    #expect(builder.reshape(x, [2, 3]) == x)
    #expect(builder.permute(x, [0, 1]) == x)
    #expect(builder.broadcast(x, to: [2, 3]) == x)
    #expect(builder.slice(x, axis: 1, 0..<3) == x)
    #expect(builder.pad(x, low: [0, 0], high: [0, 0]) == x)
    #expect(builder.concat([x], axis: 0) == x)
    #expect(builder.cast(x, .float32) == x)
    #expect(builder.reduceSum(x, axes: []) == x)
    #expect(builder.reshape(builder.reshape(x, [6]), [3, 2]) == builder.reshape(x, [3, 2]))
  }

  @Test func operandsAreBroadcastAsTheLanguageSays() {
    let builder = GraphBuilder()
    let x = builder.input("x", perExample([4, 3]))
    for (name, shape) in [("scalar", []), ("suffix", [3]), ("ones", [4, 1]), ("ones 2", [1, 3]), ("equal", [4, 3])] {
      let shared = builder.parameter(name, shape: shape)
      #expect(builder.type(of: builder.add(x, shared)) == perExample([4, 3]))
      #expect(builder.type(of: builder.add(shared, x)) == perExample([4, 3]))
      let other = builder.input(name, perExample(shape))
      #expect(builder.type(of: builder.multiply(other, x)) == perExample([4, 3]))
    }
    let w = builder.parameter("w", shape: [3])
    #expect(
      builder.type(of: builder.add(w, builder.parameter("v", shape: [2, 3]))) == ValueType([2, 3], isShared: true))
  }

  @Test func broadcastingRepeatsTheRightAxis() {
    let builder = GraphBuilder()
    let x = builder.parameter("x", shape: [2, 3])
    let column = builder.parameter("column", shape: [2, 1])
    let row = builder.parameter("row", shape: [3])
    let graph = builder.finish(outputs: [("sum", builder.add(builder.add(x, column), row))])
    let result = ReferenceInterpreter.run(
      graph,
      parameters: [
        "x": ReferenceTensor(shape: [2, 3], [1, 2, 3, 4, 5, 6]), "column": ReferenceTensor(shape: [2, 1], [10, 20]),
        "row": ReferenceTensor(shape: [3], [100, 200, 300]),
      ])
    #expect(result.outputs["sum"]!.values == [111, 212, 313, 124, 225, 326])
  }

  @Test func aVectorCountsAsARowOrAColumn() {
    let builder = GraphBuilder()
    let shapes: [([Int], [Int], [Int])] = [
      ([4], [4, 3], [3]), ([2, 4], [4], [2]), ([4], [4], []), ([5, 2, 4], [4, 3], [5, 2, 3]),
      ([5, 2, 4], [4], [5, 2]),
    ]
    for (index, (a, b, result)) in shapes.enumerated() {
      let product = builder.contract(
        builder.input("\(index)", perExample(a)), builder.parameter("\(index)", shape: b))
      #expect(builder.type(of: product) == perExample(result))
    }
  }

  @Test func inliningExpandsCompositesWithinComposites() throws {
    let builder = GraphBuilder()
    let x = builder.input("x", perExample([5]))
    let y = builder.composite("outer", inputs: [x]) { body, inputs in
      body.add(body.softmax(inputs[0]), body.composite("inner", inputs: inputs) { $0.square($1[0]) })
    }
    let graph = builder.finish(outputs: [("y", y)])
    let flat = graph.inlined()
    try verify(flat)
    #expect(!flat.nodes.contains { $0.op.isComposite })
    let input = ["x": ReferenceTensor(shape: [1, 5], [0.1, -2, 3, 0.5, 1])]
    #expect(
      ReferenceInterpreter.run(graph, inputs: input).outputs == ReferenceInterpreter.run(flat, inputs: input).outputs)
  }

  @Test func nodesRememberWhereTheyCameFrom() {
    let builder = GraphBuilder()
    builder.origin = Origin(path: "Net.dense", place: "net.nnet:3:5")
    let w = builder.parameter("Net.dense.weight", shape: [2])
    builder.origin = Origin()
    let loss = builder.sum(builder.map(.sin, [w]))
    builder.origin = Origin(path: "step")
    let gradient = builder.gradients(of: loss, by: [w])[0]
    #expect(builder[w].origin.place == "net.nnet:3:5")
    #expect(builder[gradient].origin == Origin())
    #expect(builder.origin.path == "step")
  }

  @Test func graphsPrintOneLineForEachNode() {
    let builder = GraphBuilder()
    let x = builder.input("x", perExample([2, 4]))
    builder.origin = Origin(path: "Net.dense", place: "net.nnet:3:5")
    let y = builder.matmul(x, builder.parameter("w", shape: [3, 4]), transposeB: true)
    builder.assign("loss", builder.batchSum(builder.reduceMax(y, axes: [0, 1])))
    #expect(
      builder.finish(outputs: [("y", y)]).description == """
        %0 = input "x" : ×float32[2, 4]
        %1 = parameter "w" : float32[3, 4]  // Net.dense net.nnet:3:5
        %2 = matmul(%0, %1) transpose b : ×float32[2, 3]  // Net.dense net.nnet:3:5
        %3 = reduceMax(%2) axes: [0, 1] : ×float32[]  // Net.dense net.nnet:3:5
        %4 = batchSum(%3) : float32[]  // Net.dense net.nnet:3:5
        %5 = assign(%4) "loss" : float32[]  // Net.dense net.nnet:3:5
        output y = %2
        effect %5

        """)
  }
}
