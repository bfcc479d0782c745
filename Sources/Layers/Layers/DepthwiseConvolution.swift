import Declarations
import Graphs
import Tensors

extension CallableDeclaration {
  /// A convolution that keeps channels apart.
  package static let depthwiseConvolution = CallableDeclaration(
    "depthwise_conv", .layer,
    summary: "Slides one learned filter over each channel by itself; a `conv` with `kernel: 1` behind it mixes them",
    formula: "y[i, j, c] = b[c] + Σ x[i · stride + a · dilation − low, …, c] · W[a, …, c] over the window's places "
      + "[Chollet 2017, Xception: Deep Learning with Depthwise Separable Convolutions]",
    inputs: [InputDeclaration("x", doc: "An image `[H, W, C]` or a series `[T, C]`.")],
    settings: [
      WindowSettings.kernel, WindowSettings.stride, WindowSettings.padding, WindowSettings.dilation,
      WindowSettings.bias, WindowSettings.initializer("he"),
    ],
    length: .refuses, keepsPositions: WindowSettings.keepsPositions,
    aliases: ["DepthwiseConv2D", "DepthwiseConv1D", "depthwise_conv2d"],
    snippets: [
      Snippet([("x", "[28, 28, 8]")], "x -> depthwise_conv(kernel: 3, padding: same)", gives: "[28, 28, 8]"),
      Snippet([("x", "[100, 6]")], "x -> depthwise_conv(kernel: 4, stride: 4)", gives: "[25, 6]"),
    ],
    shape: { context throws(ShapeReason) in
      let input = try context.windowed("depthwise_conv")
      return TensorType(.float, Shape(try context.windowPositions("depthwise_conv", input) + [input.channels]))
    },
    weights: { inputs, settings in
      let shape = inputs[0].shape
      let channels = shape.axes.last?.size ?? 1
      let kernel = settings.sizes("kernel", axes: shape.axes.count - 1) ?? []
      let weight = WeightDeclaration.make("weight", kernel + [1, channels], settings.word("initializer"))
      return settings.boolean("bias") ? [weight, .make("bias", [channels], "zeros")] : [weight]
    },
    build: { context in
      let shape = context.shape(context.input)
      let window = context.window(over: Array(shape.dropLast()))
      let form = Graphs.Convolution(.output, window, groups: shape[shape.count - 1])
      let result = context.graph.convolution(form, context.image, context.kernelWeight("weight"))
      return context.likeInput(
        context.settings.boolean("bias") ? context.graph.add(result, context.weight("bias")) : result)
    })
}
