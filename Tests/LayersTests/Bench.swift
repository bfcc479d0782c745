import Declarations
import Graphs
import Layers
import Tensors

/// A layer that combinators are tried with: its type rule and its operators.
struct TrialLayer: Sendable {
  var type: @Sendable (TensorType) -> TensorType
  var build: @Sendable (_ graph: GraphBuilder, _ x: ValueID, _ suffix: String) -> ValueID

  /// tanh of a learned multiple: keeps the shape, and has a weight of its own for every suffix.
  static let bend = TrialLayer(
    type: { $0 },
    build: { graph, x, suffix in graph.tanh(graph.multiply(x, graph.parameter("bend\(suffix)", shape: []))) })
  /// The input beside its square: doubles the last axis.
  static let widen = TrialLayer(
    type: { type in
      var type = type
      let last = type.shape.axes.count - 1
      type.shape.axes[last].size = type.shape.axes[last].size * 2
      return type
    },
    build: { graph, x, _ in graph.concat([x, graph.square(x)], axis: graph.shape(of: x).count - 1) })
}

/// One use of a declaration.
struct Trial {
  var types: [TensorType]
  var settings: [String: SettingValue] = [:]
  var domains: [SampleDomain] = []
  var layers: [TrialLayer] = []
}

/// The settings of a declaration with its defaults filled in.
func filled(_ declared: [SettingDeclaration], _ given: [String: SettingValue] = [:]) -> Settings {
  var settings = Settings(given)
  for setting in declared where settings.values[setting.label] == nil {
    settings.values[setting.label] = setting.defaultValue
  }
  return settings
}

extension TensorType {
  static func numbers(_ sizes: [Int]) -> TensorType { TensorType(.float, Shape(sizes.map { Dimension($0) })) }
  static func classes(_ count: Int, _ sizes: [Int]) -> TensorType {
    TensorType(.classes(Dimension(count)), Shape(sizes.map { Dimension($0) }))
  }
  static func truths(_ sizes: [Int]) -> TensorType { TensorType(.bool, Shape(sizes.map { Dimension($0) })) }
  var constantShape: [Int] { shape.axes.map { $0.size.constant! } }
  var isLabel: Bool {
    switch element {
    case .classes, .token: true
    default: false
    }
  }
}

/// The shape rule of a declaration, with requirements proven by what is assumed; unproven ones refuse.
func typeRule(
  _ declaration: CallableDeclaration, _ trial: Trial, assuming facts: Facts = Facts()
) throws(ShapeReason) -> TensorType {
  try declaration.shape(shapeContext(declaration.settings, trial, assuming: facts))
}

func shapeContext(
  _ settings: [SettingDeclaration], _ trial: Trial, assuming facts: Facts = Facts()
) -> ShapeContext {
  ShapeContext(
    inputs: trial.types, settings: filled(settings, trial.settings),
    apply: { handle, type throws(ShapeReason) in trial.layers[handle.index].type(type) },
    require: { fact, reason throws(ShapeReason) in if facts.prove(fact) != .proven { throw reason } })
}

/// A declaration built into a graph, with inputs named "0", "1", … and weights by their names.
struct Bench {
  let graph = GraphBuilder()
  let inputs: [ValueID]
  let weights: [WeightDeclaration]
  let result: ValueID
  let updates: [String: ValueID]

  init(_ declaration: CallableDeclaration, _ trial: Trial, mode: Mode = .training) {
    let settings = filled(declaration.settings, trial.settings)
    let isShared = declaration.category == .regularizer
    let graph = self.graph
    inputs = trial.types.enumerated().map { index, type in
      graph.input(
        "\(index)", ValueType(type.isLabel ? .int32 : .float32, type.constantShape, isShared: isShared))
    }
    weights = declaration.weights(trial.types, settings)
    let shapes = Dictionary(uniqueKeysWithValues: weights.map { ($0.name, $0.shape.map { $0.constant! }) })
    var updates: [String: ValueID] = [:]
    result = declaration.build(
      BuildContext(
        graph: graph, mode: mode, inputs: inputs, inputTypes: trial.types, settings: settings, path: "trial",
        weight: { graph.parameter($0, shape: shapes[$0]!) }, update: { updates[$0] = $1 },
        apply: { handle, x, suffix in trial.layers[handle.index].build(graph, x, suffix) }))
    self.updates = updates
  }

  /// The sum over batch and elements of the result, each times its own number.
  func objective(probe: [Double]? = nil) -> ValueID {
    let type = graph.type(of: result)
    let numbers =
      probe
      ?? (0..<type.count).map { index -> Double in
        let share = Double((index * 7 + 3) % 11) / 11
        return (index % 2 == 0 ? 0.3 : -0.2) + 0.9 * share
      }
    let weighted = graph.multiply(
      graph.cast(result, .float32), graph.constant(HostTensor(shape: type.shape, numbers.map(Float.init))))
    let sum = graph.sum(weighted)
    return type.isShared ? sum : graph.batchSum(sum)
  }
}

/// Evaluates a metric in one pass over batches of the given sizes.
func evaluate(
  _ metric: MetricDeclaration, _ types: [TensorType], _ inputs: [[Double]], settings: [String: SettingValue] = [:],
  mask: (length: Int, values: [Double])? = nil, batches: [Int]
) throws -> MetricResult {
  let settings = filled(metric.settings, settings)
  let graph = GraphBuilder()
  let ids = types.enumerated().map { index, type in
    graph.input("\(index)", ValueType(type.isLabel ? .int32 : .float32, type.constantShape, isShared: false))
  }
  let real = mask.map { graph.input("mask", ValueType(.float32, [$0.length], isShared: false)) }
  let context = BuildContext(
    graph: graph, mode: .evaluation, inputs: ids, inputTypes: types, masks: real.map { [$0] } ?? [],
    settings: settings, path: "metric",
    weight: { _ in preconditionFailure() }, update: { _, _ in }, apply: { _, _, _ in preconditionFailure() })
  let values = metric.accumulate(context)
  let program = graph.finish(
    outputs: values.enumerated().map { ("\($0)", graph.batchSum(graph.lifted($1))) })
  var sums: [[Double]] = []
  var row = 0
  for batch in batches {
    var tensors: [String: ReferenceTensor] = [:]
    for (index, type) in types.enumerated() {
      let size = type.constantShape.reduce(1, *)
      tensors["\(index)"] = ReferenceTensor(
        shape: [batch] + type.constantShape, Array(inputs[index][row * size..<(row + batch) * size]))
    }
    if let (length, values) = mask {
      tensors["mask"] = ReferenceTensor(
        shape: [batch, length], Array(values[row * length..<(row + batch) * length]))
    }
    row += batch
    let result = ReferenceInterpreter.run(program, inputs: tensors, batch: batch)
    metric.merge(&sums, values.indices.map { result.outputs["\($0)"]!.values }, Double(batch))
  }
  return metric.finish(sums, Double(row), settings)
}
