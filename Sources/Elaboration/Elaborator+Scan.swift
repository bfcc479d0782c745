import Checking
import Diagnostics
import Graphs
import Tensors

extension Value {
  /// The same value with other places in the graph.
  func mapped(_ change: (ValueID) -> ValueID) -> Value {
    switch self {
    case .tensor(let id, let type): .tensor(change(id), type)
    case .number: self
    case .record(let fields): .record(fields.map { ($0.label, $0.value.mapped(change)) })
    }
  }
}

extension Scope {
  /// The scope as the body of a loop sees it.
  func mapped(_ change: (ValueID) -> ValueID) -> Scope {
    var result = self
    result.values = values.mapValues { $0.mapped(change) }
    result.layers = layers.mapValues { LayerClosure(value: $0.value, scope: $0.scope.mapped(change)) }
    return result
  }
}

extension Elaborator {
  /// The states of a loop over the first axis, stacked.
  func scan(_ scan: CheckedScan, at span: Span, in scope: Scope) -> Value {
    let before = enter(path: scope.path(of: "scan"), at: span)
    defer { graph.origin = before }
    var sequences = Leaves()
    let sequencePatterns = scan.sequences.map { sequences.add(evaluate($0.source, in: scope), self) }
    var initial = Leaves()
    let statePatterns = scan.states.map { state -> Leaves.Pattern in
      let value = evaluate(state.initial, in: scope)
      return initial.add(shaped(value, like: state.type, in: scope), self)
    }
    let outer = graph
    let length = sequences.ids.lazy.compactMap { self.lengths[$0] }.first
    let elementTypes = sequences.types.map { $0.with(sizes: Array($0.constantSizes.dropFirst())) }
    let result = outer.scan(over: sequences.ids, from: initial.ids.map { outer.lifted($0) }) {
      inner, states, elements in
      var bodyScope = scope.mapped { inner.capture($0) }
      for (sequence, pattern) in zip(scan.sequences, sequencePatterns) {
        bodyScope.values[sequence.element] = pattern.value(elements, elementTypes)
      }
      for (state, pattern) in zip(scan.states, statePatterns) {
        bodyScope.values[state.name] = pattern.value(states, initial.types)
      }
      let next = self.inside(inner) { self.nextStates(scan, in: bodyScope) }
      return (next.map { inner.lifted($0) }, [])
    }
    // A state has seen what stands before it only, so that padding behind the end does not reach what is real.
    for state in result.states { lengths[state] = length }
    let steps = graph.shape(of: sequences.ids[0])[0]
    let stackedTypes = initial.types.map { $0.with(sizes: [steps] + $0.constantSizes) }
    let values = zip(scan.states, statePatterns).map { ($0.name, $1.value(result.states, stackedTypes)) }
    return values.count == 1 ? values[0].1 : .record(values.map { (label: $0.0, value: $0.1) })
  }

  /// The states after one step, in the order of the states' tensors.
  private func nextStates(_ scan: CheckedScan, in scope: Scope) -> [ValueID] {
    let result = run(scan.body, in: scope)
    if scan.states.count == 1 { return leaves(of: result, like: scan.states[0].type, in: scope) }
    guard case .record(let fields) = result else { preconditionFailure("several states are a record") }
    return scan.states.flatMap { state -> [ValueID] in
      guard let field = fields.first(where: { $0.label == state.name }) else {
        preconditionFailure("no state \(state.name)")
      }
      return leaves(of: field.value, like: state.type, in: scope)
    }
  }

  private func leaves(of value: Value, like type: CheckedType, in scope: Scope) -> [ValueID] {
    var leaves = Leaves()
    _ = leaves.add(shaped(value, like: type, in: scope), self)
    return leaves.ids
  }

  /// The value with the fields in the type's order; tensors with a final channel of size 1 more or less, as it says.
  private func shaped(_ value: Value, like type: CheckedType, in scope: Scope) -> Value {
    switch (type, value) {
    case (.record(let fields), .record(let values)):
      return .record(
        fields.map { field in
          guard let found = values.first(where: { $0.label == field.label }) else {
            preconditionFailure("no field \(field.label)")
          }
          return (field.label, shaped(found.value, like: field.type, in: scope))
        })
    case (.tensor(let wanted), _):
      let (id, actual) = tensor(value)
      return fitting(id, actual, sizes: scope.concrete(wanted).constantSizes)
    default: preconditionFailure("a state of another kind")
    }
  }
}

/// The tensors of values, one behind the other.
private struct Leaves {
  /// How a value is made of tensors.
  indirect enum Pattern {
    case leaf(Int)
    case record([(label: String, pattern: Pattern)])

    func value(_ ids: [ValueID], _ types: [TensorType]) -> Value {
      switch self {
      case .leaf(let index): .tensor(ids[index], types[index])
      case .record(let fields): .record(fields.map { ($0.label, $0.pattern.value(ids, types)) })
      }
    }
  }
  var ids: [ValueID] = []
  var types: [TensorType] = []

  mutating func add(_ value: Value, _ elaborator: Elaborator) -> Pattern {
    if case .record(let fields) = value {
      var patterns: [(label: String, pattern: Pattern)] = []
      for field in fields { patterns.append((field.label, add(field.value, elaborator))) }
      return .record(patterns)
    }
    let (id, type) = elaborator.tensor(value)
    ids.append(id)
    types.append(type)
    return .leaf(ids.count - 1)
  }
}
