import Graphs
import Tensors

extension StepBuilder {
  /// One of the three tensors of a convolution; images are dense, and examples may share one.
  mutating func convolve(_ convolution: Convolution, _ node: Node, _ operands: [Operand]) -> Operand {
    let sizes = sizes(node.type)
    if sizes.contains(0) { return .number(0) }
    let types = node.inputs.map { graph[$0].type }
    var views: [View] = []
    for (operand, type) in zip(operands, types) {
      let view = viewed(operand, self.sizes(type), .float32, node.origin)
      if view.count == 0 { return .number(0) }
      views.append(withDenseExamples(view, type, node.origin))
    }
    var strides = zip(views, types).map { view, type in type.isShared ? 0 : view.strides[0] }
    let isSummed = node.type.isShared
    strides.append(isSummed ? 0 : node.type.count)
    let order: [Convolution.Role] = [.input, .weight, .output]
    let given = order.filter { $0 != convolution.role } + [convolution.role]
    let shapes = types.map(\.shape) + [node.type.shape]
    func of<Value>(_ role: Convolution.Role, _ values: [Value]) -> Value {
      values[given.firstIndex(of: role) ?? 0]
    }
    let areShared = types.allSatisfy(\.isShared)
    let convolve = Convolve(
      role: convolution.role, window: convolution.window, batch: areShared ? 1 : batch,
      channels: of(.input, shapes)[2], filters: of(.output, shapes)[2], groups: convolution.groups,
      inputStride: of(.input, strides), weightStride: of(.weight, strides), outputStride: of(.output, strides))
    return result(.convolve(convolve), views.map { .view($0) }, sizes, .float32, node.origin)
  }

  /// The operand with the elements of each example in order without gaps; the examples may lie anywhere.
  private mutating func withDenseExamples(_ view: View, _ type: ValueType, _ origin: Origin) -> View {
    let isDense = (type.isShared ? view : view.withoutFirstAxis).isContiguous
    return isDense ? view : copied(view, .float32, origin)
  }

  /// What each window sees: strides over the image, padded where the windows go beyond it.
  mutating func lowerWindows(_ window: Window, _ padding: Double, _ node: Node, _ operand: Operand) -> Operand {
    let sizes = sizes(node.type)
    if sizes.contains(0) { return .number(0) }
    let input = graph[node.inputs[0]].type
    var view = viewed(operand, self.sizes(input), .float32, node.origin)
    let lead = input.isShared ? 0 : 1
    if window.low + window.high != [0, 0, 0, 0] {
      view = padded(view, window, padding, lead, node.origin)
    }
    let (row, column) = (view.strides[lead], view.strides[lead + 1])
    let places = [
      row * window.strides[0], column * window.strides[1], row * window.dilations[0], column * window.dilations[1],
    ]
    let strides = Array(view.strides.prefix(lead)) + places + [view.strides[lead + 2]]
    return .view(View(root: view.root, offset: view.offset, sizes: sizes, strides: strides))
  }

  private mutating func padded(
    _ view: View, _ window: Window, _ padding: Double, _ lead: Int, _ origin: Origin
  ) -> View {
    var sizes = view.sizes
    for axis in 0..<2 { sizes[lead + axis] += window.low[axis] + window.high[axis] }
    let whole = append(.assemble(isZeroed: true), [], sizes, .float32, origin)
    let inside = [Int](repeating: 0, count: lead) + window.low + [0]
    let ones = [Int](repeating: 1, count: sizes.count)
    let target = View(whole: whole, sizes: sizes).sliced(starts: inside, steps: ones, sizes: view.sizes)
    if target.count > 0 {
      steps[whole].parts.append(append(.part(target), [.view(view)], view.sizes, .float32, origin))
    }
    let zeros = View(whole: whole, sizes: sizes)
    if padding == 0 { return zeros }
    let isInside = (0..<sizes[lead]).flatMap { row in
      (0..<sizes[lead + 1]).map { column -> Float in
        let (y, x) = (row - window.low[0], column - window.low[1])
        return y >= 0 && y < window.image[0] && x >= 0 && x < window.image[1] ? 1 : 0
      }
    }
    let shape = [sizes[lead], sizes[lead + 1]]
    let mask = HostTensor(shape: shape, storage: .float32(isInside))
    guard let pixels = storage(.constant(mask), ValueType(shape, isShared: true), origin).view else {
      preconditionFailure("storage is a view")
    }
    let condition = pixels.broadcast(to: sizes, axes: [lead, lead + 1])
    let select = append(
      .map(.select), [.view(condition), .view(zeros), .number(padding)], sizes, .float32, origin)
    return View(whole: select, sizes: sizes)
  }

  /// The sum of windows at their places.
  mutating func fold(_ window: Window, _ node: Node, _ operand: Operand) -> Operand {
    let sizes = sizes(node.type)
    let input = graph[node.inputs[0]].type
    if sizes.contains(0) || input.count == 0 { return .number(0) }
    var view = viewed(operand, self.sizes(input), .float32, node.origin)
    if !view.isContiguous { view = copied(view, .float32, node.origin) }
    let kernel = WindowKernel(
      function: .fold, window: window, images: input.isShared ? 1 : batch, channels: node.type.shape[2])
    return result(.windows(kernel), [.view(view)], sizes, .float32, node.origin)
  }
}
