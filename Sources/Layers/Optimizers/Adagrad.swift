import Declarations

extension OptimizerDeclaration {
  /// Steps scaled by the root of all squared gradients so far.
  package static let adagrad = OptimizerDeclaration(
    "adagrad", summary: "Scales each weight's step by the root of all its squared gradients so far",
    formula: "s = s + g²; w = w − rate · g / (√s + epsilon) [Duchi et al. 2011, Adaptive Subgradient Methods]",
    settings: [.rate(0.01), .rootEpsilon(1e-10), .coupledDecay],
    usualRates: 1e-5...1, aliases: ["Adagrad"],
    slots: { _ in [("sum", 0)] },
    update: { context in
      let graph = context.graph
      let gradients = context.decayedGradients
      let sum = graph.add(context.slots["sum"]!, graph.square(gradients))
      let root = graph.add(graph.squareRoot(sum), context.settings.real("epsilon"))
      let change = graph.multiply(graph.divide(gradients, root), context.rate)
      return (graph.subtract(context.weights, change), ["sum": sum])
    })
}
