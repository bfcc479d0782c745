import Graphs
import Tensors

/// A composite that has a kernel of its own: its operands as rows, and what the kernel does with them.
struct FusedComposite: Hashable {
  enum Kind: Hashable {
    case softmax, logSoftmax, softmaxGradient, logSoftmaxGradient
    case crossEntropy, crossEntropyGradient
    case standardize(epsilon: Double)
    case standardizeGradient(epsilon: Double)
    case pool(WindowKernel.Function, Window)
    case attention(Attention)
  }
  var kind: Kind
  /// How many trailing axes a row of the first operand has.
  var rowAxes: Int

  /// Whether the kernel works row by row.
  var hasRows: Bool {
    switch kind {
    case .pool, .attention: false
    default: true
    }
  }

  /// Nil where no kernel serves this composite.
  init?(_ composite: Composite, inputs: [ValueType]) {
    guard let first = inputs.first, !first.shape.isEmpty, first.dtype == .float32 else { return nil }
    let axes = Int(composite.attributes["axes"] ?? 1)
    let epsilon = composite.attributes["epsilon"] ?? 0
    switch composite.name {
    case "softmax": kind = .softmax
    case "log_softmax": kind = .logSoftmax
    case "softmax_gradient": kind = .softmaxGradient
    case "log_softmax_gradient": kind = .logSoftmaxGradient
    case "softmax_cross_entropy": kind = .crossEntropy
    case "softmax_cross_entropy_gradient": kind = .crossEntropyGradient
    case "standardize_rows": kind = .standardize(epsilon: epsilon)
    case "standardize_rows_gradient": kind = .standardizeGradient(epsilon: epsilon)
    default:
      guard let other = Self.pool(composite, inputs) ?? Self.attention(composite, inputs) else { return nil }
      kind = other
    }
    rowAxes = axes
    guard first.shape.count >= axes, !first.shape.contains(0) else { return nil }
  }
}

extension FusedComposite {
  /// Pooling, unless no window fits.
  private static func pool(_ composite: Composite, _ inputs: [ValueType]) -> Kind? {
    guard let function = WindowKernel.Function(rawValue: composite.name), function != .fold else { return nil }
    let window = Window(attributes: composite.attributes)
    let areAlike = inputs.allSatisfy { $0.isShared == inputs[0].isShared && !$0.shape.contains(0) }
    guard areAlike, !(window.output + window.image).contains(0) else { return nil }
    return .pool(function, window)
  }
}

extension StepBuilder {
  mutating func lowerComposite(_ composite: Composite, _ node: Node, _ operands: [Operand]) -> Operand {
    let types = node.inputs.map { graph[$0].type }
    guard let fused = FusedComposite(composite, inputs: types) else {
      preconditionFailure("a composite without a kernel was not inlined")
    }
    var dense: [Operand] = []
    // With the steps first where the rows are: then all operands and the result are.
    let isSwapped =
      fused.hasRows && types[0].shape.count > fused.rowAxes && types.allSatisfy { !$0.isShared && !$0.shape.isEmpty }
      && !node.type.shape.isEmpty && options.laysStepsFirst
      && (operands[0].view.map { isStepsFirst($0) } ?? false)
    for (index, operand) in operands.enumerated() {
      let seen = viewed(operand, sizes(types[index]), types[index].dtype, node.origin)
      let view = isSwapped ? swapped(seen) : seen
      let isScale = fused.kind == .crossEntropyGradient && index == 2
      let isUniform = isScale && zip(view.sizes, view.strides).allSatisfy { $0.0 == 1 || $0.1 == 0 }
      dense.append(.view(view.isContiguous || isUniform ? view : copied(view, types[index].dtype, node.origin)))
    }
    if case .pool(let function, let window) = fused.kind {
      let kernel = WindowKernel(
        function: function, window: window, images: node.type.isShared ? 1 : batch, channels: node.type.shape[2])
      return result(.windows(kernel), dense, sizes(node.type), node.type.dtype, node.origin)
    }
    let sizes = sizes(node.type)
    let rows = result(
      .composite(fused), dense, isSwapped ? swapped(sizes) : sizes, node.type.dtype, node.origin)
    return isSwapped ? swapped(rows) : rows
  }
}
