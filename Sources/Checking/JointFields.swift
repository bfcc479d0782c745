import Declarations
import Diagnostics
import Syntax
import Tensors

extension Checker {
  /// `let (image, mask) = (images, masks) -> augment(flip: horizontal)`: each value goes through the same layers, and
  /// what they draw is the same for all, because they stand in one place.
  func checkJointField(_ binding: Binding, of index: Int, _ body: BodyChecker) {
    body.sites = SiteCounter()
    body.sitePrefix = "\(data[index].declaration.name.text).\(binding.pattern[0].name.text)."
    body.frames = []
    if let type = binding.type {
      report(.jointFieldType(type.span))
      for element in binding.pattern { addUnknownField(element.name, to: index, body) }
      return
    }
    guard case .chain(let head, let stages) = binding.value.unwrapped.kind,
      let heads = joined(head, binding.pattern.count)
    else {
      let value = binding.value
      if !value.isMissing {
        report(.jointField(value.culprit, body.text(value.culprit), names: binding.pattern.map(\.name.text)))
      }
      for element in binding.pattern { addUnknownField(element.name, to: index, body) }
      return
    }
    let layers = stages.map { body.layerValue($0) }
    var first: (shape: [Dimension], text: String)?
    for (position, element) in binding.pattern.enumerated() {
      if let earlier = data[index].fields.first(where: { $0.name == element.name.text }) {
        report(.duplicateName(element.name, earlier: earlier.span))
        continue
      }
      let own = Binding(
        name: element.name, type: element.type, value: heads[position], span: binding.span)
      guard layers.allSatisfy({ $0 != nil }) else {
        _ = body.value(own.value)
        addUnknownField(element.name, to: index, body)
        continue
      }
      let parts = layers.compactMap { $0 }.map { position == 0 ? $0 : $0.withoutNoise }
      let (type, value, start) = body.jointField(own, parts, stages)
      if let start {
        let sizes = Array(start.shape.sizes.prefix(2))
        if let first, first.shape != sizes {
          let name = binding.pattern[0].name.text
          report(.jointFieldSizes(own.value.span, body.text(start), element.name.text, first.text, name))
          addUnknownField(element.name, to: index, body)
          continue
        } else if first == nil {
          first = (sizes, body.text(start))
        }
      }
      addField(own, type, value, to: index, body)
    }
  }

  /// The values in the parentheses, where there are so many.
  private func joined(_ head: Expression, _ count: Int) -> [Expression]? {
    switch head.kind {
    case .record(let fields) where fields.count == count: fields.map(\.value)
    case .parenthesized(let inner): joined(inner, count)
    default: nil
    }
  }

  private func addUnknownField(_ name: Name, to index: Int, _ body: BodyChecker) {
    data[index].fields.append(.init(name: name.text, type: .unknown, value: nil, span: name.span))
    body.scopes[0][name.text] = LocalEntry(local: .unknown, span: name.span)
  }
}

extension BodyChecker {
  /// One of several fields that are declared together, and the type of its value before the layers.
  func jointField(
    _ binding: Binding, _ layers: [CheckedLayerValue], _ stages: [Expression]
  ) -> (type: CheckedType, value: CheckedExpression, start: TensorType?) {
    let declared = binding.type.map { self.type($0) }
    var start = value(binding.value)
    if let wanted = declared?.tensor, wanted.element.isLabel, case .tensor(let own) = start.type {
      // The classes are those of the declaration, the size is the column's: a layer may cut it.
      start = classes(start, TensorType(wanted.element, own.shape), binding)
    } else {
      start = coerced(start, to: .float)
    }
    if start.isUnknown { return (.unknown, start, nil) }
    let outer = trail
    defer { trail = outer }
    trail = [("", start.type)]
    var type = start.type
    for (layer, stage) in zip(layers, stages) {
      type = apply(layer, to: type, at: stage.span, inputSpan: binding.value.span)
      trail.append((stageName(stage), type))
    }
    let layer = layers.count == 1 ? layers[0] : .chain(layers)
    let result = CheckedExpression(.apply(layer, start), type, binding.value.span)
    guard let declared, let place = binding.type else { return (type, result, start.type.tensor) }
    let fitted = fit(
      result, declared, place: place.span,
      mismatch: { .annotationMismatch(binding.name, declared: $0, actual: $1, at: $2, declaredAt: $3) })
    return (fitted.isUnknown ? .unknown : declared, fitted, start.type.tensor)
  }
}

extension CheckedLayerValue {
  /// The same without the noise of `augment`, which only the first of several values gets.
  fileprivate var withoutNoise: CheckedLayerValue {
    switch self {
    case .call(var call):
      guard call.callee == .builtin("augment") else { return .call(call) }
      // Noise was all that it adds: nothing is left to do.
      if call.movesNothing { return .chain([]) }
      call.settings["noise"] = .scalar(.literal(0))
      return .call(call)
    case .chain(let parts): return .chain(parts.map(\.withoutNoise))
    case .named, .parameter: return self
    }
  }
}

extension CheckedCall {
  /// Whether an `augment` leaves every pixel at its place.
  fileprivate var movesNothing: Bool {
    settings.allSatisfy { label, value in
      switch (label, value) {
      case ("noise", _), ("outside", _), ("flip", .word("none")): true
      case ("shift", .integer(let size)): size.constant == 0
      case ("shift", .list(let sizes)):
        sizes.allSatisfy { if case .integer(let size) = $0 { size == 0 } else { false } }
      case ("rotate", .scalar(.literal(let angle))): angle == 0
      default: false
      }
    }
  }
}
