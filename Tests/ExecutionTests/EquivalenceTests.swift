import Execution
import Graphs
import Lowering
import Testing

@Suite struct EquivalenceTests {
  /// Optimised, unoptimised, and each pass switched off in turn, against the reference.
  @Test(arguments: 0..<8) func plansComputeWhatTheReferenceComputes(part: Int) {
    for seed in part * 40..<(part + 1) * 40 {
      let random = RandomGraph.make(seed: UInt64(seed), size: 5 + seed % 40, families: [.batches, .scans])
      let faults = PlanCheck(random).faults(switchingOff: seed % LoweringOptions.passes.count, floor: 1)
      #expect(faults == [], "seed \(seed)")
    }
  }

  /// Graphs with convolutions, windows and pools.
  @Test(arguments: 0..<4) func imagesComputeWhatTheReferenceComputes(part: Int) {
    for seed in part * 25..<(part + 1) * 25 {
      let random = RandomGraph.make(seed: UInt64(seed), size: 5 + seed % 30, families: [.images])
      let faults = PlanCheck(random).faults(switchingOff: seed % LoweringOptions.passes.count, floor: 1)
      #expect(faults == [], "seed \(seed)")
    }
  }

  @Test func everySampleOfEveryOperatorRuns() {
    var checked = 0
    for definition in Operator.definitions {
      for sample in definition.samples {
        let isOfTwo = sample.name.hasPrefix("batchStack") || sample.name.hasPrefix("ownRow")
        let check = PlanCheck(sample, batch: isOfTwo ? 2 : 3)
        checked += 1
        #expect(check.faults(switchingOff: 0) == [], "\(sample.name)")
      }
    }
    #expect(checked > 400)
  }

  /// The fused kernels of composites and of their gradients, on one and on several threads.
  @Test func everySampleOfEveryCompositeRuns() throws {
    for sample in CompositeSamples.all {
      let gradients = OperatorSample(sample.name, sample.inputs) { builder, inputs in
        let result = sample.build(builder, inputs)
        let isShared = builder.type(of: result).isShared
        let sum = builder.sum(builder.map(.sin, [result]))
        let floats = inputs.filter { builder.type(of: $0).dtype == .float32 }
        let values = builder.gradients(of: isShared ? sum : builder.batchSum(sum), by: floats)
        return builder.concat(
          values.map { builder.reshape(builder.lifted($0), [builder.shape(of: $0).reduce(1, *)]) }, axis: 0)
      }
      for check in [PlanCheck(sample, batch: 3), PlanCheck(gradients, batch: 3)] {
        // Two numbers close to each other, standardized, leave gradients that are rounding only.
        #expect(check.faults(switchingOff: 0, floor: 1) == [], "\(sample.name)")
        let (one, three) = (try check.run(threads: 1), try check.run(threads: 3))
        #expect(sameBits(one, three), "\(sample.name)")
      }
    }
  }

  /// Attention at every step of a loop, over what the step before gave, and its gradients.
  @Test func attentionRunsInLoops() throws {
    let sample = OperatorSample(
      "attention in a loop",
      [SampleInput([3, 5, 2, 4]), SampleInput([6, 1, 4]), SampleInput([6], .choices([1]))]
    ) { builder, inputs in
      let start = builder.lift(builder.fill(0, shape: [5, 2, 4]))
      let states = builder.scan(over: [inputs[0]], from: [start]) { inner, states, elements in
        let keys = inner.capture(inputs[1])
        let queries = inner.add(elements[0], states[0])
        let form = AttentionForm(scale: 0.5, isCausal: false)
        return ([inner.attention(queries, keys, keys, mask: inner.capture(inputs[2]), form)], [])
      }.states[0]
      let sum = builder.batchSum(builder.sum(builder.square(states)))
      let gradients = builder.gradients(of: sum, by: [inputs[0], inputs[1]])
      return builder.concat(
        ([states] + gradients).map { builder.reshape($0, [builder.shape(of: $0).reduce(1, *)]) }, axis: 0)
    }
    let check = PlanCheck(sample, batch: 2)
    for pass in LoweringOptions.passes.indices { #expect(check.faults(switchingOff: pass) == []) }
    let (one, three) = (try check.run(threads: 1), try check.run(threads: 3))
    #expect(sameBits(one, three))
  }

  @Test func whatLiesInTheArenaBeforeARunDoesNotMatter() throws {
    for seed in 0..<60 {
      let check = PlanCheck(RandomGraph.make(seed: UInt64(seed), size: 40, families: [.batches, .scans]))
      let clean = try check.run(poison: 0)
      #expect(sameBits(clean, try check.run(poison: 0xff)), "seed \(seed)")
    }
  }

  @Test func threadsChangeNoBit() throws {
    for seed in 0..<40 {
      let families: Set<RandomGraph.Family> = seed % 2 == 0 ? [.images] : [.batches, .scans]
      let check = PlanCheck(RandomGraph.make(seed: UInt64(seed), size: 40, families: families))
      let one = try check.run(threads: 1)
      for threads in [2, 3, 8] { #expect(sameBits(one, try check.run(threads: threads)), "seed \(seed)") }
    }
  }
}

/// Whether all values have the same bits, NaN included.
func sameBits(_ a: PlanCheck.Values, _ b: PlanCheck.Values) -> Bool {
  a.mapValues { $0.map(\.bitPattern) } == b.mapValues { $0.map(\.bitPattern) }
}

@Suite struct TradeTests {
  /// Every way in which parameters can take each other's values.
  @Test func parametersTradePlaces() throws {
    for (first, second) in [("b", "a"), ("b", "double"), ("sum", "b"), ("sum", "a")] {
      let b = GraphBuilder()
      let (x, y) = (b.parameter("a", shape: [33]), b.parameter("b", shape: [33]))
      let values = ["a": x, "b": y, "double": b.multiply(x, 2), "sum": b.add(x, y)]
      _ = b.assign("a", values[first]!)
      _ = b.assign("b", values[second]!)
      let old = ["a": ReferenceTensor(shape: [33], (0..<33).map(Double.init)), "b": .init(shape: [33], repeating: 0.5)]
      let check = PlanCheck(graph: b.finish(outputs: [("x", x), ("y", y)]), parameters: old, batch: 1)
      for pass in LoweringOptions.passes.indices { #expect(check.faults(switchingOff: pass) == []) }
    }
  }
}
