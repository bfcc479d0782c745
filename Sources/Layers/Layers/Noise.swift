import Declarations
import Graphs
import Tensors

extension CallableDeclaration {
  /// Normal noise while training.
  package static let noise = CallableDeclaration(
    "noise", .layer, summary: "Adds normal noise while training; else changes nothing",
    formula: "y = x + n, n ~ N(0, deviation²) for each element",
    settings: [
      SettingDeclaration(
        "deviation", .real(.nonNegative), isPositional: true, doc: "The standard deviation of the noise.")
    ],
    disturbsResults: true, aliases: ["GaussianNoise"],
    snippets: [Snippet([("x", "[64]")], "x -> noise(0.1)", gives: "[64]")],
    shape: { context in TensorType(.float, context.input.shape) },
    build: { context in
      let deviation = context.settings.real("deviation")
      guard context.mode == .training, deviation > 0 else { return context.input }
      let graph = context.graph
      let type = graph.type(of: context.input)
      let draw = graph.random(
        RandomDraw(.normal, path: context.path), shape: type.shape, isShared: type.isShared)
      return graph.add(context.input, graph.multiply(draw, deviation))
    })
}
