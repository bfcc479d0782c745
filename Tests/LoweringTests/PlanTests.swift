import Graphs
import Lowering
import Tensors
import Testing

@Suite struct PlanTests {
  @Test func perceptronIsFewInstructions() throws {
    let plan = try lower(perceptron(), batch: 16)
    let kinds = plan.instructions.map(\.kind.word)
    #expect(kinds.count { $0 == "multiply" } == 5, "two forward, two for weights, one for the hidden layer")
    #expect(!kinds.contains("copy"), "slices, reshapes and the concatenation cost nothing")
    #expect(plan.instructions.count == 10)
    let unoptimized = try lower(perceptron(), batch: 16, options: .unoptimized)
    #expect(unoptimized.instructions.count > 2 * plan.instructions.count)
  }

  @Test func biasAndActivationBelongToTheMultiply() throws {
    let plan = try lower(perceptron(), batch: 16)
    let multiplies = plan.instructions.compactMap {
      if case .multiply(let multiply) = $0.kind { multiply } else { nil }
    }
    #expect(multiplies.contains { $0.hasBias && $0.activation == .relu })
    #expect(multiplies.contains { $0.gradient == .relu })
    let separate = try lower(perceptron(), batch: 16, options: options(without: "epilogues"))
    for instruction in separate.instructions {
      if case .multiply(let multiply) = instruction.kind { #expect(!multiply.hasBias && multiply.activation == nil) }
    }
  }

  @Test func theBatchBecomesRowsOfOneMultiply() throws {
    let b = GraphBuilder()
    let x = b.input("x", ValueType([5, 7], isShared: false))
    let w = b.parameter("w", shape: [7, 3])
    let y = b.matmul(x, w)
    let gradient = b.matmul(x, y, transposeA: true, sumsBatch: true)
    let plan = try lower(b.finish(outputs: [("y", y), ("dw", gradient)]), batch: 11)
    let multiplies = plan.instructions.compactMap {
      if case .multiply(let multiply) = $0.kind { multiply } else { nil }
    }
    #expect(multiplies.map { [$0.m, $0.n, $0.k] } == [[55, 3, 7], [7, 3, 55]])
    #expect(multiplies.allSatisfy { $0.outer.isEmpty })
  }

  @Test func theOptimizerWritesInPlaceInOnePass() throws {
    let plan = try lower(perceptron(), batch: 16)
    let writers = plan.instructions.filter { instruction in
      instruction.writes.contains { plan.buffers[$0.buffer].place == .parameter("flat") }
    }
    #expect(writers.count == 1)
    #expect(writers.first?.reads.contains { plan.buffers[$0.buffer].place == .parameter("flat") } == true)
  }

  @Test func parametersThatTradePlacesKeepTheirOldValues() throws {
    let b = GraphBuilder()
    let (first, second) = (b.parameter("a", shape: [9]), b.parameter("b", shape: [9]))
    _ = b.assign("a", second)
    _ = b.assign("b", b.multiply(first, 2))
    let plan = try lower(b.finish(outputs: []), batch: 1)
    // One loop reads both before it writes either.
    #expect(plan.instructions.count == 1)
    #expect(plan.arenaBytes == 0)
  }

  @Test func theArenaStaysNearItsLowerBound() throws {
    for seed in 0..<60 {
      let random = RandomGraph.make(seed: UInt64(seed), size: 60)
      let plan = try lower(random.graph, batch: random.batch)
      #expect(Double(plan.arenaBytes) <= 1.25 * Double(plan.lowerBoundBytes) + 256, "seed \(seed)")
      let apart = try lower(random.graph, batch: random.batch, options: options(without: "reuse"))
      #expect(apart.arenaBytes >= plan.arenaBytes)
    }
  }

  @Test func refusesWhatDoesNotFitWithBothFigures() throws {
    var limited = LoweringOptions()
    limited.memoryLimit = 1 << 30
    let b = GraphBuilder()
    let x = b.input("x", ValueType([1 << 20], isShared: false))
    let y = b.matmul(b.reshape(b.exp(x), [1024, 1024]), b.reshape(b.sigmoid(x), [1024, 1024]))
    let graph = b.finish(outputs: [("y", y)])
    #expect(throws: LoweringError.outOfMemory(needed: 2 << 30, limit: 1 << 30)) {
      try lower(graph, batch: 256, options: limited)
    }
    let error = LoweringError.outOfMemory(needed: 2 << 30, limit: 1 << 30)
    #expect(error.description == "this step needs 2.00 GiB of memory, 1.00 GiB are free")
    #expect(throws: LoweringError.self) { try lower(graph, batch: 1 << 45) }
    #expect(throws: LoweringError.self) { try lower(graph, batch: .max) }
  }

  @Test func describesThePlan() throws {
    let text = try lower(perceptron(), batch: 16).description
    #expect(text == expectedDescription, "\(text)")
  }
}

extension Instruction.Kind {
  /// The kind without its sizes.
  var word: String {
    switch self {
    case .loop: "loop"
    case .multiply: "multiply"
    case .convolve: "convolve"
    case .windows: "windows"
    case .copy: "copy"
    case .zero: "zero"
    case .gather: "gather"
    case .scatterAdd: "scatter"
    case .argMax: "argmax"
    case .random: "random"
    case .rows: "rows"
    case .scan: "scan"
    case .pack: "pack"
    case .attention: "attention"
    }
  }
}
