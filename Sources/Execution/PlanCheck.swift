import Graphs
import Lowering
import Tensors

/// Runs a graph by a plan and compares with the reference interpreter: for tests, and for hunting faults by the hundred
/// thousand.
package struct PlanCheck {
  package var graph: Graph
  package var inputs: [String: ReferenceTensor]
  package var parameters: [String: ReferenceTensor]
  package var batch: Int
  package var seed: UInt64
  package var iteration: Int
  package var rows: [Int]

  package init(_ random: RandomGraph) {
    self.init(
      graph: random.graph, inputs: random.inputs, parameters: random.parameters, batch: random.batch,
      seed: random.seed, iteration: 3, rows: random.rows)
  }

  package init(
    graph: Graph, inputs: [String: ReferenceTensor] = [:], parameters: [String: ReferenceTensor] = [:], batch: Int,
    seed: UInt64 = 0, iteration: Int = 0, rows: [Int]? = nil
  ) {
    self.graph = graph
    self.inputs = inputs
    self.parameters = parameters
    self.batch = batch
    self.seed = seed
    self.iteration = iteration
    self.rows = rows ?? Array(0..<batch)
  }

  /// Outputs and written parameters, as `output name` and `parameter path`, in single precision.
  package typealias Values = [String: [Float]]

  /// The reference's values.
  package func reference() -> [String: [Double]] {
    let result = ReferenceInterpreter.run(
      graph, inputs: inputs, parameters: parameters, batch: batch, seed: seed, iteration: iteration, rows: rows)
    var values: [String: [Double]] = [:]
    for (name, tensor) in result.outputs { values["output \(name)"] = tensor.values }
    for (path, tensor) in result.assigned { values["parameter \(path)"] = tensor.values }
    return values
  }

  /// A plan's values after one run.
  ///
  /// - Parameter poison: fills the arena before the run.
  /// - Throws: ``LoweringError`` and ``ExecutionError``.
  package func run(
    _ options: LoweringOptions = LoweringOptions(), threads: Int = 1, poison: UInt8? = nil
  ) throws -> Values {
    let plan = try lower(graph, batch: batch, options: options)
    let store = ParameterStore()
    for node in graph.nodes {
      switch node.op {
      case .parameter(let path), .assign(let path):
        try store.allocate(path, shape: node.type.shape)
        if let tensor = parameters[path] {
          try store.set(path, HostTensor(shape: tensor.shape, tensor.values.map { Float($0) }))
        }
      default: break
      }
    }
    let executable = try Executable(plan, store: store, threads: threads, seed: seed)
    if let poison { executable.arena.fill(poison) }
    for (name, buffer) in plan.inputs { fill(executable.input(name), inputs[name], plan.buffers[buffer].dtype) }
    let rows = rows.map { Int32($0) }
    rows.withUnsafeBufferPointer { executable.run(iteration: UInt64(iteration), rows: $0.baseAddress) }
    return withExtendedLifetime(executable) { results(executable, store) }
  }

  private func results(_ executable: Executable, _ store: ParameterStore) -> Values {
    let plan = executable.plan
    var values: Values = [:]
    for (name, buffer) in plan.outputs {
      if plan.buffers[buffer].dtype == .int32 {
        values["output \(name)"] = executable.integerOutput(name).map { Float($0) }
      } else {
        values["output \(name)"] = Array(executable.output(name))
      }
    }
    for effect in graph.effects {
      if case .assign(let path) = graph[effect].op { values["parameter \(path)"] = store.tensor(path)?.floats }
    }
    return values
  }

  private func fill(_ target: UnsafeMutableRawBufferPointer, _ tensor: ReferenceTensor?, _ dtype: DType) {
    guard let tensor else { preconditionFailure("an input has no values") }
    for (index, value) in tensor.values.enumerated() {
      switch dtype {
      case .float32: target.storeBytes(of: Float(value), toByteOffset: 4 * index, as: Float.self)
      case .int32: target.storeBytes(of: Int32(value), toByteOffset: 4 * index, as: Int32.self)
      case .uint8: target.storeBytes(of: UInt8(value), toByteOffset: index, as: UInt8.self)
      }
    }
  }

  /// The first value that differs from the reference by more than a tolerance relative to the greatest magnitude of its
  /// tensor (at least `floor`: values that cancel are no more exact than what they are made of), in words; nil where
  /// all agree.
  package static func difference(
    _ values: Values, from reference: [String: [Double]], tolerance: Double = 2e-4, floor: Double = 0.01
  ) -> String? {
    for name in reference.keys.sorted() {
      guard let expected = reference[name], let found = values[name] else { return "\(name) is missing" }
      guard expected.count == found.count else { return "\(name) has \(found.count) elements" }
      let scale = max(floor, expected.lazy.filter(\.isFinite).map { abs($0) }.max() ?? 1)
      for (index, (want, have)) in zip(expected, found.map(Double.init)).enumerated() {
        if want.isNaN && have.isNaN || want == have { continue }
        let error = abs(want - have)
        if !(error <= tolerance * scale) { return "\(name)[\(index)] is \(have), not \(want)" }
      }
    }
    return nil
  }
}

extension PlanCheck {
  /// What differs, in words, between the reference and plans with all passes, with none, and with all but one.
  package func faults(switchingOff pass: Int, floor: Double = 0.01) -> [String] {
    let reference = reference()
    var without = LoweringOptions()
    without[keyPath: LoweringOptions.passes[pass].path] = false
    let variants = [
      ("optimised", LoweringOptions()), ("unoptimised", .unoptimized),
      ("without \(LoweringOptions.passes[pass].name)", without),
    ]
    return variants.compactMap { name, options in
      do {
        return Self.difference(try run(options), from: reference, floor: floor).map { "\(name): \($0)" }
      } catch {
        return "\(name): \(error)"
      }
    }
  }
}

extension PlanCheck {
  /// A sample of an operator on drawn inputs.
  package init(_ sample: OperatorSample, batch: Int, seed: UInt64 = 0) {
    let builder = GraphBuilder()
    var random = PhiloxSequence(seed: seed, path: sample.name)
    var inputs: [String: ReferenceTensor] = [:]
    let values = sample.inputs.enumerated().map { index, input in
      let shape = (input.type.isShared ? [] : [batch]) + input.type.shape
      let drawn = input.domain.draw(shape.reduce(1, *), using: &random).map { Double(Float($0)) }
      inputs["x\(index)"] = ReferenceTensor(shape: shape, drawn)
      return builder.input("x\(index)", input.type)
    }
    let result = sample.build(builder, values)
    self.init(
      graph: builder.finish(outputs: [("result", result)]), inputs: inputs, batch: batch, seed: seed, iteration: 1)
  }
}
