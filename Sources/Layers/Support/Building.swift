import Declarations
import Graphs
import Tensors

extension BuildContext {
  /// The first input.
  var input: ValueID { inputs[0] }

  /// The per-example shape of a value.
  func shape(_ value: ValueID) -> [Int] { graph.type(of: value).shape }

  /// The axes that `over:` names, or all.
  var axes: [Int] {
    let rank = shape(input).count
    guard settings.isGiven("over") else { return Array(0..<rank) }
    return settings.axes("over").map { axis in
      guard let index = axis.index(rank: rank) else { preconditionFailure("the shape rule let axis \(axis) pass") }
      return index
    }.sorted()
  }

  /// A label, a truth value or a number as float32.
  func float(_ value: ValueID) -> ValueID {
    graph.type(of: value).dtype == .float32 ? value : graph.cast(value, .float32)
  }
}

extension GraphBuilder {
  /// The number of elements that a reduction over some axes takes together.
  func count(of value: ValueID, over axes: [Int]) -> Int { axes.reduce(1) { $0 * shape(of: value)[$1] } }

  /// A shared float32 vector.
  func vector(_ values: [Double]) -> ValueID {
    constant(HostTensor(shape: [values.count], values.map(Float.init)))
  }
}

extension WeightDeclaration {
  /// A weight with an initialiser whose settings are its defaults but for the given ones.
  static func make(
    _ name: String, _ shape: [Dimension], _ initializer: String, _ values: [String: SettingValue] = [:],
    isTrainable: Bool = true, fanIn: FanIn? = nil
  ) -> WeightDeclaration {
    guard let declaration = Catalog.initializer[initializer] else {
      preconditionFailure("no initialiser \(initializer)")
    }
    var settings = Settings()
    for setting in declaration.settings { settings.values[setting.label] = setting.defaultValue }
    settings.values.merge(values) { $1 }
    return WeightDeclaration(
      name, shape, initializer: initializer, settings: settings, isTrainable: isTrainable, fanIn: fanIn)
  }
}
