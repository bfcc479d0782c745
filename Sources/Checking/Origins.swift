import Declarations
import Diagnostics
import Layers
import Tensors

// Where the sizes of a value come from: for each of its axes the place that made it, nil where that is not certain.

/// Built-ins that make their last axis, whatever comes in.
private let makersOfLast: Set<String> = ["dense", "embed", "one_hot", "conv", "conv_transpose", "lstm", "gru", "rnn"]
/// Built-ins that make all of their axes.
private let makersOfAll: Set<String> = ["reshape", "flatten"]
/// Built-ins that leave an axis as it is where its size does not change, activations left out.
private let keepers: Set<String> = makersOfLast.union([
  "dropout", "spatial_dropout", "noise", "batch_norm", "layer_norm", "group_norm", "rms_norm", "attention", "max_pool",
  "average_pool", "depthwise_conv", "add_positions", "upsample", "pad", "residual",
])

extension BodyChecker {
  /// Notes that all sizes of a name are written at one place.
  func noteOrigins(ofInput name: String, _ type: CheckedType, at span: Span) {
    guard case .tensor(let tensor) = type else { return }
    localOrigins[name] = tensor.shape.axes.map { _ in span }
  }

  /// Where the axes of a value come from.
  func origins(of value: CheckedExpression?) -> [Span?] {
    guard let value else { return [] }
    if case .local(let name) = value.kind { return localOrigins[name] ?? [] }
    return expressionOrigins[value.span] ?? []
  }

  /// Where the axes come from behind a layer, by those before it.
  func origins(behind layer: CheckedLayerValue, _ before: CheckedType, _ after: CheckedType, at span: Span) -> [Span?] {
    guard let given = before.tensor?.shape, let made = after.tensor?.shape, given.pack == nil, made.pack == nil else {
      return []
    }
    let name = builtinName(layer)
    let isKeeper = name.map { keepers.contains($0) || Catalog.callable[$0]?.category == .activation } ?? false
    return made.axes.indices.map { axis -> Span? in
      let isLast = axis == made.axes.count - 1
      if let name, makersOfAll.contains(name) || isLast && makersOfLast.contains(name) { return span }
      let size = made.axes[axis].size
      if given.axes.count == made.axes.count {
        if given.axes[axis].size != size { return name == "transpose" ? nil : span }
        return isKeeper && flow.indices.contains(axis) ? flow[axis] : nil
      }
      if name == "embed" || name == "one_hot" { return flow.indices.contains(axis) ? flow[axis] : nil }
      return given.axes.contains { $0.size == size } ? nil : span
    }
  }

  private func builtinName(_ layer: CheckedLayerValue) -> String? {
    switch layer {
    case .call(let call): if case .builtin(let name) = call.callee { name } else { nil }
    case .named(let name): namedLayers[name].flatMap(builtinName)
    case .chain, .parameter: nil
    }
  }

  /// Where the axes of an input of a call come from; `count` inputs were given, with the one that flows in.
  func origins(ofInput index: Int, of call: CheckedCall, count: Int) -> [Span?] {
    let isApplied = call.inputs.count == count
    if index == 0, !isApplied { return flow }
    let place = isApplied ? index : index - 1
    return call.inputs.indices.contains(place) ? origins(of: call.inputs[place]) : []
  }

  /// Labels at the places that made some axes of a shape, for a message at another place.
  func originLabels(_ axes: [Int], of shape: Shape, _ origins: [Span?], besides span: Span) -> [Label] {
    var result: [Label] = []
    for axis in axes where shape.axes.indices.contains(axis) && origins.indices.contains(axis) {
      guard let origin = origins[axis], origin != span, origin.file == span.file,
        !(origin.start <= span.start && span.end <= origin.end), !result.contains(where: { $0.span == origin })
      else { continue }
      result.append(Label(origin, "the \(describe(shape.axes[axis].size)) comes from here"))
    }
    return result
  }

  /// The axes that a reason speaks of: the one that it names, else those whose size it mentions and no other axis has.
  func axes(of reason: ShapeReason, in shape: Shape) -> [Int] {
    if let axis = reason.axis { return [axis] }
    let words = Set((reason.detail + " " + reason.message).split { !($0.isLetter || $0.isNumber || $0 == "_") })
    let sizes = shape.axes.map { describe($0.size) }
    return shape.axes.indices.filter { axis in
      words.contains(Substring(sizes[axis])) && sizes.count { $0 == sizes[axis] } == 1
    }
  }
}
