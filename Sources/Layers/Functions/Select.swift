import Declarations
import Tensors

extension CallableDeclaration {
  /// One of two values by a condition.
  package static let select = CallableDeclaration(
    "select", .function, summary: "Takes each element from one of two values by a condition",
    formula: "y = a where the condition is true, else b",
    inputs: [
      InputDeclaration("condition", .bool, doc: "Truth values."),
      InputDeclaration("a", doc: "Numbers where the condition is true; of a shape that fits."),
      InputDeclaration("b", doc: "Numbers where it is false; of a shape that fits."),
    ],
    aliases: ["where"],
    snippets: [Snippet([("x", "[8]")], "select(x > 0, x, 0.1 * x)", gives: "[8]")],
    shape: { context throws(ShapeReason) in
      let values = try context.broadcast("select", context.inputs[1].shape, context.inputs[2].shape)
      return TensorType(.float, try context.broadcast("select", context.inputs[0].shape, values))
    },
    build: { context in context.graph.select(context.inputs[0], context.inputs[1], context.inputs[2]) })
}
