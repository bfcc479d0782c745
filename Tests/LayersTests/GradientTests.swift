import Declarations
import Graphs
import Layers
import Tensors
import Testing

/// Every built graph has the type that its shape rule announces, and gradients that agree with central differences.
struct GradientTests {
  @Test(arguments: Catalog.callables.map(\.name))
  func agreesWithFiniteDifferences(name: String) throws {
    let declaration = try #require(Catalog.callable[name])
    var tried = 0
    var largest: Double?
    for (index, trial) in trials(of: declaration).enumerated() {
      guard let expected = try? typeRule(declaration, trial) else { continue }
      for mode in [Mode.training, .evaluation] {
        let bench = Bench(declaration, trial, mode: mode)
        #expect(bench.graph.type(of: bench.result).shape == expected.constantShape, "\(name) \(trial.types)")
        #expect(
          bench.graph.type(of: bench.result).dtype == (expected.isLabel ? .int32 : .float32), "\(name) \(trial.types)")
        if expected.isLabel { continue }
        let found = compare(bench, trial, seed: UInt64(index))
        // What stops gradients differs from its central difference on purpose.
        let isRight = declaration.gradient == .stops ? found.largest == 0 : found.error <= 1e-6
        #expect(isRight, "\(name) \(trial.types) \(mode): \(found.error)")
        if let gradient = found.largest { largest = max(largest ?? 0, gradient) }
      }
      tried += 1
    }
    #expect(tried >= 20)
    if let largest { #expect((declaration.gradient == .passes) == (largest > 0), "\(name): what the checker is told") }
  }

  @Test func aWrongGradientIsNoticed() throws {
    // A result that takes no part in the gradient, as if its rule were wrong.
    let wrong = CallableDeclaration(
      "wrong", .activation, summary: "", formula: "", snippets: [],
      shape: { TensorType(.float, $0.inputs[0].shape) },
      build: { $0.graph.add($0.inputs[0], $0.graph.stopGradient($0.graph.multiply($0.inputs[0], 1e-5))) })
    let trial = Trial(types: [.numbers([3])], domains: [offKinks])
    #expect(compare(Bench(wrong, trial), trial, seed: 1).error > 1e-6)
  }

  /// The greatest relative difference between a gradient and its central difference, and the greatest gradient; nil
  /// where there is nothing to differentiate by.
  private func compare(_ bench: Bench, _ trial: Trial, seed: UInt64) -> (error: Double, largest: Double?) {
    let batch = 3
    let graph = bench.graph
    let objective = bench.objective()
    var environment = ReferenceEnvironment(batch: batch, seed: seed)
    var random = PhiloxSequence(seed: seed, path: "trial")
    var variables: [(name: String, id: ValueID, isParameter: Bool)] = []
    for (index, id) in bench.inputs.enumerated() {
      let type = graph.type(of: id)
      let shape = type.isShared ? type.shape : [batch] + type.shape
      let values = trial.domains[index].draw(shape.reduce(1, *), using: &random)
      environment.inputs["\(index)"] = ReferenceTensor(shape: shape, values)
      if type.dtype == .float32, case .float = trial.types[index].element { variables.append(("\(index)", id, false)) }
    }
    for node in graph.nodes {
      guard case .parameter(let name) = node.op, environment.parameters[name] == nil else { continue }
      let isStatistic = bench.weights.contains { $0.name == name && !$0.isTrainable }
      let values = SampleDomain.uniform(isStatistic ? 0.5 : -1, isStatistic ? 1.5 : 1)
        .draw(node.type.count, using: &random)
      environment.parameters[name] = ReferenceTensor(shape: node.type.shape, values)
      if !isStatistic { variables.append((name, graph.parameter(name, shape: node.type.shape), true)) }
    }
    let gradients = graph.gradients(of: objective, by: variables.map(\.id))
    let whole = graph.finish(
      outputs: [("objective", objective)] + gradients.enumerated().map { ("\($0)", $1) }, effects: [])
    let lone = graph.finish(outputs: [("objective", objective)], effects: [])
    let exact = ReferenceInterpreter.run(whole, environment).outputs
    let step = 2e-6
    var worst = 0.0
    var largest: Double?
    for (index, variable) in variables.enumerated() {
      let gradient = exact["\(index)"]!.values
      largest = gradient.reduce(largest ?? 0) { max($0, abs($1)) }
      let original =
        variable.isParameter ? environment.parameters[variable.name]! : environment.inputs[variable.name]!
      // A direction through all elements, and some elements alone.
      var directions = [(0..<gradient.count).map { _ in random.unit() * 2 - 1 }]
      for _ in 0..<min(4, gradient.count) {
        var alone = [Double](repeating: 0, count: gradient.count)
        alone[random.below(gradient.count)] = 1
        directions.append(alone)
      }
      for direction in directions {
        let moved = [step, -step].map { step -> Double in
          let tensor = ReferenceTensor(
            shape: original.shape, zip(original.values, direction).map { $0 + step * $1 })
          var changed = environment
          if variable.isParameter {
            changed.parameters[variable.name] = tensor
          } else {
            changed.inputs[variable.name] = tensor
          }
          return ReferenceInterpreter.run(lone, changed).outputs["objective"]!.values[0]
        }
        let numeric = (moved[0] - moved[1]) / (2 * step)
        let analytic = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
        let error = abs(numeric - analytic) / max(1, abs(numeric), abs(analytic))
        worst = error.isNaN ? .infinity : max(worst, error)
      }
    }
    return (worst, largest)
  }
}
