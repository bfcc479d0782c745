import Declarations

extension OptimizerDeclaration {
  /// Steps of about one rate for each weight, by running means of gradients and their squares.
  package static let adam = OptimizerDeclaration(
    "adam", summary: "Gives each weight a step of its own size, by running means of its gradient and its square",
    formula:
      "m = β₁ m + (1 − β₁) g; v = β₂ v + (1 − β₂) g²; w = w − rate · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + epsilon) "
      + "[Kingma and Ba 2015, Adam]",
    settings: [
      .rate(1e-3),
      .memory("beta1", 0.9, of: "the mean gradient"),
      .memory("beta2", 0.999, of: "the mean squared gradient"), .rootEpsilon(1e-8),
      .coupledDecay,
    ],
    usualRates: 1e-6...0.05, aliases: ["Adam"],
    slots: { _ in [("mean", 0), ("square", 0)] },
    update: { context in context.adam(context.weights, context.decayedGradients) })
}
