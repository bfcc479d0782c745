import Declarations
import Graphs
import Tensors

extension CallableDeclaration {
  /// Zeros at random places while training.
  package static let dropout = CallableDeclaration(
    "dropout", .layer, summary: "Sets random elements to 0 while training and scales up the rest; else changes nothing",
    formula: "y = x · m / (1 − rate), m ~ Bernoulli(1 − rate) for each element "
      + "[Srivastava et al. 2014, Dropout: A Simple Way to Prevent Neural Networks from Overfitting]",
    settings: [
      SettingDeclaration(
        "rate", .real(.unitOpen), isPositional: true, doc: "The share of the elements that become 0.")
    ],
    disturbsResults: true, aliases: ["Dropout"],
    snippets: [Snippet([("x", "[64]")], "x -> dropout(0.3)", gives: "[64]")],
    shape: { context in TensorType(.float, context.input.shape) },
    build: { context in
      let rate = context.settings.real("rate")
      guard context.mode == .training, rate > 0 else { return context.input }
      let graph = context.graph
      let type = graph.type(of: context.input)
      let mask = graph.random(
        RandomDraw(.bernoulli(1 - rate), path: context.path), shape: type.shape, isShared: type.isShared)
      return graph.multiply(graph.multiply(context.input, mask), 1 / (1 - rate))
    })
}
