import Declarations
import Diagnostics
import Layers
import Syntax

extension BodyChecker {
  /// Weights that the result depends on only through what changes in jumps would never be trained: those that the body
  /// declares, and those of the layers that it applies. What nothing uses at all is told of as unused.
  func checkWeightReach(_ block: CheckedBlock, _ declaration: LayerDeclaration) {
    guard !block.result.isUnknown else { return }
    let used = GradientReach(of: block, checker, crossesJumps: true)
    let moved = GradientReach(of: block, checker, crossesJumps: false)
    for case .weight(let binding) in declaration.body.statements
    where used.weights.contains(binding.name.text) && !moved.weights.contains(binding.name.text) {
      report(.weightWithoutGradient(binding.name))
    }
    for call in callsWithWeights.sorted(by: { $0.start < $1.start })
    where used.calls.contains(call) && !moved.calls.contains(call) {
      report(.weightsWithoutGradient(at: checker.callPlaces[call]?.name ?? call, checker.sources.text))
    }
  }

  /// Whether a change of an input of a body changes its result a little, or the result does not depend on inputs.
  func passesGradient(_ block: CheckedBlock, inputs: [String]) -> Bool {
    guard !block.result.isUnknown else { return true }
    let used = GradientReach(of: block, checker, crossesJumps: true)
    if used.names.isDisjoint(with: inputs) { return true }
    return !GradientReach(of: block, checker, crossesJumps: false).names.isDisjoint(with: inputs)
  }
}

/// What the result of a body depends on, through its `let`s; where jumps are not crossed, what a gradient reaches.
private final class GradientReach {
  /// Weights that the body declares.
  private(set) var weights: Set<String> = []
  /// Layers that it applies, by where they are written.
  private(set) var calls: Set<Span> = []
  /// Locals, inputs among them.
  private(set) var names: Set<String> = []
  private let checker: Checker
  private let crossesJumps: Bool
  private let lets: [String: CheckedBinding.Value]
  private var pending: [CheckedExpression] = []
  /// Whether what comes into a `let` that names a layer is reached.
  private var entered: [String: Bool] = [:]

  init(of block: CheckedBlock, _ checker: Checker, crossesJumps: Bool) {
    self.checker = checker
    self.crossesJumps = crossesJumps
    lets = Dictionary(block.bindings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    pending = [block.result]
    while let expression = pending.popLast() { follow(expression) }
  }

  private func follow(_ expression: CheckedExpression) {
    // Layers are followed here, for `visit` does not know which of a chain stands behind which.
    var applied: [CheckedExpression] = []
    let stops = { [crossesJumps] (part: CheckedExpression) -> Bool in
      switch part.kind {
      case .call, .apply:
        applied.append(part)
        return true
      default: return !crossesJumps && part.passesNoGradient
      }
    }
    expression.visit(unless: stops) { part in
      switch part.kind {
      case .weight(let name): weights.insert(name)
      case .local(let name): note(name)
      default: break
      }
    }
    for part in applied {
      switch part.kind {
      case .call(let call): _ = enter(call)
      case .apply(let layer, let input): if enter(layer) { pending.append(input) }
      default: break
      }
    }
  }

  private func note(_ name: String) {
    guard names.insert(name).inserted else { return }
    if case .expression(let value)? = lets[name] { pending.append(value) }
  }

  /// Follows a layer from its result; false where what comes in is not reached.
  private func enter(_ layer: CheckedLayerValue) -> Bool {
    switch layer {
    case .call(let call): return enter(call)
    case .chain(let parts):
      for part in parts.reversed() where !enter(part) { return false }
      return true
    case .named(let name):
      if let isReached = entered[name] { return isReached }
      guard case .layer(let definition)? = lets[name] else { return true }
      let isReached = enter(definition)
      entered[name] = isReached
      return isReached
    case .parameter: return true
    }
  }

  private func enter(_ call: CheckedCall) -> Bool {
    if !crossesJumps, isJump(call) {
      if case .user = call.callee { calls.insert(call.span) }
      return false
    }
    calls.insert(call.span)
    pending += call.inputs.compactMap { $0 }
    for setting in call.settings.values {
      switch setting {
      case .layer(let layer): _ = enter(layer)
      case .layers(let layers): for layer in layers { _ = enter(layer) }
      default: setting.visit { pending.append($0) }
      }
    }
    return true
  }

  private func isJump(_ call: CheckedCall) -> Bool {
    switch call.callee {
    case .builtin(let name): Catalog.callable[name]?.gradient == .jumps
    case .user(let index): !checker.layers[index].passesGradient
    }
  }
}
