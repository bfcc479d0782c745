import Declarations
import Tensors

extension CallableDeclaration {
  /// The mean of each window.
  package static let averagePooling = CallableDeclaration(
    "average_pool", .layer, summary: "Takes the mean of each window, channel by channel",
    formula:
      "y[i, j, c] = mean x[i · stride + a − low, j · stride + b − low, c] over the window's places inside the input",
    inputs: [InputDeclaration("x", doc: "An image `[H, W, C]` or a series `[T, C]`.")],
    settings: WindowSettings.pooling, length: .refuses,
    aliases: ["AvgPool1d", "AvgPool2d", "AveragePooling1D", "AveragePooling2D", "avg_pool", "mean_pool"],
    snippets: [
      Snippet([("x", "[28, 28, 8]")], "x -> average_pool(2)", gives: "[14, 14, 8]"),
      Snippet([("x", "[14, 14, 8]")], "x -> average_pool(3, stride: 2, padding: same)", gives: "[7, 7, 8]"),
      Snippet([("x", "[100, 6]")], "x -> average_pool(4)", gives: "[25, 6]"),
    ],
    shape: { context throws(ShapeReason) in
      let input = try context.windowed("average_pool")
      try context.requireReal("average_pool", input)
      return TensorType(.float, Shape(try context.windowPositions("average_pool", input) + [input.channels]))
    },
    build: { context in
      let window = context.window(over: Array(context.shape(context.input).dropLast()), stridesByKernel: true)
      return context.likeInput(context.graph.averagePool(context.image, window))
    })
}
