import Declarations

extension CallableDeclaration {
  /// The gated recurrent unit.
  package static let gru = CallableDeclaration(
    "gru", .layer,
    summary: "Reads a sequence step by step, mixing its state with a new one by gates, and gives it at every step",
    formula: "r, z, n = x W + b and s, t, m = h U, in this order; h' = Z h + (1 − Z) tanh(n + R (m + a)) from h = 0, "
      + "with R = sigmoid(r + s), Z = sigmoid(z + t); W: [features, 3 units] (glorot), U: [units, 3 units] "
      + "(orthogonal), b: [3 units] and a: [units] (0). The reset gate acts behind the product with U, as in PyTorch "
      + "and cuDNN [Cho et al. 2014, Learning Phrase Representations using RNN Encoder–Decoder, acts before it]",
    inputs: [.sequence], settings: [.recurrentUnits], length: .honours, aliases: ["GRU", "gated_recurrent_unit"],
    snippets: [
      Snippet([("x", "[8, 8]")], "x -> gru(5)", gives: "[8, 5]"),
      Snippet([("x", "[8, 8]")], "x -> gru(5) -> last -> dense(10)", gives: "[10]"),
    ],
    shape: { context throws(ShapeReason) in try context.statesShape("gru") },
    weights: { inputs, settings in
      recurrentWeights(inputs, settings, gates: 3) + [.make("new_bias", [settings.dimension("units")], "zeros")]
    },
    build: { context in
      recurrent(context) { step in
        let graph = step.graph
        let (input, state) = (step.input, step.recurrent)
        let reset = graph.sigmoid(graph.add(step.part(input, 0), step.part(state, 0)))
        let keep = graph.sigmoid(graph.add(step.part(input, 1), step.part(state, 1)))
        let memory = graph.multiply(reset, graph.add(step.part(state, 2), step.weight("new_bias")))
        let new = graph.tanh(graph.add(step.part(input, 2), memory))
        return [graph.add(new, graph.multiply(keep, graph.subtract(step.states[0], new)))]
      }
    })
}
