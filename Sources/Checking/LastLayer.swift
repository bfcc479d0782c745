import Declarations
import Diagnostics
import Layers

/// The built-in that a value comes out of, and where it is written.
struct LastLayer {
  var name: String
  var span: Span
}

/// Looks for the built-in that a value comes out of: through `let`s, models and layers, and past those that a value
/// passes unharmed.
final class LastLayerSearch {
  private enum End {
    case layer(LastLayer)
    /// What flows into a layer that waits for it.
    case flow
    /// An input of the enclosing layer.
    case input(String)
    case other
  }

  typealias Lets = [String: CheckedBinding.Value]

  private let checker: Checker
  private let passes: (CallableDeclaration) -> Bool
  /// Whether a part of a value is taken for the whole.
  private let passesParts: Bool
  /// Layers may hold others twice, and those again.
  private var budget = 10_000

  init(_ checker: Checker, passesParts: Bool, past passes: @escaping (CallableDeclaration) -> Bool) {
    self.checker = checker
    self.passes = passes
    self.passesParts = passesParts
  }

  static func lets(_ bindings: [CheckedBinding]) -> Lets {
    Dictionary(bindings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }

  func find(_ value: CheckedExpression, _ lets: Lets) -> LastLayer? {
    if case .layer(let found) = end(of: value, member: nil, lets, depth: 0) { found } else { nil }
  }

  /// What stands last in a layer; what flows into it, if all of it is passed.
  func find(_ parts: [CheckedLayerValue], after input: CheckedExpression?, _ lets: Lets) -> LastLayer? {
    switch end(of: .chain(parts), member: nil, lets, depth: 0) {
    case .layer(let found): found
    case .flow: input.flatMap { find($0, lets) }
    case .input, .other: nil
    }
  }

  private func mayGoOn(_ depth: Int) -> Bool {
    budget -= 1
    return depth <= 64 && budget > 0
  }

  /// - Parameter member: which value is meant of a record.
  private func end(of value: CheckedExpression, member: String?, _ lets: Lets, depth: Int) -> End {
    guard mayGoOn(depth) else { return .other }
    switch value.kind {
    case .local(let name):
      guard let bound = lets[name] else { return .input(name) }
      if case .expression(let value) = bound { return end(of: value, member: member, lets, depth: depth + 1) }
      return .other
    case .call(let call): return end(of: call, isApplied: true, member: member, lets, depth: depth + 1)
    case .apply(let layer, let input):
      let found = end(of: layer, member: member, lets, depth: depth + 1)
      if case .flow = found { return end(of: input, member: nil, lets, depth: depth + 1) }
      return found
    case .member(let inner, let label): return end(of: inner, member: label, lets, depth: depth + 1)
    case .record(let fields):
      guard let field = fields.first(where: { $0.label == member }) else { return .other }
      return end(of: field.value, member: nil, lets, depth: depth + 1)
    case .slice(let inner, _) where passesParts: return end(of: inner, member: nil, lets, depth: depth + 1)
    case .list(let elements) where elements.count == 1:
      return end(of: elements[0], member: nil, lets, depth: depth + 1)
    case .arithmetic:
      // A factor of 1 and a shift of 0.
      let (inner, line) = value.withoutConstants
      guard line.factor == 1, line.shift == 0, inner.span != value.span else { return .other }
      return end(of: inner, member: nil, lets, depth: depth + 1)
    default: return .other
    }
  }

  private func end(of layer: CheckedLayerValue, member: String?, _ lets: Lets, depth: Int) -> End {
    guard mayGoOn(depth) else { return .other }
    switch layer {
    case .chain(let parts):
      for part in parts.reversed() {
        let found = end(of: part, member: member, lets, depth: depth + 1)
        if case .flow = found { continue }
        return found
      }
      return .flow
    case .named(let name):
      guard case .layer(let definition)? = lets[name] else { return .other }
      return end(of: definition, member: member, lets, depth: depth + 1)
    case .parameter: return .other
    case .call(let call): return end(of: call, isApplied: false, member: member, lets, depth: depth + 1)
    }
  }

  private func end(of call: CheckedCall, isApplied: Bool, member: String?, _ lets: Lets, depth: Int) -> End {
    func input(_ position: Int) -> End {
      if position == 0, !isApplied { return .flow }
      let place = isApplied ? position : position - 1
      guard call.inputs.indices.contains(place), let value = call.inputs[place] else { return .other }
      return end(of: value, member: nil, lets, depth: depth + 1)
    }
    switch call.callee {
    case .builtin(let name):
      if let declaration = Catalog.callable[name], passes(declaration) { return input(0) }
      return .layer(LastLayer(name: name, span: checker.callPlaces[call.span]?.name ?? call.span))
    case .user(let index):
      guard let layer = checker.layers[index].checked else { return .other }
      let found = end(of: layer.body.result, member: member, Self.lets(layer.body.bindings), depth: depth + 1)
      guard case .input(let name) = found else { return found }
      return layer.inputs.firstIndex { $0.name == name }.map(input) ?? .other
    }
  }
}

/// Built-ins that give the numbers they get, in another shape, or at some places only.
private let movers: Set<String> = [
  "squeeze", "flatten", "reshape", "transpose", "last", "dropout", "spatial_dropout",
]

extension CallableDeclaration {
  /// Whether it leaves numbers what they are, outside of training at least.
  var keepsNumbers: Bool { isIdentity || movers.contains(name) }
}

extension TrainChecker {
  /// The built-in that the numbers of a value come out of, whatever shape they were given since.
  func lastLayer(of value: CheckedExpression, _ inner: [CheckedBinding]) -> LastLayer? {
    LastLayerSearch(checker, passesParts: true) { $0.keepsNumbers }.find(value, LastLayerSearch.lets(bindings + inner))
  }
}
