import Execution
import Graphs
import Lowering
import Tensors

/// A yardstick that reads and predicts characters: 65 of them, 64 at once.
protocol TextModel {
  var batch: Int { get }
  /// One step of training, with inputs `x`, `y` (characters) and `rate`.
  var trainingStep: Graph { get }
}

/// Weights as views of one parameter, as elaboration builds them.
struct FlatWeights {
  let flat: ValueID
  /// In the order of the parameter.
  let values: [ValueID]
  private let byName: [String: ValueID]

  init(_ builder: GraphBuilder, _ shapes: [(name: String, shape: [Int])]) {
    flat = builder.parameter("flat", shape: [shapes.reduce(0) { $0 + $1.shape.reduce(1, *) }])
    var values: [ValueID] = []
    var start = 0
    for (_, shape) in shapes {
      let size = shape.reduce(1, *)
      values.append(builder.reshape(builder.slice(flat, axis: 0, start..<start + size), shape))
      start += size
    }
    self.values = values
    byName = Dictionary(uniqueKeysWithValues: zip(shapes.map(\.name), values))
  }

  subscript(_ name: String) -> ValueID {
    guard let value = byName[name] else { preconditionFailure("no weight \(name)") }
    return value
  }

  /// The step that lowers a loss with Adam.
  func finished(_ builder: GraphBuilder, _ loss: ValueID) -> Graph {
    let gradients = builder.gradients(of: loss, by: values)
    builder.origin = Origin(path: "adam")
    let parts = gradients.map { builder.reshape($0, [builder.shape(of: $0).reduce(1, *)]) }
    Perceptron.adam(builder, flat, builder.concat(parts, axis: 0), builder.shape(of: flat)[0])
    return builder.finish(outputs: [("loss", loss)])
  }
}

extension TextModel {
  /// The plan with its memory, inputs and weights filled.
  func prepared(threads: Int, options: LoweringOptions = LoweringOptions()) throws -> Executable {
    let graph = trainingStep
    let store = ParameterStore()
    var random = PhiloxSequence(seed: 1, path: "characters")
    for node in graph.nodes {
      guard case .parameter(let path) = node.op else { continue }
      let values = try store.allocate(path, shape: node.type.shape)
      if path == "flat" { for index in values.indices { values[index] = Float(random.unit() - 0.5) * 0.1 } }
    }
    let plan = try lower(graph, batch: batch, options: options)
    let executable = try Executable(plan, store: store, threads: threads)
    for name in ["x", "y"] {
      let values = executable.input(name).bindMemory(to: Int32.self)
      for index in values.indices { values[index] = Int32(random.below(65)) }
    }
    executable.input("rate").storeBytes(of: Float(1e-6), as: Float.self)
    return executable
  }
}
