import Declarations

extension CallableDeclaration {
  /// The plain recurrent layer.
  package static let rnn = CallableDeclaration(
    "rnn", .layer, summary: "Reads a sequence step by step and gives its state at every step: a plain recurrent layer",
    formula: "h' = tanh(x W + h U + b) from h = 0; W: [features, units] (glorot), U: [units, units] (orthogonal), "
      + "b: [units] (0) [Elman 1990, Finding Structure in Time]",
    inputs: [.sequence], settings: [.recurrentUnits], length: .honours, aliases: ["RNN", "SimpleRNN", "simple_rnn"],
    snippets: [
      Snippet([("x", "[12, 3]")], "x -> rnn(5)", gives: "[12, 5]"),
      Snippet([("x", "[12, 3]")], "x -> rnn(5) -> last", gives: "[5]"),
    ],
    shape: { context throws(ShapeReason) in try context.statesShape("rnn") },
    weights: { inputs, settings in recurrentWeights(inputs, settings, gates: 1) },
    build: { context in
      recurrent(context) { step in [step.graph.tanh(step.graph.add(step.input, step.recurrent))] }
    })
}
