import Declarations
import Graphs
import Tensors

extension CallableDeclaration {
  /// The convolution of images and of series.
  package static let convolution = CallableDeclaration(
    "conv", .layer,
    summary: "Slides learned filters over an image `[H, W, C]` or a series `[T, C]`: a convolution",
    formula:
      "y[i, j, f] = b[f] + Σ x[i · stride + a · dilation − low, …, c] · W[a, …, c, f] over the window's places and "
      + "the channels; W: [kernel…, C / groups, filters] [LeCun et al. 1998, Gradient-Based Learning Applied to Document "
      + "Recognition]",
    inputs: [InputDeclaration("x", doc: "An image `[H, W, C]` or a series `[T, C]`.")],
    settings: [
      WindowSettings.filters, WindowSettings.kernel, WindowSettings.stride, WindowSettings.padding,
      WindowSettings.dilation, WindowSettings.groups, WindowSettings.bias, WindowSettings.initializer("he"),
    ],
    length: .refuses, keepsPositions: WindowSettings.keepsPositions,
    aliases: ["Conv1d", "Conv2d", "Conv1D", "Conv2D", "conv1d", "conv2d", "convolution", "Convolution2D"],
    snippets: [
      Snippet([("x", "[28, 28, 1]")], "x -> conv(32, kernel: 3)", gives: "[26, 26, 32]"),
      Snippet([("x", "[28, 28, 8]")], "x -> conv(16, kernel: 3, stride: 2, padding: same)", gives: "[14, 14, 16]"),
      Snippet([("x", "[28, 28, 8]")], "x -> conv(16, kernel: [1, 5], groups: 4)", gives: "[28, 24, 16]"),
      Snippet([("x", "[200, 12]")], "x -> conv(32, kernel: 5, dilation: 2)", gives: "[192, 32]"),
    ],
    shape: { context throws(ShapeReason) in
      let input = try context.windowed("conv")
      let filters = context.settings.dimension("filters")
      try context.requireGroups("conv", input.channels, filters)
      return TensorType(.float, Shape(try context.windowPositions("conv", input) + [filters]))
    },
    weights: { inputs, settings in
      let shape = inputs[0].shape
      let filters = settings.dimension("filters")
      let channels = (shape.axes.last?.size ?? 1).floorDivided(by: settings.dimension("groups"))
      let kernel = settings.sizes("kernel", axes: shape.axes.count - 1) ?? []
      let weight = WeightDeclaration.make("weight", kernel + [channels, filters], settings.word("initializer"))
      return settings.boolean("bias") ? [weight, .make("bias", [filters], "zeros")] : [weight]
    },
    build: { context in
      let window = context.window(over: Array(context.shape(context.input).dropLast()))
      let form = Graphs.Convolution(.output, window, groups: context.settings.integer("groups"))
      let result = context.graph.convolution(form, context.image, context.kernelWeight("weight"))
      return context.likeInput(
        context.settings.boolean("bias") ? context.graph.add(result, context.weight("bias")) : result)
    })
}
