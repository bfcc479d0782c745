import Diagnostics
import Layers
import Tensors

extension BodyChecker {
  /// Linear layers in a row, which can do no more than one: in a chain, through `let`s that nothing else reads, and
  /// from one copy of a layer to the next.
  func warnLinear(_ block: CheckedBlock) {
    let walk = LinearWalk(block)
    for pair in walk.pairs {
      let place = { [checker] (span: Span) in checker.callPlaces[span]?.name ?? span }
      report(.linearAfterLinear(pair.first.name, place(pair.first.span), pair.second.name, place(pair.second.span)))
    }
  }
}

/// Looks for linear layers that follow one another in a body.
private final class LinearWalk {
  struct Layer {
    var name: String
    var span: Span
    /// How many numbers it gives, where that is known.
    var size: Int?
    /// Whether a `let` names what it gives.
    var isNamed = false
  }

  private(set) var pairs: [(first: Layer, second: Layer)] = []
  /// How often a local is read.
  private var reads: [String: Int] = [:]
  /// The linear layer that a `let` ends with.
  private var ends: [String: Layer] = [:]
  /// The second layers of pairs.
  private var seen: Set<Span> = []

  init(_ block: CheckedBlock) {
    let values = block.bindings.compactMap { binding -> (name: String, value: CheckedExpression)? in
      if case .expression(let value) = binding.value { (binding.name, value) } else { nil }
    }
    for expression in values.map(\.value) + [block.result] {
      expression.visit { if case .local(let name) = $0.kind { reads[name, default: 0] += 1 } }
    }
    for binding in block.bindings {
      if case .layer(let layer) = binding.value { _ = follow(layer, after: nil) }
    }
    for (name, value) in values {
      ends[name] = end(of: value)
      look(inside: value)
    }
    _ = end(of: block.result)
    look(inside: block.result)
  }

  private func look(inside expression: CheckedExpression) {
    expression.visit { _ = end(of: $0) }
  }

  /// The linear layer that a value comes out of.
  private func end(of value: CheckedExpression) -> Layer? {
    switch value.kind {
    case .local(let name):
      var layer = reads[name] == 1 ? ends[name] : nil
      layer?.isNamed = true
      return layer
    case .apply(let layer, let input): return follow(layer, after: end(of: input))
    case .call(let call): return follow(call, after: call.inputs.first.flatMap { $0 }.flatMap(end))
    default: return nil
    }
  }

  private func follow(_ layer: CheckedLayerValue, after previous: Layer?) -> Layer? {
    switch layer {
    case .call(let call): return follow(call, after: previous)
    case .chain(let parts):
      var last = previous
      for part in parts { last = follow(part, after: last) }
      return last
    // Other places may use it too, with something between.
    case .named, .parameter: return nil
    }
  }

  private func follow(_ call: CheckedCall, after previous: Layer?) -> Layer? {
    guard case .builtin(let name) = call.callee else {
      followInside(call)
      return nil
    }
    if let layer = linear(call) {
      note(previous, layer)
      return layer
    }
    if name == "repeat" { return followCopies(call, after: previous) }
    if isTransparent(call) { return previous }
    followInside(call)
    return nil
  }

  private func linear(_ call: CheckedCall) -> Layer? {
    guard case .builtin(let name) = call.callee, name == "dense" || name == "conv" && call.isWholeConvolution else {
      return nil
    }
    var size: Int?
    if case .integer(let units)? = call.settings["units"] { size = units.constant }
    return Layer(name: name, span: call.span, size: size)
  }

  /// Whether a call leaves what is linear so: it changes nothing, or only while training, or only the shape.
  private func isTransparent(_ call: CheckedCall) -> Bool {
    guard case .builtin(let name) = call.callee else { return false }
    return ["dropout", "spatial_dropout", "linear", "flatten", "squeeze"].contains(name)
  }

  /// What follows what inside of the layers that a call is given.
  private func followInside(_ call: CheckedCall) {
    for setting in call.settings.values {
      switch setting {
      case .layer(let layer): _ = follow(layer, after: nil)
      case .layers(let layers): for layer in layers { _ = follow(layer, after: nil) }
      default: break
      }
    }
  }

  private func followCopies(_ call: CheckedCall, after previous: Layer?) -> Layer? {
    guard case .layer(let layer)? = call.settings["layer"] else { return nil }
    let last = follow(layer, after: previous)
    if case .integer(let times)? = call.settings["times"], let count = times.constant, count > 1,
      case .linear(let first) = begin(of: layer)
    {
      note(last, first)
    }
    return last
  }

  private enum Beginning {
    case linear(Layer)
    case transparent
    case other
  }

  /// What comes first in a layer.
  private func begin(of layer: CheckedLayerValue) -> Beginning {
    switch layer {
    case .call(let call):
      if let layer = linear(call) { return .linear(layer) }
      if call.callee == .builtin("repeat"), case .layer(let inner)? = call.settings["layer"] { return begin(of: inner) }
      return isTransparent(call) ? .transparent : .other
    case .chain(let parts):
      for part in parts {
        let first = begin(of: part)
        if case .transparent = first { continue }
        return first
      }
      return .transparent
    case .named, .parameter: return .other
    }
  }

  /// What has a name and is narrower than what is made of it is meant: a code, or a product of two narrow matrices.
  /// A convolution of what a `dense` gives is left alone: that `dense` is a convolution too, by another name.
  private func note(_ first: Layer?, _ second: Layer) {
    if let first, first.isNamed, let middle = first.size, let wide = second.size, middle < wide { return }
    guard let first, first.name == second.name || second.name == "dense", seen.insert(second.span).inserted else {
      return
    }
    pairs.append((first, second))
  }
}

extension CheckedCall {
  /// Whether a convolution joins all channels with a kernel of one size: those by groups, or along one axis at a time,
  /// are made to be followed by another.
  fileprivate var isWholeConvolution: Bool {
    if case .integer(let groups)? = settings["groups"], groups.constant != 1 { return false }
    switch settings["kernel"] {
    case .integer?: return true
    case .shape(let sizes)?: return Set(sizes).count == 1
    case .list(let sizes)?:
      let numbers = sizes.compactMap { if case .integer(let size) = $0 { size } else { nil } }
      return numbers.count == sizes.count && Set(numbers).count == 1
    default: return false
    }
  }
}
