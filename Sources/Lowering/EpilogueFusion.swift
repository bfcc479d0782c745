import Graphs

/// Gives bias, activation and activation gradient to the multiply or convolution whose result they read, where nothing else reads it.
struct EpilogueFusion {
  private var steps: [Step]
  private var useCounts: [Int]

  static func run(_ steps: [Step]) -> [Step] {
    var counts = [Int](repeating: 0, count: steps.count)
    for step in steps {
      for operand in step.operands { if let view = operand.view { counts[view.root] += 1 } }
    }
    var fusion = EpilogueFusion(steps: steps, useCounts: counts)
    for index in steps.indices { fusion.absorb(index) }
    return fusion.steps
  }

  /// Turns an elementwise step into the product that it completes; the product itself is then dead.
  private mutating func absorb(_ index: Int) {
    let step = steps[index]
    guard case .map(let function) = step.kind else { return }
    switch function {
    case .add:
      _ = addBias(index, step, 0, 1) || addBias(index, step, 1, 0)
    case .multiply:
      _ = multiplyGradient(index, step, 0, 1) || multiplyGradient(index, step, 1, 0)
    case .relu: activate(index, step, .relu)
    case .tanh: activate(index, step, .tanh)
    case .sigmoid: activate(index, step, .sigmoid)
    case .softplus: activate(index, step, .softplus)
    default: break
    }
  }

  /// The product whose whole result an operand is, if nothing else reads it and it has no activation.
  private func product(_ step: Step, _ operand: Int) -> (index: Int, product: any Product)? {
    guard let view = step.operands[operand].view, isWhole(view), useCounts[view.root] == 1,
      let product = steps[view.root].product, product.activation == nil, product.gradient == nil
    else { return nil }
    return (view.root, product)
  }

  private func isWhole(_ view: View) -> Bool {
    view.offset == 0 && view.isContiguous && view.count == steps[view.root].count
  }

  private mutating func replace(_ index: Int, _ source: Int, _ product: any Product, adding view: View?) {
    var step = steps[source]
    step.product = product
    step.sizes = steps[index].sizes
    if let view {
      step.operands.append(.view(view))
      useCounts[view.root] += 1
    }
    for operand in steps[index].operands { if let view = operand.view { useCounts[view.root] -= 1 } }
    steps[index] = step
  }

  private mutating func addBias(_ index: Int, _ step: Step, _ operand: Int, _ bias: Int) -> Bool {
    guard case .some((let source, var product)) = product(step, operand), product.bias == nil,
      let view = step.operands[bias].view, steps[view.root].dtype == .float32, let n = product.biasWidth,
      step.count > 0, let rows = view.reshaped([step.count / n, n]), rows.strides[0] == 0 || rows.sizes[0] == 1,
      rows.strides[1] == 1 || n == 1
    else { return false }
    product.bias = steps[source].operands.count
    replace(index, source, product, adding: rows)
    return true
  }

  private mutating func activate(_ index: Int, _ step: Step, _ activation: Activation) {
    guard case .some((let source, var product)) = product(step, 0) else { return }
    product.activation = activation
    replace(index, source, product, adding: nil)
  }

  private mutating func multiplyGradient(_ index: Int, _ step: Step, _ operand: Int, _ slope: Int) -> Bool {
    guard case .some((let source, var product)) = product(step, operand), product.bias == nil,
      let derivative = step.operands[slope].view, isWhole(derivative),
      let (activation, saved) = activationGradient(steps[derivative.root]), isWhole(saved),
      saved.count == step.count, steps[saved.root].dtype == .float32
    else { return false }
    product.gradient = activation
    product.saved = steps[source].operands.count
    replace(index, source, product, adding: saved)
    return true
  }

  /// The activation of which a step computes the derivative, and what it is computed from: the activation's output for
  /// relu, tanh and sigmoid, else its input.
  private func activationGradient(_ step: Step) -> (Activation, View)? {
    guard case .map(let function) = step.kind else { return nil }
    let operands = step.operands
    switch function {
    // 0 < y
    case .less:
      guard case .number(0) = operands[0], let saved = operands[1].view else { return nil }
      return (.relu, saved)
    // 1 − y²
    case .subtract:
      guard case .number(1) = operands[0], let view = operands[1].view, isWhole(view),
        case .map(.square) = steps[view.root].kind, let saved = steps[view.root].operands[0].view
      else { return nil }
      return (.tanh, saved)
    // y (1 − y)
    case .multiply:
      guard let saved = operands[0].view, let view = operands[1].view, isWhole(view),
        case .map(.subtract) = steps[view.root].kind, case .number(1) = steps[view.root].operands[0],
        steps[view.root].operands[1].view?.merged == saved.merged
      else { return nil }
      return (.sigmoid, saved)
    // sigmoid(x)
    case .sigmoid:
      guard let saved = operands[0].view else { return nil }
      return (.softplus, saved)
    default:
      return nil
    }
  }
}
