import Declarations
import Graphs

extension CallableDeclaration {
  /// A value that counts as a constant in the backward pass.
  package static let stopGradient = elementwise(
    "stop_gradient", .function,
    summary: "The same numbers, which count as constants where gradients are taken",
    formula: "y = x, ∂y/∂x = 0; `x + stop_gradient(round(x) - x)` rounds and passes the gradient straight through "
      + "[Bengio et al. 2013, Estimating or Propagating Gradients Through Stochastic Neurons; van den Oord et al. 2017, "
      + "Neural Discrete Representation Learning]",
    gradient: .stops, aliases: ["detach", "no_grad", "stopgrad", "StopGradient", "detached"],
    snippets: [
      Snippet([("x", "[8]")], "x + stop_gradient(round(x) - x)", gives: "[8]"),
      Snippet([("x", "[8]"), ("y", "[8]")], "cosine_similarity(x -> dense(8), stop_gradient(y))", gives: "scalar"),
    ]
  ) { graph, x, _ in graph.stopGradient(x) }
}
