import Tensors

/// What a graph is evaluated with.
package struct ReferenceEnvironment {
  /// Inputs by name; per-example ones with the batch as their first axis.
  package var inputs: [String: ReferenceTensor]
  package var parameters: [String: ReferenceTensor]
  package var batch: Int
  package var seed: UInt64 = 0
  package var iteration: Int = 0
  /// The row of the data set of each example, for random draws.
  package var rows: [Int]
  /// The step of the loop that is being evaluated; in nested loops the outer step times the inner length plus the inner.
  var time = 0

  /// Evaluates with rows 0, 1, 2, … unless others are given.
  package init(
    inputs: [String: ReferenceTensor] = [:], parameters: [String: ReferenceTensor] = [:], batch: Int, seed: UInt64 = 0,
    iteration: Int = 0, rows: [Int]? = nil
  ) {
    self.inputs = inputs
    self.parameters = parameters
    self.batch = batch
    self.seed = seed
    self.iteration = iteration
    self.rows = rows ?? Array(0..<batch)
  }

  func input(_ name: String, _ type: ValueType, example: Int) -> ReferenceTensor {
    guard let tensor = inputs[name] else { preconditionFailure("no input \(name)") }
    precondition(
      tensor.shape == (type.isShared ? type.shape : [batch] + type.shape), "input \(name) has shape \(tensor.shape)")
    return type.isShared ? tensor : tensor.example(example)
  }

  func parameter(_ path: String, _ type: ValueType) -> ReferenceTensor {
    guard let tensor = parameters[path] else { preconditionFailure("no parameter \(path)") }
    precondition(tensor.shape == type.shape, "parameter \(path) has shape \(tensor.shape)")
    return tensor
  }
}

/// Evaluates graphs in `Double`, one example and one node after another: the meaning that plans are tested against.
package enum ReferenceInterpreter {
  package struct Result {
    /// Outputs by name; per-example ones with the batch as their first axis.
    package var outputs: [String: ReferenceTensor] = [:]
    /// What the effects wrote, by the parameters' paths.
    package var assigned: [String: ReferenceTensor] = [:]
  }

  package static func run(_ graph: Graph, _ environment: ReferenceEnvironment) -> Result {
    precondition(environment.rows.count == environment.batch, "each example has a row")
    let values = evaluate(graph, environment, arguments: nil)
    var result = Result()
    for output in graph.outputs {
      result.outputs[output.name] = joined(values[output.value.index], graph[output.value].type)
    }
    for effect in graph.effects {
      if case .assign(let path) = graph[effect].op { result.assigned[path] = values[effect.index][0] }
    }
    return result
  }

  package static func run(
    _ graph: Graph, inputs: [String: ReferenceTensor] = [:], parameters: [String: ReferenceTensor] = [:],
    batch: Int = 1, seed: UInt64 = 0, iteration: Int = 0, rows: [Int]? = nil
  ) -> Result {
    run(
      graph,
      ReferenceEnvironment(
        inputs: inputs, parameters: parameters, batch: batch, seed: seed, iteration: iteration, rows: rows))
  }

  /// Each node's values: one tensor where it is shared, else one for each example.
  private static func evaluate(
    _ graph: Graph, _ environment: ReferenceEnvironment, arguments: [[ReferenceTensor]]?
  ) -> [[ReferenceTensor]] {
    var values: [[ReferenceTensor]] = []
    values.reserveCapacity(graph.nodes.count)
    for node in graph.nodes {
      if let arguments, case .input(let name) = node.op, let index = Int(name) {
        values.append(arguments[index])
      } else if case .composite(let composite) = node.op {
        let inner = evaluate(composite.body, environment, arguments: node.inputs.map { values[$0.index] })
        values.append(inner[composite.body.outputs[0].value.index])
      } else if case .scan(let scan) = node.op {
        values.append(loop(scan, node.inputs.map { values[$0.index] }, isShared: node.type.isShared, environment))
      } else {
        values.append(evaluate(node, node.inputs.map { ($0, values[$0.index]) }, graph, environment))
      }
    }
    return values
  }

  private static func evaluate(
    _ node: Node, _ inputs: [(id: ValueID, values: [ReferenceTensor])], _ graph: Graph,
    _ environment: ReferenceEnvironment
  ) -> [ReferenceTensor] {
    let definition = node.op.definition
    let one = { (example: Int) in
      definition.evaluate(
        inputs.map { graph[$0.id].type.isShared ? $0.values[0] : $0.values[example] },
        at: EvaluationSite(type: node.type, example: example, time: environment.time, environment: environment))
    }
    if definition.sumsBatch {
      let zero = ReferenceTensor(shape: node.type.shape, repeating: 0)
      return [(0..<environment.batch).reduce(zero) { $0.adding(one($1)) }]
    }
    return node.type.isShared ? [one(0)] : (0..<environment.batch).map(one)
  }

  /// The flat value of a scan: see ``Scan``.
  private static func loop(
    _ scan: Scan, _ inputs: [[ReferenceTensor]], isShared: Bool, _ environment: ReferenceEnvironment
  ) -> [ReferenceTensor] {
    var states = Array(inputs[..<scan.states])
    let sequences = inputs[scan.states..<scan.states + scan.sequences]
    let captures = Array(inputs[(scan.states + scan.sequences)...])
    let copies = isShared ? 1 : environment.batch
    let sizes = scan.parts.map { $0.shape.dropFirst().reduce(1, *) }
    var results = (0..<copies).map { _ in
      ReferenceTensor(shape: [scan.length * sizes.reduce(0, +)], repeating: 0)
    }
    let outerTime = environment.time
    var environment = environment
    for step in 0..<scan.length {
      let time = scan.isReversed ? scan.length - 1 - step : step
      environment.time = outerTime * scan.length + time
      let elements = sequences.map { $0.map { $0.example(time) } }
      let values = evaluate(scan.body, environment, arguments: states + elements + captures)
      for (index, output) in scan.body.outputs.enumerated() {
        let start = scan.parts[index].start + time * sizes[index]
        for copy in 0..<copies {
          results[copy].values.replaceSubrange(
            start..<start + sizes[index], with: values[output.value.index][copy].values)
        }
      }
      states = scan.body.outputs.prefix(scan.states).map { values[$0.value.index] }
    }
    return results
  }

  private static func joined(_ values: [ReferenceTensor], _ type: ValueType) -> ReferenceTensor {
    type.isShared ? values[0] : ReferenceTensor(shape: [values.count] + type.shape, values.flatMap(\.values))
  }
}
