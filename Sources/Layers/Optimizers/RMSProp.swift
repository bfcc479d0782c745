import Declarations

extension OptimizerDeclaration {
  /// Steps scaled by the root of the mean squared gradient.
  package static let rmsprop = OptimizerDeclaration(
    "rmsprop", summary: "Scales each weight's step by the root of its mean squared gradient",
    formula: "v = decay · v + (1 − decay) · g²; b = momentum · b + g / (√v + epsilon); w = w − rate · b "
      + "[Tieleman and Hinton 2012, Lecture 6.5]",
    settings: [
      .rate(1e-3), .memory("decay", 0.99, of: "the mean squared gradient"), .rootEpsilon(1e-8),
      .memory("momentum", 0, of: "the velocity"), .coupledDecay,
    ],
    usualRates: 1e-6...0.1, aliases: ["RMSprop", "RMSProp"],
    slots: { settings in
      settings.real("momentum") == 0 ? [("square", 0)] : [("square", 0), ("velocity", 0)]
    },
    update: { context in
      let graph = context.graph
      let momentum = context.settings.real("momentum")
      let gradients = context.decayedGradients
      let square = context.runningSquare(context.slots["square"]!, gradients, context.settings.real("decay"))
      var slots = ["square": square]
      let root = graph.add(graph.squareRoot(square), context.settings.real("epsilon"))
      var change = graph.divide(gradients, root)
      if momentum > 0 {
        change = graph.add(graph.multiply(context.slots["velocity"]!, momentum), change)
        slots["velocity"] = change
      }
      return (graph.subtract(context.weights, graph.multiply(change, context.rate)), slots)
    })
}
