import Graphs
import Tensors
import Testing

@Suite struct VerifierTests {
  /// A graph of one matmul.
  private func product() -> Graph {
    let builder = GraphBuilder()
    let x = builder.input("x", ValueType([2, 4], isShared: false))
    let y = builder.matmul(x, builder.parameter("w", shape: [4, 3]))
    builder.assign("w", builder.batchSum(builder.matmul(x, y, transposeA: true)))
    return builder.finish(outputs: [("y", y)])
  }

  private func message(_ change: (inout Graph) -> Void) -> String? {
    var graph = product()
    change(&graph)
    do {
      try verify(graph)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test func soundGraphsPass() throws { try verify(product()) }

  @Test func faultsAreNamed() {
    #expect(message { $0.nodes[2].inputs[0] = ValueID(2) }?.contains("does not precede") == true)
    #expect(message { $0.nodes[2].inputs[1] = ValueID(-1) }?.contains("does not precede") == true)
    #expect(message { $0.nodes[2].type.shape = [2, 5] }?.contains("by its rule") == true)
    #expect(message { $0.nodes[2].type.isShared = true }?.contains("by its rule") == true)
    #expect(message { $0.nodes[2].inputs.swapAt(0, 1) }?.contains("inner sizes 3 and 2 differ") == true)
    #expect(message { $0.nodes[2].inputs.removeLast() }?.contains("needs 2 inputs") == true)
    #expect(message { $0.nodes[1].type.isShared = false }?.contains("a parameter is shared") == true)
    #expect(message { $0.nodes[1].type.shape = [1 << 40, 1 << 40] }?.contains("not representable") == true)
    #expect(message { $0.effects = [ValueID(2)] }?.contains("is no assign") == true)
    #expect(message { $0.outputs[0].value = ValueID(99) }?.contains("does not exist") == true)
    #expect(message { $0.outputs.append($0.outputs[0]) }?.contains("one name") == true)
    #expect(
      message { $0.nodes[4] = Node(op: .assign("w"), inputs: [ValueID(1)], type: $0.nodes[1].type, origin: Origin()) }
        == nil)
    #expect(
      message {
        $0.nodes.append(
          Node(op: .input("x"), inputs: [], type: ValueType([9], isShared: false), origin: Origin()))
      }?.contains("input x has two types") == true)
  }

  @Test func everyOperatorRejectsWrongInputs() {
    let float = ValueType([2, 3], isShared: false)
    let shared = ValueType([2, 3], isShared: true)
    let index = ValueType(.int32, [2], isShared: false)
    let wrong: [(Operator, [ValueType])] = [
      (.map(.add), [float, shared]), (.map(.add), [float, ValueType([3], isShared: false)]), (.map(.exp), [index]),
      (.map(.exp), [float, float]), (.map(.equal), [float, index]), (.reshape([7]), [float]),
      (.reshape([-2, -3]), [float]), (.permute([0, 0]), [float]), (.permute([0]), [float]),
      (.broadcast(shape: [2, 4], axes: [0, 1]), [float]), (.broadcast(shape: [3, 2], axes: [1, 0]), [float]),
      (.slice(starts: [0, 0], stops: [2, 4], steps: [1, 1]), [float]),
      (.slice(starts: [0, 2], stops: [2, 1], steps: [1, 1]), [float]),
      (.slice(starts: [0, 0], stops: [2, 3], steps: [1, 0]), [float]),
      (.slice(starts: [0], stops: [2], steps: [1]), [float]),
      (.pad(low: [0, -1], high: [0, 0], interior: [0, 0]), [float]),
      (.concat(axis: 2), [float, float]), (.concat(axis: 0), [float, shared]), (.concat(axis: 0), []),
      (.concat(axis: 0), [float, ValueType([2, 4], isShared: false)]), (.gather, [float, float]),
      (.gather, [float, ValueType(.int32, [2], isShared: true)]), (.gather, [ValueType([], isShared: true), index]),
      (.scatterAdd(rows: 3, sumsBatch: false), [index, ValueType([3], isShared: false)]),
      (.scatterAdd(rows: 3, sumsBatch: true), [ValueType(.int32, [2], isShared: true), shared]),
      (.scatterAdd(rows: -1, sumsBatch: false), [index, float]), (.reduceSum(axes: [1, 0]), [float]),
      (.reduceSum(axes: [2]), [float]), (.reduceMax(axes: [-1]), [float]), (.reduceMax(axes: [0]), [index]),
      (.argMax(axis: 0), [ValueType([0], isShared: false)]), (.matmul(Matmul()), [float, float]),
      (.matmul(Matmul(transposeB: true, sumsBatch: true)), [float, shared]),
      (.matmul(Matmul()), [ValueType([2, 2, 3], isShared: true), ValueType([4, 3, 2], isShared: true)]),
      (.matmul(Matmul()), [ValueType([3], isShared: true), ValueType([3, 3], isShared: true)]),
      (.lift, [float]), (.batchSum, [shared]), (.batchSum, [index]), (.assign("w"), [float]), (.batchCount, [float]),
      (.stopGradient, []), (.cast(.int32), []),
    ]
    for (op, inputs) in wrong {
      #expect(throws: GraphError.self, "\(op.definition.name) of \(inputs)") { try resultType(of: op, inputs: inputs) }
    }
    let leaves: [(Operator, ValueType?)] = [
      (.input("x"), nil), (.parameter("w"), float), (.fill(1), float),
      (.fill(1), ValueType(.uint8, [2], isShared: true)),
      (.iota(axis: 2), shared), (.iota(axis: 0), float), (.random(RandomDraw(.uniform, path: "")), index),
    ]
    for (op, declared) in leaves {
      #expect(throws: GraphError.self) { try resultType(of: op, inputs: [], declared: declared) }
    }
  }

  @Test func bodiesOfCompositesArePureAndFitTheirInputs() {
    let builder = GraphBuilder()
    let w = builder.parameter("w", shape: [2])
    let graph = builder.finish(outputs: [("result", w)])
    var outer = Graph()
    outer.nodes = [
      Node(
        op: .composite(Composite(name: "impure", body: graph)), inputs: [], type: builder.type(of: w), origin: Origin())
    ]
    #expect(throws: GraphError.self) { try verify(outer) }

    let soft = GraphBuilder()
    let y = soft.softmax(soft.input("x", ValueType([4], isShared: false)))
    #expect(throws: GraphError.self) {
      try resultType(of: soft[y].op, inputs: [ValueType([5], isShared: false)])
    }
  }
}
