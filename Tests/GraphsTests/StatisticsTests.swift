import Graphs
import Testing

@Suite struct StatisticsTests {
  @Test func arithmeticCountsProductsTwice() {
    let builder = GraphBuilder()
    let x = builder.input("x", ValueType([2, 4], isShared: false))
    builder.origin = Origin(path: "Net.dense")
    let y = builder.matmul(x, builder.parameter("w", shape: [4, 3]))
    builder.origin = Origin(path: "Net.relu")
    let z = builder.relu(y)
    builder.origin = Origin(path: "step")
    let dw = builder.matmul(x, z, transposeA: true, sumsBatch: true)
    builder.assign("w", builder.multiply(dw, 0.1))
    let graph = builder.finish(outputs: [])
    // Per example: 2·2·4·3 for the product, 6 for relu, 2·4·2·3 for the summed one; once for all: 12 for the scaling.
    #expect(graph.arithmetic(batch: 10) == 10 * (48 + 6 + 48) + 12)
    let byPath = graph.arithmeticByPath(batch: 10)
    #expect(byPath.map(\.path) == ["", "Net.dense", "Net.relu", "step"])
    #expect(byPath.map(\.arithmetic) == [0, 480, 60, 492])
    #expect(graph.parameters.map(\.path) == ["w"])
    #expect(graph.inputs.map(\.name) == ["x"])
  }
}
