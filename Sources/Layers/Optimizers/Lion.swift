import Declarations

extension OptimizerDeclaration {
  /// Steps of exactly one rate, by the sign of a running mean.
  package static let lion = OptimizerDeclaration(
    "lion",
    summary: "Steps by exactly the rate, in the direction of the sign of a mean gradient; wants a tenth of adam's rate",
    formula: "w = w · (1 − rate · weight_decay) − rate · sign(β₁ m + (1 − β₁) g); m = β₂ m + (1 − β₂) g "
      + "[Chen et al. 2023, Symbolic Discovery of Optimization Algorithms]",
    settings: [
      .rate(1e-4), .memory("beta1", 0.9, of: "the mean gradient, for the step,"),
      .memory("beta2", 0.99, of: "the mean gradient"), .decoupledDecay(0),
    ],
    usualRates: 1e-7...0.01, aliases: ["Lion"],
    slots: { _ in [("mean", 0)] },
    update: { context in
      let graph = context.graph
      let old = context.slots["mean"]!
      let direction = graph.map(.sign, [context.running(old, context.gradients, context.settings.real("beta1"))])
      let mean = context.running(old, context.gradients, context.settings.real("beta2"))
      return (
        graph.subtract(context.decayedWeights, graph.multiply(direction, context.rate)), ["mean": mean]
      )
    })
}
