import Declarations

extension CallableDeclaration {
  /// The long short-term memory.
  package static let lstm = CallableDeclaration(
    "lstm", .layer,
    summary: "Reads a sequence step by step with a memory cell and gates, and gives its state at every step",
    formula: "i, f, g, o = x W + h U + b, in this order; c' = sigmoid(f) c + sigmoid(i) tanh(g), "
      + "h' = sigmoid(o) tanh(c') from h = c = 0; W: [features, 4 units] (glorot), U: [units, 4 units] (orthogonal), "
      + "b: [4 units] (0, that of f 1) [Hochreiter and Schmidhuber 1997, Long Short-Term Memory; Gers et al. 2000, "
      + "Learning to Forget]",
    inputs: [.sequence], settings: [.recurrentUnits], length: .honours,
    aliases: ["LSTM", "long_short_term_memory"],
    snippets: [
      Snippet([("x", "[12, 3]")], "x -> lstm(5)", gives: "[12, 5]"),
      Snippet([("x", "token(20)[8]")], "x -> embed(4) -> lstm(5) -> lstm(6) -> last", gives: "[6]"),
    ],
    shape: { context throws(ShapeReason) in try context.statesShape("lstm") },
    weights: { inputs, settings in recurrentWeights(inputs, settings, gates: 4, bias: "forget_gate") },
    build: { context in
      recurrent(context, states: 2) { step in
        let graph = step.graph
        let gates = graph.add(step.input, step.recurrent)
        let kept = graph.multiply(graph.sigmoid(step.part(gates, 1)), step.states[1])
        let written = graph.multiply(graph.sigmoid(step.part(gates, 0)), graph.tanh(step.part(gates, 2)))
        let cell = graph.add(kept, written)
        return [graph.multiply(graph.sigmoid(step.part(gates, 3)), graph.tanh(cell)), cell]
      }
    })
}
