import Checking
import Declarations
import Diagnostics
import Graphs
import Layers
import Tensors

/// A weight of one instance, as the walk over a model finds it.
package struct WeightRequest: Sendable {
  /// `GPT.repeat[3].dense.weight`.
  package var path: String
  package var shape: [Int]
  package var initializer: String
  package var settings: Settings
  package var isTrainable: Bool
  /// The model that owns it: an index into the program's layers.
  package var model: Int
  /// How many products an output sums on average, where the shape does not say it.
  package var fanIn: Double?
  package init(
    path: String, shape: [Int], initializer: String, settings: Settings, isTrainable: Bool, model: Int,
    fanIn: Double? = nil
  ) {
    self.path = path
    self.shape = shape
    self.initializer = initializer
    self.settings = settings
    self.isTrainable = isTrainable
    self.model = model
    self.fanIn = fanIn
  }
}

/// How the first axis of a value differs from example to example.
struct VaryingLength {
  /// Where it is real: `[T]` of 1 and 0; nil where it is real everywhere.
  var mask: ValueID?
  /// The greatest length, as the model declares it.
  var limit: Int
}

/// What an expression reads from the data.
enum SourceName: Hashable {
  case field(String)
  case column(Int)
  case encoding(CheckedEncoding)
}

/// Turns checked expressions into the nodes of one graph.
///
/// One elaborator builds one graph. Where weights live is the caller's affair: it gives a value for every request.
final class Elaborator {
  let program: CheckedProgram
  /// What nodes are added to: in the body of a scan a builder of its own.
  private(set) var graph: GraphBuilder
  /// The builders around the body of a scan, the outermost first.
  private var outerGraphs: [GraphBuilder] = []
  /// Which models are in training mode; all others run in evaluation mode.
  let trainingModels: Set<Int>
  /// The mode of what stands outside of models.
  var blockMode = Mode.evaluation
  /// Whether a field of the data is being built: however often it is used, it is one value with one set of draws.
  private var isField = false
  /// The shared value of a weight.
  private let outerWeight: (WeightRequest) -> ValueID
  /// All trainable weights of a model as one vector.
  private let outerModelWeights: (Int) -> ValueID
  /// The trainable weights so far, by path.
  private var weights: [String: ValueID] = [:]
  /// The vectors that regularizers have read, by model.
  private(set) var vectors: [Int: ValueID] = [:]
  /// New values of running statistics, by path; a model that is applied twice has updated them twice.
  private(set) var updates: [(path: String, value: ValueID)] = []
  /// The `let`s of a train block that a `gradient(…, by:)` differentiates by.
  var differentiated: Set<String> = []
  /// A constant of a fitted transform, by site and name; shared.
  private let outerConstant: (_ site: String, _ name: String) -> ValueID
  /// The names of the constants of a site.
  let constantNames: (_ site: String) -> [String]

  /// The raw values of a column, or a field of the data.
  private let outerSource: (SourceName) -> Value
  /// The data set whose fields ``source`` gives, for ``CheckedExpression/Kind/restore``.
  let data: CheckedData?

  /// The values whose length may differ from example to example.
  var lengths: [ValueID: VaryingLength] = [:]
  /// The lengths that fields of the data name, as the block sees them.
  var fieldLengths: [String: VaryingLength] = [:]
  var handles: [LayerClosure] = []
  private var applications: [String: Int] = [:]

  init(
    program: CheckedProgram, graph: GraphBuilder, data: CheckedData? = nil, trainingModels: Set<Int> = [],
    weight: @escaping (WeightRequest) -> ValueID,
    modelWeights: @escaping (Int) -> ValueID = { _ in preconditionFailure("no vector of weights here") },
    source: @escaping (SourceName) -> Value = { name in preconditionFailure("no data for \(name)") },
    constantNames: @escaping (String) -> [String] = { _ in [] },
    constant: @escaping (String, String) -> ValueID = { site, name in
      preconditionFailure("no constant \(name) of \(site)")
    }
  ) {
    self.program = program
    self.graph = graph
    self.trainingModels = trainingModels
    outerWeight = weight
    outerModelWeights = modelWeights
    outerSource = source
    self.data = data
    self.constantNames = constantNames
    outerConstant = constant
  }

  /// A trainable weight is a value of its own: what moves its elements must lead back to it, not past it to the vector
  /// that it is a part of, because it is this value that a step differentiates by.
  func weight(_ request: WeightRequest) -> ValueID {
    guard request.isTrainable else { return captured(outerWeight(request)) }
    if let known = weights[request.path] { return captured(known) }
    let weight = (outerGraphs.first ?? graph).distinct(outerWeight(request))
    weights[request.path] = weight
    return captured(weight)
  }
  func modelWeights(_ model: Int) -> ValueID { captured(outerModelWeights(model)) }
  func constant(_ site: String, _ name: String) -> ValueID { captured(outerConstant(site, name)) }
  func source(_ name: SourceName) -> Value { captured(outerSource(name)) }

  /// Builds the body of a loop: what is evaluated meanwhile becomes nodes of `inner`.
  func inside<Result>(_ inner: GraphBuilder, _ body: () -> Result) -> Result {
    outerGraphs.append(graph)
    graph = inner
    let outerLengths = lengths
    lengths = [:]
    defer {
      graph = outerGraphs.removeLast()
      lengths = outerLengths
    }
    return body()
  }

  /// A value of the outermost graph, as the innermost loop's body reads it.
  func captured(_ id: ValueID) -> ValueID {
    if outerGraphs.isEmpty { return id }
    return (outerGraphs.dropFirst() + [graph]).reduce(id) { $1.capture($0) }
  }

  private func captured(_ value: Value) -> Value {
    outerGraphs.isEmpty ? value : value.mapped { captured($0) }
  }

  func handle(for closure: LayerClosure) -> LayerHandle {
    handles.append(closure)
    return LayerHandle(handles.count - 1)
  }

  func closure(_ handle: LayerHandle) -> LayerClosure { handles[handle.index] }

  func record(update path: String, _ value: ValueID) {
    if let index = updates.firstIndex(where: { $0.path == path }) {
      updates[index].value = value
    } else {
      updates.append((path, value))
    }
  }

  /// What a running statistic is after the applications so far; nil where none has changed it.
  func updated(_ path: String) -> ValueID? { updates.first { $0.path == path }?.value }

  /// All trainable weights of a model as one value of its own: what is computed from it is differentiated by it, apart
  /// from what is computed from single weights.
  func vector(ofModel model: Int) -> ValueID {
    if let known = vectors[model] { return known }
    let vector = graph.distinct(modelWeights(model))
    vectors[model] = vector
    return vector
  }

  func mode(in scope: Scope) -> Mode {
    scope.model.map { trainingModels.contains($0) ? .training : .evaluation } ?? blockMode
  }

  /// The value of a field, or of a part of it.
  func field(_ value: CheckedExpression, in scope: Scope) -> (id: ValueID, type: TensorType) {
    isField = true
    defer { isField = false }
    return tensor(evaluate(value, in: scope))
  }

  /// The value that the last layers of a field give.
  func field(_ layer: CheckedLayerValue, of input: Value, in scope: Scope) -> (id: ValueID, type: TensorType) {
    isField = true
    defer { isField = false }
    return tensor(apply(LayerClosure(value: layer, scope: scope), to: input))
  }

  /// A name for the random draws of one application: a layer that is applied twice draws twice.
  func applicationPath(_ path: String) -> String {
    if isField { return path }
    let count = applications[path, default: 0] + 1
    applications[path] = count
    return count == 1 ? path : "\(path)#\(count)"
  }

  /// Sets where the nodes that follow come from; returns what it was.
  func enter(path: String, at span: Span) -> Origin {
    let before = graph.origin
    let file = program.sources[span.file]
    let position = file.position(at: Int(span.start))
    graph.origin = Origin(path: path, place: "\(file.path):\(position.line):\(position.column)")
    return before
  }

  /// The tensor behind a value; numbers become shared scalars.
  func tensor(_ value: Value) -> (id: ValueID, type: TensorType) {
    switch value {
    case .tensor(let id, let type): return (id, type)
    case .number(let number): return (graph.fill(number), .scalar)
    case .record: preconditionFailure("a record where a tensor is needed")
    }
  }
}

extension TensorType {
  /// The sizes, all constant.
  var constantSizes: [Int] {
    shape.axes.map { axis in
      guard let size = axis.size.constant else { preconditionFailure("the size \(axis.size) is not constant") }
      return size
    }
  }

  /// How a graph stores it.
  var dtype: DType {
    switch element {
    case .classes, .token: .int32
    case .float, .bool, .text: .float32
    }
  }

  /// The type with these sizes.
  func with(sizes: [Int]) -> TensorType { TensorType(element, Shape(sizes.map { Dimension($0) })) }
}
