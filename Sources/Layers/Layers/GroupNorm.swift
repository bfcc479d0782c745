import Declarations
import Tensors

extension CallableDeclaration {
  /// Groups of channels normalised over all positions of an example.
  package static let groupNorm = CallableDeclaration(
    "group_norm", .layer,
    summary:
      "Brings every group of channels of an example to mean 0 and variance 1, then scales and shifts each channel",
    formula:
      "y = (x − mean) / √(variance + epsilon) · weight + bias, mean and (biased) variance over all positions and "
      + "the channels of the group [Wu and He 2018, Group Normalization]",
    inputs: [InputDeclaration("x", doc: "Numbers `[…, C]`.")],
    settings: [
      SettingDeclaration(
        "groups", .integer(1...1_000_000_000), isPositional: true,
        doc: "Into how many groups the channels are split; one for each channel is instance normalisation."),
      SettingDeclaration(
        "epsilon", .real(.positive), default: .real(1e-5), doc: "Added to the variance, against a division by 0."),
    ],
    length: .refuses, aliases: ["GroupNorm", "GroupNormalization", "InstanceNorm2d"],
    snippets: [Snippet([("x", "[14, 14, 32]")], "x -> group_norm(8)", gives: "[14, 14, 32]")],
    shape: { context throws(ShapeReason) in
      let channels = try context.fixedLastAxis("group_norm")
      _ = try context.rank("group_norm")
      try context.requireGroups("group_norm", channels, channels)
      return TensorType(.float, context.input.shape)
    },
    weights: { inputs, _ in
      let width = inputs[0].shape.axes.last?.size ?? 1
      return [.make("weight", [width], "ones"), .make("bias", [width], "zeros")]
    },
    build: { context in
      let graph = context.graph
      let shape = context.shape(context.input)
      let (groups, channels) = (context.settings.integer("groups"), shape[shape.count - 1])
      let positions = shape.dropLast().reduce(1, *)
      let split = graph.permute(graph.reshape(context.input, [positions, groups, channels / groups]), [1, 0, 2])
      let normal = graph.standardizeRows(split, axes: 2, epsilon: context.settings.real("epsilon"))
      let joined = graph.reshape(graph.permute(normal, [1, 0, 2]), shape)
      return graph.add(graph.multiply(joined, context.weight("weight")), context.weight("bias"))
    })
}
