import Declarations
import Graphs
import Tensors

extension InputDeclaration {
  /// The input of a recurrent layer.
  static let sequence = InputDeclaration("x", doc: "A sequence `[time, features]`.")
}

extension SettingDeclaration {
  /// The size of a recurrent layer's state.
  static let recurrentUnits = SettingDeclaration(
    "units", .integer(1...1_000_000_000), isPositional: true, doc: "The size of the state, the last axis of the result."
  )
}

extension ShapeContext {
  /// The number of features of a sequence `[time, features]`, or a reason that says what is needed.
  func sequenceFeatures(_ name: String) throws(ShapeReason) -> Dimension {
    let rank = try rank(name)
    guard rank == 2 else {
      let note =
        rank == 1
        ? "`-> reshape([\(input.shape.axes[0].size.description), 1])` makes a sequence of single numbers of it"
        : rank == 3 ? "`-> reshape([…])` joins the axes behind the first" : nil
      throw ShapeReason(
        "`\(name)` reads a sequence `[time, features]`, but gets \(words(input.shape))",
        detail: "this has \(rank) \(rank == 1 ? "axis" : "axes")", input: 0, note: note)
    }
    return try fixedLastAxis(name)
  }

  /// The states of a recurrent layer at all steps.
  func statesShape(_ name: String) throws(ShapeReason) -> TensorType {
    _ = try sequenceFeatures(name)
    var shape = input.shape
    shape.axes[1] = Axis(settings.dimension("units"))
    return TensorType(.float, shape)
  }
}

/// The weights of a recurrent layer whose gates are stacked: `[features, gates · units]`, `[units, gates · units]` and one
/// bias.
func recurrentWeights(
  _ inputs: [TensorType], _ settings: Settings, gates: Int, bias: String = "zeros"
) -> [WeightDeclaration] {
  let units = settings.dimension("units")
  let features = inputs[0].shape.axes.last?.size ?? 1
  return [
    .make("input", [features, Dimension(gates) * units], "glorot"),
    .make("recurrent", [units, Dimension(gates) * units], "orthogonal"),
    .make("bias", [Dimension(gates) * units], bias),
  ]
}

/// One step of a recurrent layer.
struct RecurrentStep {
  /// Builds the nodes of the step.
  let graph: GraphBuilder
  let units: Int
  let states: [ValueID]
  let element: ValueID
  /// A weight of the layer.
  let weight: (String) -> ValueID

  /// The input's share of the gates, with the bias.
  var input: ValueID { graph.add(graph.contract(element, weight("input")), weight("bias")) }
  /// The state's share of the gates.
  var recurrent: ValueID { graph.contract(states[0], weight("recurrent")) }

  /// One gate's part of the stacked gates.
  func part(_ gates: ValueID, _ index: Int) -> ValueID {
    graph.slice(gates, axis: 0, index * units..<(index + 1) * units)
  }
}

/// The first state of a recurrent layer at all steps; all states start at 0.
func recurrent(
  _ context: BuildContext, states count: Int = 1, step: (RecurrentStep) -> [ValueID]
) -> ValueID {
  let graph = context.graph
  let units = context.settings.integer("units")
  let zeros = graph.literal(0, like: graph.type(of: context.input), shape: [units])
  return graph.scan(over: [context.input], from: Array(repeating: zeros, count: count)) { inner, states, elements in
    let next = step(
      RecurrentStep(
        graph: inner, units: units, states: states, element: elements[0],
        weight: { inner.capture(context.weight($0)) }))
    return (next, [])
  }.states[0]
}
