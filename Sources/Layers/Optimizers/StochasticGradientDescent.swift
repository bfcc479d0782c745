import Declarations

extension OptimizerDeclaration {
  /// Steps against the gradient, with optional momentum.
  package static let sgd = OptimizerDeclaration(
    "sgd", summary: "Steps against the gradient, with momentum where it is given",
    formula: "v = momentum · v + g; w = w − rate · v, with nesterov w = w − rate · (g + momentum · v) "
      + "[Polyak 1964; Sutskever et al. 2013, On the importance of initialization and momentum]",
    settings: [
      .rate(0.01),
      .memory("momentum", 0, of: "the velocity"),
      SettingDeclaration(
        "nesterov", .boolean, default: .boolean(false), doc: "Whether the step looks ahead along the velocity."),
      .coupledDecay,
    ],
    usualRates: 1e-5...2, aliases: ["SGD", "momentum", "gradient_descent"],
    slots: { settings in settings.real("momentum") == 0 ? [] : [("velocity", 0)] },
    update: { context in
      let graph = context.graph
      let momentum = context.settings.real("momentum")
      let gradients = context.decayedGradients
      guard momentum > 0 else {
        return (graph.subtract(context.weights, graph.multiply(gradients, context.rate)), [:])
      }
      let velocity = graph.add(graph.multiply(context.slots["velocity"]!, momentum), gradients)
      let direction =
        context.settings.boolean("nesterov") ? graph.add(gradients, graph.multiply(velocity, momentum)) : velocity
      return (graph.subtract(context.weights, graph.multiply(direction, context.rate)), ["velocity": velocity])
    })
}
