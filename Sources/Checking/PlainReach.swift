import Declarations
import Layers

/// Which names come through to a value as they are: not moved along a sequence, and not by a part, a choice or a step
/// of a `scan`, where they may come to another place.
final class PlainReach {
  /// The `let`s of a body, each with what comes through to it.
  private struct Scope {
    var lets: [String: CheckedBinding.Value] = [:]
    var known: [String: Set<String>] = [:]
    /// The same for each value of a record, so that records made of records are not followed again and again.
    var members: [String: [String: Set<String>]] = [:]
    /// Outside of models a field may be damaged on purpose, for a model to mend.
    var isTrain = false
  }

  private struct Key: Hashable {
    var layer: Int
    var member: String?
  }

  static let movers: Set<String> = ["shift", "pad", "select"]
  /// What joins the positions of a sequence to something smaller.
  private static let joiners: Set<String> = [
    "last", "mean", "sum", "max", "min", "norm", "variance", "flatten", "reshape", "max_pool", "average_pool",
  ]
  private static let damages: Set<String> = ["dropout", "spatial_dropout", "noise", "augment"]

  private let checker: Checker
  private let isSequence: Bool
  private var known: [Key: Set<Int>] = [:]
  private var train = Scope()

  /// - Parameter isSequence: whether what is looked for has positions, so that a part of it is not all of it.
  init(_ checker: Checker, _ bindings: [CheckedBinding], isSequence: Bool) {
    self.checker = checker
    self.isSequence = isSequence
    train = scope(bindings, isTrain: true)
  }

  /// The fields that come through to a value of the train block, models apart.
  func fields(of value: CheckedExpression) -> Set<String> { sources(of: value, member: nil, train) }

  /// The inputs of a layer or model that come through to its result, or to one value of a record.
  func inputs(of layer: Int, member: String?) -> Set<Int> {
    let key = Key(layer: layer, member: member)
    if let positions = known[key] { return positions }
    known[key] = []
    guard let checked = checker.layers[layer].checked else { return [] }
    let names = sources(of: checked.body.result, member: member, scope(checked.body.bindings, isTrain: false))
    let positions = Set(checked.inputs.indices.filter { names.contains(checked.inputs[$0].name) })
    known[key] = positions
    return positions
  }

  /// In the order of the file, so that each `let` finds those before it.
  private func scope(_ bindings: [CheckedBinding], isTrain: Bool) -> Scope {
    var scope = Scope(isTrain: isTrain)
    for binding in bindings {
      if case .expression(let value) = binding.value {
        scope.known[binding.name] = sources(of: value, member: nil, scope)
        switch value.kind {
        case .record(let fields):
          for field in fields {
            scope.members[binding.name, default: [:]][field.label] = sources(of: field.value, member: nil, scope)
          }
        case .local(let other): scope.members[binding.name] = scope.members[other]
        default: break
        }
      }
      scope.lets[binding.name] = binding.value
    }
    return scope
  }

  private func sources(of value: CheckedExpression, member: String?, _ scope: Scope) -> Set<String> {
    switch value.kind {
    case .field(let name): return [name]
    case .local(let name):
      if let member {
        if let found = scope.members[name]?[member] { return found }
        // A call, whose inputs are known by now.
        if case .expression(let bound)? = scope.lets[name], bound.isCall {
          return sources(of: bound, member: member, scope)
        }
      }
      return scope.known[name] ?? [name]
    case .call(let call): return sources(of: call, flow: nil, member: member, scope)
    case .apply(let layer, let input):
      return through(layer, sources(of: input, member: nil, scope), member: member, scope)
    case .arithmetic(let first, let rest):
      if scope.isTrain, rest.contains(where: { $0.0.scales && $0.1.constant == nil }), first.constant == nil {
        return []
      }
      return union([first] + rest.map(\.1), scope)
    case .negate(let inner), .not(let inner), .restore(let inner, _), .transform(_, _, _, let inner):
      return sources(of: inner, member: nil, scope)
    case .member(let inner, let label): return sources(of: inner, member: label, scope)
    case .matrixProduct(let a, let b): return union([a, b], scope)
    case .list(let elements): return union(elements, scope)
    case .record(let fields):
      return union(fields.filter { member == nil || $0.label == member }.map(\.value), scope)
    case .scalar, .column, .weight, .drawn, .encode, .slice, .scan, .gradient, .across, .quantile, .thisExample,
      .generate, .unknown:
      return []
    }
  }

  private func union(_ values: [CheckedExpression], _ scope: Scope) -> Set<String> {
    values.reduce(into: []) { $0.formUnion(sources(of: $1, member: nil, scope)) }
  }

  private func through(
    _ layer: CheckedLayerValue, _ flow: Set<String>, member: String?, _ scope: Scope
  ) -> Set<String> {
    switch layer {
    case .call(let call): return sources(of: call, flow: flow, member: member, scope)
    case .chain(let parts): return parts.reduce(flow) { through($1, $0, member: member, scope) }
    case .named(let name):
      guard case .layer(let definition)? = scope.lets[name] else { return [] }
      return through(definition, flow, member: member, scope)
    // It may be one that moves what comes in.
    case .parameter: return []
    }
  }

  /// - Parameter flow: what comes into a layer that waits for its first input.
  private func sources(
    of call: CheckedCall, flow: Set<String>?, member: String?, _ scope: Scope
  ) -> Set<String> {
    func input(_ position: Int) -> Set<String> {
      if position == 0, let flow { return flow }
      let place = flow == nil ? position : position - 1
      guard call.inputs.indices.contains(place), let value = call.inputs[place] else { return [] }
      return sources(of: value, member: nil, scope)
    }
    switch call.callee {
    case .user(let index):
      if scope.isTrain, checker.layers[index].declaration.isModel { return [] }
      return inputs(of: index, member: member).reduce(into: []) { $0.formUnion(input($1)) }
    case .builtin(let name):
      if Self.movers.contains(name) || isSequence && Self.joiners.contains(name) { return [] }
      if scope.isTrain, Self.damages.contains(name) { return [] }
      let first = input(0)
      // The memory of an attention has positions of its own.
      if name == "attention", isSequence { return first }
      let others = (1..<max(1, call.inputs.count + 1)).reduce(into: Set<String>()) { $0.formUnion(input($1)) }
      let layers = call.settings.values.flatMap(\.layers)
      if layers.isEmpty || name == "residual" { return first.union(others) }
      return layers.reduce(into: others) { $0.formUnion(through($1, first, member: nil, scope)) }
    }
  }
}

extension CheckedSetting {
  fileprivate var layers: [CheckedLayerValue] {
    switch self {
    case .layer(let layer): [layer]
    case .layers(let layers): layers
    default: []
    }
  }
}

extension CheckedExpression {
  fileprivate var isCall: Bool {
    switch kind {
    case .call, .apply: true
    default: false
    }
  }
}

extension ArithmeticOperator {
  fileprivate var scales: Bool {
    switch self {
    case .multiply, .divide, .modulo, .power: true
    default: false
    }
  }
}
