import Declarations
import Graphs
import Tensors

extension CallableDeclaration {
  /// Zeros in whole channels while training.
  package static let spatialDropout = CallableDeclaration(
    "spatial_dropout", .layer,
    summary: "Sets whole channels of an example to 0 while training and scales up the rest; else changes nothing",
    formula: "y[…, c] = x[…, c] · m[c] / (1 − rate), m ~ Bernoulli(1 − rate) for each channel "
      + "[Tompson et al. 2015, Efficient Object Localization Using Convolutional Networks]",
    inputs: [InputDeclaration("x", doc: "Numbers `[…, C]`.")],
    settings: [
      SettingDeclaration(
        "rate", .real(.unitOpen), isPositional: true, doc: "The share of the channels that become 0.")
    ],
    disturbsResults: true, aliases: ["Dropout2d", "Dropout1d", "SpatialDropout1D", "SpatialDropout2D"],
    snippets: [Snippet([("x", "[14, 14, 32]")], "x -> spatial_dropout(0.2)", gives: "[14, 14, 32]")],
    shape: { context throws(ShapeReason) in
      _ = try context.fixedLastAxis("spatial_dropout")
      return TensorType(.float, context.input.shape)
    },
    build: { context in
      let rate = context.settings.real("rate")
      guard context.mode == .training, rate > 0 else { return context.input }
      let graph = context.graph
      let type = graph.type(of: context.input)
      let last = type.shape.count - 1
      let mask = graph.random(
        RandomDraw(.bernoulli(1 - rate), path: context.path), shape: [type.shape[last]], isShared: type.isShared)
      let repeated = graph.broadcast(mask, shape: type.shape, axes: [last])
      return graph.multiply(graph.multiply(context.input, repeated), 1 / (1 - rate))
    })
}
