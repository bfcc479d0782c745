import Declarations
import Tensors

extension CallableDeclaration {
  /// Without an axis of size 1.
  package static let squeeze = CallableDeclaration(
    "squeeze", .layer, summary: "Drops axes of size 1, the last one unless others are named",
    formula: "y[i] = x[i, 0]",
    settings: [
      SettingDeclaration("over", .axes, isOptional: true, doc: "The axes to drop. Left out: the last one.")
    ],
    aliases: ["Squeeze"],
    snippets: [
      Snippet([("x", "[1]")], "x -> squeeze", gives: "scalar"),
      Snippet([("x", "[1, 8]")], "x -> squeeze(over: time)", gives: "[8]"),
    ],
    shape: { context throws(ShapeReason) in
      _ = try context.lastAxis("squeeze")
      var shape = context.input.shape
      for index in (try context.axes("squeeze") ?? [shape.axes.count - 1]).reversed() {
        let size = shape.axes[index].size
        try context.requireEqual(
          size, 1, input: 0, axis: index,
          "`squeeze` drops an axis of size 1, but gets \(words(context.input.shape))")
        shape.axes.remove(at: index)
      }
      return TensorType(.float, shape)
    },
    build: { context in
      var shape = context.shape(context.input)
      let axes = context.settings.isGiven("over") ? context.axes : [shape.count - 1]
      for axis in axes.reversed() { shape.remove(at: axis) }
      return context.graph.reshape(context.input, shape)
    })
}
