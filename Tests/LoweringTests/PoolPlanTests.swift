import Graphs
import Lowering
import Tensors
import Testing

@Suite struct PoolPlanTests {
  /// A convolution with a rectifier and the greatest of each window behind it, and its gradients.
  private func graph(pool: Window) -> Graph {
    let b = GraphBuilder()
    let x = b.input("x", ValueType([12, 12, 3], isShared: false))
    let (kernel, bias) = (b.parameter("kernel", shape: [3, 3, 3, 16]), b.parameter("bias", shape: [16]))
    let sum = b.add(b.convolution(Convolution(.output, Window(image: [12, 12], kernel: [3, 3])), x, kernel), bias)
    let pooled = b.maxPool(b.relu(sum), pool)
    let loss = b.meanOverBatch(b.reduceSum(b.square(pooled), axes: [0, 1, 2]))
    let gradients = b.gradients(of: loss, by: [kernel, bias])
    return b.finish(outputs: [("loss", loss), ("kernel'", gradients[0]), ("bias'", gradients[1])])
  }

  private func loops(_ graph: Graph) throws -> [Loop] {
    try lower(graph, batch: 4).instructions.compactMap { if case .loop(let loop) = $0.kind { loop } else { nil } }
  }

  @Test func whatFollowsAPoolIsDoneToItsWindows() throws {
    let loops = try loops(graph(pool: Window(image: [10, 10], kernel: [2, 2], strides: [2, 2])))
    #expect(!loops.isEmpty)
    #expect(loops.allSatisfy { $0.rows * $0.columns <= 4 * 5 * 5 * 16 }, "no loop runs over the pixels")
  }

  /// The slope of pixels that several windows share is not that of one window.
  @Test func windowsThatShareAPixelKeepItsSlope() throws {
    let loops = try loops(graph(pool: Window(image: [10, 10], kernel: [3, 3], strides: [2, 2])))
    #expect(loops.contains { $0.rows * $0.columns == 4 * 10 * 10 * 16 })
  }
}
