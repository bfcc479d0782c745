import Declarations
import Tensors

extension CallableDeclaration {
  /// Every position normalised over its last axis.
  package static let layerNorm = CallableDeclaration(
    "layer_norm", .layer,
    summary: "Brings the last axis of every position to mean 0 and variance 1, then scales and shifts it",
    formula: "y = (x − mean) / √(variance + epsilon) · weight + bias, mean and (biased) variance over the last axis "
      + "[Ba, Kiros and Hinton 2016, Layer Normalization]",
    inputs: [InputDeclaration("x", doc: "Numbers `[…, C]`.")],
    settings: [
      SettingDeclaration(
        "epsilon", .real(.positive), default: .real(1e-5), doc: "Added to the variance, against a division by 0."),
      SettingDeclaration("bias", .boolean, default: .boolean(true), doc: "Whether a learned shift is added."),
    ],
    aliases: ["LayerNorm", "LayerNormalization"],
    snippets: [Snippet([("x", "[16, 128]")], "x -> layer_norm", gives: "[16, 128]")],
    shape: { context throws(ShapeReason) in
      _ = try context.fixedLastAxis("layer_norm")
      return TensorType(.float, context.input.shape)
    },
    weights: { inputs, settings in
      let width = inputs[0].shape.axes.last?.size ?? 1
      let weight = WeightDeclaration.make("weight", [width], "ones")
      return settings.boolean("bias") ? [weight, .make("bias", [width], "zeros")] : [weight]
    },
    build: { context in
      let graph = context.graph
      let normal = graph.standardizeRows(context.input, epsilon: context.settings.real("epsilon"))
      let scaled = graph.multiply(normal, context.weight("weight"))
      return context.settings.boolean("bias") ? graph.add(scaled, context.weight("bias")) : scaled
    })
}
