import Checking
import Declarations
import Graphs
import Tensors

/// What an expression evaluates to while a graph is built.
package indirect enum Value {
  /// A value of the graph and its type; all sizes are constant.
  case tensor(ValueID, TensorType)
  /// A number known before training; becomes a shared scalar where a tensor is needed.
  case number(Double)
  case record([(label: String, value: Value)])
}

/// A layer value and where its names mean something.
struct LayerClosure {
  var value: CheckedLayerValue
  var scope: Scope
}

/// The names that a body sees, with their concrete values.
struct Scope {
  /// The instance's path: `GPT.repeat[3]`.
  var path: String
  /// Whether sites name the place from the file on, as those in a data block do.
  var sitesAreWhole = false
  /// The model that owns the weights made here: an index into the program's layers.
  var model: Int?
  /// Dimension variables and `Int` parameters.
  var sizes: [String: Int] = [:]
  /// Those of the sizes that differ from example to example.
  var lengths: [String: VaryingLength] = [:]
  /// The sizes that a leading pack stands for.
  var packs: [String: [Int]] = [:]
  var numbers: [String: Double] = [:]
  var booleans: [String: Bool] = [:]
  var words: [String: String] = [:]
  var shapes: [String: [Int]] = [:]
  /// Layer-typed parameters and layer-valued `let`s.
  var layers: [String: LayerClosure] = [:]
  var values: [String: Value] = [:]
  /// Weights declared in this body.
  var weights: [String: CheckedWeight] = [:]

  init(path: String, model: Int? = nil, sitesAreWhole: Bool = false) {
    self.path = path
    self.sitesAreWhole = sitesAreWhole
    self.model = model
  }

  /// The path of a place inside this instance.
  func path(of site: String) -> String {
    if sitesAreWhole { return site }
    return path.isEmpty || site.isEmpty ? path + site : path + "." + site
  }
}

extension Scope {
  func size(_ dimension: Dimension) -> Int {
    if let value = dimension.constant { return value }
    guard let value = dimension.evaluated(sizes) else {
      preconditionFailure("the size \(dimension) is not known in \(path)")
    }
    return value
  }

  /// The size of an axis; a length that differs from example to example stands at its limit outside models.
  func size(_ axis: Axis) -> Int {
    guard let limit = axis.limit, axis.size.evaluated(sizes) == nil else { return size(axis.size) }
    return size(limit)
  }

  func number(_ expression: ScalarExpression) -> Double {
    switch expression {
    case .literal(let value): return value
    case .dimension(let dimension): return Double(size(dimension))
    case .parameter(let name):
      guard let value = numbers[name] else { preconditionFailure("the parameter \(name) has no value in \(path)") }
      return value
    case .negate(let a): return -number(a)
    case .add(let a, let b): return number(a) + number(b)
    case .subtract(let a, let b): return number(a) - number(b)
    case .multiply(let a, let b): return number(a) * number(b)
    case .divide(let a, let b): return number(a) / number(b)
    case .power(let a, let b): return power(number(a), number(b))
    case .function(let name, let a): return scalarFunction(name, number(a))
    }
  }

  /// The type with every size constant.
  func concrete(_ type: TensorType) -> TensorType {
    let element: Element =
      switch type.element {
      case .classes(let count): .classes(Dimension(size(count)))
      case .token(let count): .token(Dimension(size(count)))
      default: type.element
      }
    let leading = type.shape.pack.map { packs[$0] ?? [] } ?? []
    return TensorType(element, Shape((leading + type.shape.axes.map(size)).map { Dimension($0) }))
  }
}
