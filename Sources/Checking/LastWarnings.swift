import Declarations
import Diagnostics
import Layers

extension BodyChecker {
  /// `bidirectional(lstm(8)) -> last`, be there layers between that work step by step.
  func warnLast(_ block: CheckedBlock) {
    let lets = LastLayerSearch.lets(block.bindings)
    let (sliced, names) = slicedValues(block)
    for binding in block.bindings where !names.contains(binding.name) {
      switch binding.value {
      case .expression(let value): look(value, lets, except: sliced)
      case .layer(let layer): look(layer, after: nil, lets)
      }
    }
    look(block.result, lets, except: sliced)
  }

  /// What is taken a part of, as of the last step the features of the forward half, and the `let`s that it is.
  private func slicedValues(_ block: CheckedBlock) -> (places: Set<Span>, names: Set<String>) {
    var places: Set<Span> = []
    var names: Set<String> = []
    func collect(_ value: CheckedExpression) {
      value.visit { part in
        guard case .slice(let inner, _) = part.kind else { return }
        places.insert(inner.span)
        if case .local(let name) = inner.kind { names.insert(name) }
      }
    }
    for case .expression(let value) in block.bindings.map(\.value) { collect(value) }
    collect(block.result)
    return (places, names)
  }

  private func look(_ value: CheckedExpression, _ lets: LastLayerSearch.Lets, except sliced: Set<Span>) {
    value.visit { part in
      if sliced.contains(part.span) { return }
      switch part.kind {
      case .apply(let layer, let input): look(layer, after: input, lets)
      case .call(let call):
        if call.callee == .builtin("last") {
          check(call, [], after: call.inputs.first.flatMap { $0 }, lets)
        }
        lookInside(call, lets)
      default: break
      }
    }
  }

  private func look(_ layer: CheckedLayerValue, after input: CheckedExpression?, _ lets: LastLayerSearch.Lets) {
    let parts = if case .chain(let parts) = layer { parts } else { [layer] }
    for (index, part) in parts.enumerated() {
      switch part {
      case .call(let call):
        if call.callee == .builtin("last") { check(call, Array(parts[..<index]), after: input, lets) }
        lookInside(call, lets)
      case .chain: look(part, after: nil, lets)
      case .named, .parameter: break
      }
    }
  }

  private func lookInside(_ call: CheckedCall, _ lets: LastLayerSearch.Lets) {
    for setting in call.settings.values {
      switch setting {
      case .layer(let layer): look(layer, after: nil, lets)
      case .layers(let layers): for layer in layers { look(layer, after: nil, lets) }
      default: break
      }
    }
  }

  private func check(
    _ call: CheckedCall, _ parts: [CheckedLayerValue], after input: CheckedExpression?, _ lets: LastLayerSearch.Lets
  ) {
    let stepwise: Set<String> = [
      "dense", "dropout", "spatial_dropout", "noise", "layer_norm", "rms_norm", "batch_norm",
    ]
    // Of a part of the features it may well be the last step that is wanted.
    let search = LastLayerSearch(checker, passesParts: false) {
      stepwise.contains($0.name) || $0.category == .activation
    }
    guard let found = search.find(parts, after: input, lets), found.name == "bidirectional" else { return }
    report(.lastOfBothDirections(at: checker.callPlaces[call.span]?.name ?? call.span, found.span))
  }
}
