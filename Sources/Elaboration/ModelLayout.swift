import Checking
import Graphs
import Tensors

/// Where the weights of one model live: the trainable ones in one vector, one after another.
package struct ModelLayout: Sendable {
  package struct Entry: Sendable {
    package var request: WeightRequest
    /// The first element in the vector.
    package var offset: Int
    package var count: Int { request.shape.reduce(1, *) }
  }
  /// An index into the program's layers.
  package var model: Int
  package var name: String
  package var trainable: [Entry]
  /// Running statistics; each is a parameter of its own.
  package var statistics: [WeightRequest]
  /// The number of trainable weights.
  package var count: Int
  /// The trainable entries by path.
  private let places: [String: Int]

  init(model: Int, name: String, trainable: [Entry], statistics: [WeightRequest], count: Int) {
    self.model = model
    self.name = name
    self.trainable = trainable
    self.statistics = statistics
    self.count = count
    places = Dictionary(trainable.enumerated().map { ($1.request.path, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Where a trainable weight lies, nil where the model has none of that path.
  func entry(of path: String) -> Entry? { places[path].map { trainable[$0] } }

  /// The path of the vector in the parameter store.
  package var vectorPath: String { ModelLayout.vectorPath(name) }
  package static func vectorPath(_ model: String) -> String { "weights " + model }
}

extension CheckedProgram {
  /// The layout of a model's weights, found by building its body once.
  package func layout(ofModel index: Int) -> ModelLayout {
    let layer = layers[index]
    precondition(layer.isModel, "\(layer.name) is no model")
    let trial = GraphBuilder()
    var seen: Set<String> = []
    var requests: [WeightRequest] = []
    let elaborator = Elaborator(
      program: self, graph: trial,
      weight: { request in
        if request.model == index, seen.insert(request.path).inserted { requests.append(request) }
        return trial.parameter(request.path, shape: request.shape)
      },
      modelWeights: { trial.parameter(ModelLayout.vectorPath(layers[$0].name), shape: [1]) })
    var scope = Scope(path: layer.name, model: index)
    for input in layer.inputs {
      elaborator.bind(
        input.name, input.type, to: elaborator.placeholder(input.name, input.type), in: &scope)
    }
    _ = elaborator.run(layer.body, in: scope)
    var offset = 0
    var entries: [ModelLayout.Entry] = []
    for request in requests where request.isTrainable {
      entries.append(ModelLayout.Entry(request: request, offset: offset))
      offset += request.shape.reduce(1, *)
    }
    return ModelLayout(
      model: index, name: layer.name, trainable: entries, statistics: requests.filter { !$0.isTrainable },
      count: offset)
  }

  /// The graph of a model alone, in evaluation mode: inputs by name, one output `result`; weights are parameters by
  /// path. For summaries and drawings.
  package func graph(ofModel index: Int) -> Graph {
    let layer = layers[index]
    let builder = GraphBuilder()
    let elaborator = Elaborator(
      program: self, graph: builder, weight: { builder.parameter($0.path, shape: $0.shape) },
      modelWeights: { builder.parameter(ModelLayout.vectorPath(layers[$0].name), shape: [1]) })
    var scope = Scope(path: layer.name, model: index)
    for input in layer.inputs {
      elaborator.bind(input.name, input.type, to: elaborator.placeholder(input.name, input.type), in: &scope)
    }
    let outputs = elaborator.leaves(of: elaborator.run(layer.body, in: scope), name: "result")
    return builder.finish(outputs: outputs.map { (name: $0.name, value: $0.id) }, effects: [])
  }
}

extension Elaborator {
  /// An input of the graph for a declared type; a varying length stands at its limit.
  func placeholder(_ name: String, _ type: CheckedType) -> Value {
    switch type {
    case .tensor(let symbolic):
      let sizes = symbolic.shape.axes.map { axis in (axis.limit ?? axis.size).constant ?? 1 }
      let input = graph.input(name, ValueType(symbolic.dtype, sizes, isShared: false))
      return .tensor(input, symbolic.with(sizes: sizes))
    case .record(let fields):
      return .record(fields.map { ($0.label, placeholder(name + "." + $0.label, $0.type)) })
    case .unknown: preconditionFailure("an unknown type in a checked program")
    }
  }

  /// The tensors of a value with names: `output`, `output.mean`.
  func leaves(of value: Value, name: String) -> [(name: String, id: ValueID, type: TensorType)] {
    switch value {
    case .record(let fields): return fields.flatMap { leaves(of: $0.value, name: name + "." + $0.label) }
    default:
      let (id, type) = tensor(value)
      return [(name, id, type)]
    }
  }
}
