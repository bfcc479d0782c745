import Declarations

extension OptimizerDeclaration {
  /// Adam with a weight decay that its scaling does not touch.
  package static let adamw = OptimizerDeclaration(
    "adamw", summary: "Adam with a weight decay that is not scaled with the gradients",
    formula: "w = w · (1 − rate · weight_decay), then the step of adam "
      + "[Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization]",
    settings: [
      .rate(1e-3),
      .memory("beta1", 0.9, of: "the mean gradient"),
      .memory("beta2", 0.999, of: "the mean squared gradient"), .rootEpsilon(1e-8),
      .decoupledDecay(0.01),
    ],
    usualRates: 1e-6...0.05, aliases: ["AdamW"],
    slots: { _ in [("mean", 0), ("square", 0)] },
    update: { context in context.adam(context.decayedWeights, context.gradients) })
}
