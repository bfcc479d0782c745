import Declarations
import Tensors

extension CallableDeclaration {
  /// The greatest value of each window.
  package static let maximumPooling = CallableDeclaration(
    "max_pool", .layer, summary: "Keeps the greatest value of each window, channel by channel",
    formula:
      "y[i, j, c] = max x[i · stride + a − low, j · stride + b − low, c] over the window's places; what lies outside takes no part",
    inputs: [InputDeclaration("x", doc: "An image `[H, W, C]` or a series `[T, C]`.")],
    settings: WindowSettings.pooling, length: .refuses,
    aliases: ["MaxPool1d", "MaxPool2d", "MaxPooling1D", "MaxPooling2D", "maxpool", "max_pool2d"],
    snippets: [
      Snippet([("x", "[28, 28, 8]")], "x -> max_pool(2)", gives: "[14, 14, 8]"),
      Snippet([("x", "[14, 14, 8]")], "x -> max_pool(3, stride: 2, padding: same)", gives: "[7, 7, 8]"),
      Snippet([("x", "[100, 6]")], "x -> max_pool(4)", gives: "[25, 6]"),
    ],
    shape: { context throws(ShapeReason) in
      let input = try context.windowed("max_pool")
      try context.requireReal("max_pool", input)
      return TensorType(.float, Shape(try context.windowPositions("max_pool", input) + [input.channels]))
    },
    build: { context in
      let window = context.window(over: Array(context.shape(context.input).dropLast()), stridesByKernel: true)
      return context.likeInput(context.graph.maxPool(context.image, window))
    })
}
