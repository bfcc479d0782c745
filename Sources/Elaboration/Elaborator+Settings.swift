import Checking
import Declarations
import Graphs
import Layers
import Tensors

extension Elaborator {
  /// The settings of a call with every size and number known. Layers written in them get paths below `nestedPath`.
  func settings(_ checked: [String: CheckedSetting], in scope: Scope, nestedPath: String? = nil) -> Settings {
    Settings(checked.mapValues { setting($0, in: scope, nestedPath: nestedPath ?? scope.path) })
  }

  func setting(_ checked: CheckedSetting, in scope: Scope, nestedPath: String) -> SettingValue {
    switch checked {
    case .integer(let size): return .integer(Dimension(scope.size(size)))
    case .scalar(let number): return .real(scope.number(number))
    case .boolean(let flag): return .boolean(flag)
    case .booleanParameter(let name):
      guard let flag = scope.booleans[name] else { preconditionFailure("no parameter \(name)") }
      return .boolean(flag)
    case .word(let word): return .word(scope.words[word] ?? word)
    case .string(let string): return .string(string)
    case .axes(let axes): return .axes(axes)
    case .shape(let sizes): return .shape(sizes.map { Dimension(scope.size($0)) })
    case .reals(let numbers): return .reals(numbers.map { scope.number($0) })
    case .layer(let layer): return .layer(nested(layer, in: scope, path: nestedPath))
    case .layers(let layers): return .layers(layers.map { nested($0, in: scope, path: nestedPath) })
    case .schedule(let name, let settings):
      return .schedule(name: name, settings: self.settings(settings, in: scope))
    case .field(let name): return .field(name)
    case .list(let values): return .list(values.map { setting($0, in: scope, nestedPath: nestedPath) })
    }
  }

  private func nested(_ layer: CheckedLayerValue, in scope: Scope, path: String) -> LayerHandle {
    var inner = scope
    inner.path = path
    return handle(for: LayerClosure(value: layer, scope: inner))
  }

  // MARK: Data

  /// Applies a fitted transform with its constants.
  func transform(
    _ name: String, site: String, settings: [String: CheckedSetting], input: Value, in scope: Scope
  ) -> Value {
    guard let declaration = Catalog.transform[name] else { preconditionFailure("no transform \(name)") }
    let (id, type) = tensor(input)
    let context = transformContext(id, type, settings: self.settings(settings, in: scope), path: site)
    let result = declaration.apply(context, constants(of: site))
    return .tensor(result, TensorType(.float, Shape(graph.type(of: result).shape.map { Dimension($0) })))
  }

  private func constants(of site: String) -> [String: ValueID] {
    Dictionary(uniqueKeysWithValues: constantNames(site).map { ($0, constant(site, $0)) })
  }

  private func transformContext(
    _ id: ValueID, _ type: TensorType, settings: Settings, path: String
  ) -> BuildContext {
    BuildContext(
      graph: graph, mode: .evaluation, inputs: [id], inputTypes: [type], settings: settings, path: path,
      weight: { _ in preconditionFailure("a transform has no weights") }, update: { _, _ in },
      apply: { _, _, _ in preconditionFailure("a transform applies no layers") })
  }

  /// The way back from a field's values to the units of its column.
  func restore(_ value: Value, field name: String, in scope: Scope) -> Value {
    guard let field = data?.fields.first(where: { $0.name == name }) else { preconditionFailure("no field \(name)") }
    return inverse(of: field.value, applied: value, in: scope)
  }

  private func inverse(of expression: CheckedExpression, applied value: Value, in scope: Scope) -> Value {
    switch expression.kind {
    case .column, .encode, .field: return value
    case .list(let elements) where elements.count == 1: return inverse(of: elements[0], applied: value, in: scope)
    case .list(let elements) where elements.allSatisfy({ if case .column = $0.kind { true } else { false } }):
      return value
    case .transform(let name, let site, let settings, let input):
      guard let declaration = Catalog.transform[name], let invert = declaration.inverse else {
        preconditionFailure("\(name) has no inverse")
      }
      let (id, type) = tensor(value)
      let context = transformContext(id, type, settings: self.settings(settings, in: scope), path: site)
      let result = invert(context, constants(of: site))
      let restored = TensorType(.float, Shape(graph.type(of: result).shape.map { Dimension($0) }))
      return inverse(of: input, applied: .tensor(result, restored), in: scope)
    case .arithmetic(let first, let rest):
      var current = value
      for (op, operand) in rest.reversed() {
        let number = evaluate(operand, in: scope)
        switch op {
        case .add: current = arithmetic(.subtract, current, number)
        case .subtract: current = arithmetic(.add, current, number)
        case .multiply: current = arithmetic(.divide, current, number)
        case .divide: current = arithmetic(.multiply, current, number)
        default: preconditionFailure("no way back from \(op)")
        }
      }
      return inverse(of: first, applied: current, in: scope)
    default: preconditionFailure("no way back from this field")
    }
  }
}
