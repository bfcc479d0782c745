/// `windows(window, padding)`: `[H, W, C] → [H', W', kh, kw, C]`: what each place of a window sees, `padding` outside the
/// image. Adjoint of ``FoldOperator``.
///
/// Gradient: `dx = fold(dy)`.
package struct WindowsOperator: OperatorDefinition {
  let window: Window
  let padding: Double
  package var name: String { "windows" }
  package var attributes: String { "\(window)" + (padding == 0 ? "" : ", padding: \(padding)") }
  package var kind: FusionKind { .movement }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let input = try inputs.expectOne()
    try input.expectFloat()
    try window.verify()
    try require(
      input.shape.count == 3 && Array(input.shape.prefix(2)) == window.image, "is no image of \(window.image)")
    return input.with(shape: window.output + window.kernel + [input.shape[2]])
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] { [context.builder.fold(context.cotangent, window)] }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    let channels = inputs[0].shape[2]
    var values: [Double] = []
    values.reserveCapacity(site.type.count)
    window.forEachPlace { pixel, _, _ in
      for channel in 0..<channels { values.append(pixel.map { inputs[0].values[$0 * channels + channel] } ?? padding) }
    }
    return ReferenceTensor(shape: site.type.shape, values)
  }

  package static var samples: [OperatorSample] {
    Window.samples.enumerated().map { index, window in
      let channels = index % 4
      return OperatorSample(
        "windows \(window) \(channels)", [SampleInput(window.image + [channels], isShared: index % 3 == 2)]
      ) { $0.square($0.windows($1[0], window, padding: index % 2 == 0 ? 0 : -1.5)) }
    }
  }
}

/// `fold(window)`: `[H', W', kh, kw, C] → [H, W, C]`: the sum of the windows at their places; what lies outside the image
/// is dropped. Adjoint of ``WindowsOperator``.
///
/// Gradient: `dx = windows(dy)` with zeros outside.
package struct FoldOperator: OperatorDefinition {
  let window: Window
  package var name: String { "fold" }
  package var attributes: String { "\(window)" }
  package var kind: FusionKind { .opaque }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let input = try inputs.expectOne()
    try input.expectFloat()
    try window.verify()
    try require(
      input.shape.count == 5 && Array(input.shape.prefix(4)) == window.output + window.kernel,
      "are no windows \(window.output + window.kernel)")
    return input.with(shape: window.image + [input.shape[4]])
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    [context.builder.windows(context.cotangent, window)]
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    let channels = site.type.shape[2]
    var result = ReferenceTensor(shape: site.type.shape, repeating: 0)
    var position = 0
    window.forEachPlace { pixel, _, _ in
      if let pixel {
        for channel in 0..<channels {
          result.values[pixel * channels + channel] += inputs[0].values[position + channel]
        }
      }
      position += channels
    }
    return result
  }

  package func arithmetic(inputs: [ValueType], result: ValueType) -> Int { inputs[0].count }

  package static var samples: [OperatorSample] {
    Window.samples.enumerated().map { index, window in
      let shape = window.output + window.kernel + [index % 4]
      return OperatorSample("fold \(window) \(index % 4)", [SampleInput(shape, isShared: index % 3 == 2)]) {
        $0.square($0.fold($1[0], window))
      }
    }
  }
}

extension Window: CustomStringConvertible {
  package var description: String {
    func pair(_ values: [Int]) -> String { values.map(String.init).joined(separator: "×") }
    var text = "\(pair(kernel)) over \(pair(image))"
    if strides != [1, 1] { text += " by \(pair(strides))" }
    if dilations != [1, 1] { text += " dilated \(pair(dilations))" }
    if low + high != [0, 0, 0, 0] { text += " padded \(pair(low)) \(pair(high))" }
    return text
  }

  /// How many windows fit: `⌊(size + low + high − dilation·(kernel − 1) − 1) / stride⌋ + 1`, none where the extent is
  /// smaller than one.
  package var output: [Int] {
    (0..<2).map { axis in
      let room = image[axis] + low[axis] + high[axis] - dilations[axis] * (kernel[axis] - 1) - 1
      return room < 0 ? 0 : room / strides[axis] + 1
    }
  }

  /// Throws where the numbers make no windows.
  func verify() throws {
    try require([image, kernel, strides, dilations, low, high].allSatisfy { $0.count == 2 }, "a window has two axes")
    try require((image + low + high).allSatisfy { $0 >= 0 }, "negative size or padding")
    try require((kernel + strides + dilations).allSatisfy { $0 >= 1 }, "a kernel, stride or dilation below 1")
  }

  /// Calls back for each place of each window, in the order of the result of ``WindowsOperator``, with the index of the
  /// pixel that it sees (nil outside the image), of the window and of the place in the kernel.
  func forEachPlace(_ body: (_ pixel: Int?, _ window: Int, _ place: Int) -> Void) {
    let output = self.output
    for i in 0..<output[0] {
      for j in 0..<output[1] {
        for a in 0..<kernel[0] {
          for b in 0..<kernel[1] {
            let row = i * strides[0] + a * dilations[0] - low[0]
            let column = j * strides[1] + b * dilations[1] - low[1]
            let isInside = row >= 0 && row < image[0] && column >= 0 && column < image[1]
            body(isInside ? row * image[1] + column : nil, i * output[1] + j, a * kernel[1] + b)
          }
        }
      }
    }
  }

  /// Images and kernels with every kind of stride, dilation and padding; some leave no window.
  static let samples: [Window] = [
    Window(image: [1, 1], kernel: [1, 1]), Window(image: [3, 3], kernel: [3, 3]),
    Window(image: [4, 4], kernel: [2, 2]),
    Window(image: [4, 4], kernel: [2, 2], strides: [2, 2]), Window(image: [5, 3], kernel: [2, 2], strides: [2, 2]),
    Window(image: [5, 4], kernel: [3, 1]), Window(image: [4, 5], kernel: [1, 3], low: [0, 1], high: [0, 1]),
    Window(image: [3, 3], kernel: [3, 3], low: [1, 1], high: [1, 1]),
    Window(image: [4, 4], kernel: [3, 3], strides: [2, 2], low: [0, 0], high: [1, 1]),
    Window(image: [5, 5], kernel: [2, 2], dilations: [2, 2]),
    Window(image: [6, 5], kernel: [3, 2], strides: [2, 1], dilations: [1, 3], low: [1, 0], high: [2, 1]),
    Window(image: [2, 2], kernel: [3, 3]), Window(image: [0, 3], kernel: [1, 1]),
    Window(image: [3, 0], kernel: [2, 2]),
    Window(image: [1, 7], kernel: [1, 3], strides: [1, 2]), Window(image: [7, 1], kernel: [4, 1], low: [3, 0]),
    Window(image: [2, 2], kernel: [2, 2], low: [1, 1], high: [1, 1]),
    Window(image: [5, 5], kernel: [1, 1], strides: [3, 3]),
    Window(image: [4, 4], kernel: [4, 4], strides: [2, 2], low: [1, 1], high: [1, 1]),
    Window(image: [3, 4], kernel: [5, 5], low: [2, 2], high: [2, 2]),
    Window(image: [6, 6], kernel: [3, 3], strides: [3, 3]),
    Window(image: [3, 5], kernel: [2, 3], strides: [1, 2], low: [0, 2], high: [1, 0]),
  ]
}
