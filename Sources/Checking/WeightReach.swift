import Diagnostics
import Syntax

extension BodyChecker {
  /// A weight that the result depends on only through what changes in jumps would never be trained. One that nothing
  /// uses at all is told of as unused.
  func checkWeightReach(_ block: CheckedBlock, _ declaration: LayerDeclaration) {
    guard !block.weights.isEmpty, !block.result.isUnknown else { return }
    let used = block.weightsUsed { _ in false }
    let moved = block.weightsUsed(unless: \.passesNoGradient)
    for case .weight(let binding) in declaration.body.statements
    where used.contains(binding.name.text) && !moved.contains(binding.name.text) {
      report(.weightWithoutGradient(binding.name))
    }
  }
}

extension CheckedBlock {
  /// The weights that the result depends on through `let`s, apart from what `stops` holds of.
  fileprivate func weightsUsed(unless stops: (CheckedExpression) -> Bool) -> Set<String> {
    let lets = Dictionary(bindings.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    var weights: Set<String> = []
    var seen: Set<String> = []
    var pending = [result]
    func note(_ name: String) {
      guard seen.insert(name).inserted else { return }
      switch lets[name] {
      case .expression(let value)?: pending.append(value)
      case .layer(let layer)?: layer.visit(unless: stops) { pending.append($0) }
      case nil: break
      }
    }
    while let expression = pending.popLast() {
      expression.visit(unless: stops) { part in
        switch part.kind {
        case .weight(let name): weights.insert(name)
        case .local(let name), .apply(.named(let name), _): note(name)
        default: break
        }
      }
    }
    return weights
  }
}
