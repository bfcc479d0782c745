import Declarations
import Tensors

extension CallableDeclaration {
  /// The same elements under another shape.
  package static let reshape = CallableDeclaration(
    "reshape", .layer, summary: "Gives the same elements another shape, in the same order",
    formula: "y and x have equal elements when both are read with the last axis running fastest",
    settings: [
      SettingDeclaration(
        "shape", .shape, isPositional: true, doc: "The new shape; it has as many elements as the input.")
    ],
    length: .refuses, aliases: ["Reshape", "view", "Unflatten"],
    snippets: [Snippet([("x", "[3136]")], "x -> reshape([7, 7, 64])", gives: "[7, 7, 64]")],
    shape: { context throws(ShapeReason) in
      _ = try context.rank("reshape")
      let target = context.settings.shape("shape")
      let product = { (sizes: [Dimension]) in sizes.reduce(Dimension(1)) { $0 * $1 } }
      let (old, new) = (product(context.input.shape.sizes), product(target))
      try context.requireEqual(
        old, new, input: 0, setting: "shape",
        "`reshape` keeps the number of elements, but \(words(context.input.shape)) has \(old.description) and "
          + "\(words(Shape(target))) has \(new.description)")
      return TensorType(.float, Shape(target))
    },
    build: { context in
      context.graph.reshape(context.input, context.settings.shape("shape").map { $0.constant! })
    })
}
