import Declarations

extension OptimizerDeclaration {
  /// Steps in the units of the weights.
  package static let adadelta = OptimizerDeclaration(
    "adadelta", summary: "Scales each weight's step by the ratio of its past changes to its past gradients",
    formula: "v = decay · v + (1 − decay) · g²; d = √(u + epsilon) / √(v + epsilon) · g; "
      + "u = decay · u + (1 − decay) · d²; w = w − rate · d [Zeiler 2012, ADADELTA]",
    settings: [
      .rate(1), .memory("decay", 0.9, of: "the mean squares"),
      SettingDeclaration(
        "epsilon", .real(.positive), default: .real(1e-6), doc: "Added under both roots; the first steps grow with it."),
      .coupledDecay,
    ],
    usualRates: 1e-3...10, aliases: ["Adadelta"],
    slots: { _ in [("square", 0), ("change", 0)] },
    update: { context in
      let graph = context.graph
      let (decay, epsilon) = (context.settings.real("decay"), context.settings.real("epsilon"))
      let gradients = context.decayedGradients
      let past = context.slots["change"]!
      let square = context.runningSquare(context.slots["square"]!, gradients, decay)
      let ratio = graph.divide(
        graph.squareRoot(graph.add(past, epsilon)), graph.squareRoot(graph.add(square, epsilon)))
      let change = graph.multiply(ratio, gradients)
      let slots = ["square": square, "change": context.runningSquare(past, change, decay)]
      return (graph.subtract(context.weights, graph.multiply(change, context.rate)), slots)
    })
}
