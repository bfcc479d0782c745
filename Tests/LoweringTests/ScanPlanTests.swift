import Graphs
import Lowering
import Tensors
import Testing

@Suite struct ScanPlanTests {
  /// A long short-term memory over 16 steps with its gradient, as a person writes it.
  private func memory(units: Int, isReversed: Bool = false) -> Graph {
    let b = GraphBuilder()
    let x = b.input("x", ValueType([16, 8], isShared: false))
    let weights = [
      b.parameter("input", shape: [8, 4 * units]), b.parameter("recurrent", shape: [units, 4 * units]),
      b.parameter("bias", shape: [4 * units]),
    ]
    let zeros = b.lift(b.fill(0, shape: [units]))
    let states = b.scan(over: [x], from: [zeros, zeros], isReversed: isReversed) { inner, states, elements in
      let captured = weights.map { inner.capture($0) }
      let sum = inner.add(inner.contract(elements[0], captured[0]), inner.contract(states[0], captured[1]))
      let gates = inner.add(sum, captured[2])
      let part = { (index: Int) in inner.slice(gates, axis: 0, index * units..<(index + 1) * units) }
      let kept = inner.multiply(inner.sigmoid(part(1)), states[1])
      let cell = inner.add(kept, inner.multiply(inner.sigmoid(part(0)), inner.tanh(part(2))))
      return ([inner.multiply(inner.sigmoid(part(3)), inner.tanh(cell)), cell], [])
    }.states[0]
    let loss = b.meanOverBatch(b.sum(b.square(states)))
    let gradients = b.gradients(of: loss, by: weights)
    return b.finish(outputs: [("loss", loss)] + zip(["a", "b", "c"], gradients).map { ($0, $1) })
  }

  private func bodies(_ plan: Plan) -> [[String]] {
    plan.instructions.compactMap { instruction in
      if case .scan(let repeated) = instruction.kind { repeated.body.map(\.kind.word) } else { nil }
    }
  }

  /// Forwards one product and one loop over elements, backwards one loop and one product; all else is done once.
  @Test(arguments: [false, true]) func aCellIsOneProductAndOneLoop(isReversed: Bool) throws {
    let plan = try lower(memory(units: 32, isReversed: isReversed), batch: 4)
    #expect(bodies(plan) == [["multiply", "loop"], ["loop", "multiply"]])
    let words = plan.instructions.map(\.kind.word)
    #expect(words.count { $0 == "pack" } == 2)
    // The input's share before, the gradients by both matrices behind.
    #expect(words.count { $0 == "multiply" } == 3)
    #expect(!words.contains("copy"))
  }

  @Test func countsAllSteps() throws {
    let plan = try lower(memory(units: 32), batch: 4)
    let product = 2 * 4 * 32 * 128
    let lines = plan.lines.filter { $0.instruction.kind.word == "multiply" && $0.times == 16 }
    #expect(lines.map(\.instruction.flops) == [product, product])
    for instruction in plan.instructions {
      guard case .scan(let repeated) = instruction.kind else { continue }
      #expect(repeated.count == 16 && instruction.flops >= 16 * product)
    }
    #expect(plan.description.split(separator: "\n").count == plan.lines.count + 1)
  }

  /// What nobody reads is not computed: without a gradient, a loop keeps its states only.
  @Test func keepsNothingThatIsNotRead() throws {
    var graph = memory(units: 8)
    graph.outputs.removeLast(3)
    let plan = try lower(graph.withoutDeadNodes(), batch: 4)
    let loops = plan.instructions.filter { $0.kind.word == "scan" }
    #expect(loops.map(\.writes.count) == [2])
  }
}
