import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

/// The most layers and operations that a model, or a train block beside its models, may unfold into: each is a part of
/// the plan of its own.
let unfoldingLimit = 50_000

extension Checker {
  /// Refuses models whose repetitions, one inside another, unfold into more layers than can be planned.
  func checkUnfolding() {
    var counts = UnfoldedCounts(layers: layers)
    for index in layers.indices where layers[index].declaration.isModel {
      let count = counts.count(ofLayer: index)
      guard count.isInvalid || (count.constant ?? 0) > unfoldingLimit else { continue }
      let name = layers[index].declaration.name
      report(.unfoldsTooFar(name.text, at: name.span, count: count.constant, limit: unfoldingLimit))
    }
  }

  /// Refuses fields, train blocks and tests with more operations than can be planned.
  func checkLengths() {
    for entry in data {
      for field in entry.fields {
        refuseLength(operations(in: field.value.map { [$0] } ?? []), field.name, at: field.span)
      }
    }
    for train in trains {
      var values = values(train.bindings) + train.metrics.flatMap(\.inputs)
      values += (train.outputs + train.samples).map(\.value)
      for step in train.steps { values += self.values(step.bindings) + step.losses.map(\.value) }
      refuseLength(operations(in: values), train.name, at: train.span.beginning)
    }
    for test in tests {
      var values = values(test.bindings)
      for expectation in test.expectations { if case .holds(let value) = expectation.kind { values.append(value) } }
      refuseLength(operations(in: values), test.name, at: test.span.beginning)
    }
  }

  private func refuseLength(_ count: Int, _ name: String, at span: Span) {
    if count <= unfoldingLimit { return }
    report(.unfoldsTooFar(name, at: span, count: count, limit: unfoldingLimit))
  }

  private func values(_ bindings: [CheckedBinding]) -> [CheckedExpression] {
    bindings.compactMap { if case .expression(let value) = $0.value { value } else { nil } }
  }
}

/// How many operations expressions hold, those of layers that they apply left out.
private func operations(in values: [CheckedExpression]) -> Int {
  var count = 0
  for value in values { value.visit { count += $0.operationCount } }
  return count
}

extension CheckedExpression {
  /// How many operations it is, what is inside it left out.
  fileprivate var operationCount: Int {
    switch kind {
    case .arithmetic(_, let rest): rest.count
    case .negate, .not, .matrixProduct, .slice: 1
    default: 0
    }
  }
}

/// How many layers each layer unfolds into, as a polynomial over its whole-number settings.
private struct UnfoldedCounts {
  let layers: [LayerEntry]
  private var known: [Int: Dimension] = [:]

  init(layers: [LayerEntry]) { self.layers = layers }

  mutating func count(ofLayer index: Int) -> Dimension {
    if let count = known[index] { return count }
    // A layer that uses itself was reported; it counts once here.
    known[index] = Dimension(1)
    guard let block = layers[index].checked?.body else { return Dimension(1) }
    let count = count(of: block)
    known[index] = count
    return count
  }

  private mutating func count(of block: CheckedBlock) -> Dimension {
    var named: [String: CheckedLayerValue] = [:]
    var values: [CheckedExpression] = [block.result]
    for binding in block.bindings {
      switch binding.value {
      case .layer(let layer): named[binding.name] = layer
      case .expression(let value): values.append(value)
      }
    }
    var applied: [CheckedLayerValue] = []
    var operations = 0
    for value in values {
      value.visit { part in
        operations += part.operationCount
        switch part.kind {
        case .call(let call): applied.append(.call(call))
        case .apply(let layer, _): applied.append(layer)
        default: break
        }
      }
    }
    return applied.reduce(Dimension(operations)) { $0 + count(of: $1, named) }
  }

  private mutating func count(of layer: CheckedLayerValue, _ named: [String: CheckedLayerValue]) -> Dimension {
    switch layer {
    case .chain(let parts): return parts.reduce(Dimension(0)) { $0 + count(of: $1, named) }
    case .named(let name): return named[name].map { count(of: $0, [:]) } ?? Dimension(1)
    case .parameter: return Dimension(1)
    case .call(let call): return count(of: call, named)
    }
  }

  private mutating func count(of call: CheckedCall, _ named: [String: CheckedLayerValue]) -> Dimension {
    var inner = Dimension(0)
    for setting in call.settings.values {
      switch setting {
      case .layer(let layer): inner += count(of: layer, named)
      case .layers(let layers): for layer in layers { inner += count(of: layer, named) }
      default: break
      }
    }
    switch call.callee {
    case .builtin(let name):
      switch Catalog.callable[name]?.copies {
      case .setting(let label)?:
        guard case .integer(let times)? = call.settings[label] else { return inner }
        return times * inner
      case .number(let times)?: return Dimension(times) * inner + 1
      case nil: return inner + 1
      }
    case .user(let index):
      var sizes: [String: Dimension] = [:]
      for (label, setting) in call.settings {
        if case .integer(let size) = setting { sizes[label] = size }
      }
      return count(ofLayer: index).substituting(sizes) + inner
    }
  }
}
