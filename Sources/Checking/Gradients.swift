import Diagnostics
import Layers
import Syntax

extension TrainChecker {
  /// Checks every `gradient(e, by: v)` of the block: `e` is computed from `v`, and by nothing that mixes examples.
  func checkGradients() {
    var seen: Set<Span> = []
    func look(_ values: [CheckedExpression], _ inner: [CheckedBinding]) {
      for value in values {
        value.visit { part in
          guard case .gradient(let objective, let name) = part.kind, seen.insert(part.span).inserted else { return }
          checkGradient(objective, by: name, lets: bindings + inner)
        }
      }
    }
    look(expressions(of: bindings) + metrics.flatMap(\.inputs) + (outputs + samples).map(\.value), [])
    for step in steps { look(expressions(of: step.bindings) + step.losses.map(\.value), step.bindings) }
  }

  private func expressions(of bindings: [CheckedBinding]) -> [CheckedExpression] {
    bindings.compactMap { if case .expression(let value) = $0.value { value } else { nil } }
  }

  private func checkGradient(_ objective: CheckedExpression, by name: String, lets: [CheckedBinding]) {
    var paths = PathsFrom(name: name, lets: lets)
    guard paths.reaches(objective) else {
      if !objective.isUnknown {
        body.report(.gradientElsewhere(objective.span, body.text(objective.span), by: name))
      }
      return
    }
    // Every expression on the way from the variable to the objective, through `let`s.
    var pending = [objective]
    var seen: Set<String> = [name]
    var reported = false
    while let expression = pending.popLast(), !reported {
      expression.visit { part in
        if reported { return }
        let layers: [CheckedLayerValue]
        switch part.kind {
        case .local(let local):
          guard seen.insert(local).inserted, let value = paths.value(of: local) else { return }
          pending.append(value)
          return
        case .call(let call):
          layers = call.inputs.contains { $0.map { paths.reaches($0) } ?? false } ? [.call(call)] : []
        case .across(let inner):
          guard paths.reaches(inner) else { return }
          reported = true
          body.report(.gradientMixesExamples("across", by: name, at: part.span))
          return
        case .apply(let layer, let input): layers = paths.reaches(input) ? [layer] : []
        default: return
        }
        guard let culprit = layers.lazy.compactMap({ self.mixing($0, lets: lets) }).first else { return }
        reported = true
        body.report(.gradientMixesExamples(culprit, by: name, at: part.span))
      }
    }
  }

  /// The built-in in a layer that mixes examples, inner layers and models included; nil where there is none.
  private func mixing(_ layer: CheckedLayerValue, lets: [CheckedBinding]) -> String? {
    var visited: Set<Int> = []
    var pending = [layer]
    while let next = pending.popLast() {
      switch next {
      case .chain(let parts): pending += parts
      case .named(let name):
        if case .layer(let definition)? = lets.last(where: { $0.name == name })?.value { pending.append(definition) }
      case .parameter: break
      case .call(let call):
        for setting in call.settings.values { pending += setting.givenLayers }
        switch call.callee {
        case .builtin(let name):
          if Catalog.callable[name]?.mixesExamples == true { return name }
        case .user(let index):
          guard visited.insert(index).inserted, let block = checker.layers[index].checked?.body else { continue }
          for binding in block.bindings {
            switch binding.value {
            case .layer(let definition): pending.append(definition)
            case .expression(let value): pending += value.appliedLayers
            }
          }
          pending += block.result.appliedLayers
        }
      }
    }
    return nil
  }
}

/// Which expressions depend on a `let`, through others.
private struct PathsFrom {
  private let name: String
  private let lets: [String: CheckedExpression]
  private var known: [String: Bool] = [:]

  init(name: String, lets: [CheckedBinding]) {
    self.name = name
    var values: [String: CheckedExpression] = [:]
    for binding in lets { if case .expression(let value) = binding.value { values[binding.name] = value } }
    self.lets = values
    known[name] = true
  }

  func value(of local: String) -> CheckedExpression? { lets[local] }

  /// Recursion is bounded: a `let` names earlier ones only, and each is looked at once.
  mutating func reaches(_ expression: CheckedExpression) -> Bool {
    var names: Set<String> = []
    expression.visit { part in
      switch part.kind {
      case .local(let local): names.insert(local)
      case .gradient(_, let local): names.insert(local)
      default: break
      }
    }
    for local in names {
      if known[local] == nil {
        known[local] = false
        if let value = lets[local] { known[local] = reaches(value) }
      }
      if known[local] == true { return true }
    }
    return false
  }
}

extension CheckedExpression {
  /// Every call and layer that is applied in it, those in settings not unfolded.
  fileprivate var appliedLayers: [CheckedLayerValue] {
    var result: [CheckedLayerValue] = []
    visit { part in
      switch part.kind {
      case .call(let call): result.append(.call(call))
      case .apply(let layer, _): result.append(layer)
      default: break
      }
    }
    return result
  }
}

extension CheckedSetting {
  fileprivate var givenLayers: [CheckedLayerValue] {
    switch self {
    case .layer(let layer): [layer]
    case .layers(let layers): layers
    case .list(let values): values.flatMap(\.givenLayers)
    default: []
    }
  }
}
