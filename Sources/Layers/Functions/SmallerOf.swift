import Declarations
import Tensors

extension CallableDeclaration {
  /// The lesser of two values, element by element.
  package static let minimum = CallableDeclaration(
    "minimum", .function, summary: "The lesser of two values, element by element",
    formula: "y = min(a, b); of equal ones, a takes the gradient; NaN where one is NaN",
    inputs: [
      InputDeclaration("a", doc: "Numbers of any shape."),
      InputDeclaration("b", doc: "Numbers of a shape that fits: the same, a scalar, or a trailing part of it."),
    ],
    snippets: [Snippet([("a", "[16, 8]"), ("b", "[8]")], "minimum(a, b)", gives: "[16, 8]")],
    shape: { context throws(ShapeReason) in
      TensorType(.float, try context.broadcast("minimum", context.inputs[0].shape, context.inputs[1].shape))
    },
    build: { context in context.graph.minimum(context.inputs[0], context.inputs[1]) })
}
