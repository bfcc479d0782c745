import Checking
import Declarations
import Graphs
import Tensors

extension TrainElaborator {
  /// Whether a part of a field draws random numbers in the steps of a training. Its transforms must have been fitted.
  func isDrawn(_ value: CheckedExpression) -> Bool {
    let builder = GraphBuilder()
    let elaborator = self.elaborator(builder, training: [], inlineAll: true)
    elaborator.blockMode = .training
    let id = elaborator.field(value, in: Scope(path: data.name, sitesAreWhole: true)).id
    return builder.finish(outputs: [("value", id)], effects: []).nodes.contains { node in
      if case .random = node.op { true } else { false }
    }
  }

  /// Whether the last layers of a field draw anew in every step. Its transforms must have been fitted.
  package func isDrawn(field name: String) -> Bool {
    data.fields.contains { $0.name == name && isDrawn($0.value) }
  }

  /// The part of a field that is the same whenever it is computed: all of it, or what its last layers take where these
  /// draw anew in every step; nil where neither is so. Its transforms must have been fitted.
  private func lasting(_ field: CheckedField) -> CheckedExpression? {
    if !isDrawn(field.value) { return field.value }
    guard case .apply(_, let base) = field.value.kind, !isDrawn(base) else { return nil }
    return base
  }

  /// The graph of the lasting part of a field from raw columns, nil where it has none. Output: `field NAME`.
  package func field(_ name: String) -> Graph? {
    guard let field = data.fields.first(where: { $0.name == name }) else { preconditionFailure("no field \(name)") }
    guard let lasting = lasting(field) else { return nil }
    let builder = GraphBuilder()
    let elaborator = self.elaborator(builder, training: [], inlineAll: true)
    let id = elaborator.field(lasting, in: Scope(path: data.name, sitesAreWhole: true)).id
    let value = builder.type(of: id).isShared ? builder.lift(id) : id
    return builder.finish(outputs: [("field " + name, value)], effects: [])
  }
}

/// Gives fields and columns to one elaborator.
final class FieldSource {
  private let owner: TrainElaborator
  private let graph: GraphBuilder
  private let inlineAll: Bool
  unowned var elaborator: Elaborator!

  init(owner: TrainElaborator, graph: GraphBuilder, inlineAll: Bool) {
    self.owner = owner
    self.graph = graph
    self.inlineAll = inlineAll
  }

  func value(_ name: SourceName) -> Value {
    switch name {
    case .column(let index): return column(index, element: .float)
    case .encoding(let encoding):
      if let tokens = owner.data.columns[encoding.column].tokens {
        return self.tokens(encoding.column, count: tokens.count, length: tokens.length)
      }
      return column(encoding.column, element: .classes(1))
    case .field(let name): return field(name)
    }
  }

  private func column(_ index: Int, element: Element) -> Value {
    let raw = owner.columns[index]
    let id = graph.input("column \(index)", ValueType(raw.dtype, raw.shape, isShared: false))
    return .tensor(id, TensorType(element, Shape(raw.shape.map { Dimension($0) })))
  }

  /// Tokens that are −1 behind the end of a text: what is real, and 0 in place of padding.
  private func tokens(_ index: Int, count: Int, length: Int) -> Value {
    let type = ValueType(.int32, [length], isShared: false)
    let codes = graph.cast(graph.input("column \(index)", type), .float32)
    let mask = graph.lessOrEqual(graph.literal(0, like: codes), codes)
    let real = graph.cast(graph.maximum(codes, 0), .int32)
    elaborator.lengths[real] = VaryingLength(mask: mask, limit: length)
    return .tensor(real, TensorType(.token(Dimension(count)), Shape([Dimension(length)])))
  }

  private func field(_ name: String) -> Value {
    guard let field = owner.data.fields.first(where: { $0.name == name }) else {
      preconditionFailure("no field \(name)")
    }
    let scope = Scope(path: owner.data.name, sitesAreWhole: true)
    let type = scope.concrete(field.type)
    guard owner.materialized.contains(name), !inlineAll else {
      return fitted(elaborator.field(field.value, in: scope).id, type)
    }
    guard owner.drawn.contains(name) else { return .tensor(input(name, type), type) }
    guard case .apply(let layer, let base) = field.value.kind, case .tensor(let symbolic) = base.type else {
      preconditionFailure("the field \(name) is not kept")
    }
    let baseType = scope.concrete(symbolic)
    return fitted(elaborator.field(layer, of: .tensor(input(name, baseType), baseType), in: scope).id, type)
  }

  private func input(_ name: String, _ type: TensorType) -> ValueID {
    graph.input("field " + name, ValueType(type.dtype, type.constantSizes, isShared: false))
  }

  private func fitted(_ id: ValueID, _ type: TensorType) -> Value {
    elaborator.fitting(id, type.with(sizes: graph.type(of: id).shape), sizes: type.constantSizes)
  }
}
