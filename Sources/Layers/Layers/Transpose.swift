import Declarations
import Tensors

extension CallableDeclaration {
  /// The last two axes swapped.
  package static let transpose = CallableDeclaration(
    "transpose", .layer, summary: "Swaps the last two axes", formula: "y[…, i, j] = x[…, j, i]",
    length: .refuses, aliases: ["Permute", "swapaxes"],
    snippets: [Snippet([("x", "[16, 64]")], "x -> transpose", gives: "[64, 16]")],
    shape: { context throws(ShapeReason) in
      var shape = context.input.shape
      guard shape.axes.count >= 2 else {
        throw ShapeReason(
          "`transpose` needs two axes, but gets \(words(shape))", detail: "this is \(words(shape))", input: 0)
      }
      shape.axes.swapAt(shape.axes.count - 1, shape.axes.count - 2)
      return TensorType(.float, shape)
    },
    build: { context in
      var order = Array(context.shape(context.input).indices)
      order.swapAt(order.count - 1, order.count - 2)
      return context.graph.permute(context.input, order)
    })
}
