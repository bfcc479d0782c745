import Declarations
import Graphs
import Tensors

extension CallableDeclaration {
  /// The adjoint of a convolution, which enlarges.
  package static let transposedConvolution = CallableDeclaration(
    "conv_transpose", .layer,
    summary: "Spreads every position by learned filters: a convolution backwards, which enlarges by the stride",
    formula:
      "y[i · stride + a · dilation − low, …, f] = b[f] + Σ x[i, …, c] · W[a, …, f, c]; W: [kernel…, filters, C]; "
      + "`same` gives size · stride, `valid` (size − 1) · stride + dilation · (kernel − 1) + 1 "
      + "[Dumoulin and Visin 2016, A Guide to Convolution Arithmetic for Deep Learning]",
    inputs: [InputDeclaration("x", doc: "An image `[H, W, C]` or a series `[T, C]`.")],
    settings: [
      WindowSettings.filters, WindowSettings.kernel, WindowSettings.stride,
      SettingDeclaration(
        "padding", .oneOf([.word(["valid", "same"]), .integer(0...1_000_000)]), default: .word("valid"),
        doc: "What is cut off the result: `valid` for nothing, `same` for as much as leaves the size times the stride, "
          + "or how many positions on each side."),
      WindowSettings.dilation, WindowSettings.bias,
      WindowSettings.initializer(
        "glorot",
        note: "`he` and `lecun` take the number of products that an output sums on average, channels · kernel / stride "
          + "along every axis, for the fan-in, so that outputs keep the inputs' variance; PyTorch takes filters · "
          + "kernel there, which is what the gradient of an input sums."),
    ],
    length: .refuses,
    aliases: [
      "ConvTranspose1d", "ConvTranspose2d", "Conv2DTranspose", "Conv1DTranspose", "deconv", "conv_transpose2d",
    ],
    snippets: [
      Snippet(
        [("x", "[7, 7, 16]")], "x -> conv_transpose(8, kernel: 4, stride: 2, padding: same)", gives: "[14, 14, 8]"),
      Snippet([("x", "[5, 5, 4]")], "x -> conv_transpose(2, kernel: 3)", gives: "[7, 7, 2]"),
      Snippet([("x", "[10, 4]")], "x -> conv_transpose(2, kernel: 2, stride: 2)", gives: "[20, 2]"),
    ],
    shape: { context throws(ShapeReason) in
      let input = try context.windowed("conv_transpose")
      let kernel = try context.windowSizes("kernel", "conv_transpose", input)
      let strides = try context.windowSizes("stride", "conv_transpose", input)
      let dilations = try context.windowSizes("dilation", "conv_transpose", input)
      let paddings = try context.windowPaddings("conv_transpose", input)
      var positions: [Dimension] = []
      for (axis, size) in input.positions.enumerated() {
        guard case .both(let cut) = paddings[axis] else {
          positions.append(size * strides[axis])
          continue
        }
        let whole = (size - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1
        let fact = Fact.atLeast(whole, cut * 2 + 1)
        try context.require(
          fact,
          ShapeReason(
            "`conv_transpose` makes \(whole.description) \(input.words[axis]), and `padding` cuts off all of them",
            detail: "\(cut.description) on each side", setting: "padding", input: 0, axis: axis, requirement: fact))
        positions.append(whole - cut * 2)
      }
      return TensorType(.float, Shape(positions + [context.settings.dimension("filters")]))
    },
    weights: { inputs, settings in
      let shape = inputs[0].shape
      let filters = settings.dimension("filters")
      let kernel = settings.sizes("kernel", axes: shape.axes.count - 1) ?? []
      let channels = shape.axes.last?.size ?? 1
      // An input is spread over kernel positions, and there are stride outputs for each: that is how many reach one.
      let fanIn = FanIn(
        sizes: kernel + [channels], divisors: settings.sizes("stride", axes: shape.axes.count - 1) ?? [])
      let weight = WeightDeclaration.make(
        "weight", kernel + [filters, channels], settings.word("initializer"), fanIn: fanIn)
      return settings.boolean("bias") ? [weight, .make("bias", [filters], "zeros")] : [weight]
    },
    build: { context in
      // The convolution whose adjoint this is goes from the result's positions to the input's.
      let positions = Array(context.shape(context.input).dropLast())
      let (axes, settings) = (positions.count, context.settings)
      let sizes = { (label: String) in (settings.sizes(label, axes: axes) ?? []).map { $0.constant ?? 1 } }
      let (kernel, strides, dilations) = (sizes("kernel"), sizes("stride"), sizes("dilation"))
      let paddings = settings.paddings(axes: axes) ?? []
      let image = positions.indices.map { axis in
        guard case .both(let cut) = paddings[axis] else { return positions[axis] * strides[axis] }
        return (positions[axis] - 1) * strides[axis] + dilations[axis] * (kernel[axis] - 1) + 1
          - 2 * (cut.constant ?? 0)
      }
      let form = Graphs.Convolution(.input, context.window(over: image))
      let result = context.graph.convolution(form, context.kernelWeight("weight"), context.image)
      return context.likeInput(settings.boolean("bias") ? context.graph.add(result, context.weight("bias")) : result)
    })
}
