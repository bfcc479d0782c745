import Declarations
import Tensors

extension CallableDeclaration {
  /// Every position brought to a root mean square of 1.
  package static let rmsNorm = CallableDeclaration(
    "rms_norm", .layer, summary: "Divides the last axis of every position by its root mean square, then scales it",
    formula: "y = x / √(mean(x²) + epsilon) · weight, the mean over the last axis "
      + "[Zhang and Sennrich 2019, Root Mean Square Layer Normalization]",
    inputs: [InputDeclaration("x", doc: "Numbers `[…, C]`.")],
    settings: [
      SettingDeclaration(
        "epsilon", .real(.positive), default: .real(1e-6), doc: "Added to the mean square, against a division by 0.")
    ],
    aliases: ["RMSNorm", "RMSNormalization"],
    snippets: [Snippet([("x", "[16, 128]")], "x -> rms_norm", gives: "[16, 128]")],
    shape: { context throws(ShapeReason) in
      _ = try context.fixedLastAxis("rms_norm")
      return TensorType(.float, context.input.shape)
    },
    weights: { inputs, _ in [.make("weight", [inputs[0].shape.axes.last?.size ?? 1], "ones")] },
    build: { context in
      let graph = context.graph
      let shape = context.shape(context.input)
      let last = [shape.count - 1]
      let meanSquare = graph.mean(graph.square(context.input), axes: last)
      let factor = graph.reciprocalSquareRoot(graph.add(meanSquare, context.settings.real("epsilon")))
      let spread = graph.keeping(factor, axes: last, of: shape)
      return graph.multiply(graph.multiply(context.input, spread), context.weight("weight"))
    })
}
