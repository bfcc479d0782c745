import Declarations
import Tensors

extension CallableDeclaration {
  /// The class with the greatest score.
  package static let argmax = CallableDeclaration(
    "argmax", .function, summary: "The class with the greatest score along the last axis, the first of equal ones",
    formula: "y = min {k : x[k] = max x}",
    inputs: [InputDeclaration("x", doc: "Scores `[…, K]`.")], gradient: .jumps, aliases: ["arg_max"],
    snippets: [
      Snippet([("x", "[10]")], "argmax(x)", gives: "class(10)"),
      Snippet([("x", "[64, 65]")], "x -> argmax", gives: "class(65)[64]"),
    ],
    shape: { context throws(ShapeReason) in
      let count = try context.fixedLastAxis("argmax")
      var shape = context.input.shape
      shape.axes.removeLast()
      return TensorType(.classes(count), shape)
    },
    build: { context in context.graph.argMax(context.input, axis: context.shape(context.input).count - 1) })
}
