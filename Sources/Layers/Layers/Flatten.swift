import Declarations
import Tensors

extension CallableDeclaration {
  /// All axes as one.
  package static let flatten = CallableDeclaration(
    "flatten", .layer, summary: "Joins all axes to one, the last one running fastest",
    formula: "y[(i · W + j) · C + k] = x[i, j, k]; a scalar becomes `[1]`",
    length: .refuses, aliases: ["Flatten", "ravel"],
    snippets: [Snippet([("x", "[7, 7, 64]")], "x -> flatten", gives: "[3136]")],
    shape: { context throws(ShapeReason) in
      _ = try context.rank("flatten")
      let sizes = context.input.shape.sizes
      return TensorType(.float, Shape([sizes.reduce(Dimension(1)) { $0 * $1 }]))
    },
    build: { context in
      context.graph.reshape(context.input, [context.shape(context.input).reduce(1, *)])
    })
}
