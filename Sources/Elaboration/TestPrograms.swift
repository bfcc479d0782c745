import Checking
import Declarations
import Graphs
import Tensors

/// A graph for one expectation of a `test`, and the weights that it reads as parameters by path.
package struct TestProgram: Sendable {
  package var graph: Graph
  package var weights: [WeightRequest]
}

extension CheckedProgram {
  /// What a value of truth values comes to. Outputs: `truth`, and where it compares two values `left` and `right` in
  /// the same shape.
  package func values(_ value: CheckedExpression, in test: CheckedTest) -> TestProgram {
    let elaborator = TestElaborator(self)
    let scope = elaborator.scope(test.bindings)
    var outputs = [("truth", elaborator.evaluate(value, in: scope))]
    if case .arithmetic(let left, let rest) = value.kind, rest.count == 1, rest[0].0.compares {
      let shape = elaborator.graph.shape(of: outputs[0].1)
      for (name, side) in [("left", left), ("right", rest[0].1)] {
        let side = elaborator.evaluate(side, in: scope)
        outputs.append((name, elaborator.graph.broadcast(elaborator.floats(side), to: shape)))
      }
    }
    return elaborator.finish(outputs)
  }

  /// The sum over the batch of a layer's results along a direction, and its gradients. The layer is in training mode.
  ///
  /// Inputs: `x` of the given type, and `direction`. Outputs: `objective`, `gradient x` where x holds floats, and
  /// `gradient PATH` for each trainable weight.
  package func gradients(_ layer: CheckedLayerValue, input: TensorType, in test: CheckedTest) -> TestProgram {
    let elaborator = TestElaborator(self)
    let scope = elaborator.scope(test.bindings)
    let graph = elaborator.graph
    let x = graph.input("x", ValueType(input.dtype, input.constantSizes, isShared: false))
    let result = elaborator.apply(layer, to: x, input, in: scope)
    let direction = graph.input("direction", ValueType(graph.shape(of: result), isShared: false))
    let objective = graph.batchSum(graph.sum(graph.multiply(elaborator.perExample(result), direction)))
    let weights = elaborator.weights.filter(\.isTrainable)
    let values = weights.map { graph.parameter($0.path, shape: $0.shape) } + (input.dtype == .float32 ? [x] : [])
    let slopes = graph.gradients(of: objective, by: values)
    var outputs = [("objective", objective)]
    for (weight, slope) in zip(weights, slopes) { outputs.append(("gradient " + weight.path, slope)) }
    if input.dtype == .float32 { outputs.append(("gradient x", slopes[slopes.count - 1])) }
    return elaborator.finish(outputs)
  }
}

/// Builds the graph of an expectation: layers that a test applies are instances of its own.
private final class TestElaborator {
  let graph = GraphBuilder()
  private(set) var weights: [WeightRequest] = []
  private let program: CheckedProgram
  private var elaborator: Elaborator!
  /// What owns the weights of layers outside models; no model has this index.
  private static let own = -1

  init(_ program: CheckedProgram) {
    self.program = program
    let models = Set(program.layers.indices.filter { program.layers[$0].isModel })
    elaborator = Elaborator(
      program: program, graph: graph, trainingModels: models.union([TestElaborator.own]),
      weight: { [unowned self] in weight($0) },
      modelWeights: { [unowned self] model in
        let parts = program.layout(ofModel: model).trainable.map { graph.reshape(weight($0.request), [$0.count]) }
        return parts.isEmpty ? graph.fill(0, shape: [0]) : graph.concat(parts, axis: 0)
      })
  }

  private func weight(_ request: WeightRequest) -> ValueID {
    if !weights.contains(where: { $0.path == request.path }) { weights.append(request) }
    return graph.parameter(request.path, shape: request.shape)
  }

  func scope(_ bindings: [CheckedBinding]) -> Scope {
    var scope = Scope(path: "", model: TestElaborator.own)
    for binding in bindings { elaborator.evaluate(binding, in: &scope) }
    return scope
  }

  func evaluate(_ expression: CheckedExpression, in scope: Scope) -> ValueID {
    elaborator.tensor(elaborator.evaluate(expression, in: scope)).id
  }

  func apply(_ layer: CheckedLayerValue, to x: ValueID, _ type: TensorType, in scope: Scope) -> ValueID {
    elaborator.tensor(elaborator.apply(LayerClosure(value: layer, scope: scope), to: .tensor(x, type))).id
  }

  func perExample(_ value: ValueID) -> ValueID { graph.type(of: value).isShared ? graph.lift(value) : value }
  func floats(_ value: ValueID) -> ValueID { graph.cast(value, .float32) }

  func finish(_ outputs: [(String, ValueID)]) -> TestProgram {
    TestProgram(graph: graph.finish(outputs: outputs.map { (name: $0.0, value: $0.1) }, effects: []), weights: weights)
  }
}

extension ArithmeticOperator {
  fileprivate var compares: Bool {
    switch self {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: true
    default: false
    }
  }
}
