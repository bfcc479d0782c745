import Declarations
import Tensors

extension CallableDeclaration {
  /// A layer beside a shortcut.
  package static let residual = CallableDeclaration(
    "residual", .combinator, summary: "Adds what a layer makes of the input to the input",
    formula: "y = x + layer(x) [He et al. 2016, Deep Residual Learning]",
    settings: [
      SettingDeclaration("layer", .layer, isPositional: true, doc: "The layer; it gives back the shape that it gets.")
    ],
    aliases: ["skip"],
    snippets: [
      Snippet([("x", "[64]")], "x -> residual(layer_norm -> dense(64) -> relu)", gives: "[64]")
    ],
    shape: { context throws(ShapeReason) in
      let result = try context.apply(context.settings.layer("layer"), context.input)
      try context.requireEqual(
        context.input.shape, result.shape, input: nil,
        "`residual` adds what its layer gives to the input, but \(words(context.input.shape)) became "
          + words(result.shape))
      return TensorType(.float, context.input.shape)
    },
    build: { context in
      context.graph.add(context.input, context.apply(context.settings.layer("layer"), context.input, ""))
    })
}
