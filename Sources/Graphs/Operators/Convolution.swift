/// `convolution(role)`: the form `Σ x[i·stride + a·dilation − low, …, c]·w[a, b, c, o]·y[i, j, o]` over one example, with
/// channels last, solved for the output, the input or the weight. Groups split the channels `c` and `o` alike. Operands
/// are shared or per example in any mix; with `sumsBatch` (weight's role only) both are per example and the result is
/// shared.
///
/// Gradient: the derivative by either operand is the form solved for that operand, given the other one and `dy`; summed
/// over the batch where the operand is shared and the rest is not (Dumoulin and Visin, "A guide to convolution arithmetic
/// for deep learning", 2016).
package struct ConvolutionOperator: OperatorDefinition {
  let convolution: Convolution
  package var name: String { "convolution" }
  package var attributes: String {
    "\(convolution.role.rawValue) \(convolution.window)"
      + (convolution.groups == 1 ? "" : ", groups: \(convolution.groups)")
      + (convolution.sumsBatch ? ", sums batch" : "")
  }
  package var kind: FusionKind { .contraction }
  package var sumsBatch: Bool { convolution.sumsBatch }

  /// The two operands of a role, and the one that it gives, by their letters.
  private var operands: (first: Convolution.Role, second: Convolution.Role) {
    switch convolution.role {
    case .output: (.input, .weight)
    case .input: (.weight, .output)
    case .weight: (.input, .output)
    }
  }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    try inputs.expect(count: 2)
    for input in inputs { try input.expectFloat() }
    let window = convolution.window
    try window.verify()
    let (groups, role) = (convolution.groups, convolution.role)
    let shapes = [operands.first: inputs[0].shape, operands.second: inputs[1].shape]
    for (operand, shape) in shapes {
      try require(shape.count == (operand == .weight ? 4 : 3), "the \(operand.rawValue) has rank \(shape.count)")
      let fixed = operand == .input ? window.image : operand == .weight ? window.kernel : window.output
      try require(Array(shape.prefix(2)) == fixed, "the \(operand.rawValue) is not of \(fixed)")
    }
    // Channels, from whichever operands have them.
    let channels = shapes[.input]?[2] ?? shapes[.weight]![2] * groups
    let filters = shapes[.output]?[2] ?? shapes[.weight]![3]
    try require(
      groups >= 1 && channels % groups == 0 && filters % groups == 0,
      "\(groups) groups of \(channels) and \(filters) channels")
    if let weight = shapes[.weight] {
      try require(weight[2] * groups == channels && weight[3] == filters, "the weight does not fit the channels")
    }
    let isShared = inputs[0].isShared && inputs[1].isShared
    if convolution.sumsBatch {
      try require(role == .weight && !inputs[0].isShared && !inputs[1].isShared, "only per-example images are summed")
    }
    let shape =
      switch role {
      case .output: window.output + [filters]
      case .input: window.image + [channels]
      case .weight: window.kernel + [channels / groups, filters]
      }
    return ValueType(shape, isShared: isShared || convolution.sumsBatch)
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    [
      context.needs[0] ? partial(by: operands.first, of: 0, other: operands.second, context) : nil,
      context.needs[1] ? partial(by: operands.second, of: 1, other: operands.first, context) : nil,
    ]
  }

  /// The form solved for one operand, given the other one, and the cotangent in the place of the result.
  private func partial(
    by operand: Convolution.Role, of index: Int, other: Convolution.Role, _ context: GradientContext
  ) -> ValueID {
    let builder = context.builder
    let given = [other: context.inputs[1 - index], convolution.role: context.cotangent]
    let order: [Convolution.Role] = [.input, .weight, .output]
    let values = order.compactMap { given[$0] }
    let areBothPerExample = values.allSatisfy { !builder.type(of: $0).isShared }
    let isShared = context.type(index).isShared
    let sumsBatch = operand == .weight && isShared && areBothPerExample
    let form = Convolution(operand, convolution.window, groups: convolution.groups, sumsBatch: sumsBatch)
    let result = builder.convolution(form, values[0], values[1])
    return isShared && !builder.type(of: result).isShared ? builder.batchSum(result) : result
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    var result = ReferenceTensor(shape: site.type.shape, repeating: 0)
    let role = convolution.role
    let (groups, pair) = (convolution.groups, operands)
    let shapes = [pair.first: inputs[0].shape, pair.second: inputs[1].shape, role: site.type.shape]
    let (channels, filters) = (shapes[.input]![2], shapes[.output]![2])
    let (channelsInGroup, filtersInGroup) = (channels / groups, filters / groups)
    convolution.window.forEachPlace { pixel, window, place in
      guard let pixel else { return }
      for filter in 0..<filters {
        let group = filter / max(1, filtersInGroup)
        for channel in 0..<channelsInGroup {
          let x = pixel * channels + group * channelsInGroup + channel
          let w = (place * channelsInGroup + channel) * filters + filter
          let y = window * filters + filter
          switch role {
          case .output: result.values[y] += inputs[0].values[x] * inputs[1].values[w]
          case .input: result.values[x] += inputs[0].values[w] * inputs[1].values[y]
          case .weight: result.values[w] += inputs[0].values[x] * inputs[1].values[y]
          }
        }
      }
    }
    return result
  }

  package func arithmetic(inputs: [ValueType], result: ValueType) -> Int {
    let window = convolution.window
    let pair = operands
    let shapes = [pair.first: inputs[0].shape, pair.second: inputs[1].shape, convolution.role: result.shape]
    return 2 * (window.output + window.kernel).reduce(1, *) * shapes[.input]![2] / convolution.groups
      * shapes[.output]![2]
  }

  package static var samples: [OperatorSample] {
    Window.samples.enumerated().flatMap { index, window in
      let groups = [1, 1, 2, 3][index % 4]
      let (channels, filters) = (groups * (1 + index % 2), groups * [1, 2, 0, 1, 2][index % 5])
      let shapes: [Convolution.Role: [Int]] = [
        .input: window.image + [channels], .weight: window.kernel + [channels / groups, filters],
        .output: window.output + [filters],
      ]
      return Convolution.Role.allCases.map { role in
        let definition = ConvolutionOperator(convolution: Convolution(role, window, groups: groups))
        let sumsBatch = role == .weight && index % 2 == 0
        // Weights are shared in two of three, images in one of four, but for sums over the batch.
        let isShared = { (operand: Convolution.Role) in
          !sumsBatch && (operand == .weight ? index % 3 != 0 : index % 4 == 3 && operand == .input)
        }
        let pair = definition.operands
        return OperatorSample(
          "convolution \(role.rawValue) \(window) \(groups) \(channels) \(filters)",
          [pair.first, pair.second].map { SampleInput(shapes[$0]!, isShared: isShared($0)) }
        ) {
          $0.convolution(Convolution(role, window, groups: groups, sumsBatch: sumsBatch), $1[0], $1[1])
        }
      }
    }
  }
}
