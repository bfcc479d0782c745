import Graphs
import Tensors
import Testing

@Suite struct RandomGraphTests {
  private let families = Set(RandomGraph.Family.allCases)

  @Test func randomGraphsAreValidAndFinite() throws {
    var operators: Set<String> = []
    var functions: Set<String> = []
    for seed in 0..<400 {
      let random = RandomGraph.make(seed: UInt64(seed), families: families)
      try verify(random.graph)
      let result = random.evaluated()
      for (name, tensor) in result.outputs {
        #expect(tensor.values.allSatisfy { $0.isFinite }, "graph \(seed), \(name)")
      }
      for node in random.graph.nodes {
        if case .map(let function) = node.op {
          functions.insert(function.rawValue)
        } else {
          operators.insert("\(type(of: node.op.definition))")
        }
      }
    }
    #expect(functions.count == ScalarFunction.allCases.count)
    // All but the maps, which are counted above.
    #expect(operators.count == Operator.definitions.count - 1)
  }

  @Test func aSeedGivesTheSameGraph() {
    #expect(RandomGraph.make(seed: 9).graph == RandomGraph.make(seed: 9).graph)
    #expect(RandomGraph.make(seed: 9).graph != RandomGraph.make(seed: 10).graph)
  }

  @Test func inliningChangesNoValue() throws {
    for seed in 1000..<1100 {
      let random = RandomGraph.make(seed: UInt64(seed), families: families)
      var flat = random
      flat.graph = random.graph.inlined()
      try verify(flat.graph)
      let (expected, found) = (random.evaluated(), flat.evaluated())
      for (name, tensor) in expected.outputs {
        let other = found.outputs[name]!
        #expect(
          tensor.shape == other.shape && zip(tensor.values, other.values).allSatisfy { abs($0 - $1) < 1e-12 },
          "graph \(seed), \(name)")
      }
    }
  }

  @Test func theirGradientsEqualDifferences() {
    var checked = 0
    for seed in 2000..<2200 {
      let random = RandomGraph.make(seed: UInt64(seed), size: 8, families: families)
      if random.graph.nodes.contains(where: { $0.op == .stopGradient }) { continue }
      let centre = random.evaluated().outputs
      for output in random.graph.outputs where output.name.hasPrefix("gradient") {
        let name = String(output.name.dropFirst("gradient ".count))
        guard let values = random.inputs[name] ?? random.parameters[name] else { continue }
        // Leaves of quarters may stand at kinks.
        if values.values.allSatisfy({ $0 * 4 == ($0 * 4).rounded() }) { continue }
        let step = 1e-4
        // A direction of its own for each element, so that a gradient in the wrong place is noticed.
        var draws = PhiloxSequence(seed: UInt64(seed), path: name)
        let direction = values.values.map { _ in 0.5 + draws.unit() }
        let at = { (offset: Double) -> Double in
          var moved = random
          let other = ReferenceTensor(
            shape: values.shape, zip(values.values, direction).map { $0 + offset * $1 })
          if random.inputs[name] == nil { moved.parameters[name] = other } else { moved.inputs[name] = other }
          return moved.evaluated().outputs["objective"]!.values[0]
        }
        let expected = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)
        let found = zip(centre[output.name]!.values, direction).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(expected - found) <= 1e-7 * max(1, abs(expected)), "graph \(seed), \(name): \(expected), \(found)")
        checked += 1
      }
    }
    #expect(checked > 100)
  }
}
