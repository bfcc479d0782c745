import Declarations
import Graphs

extension CallableDeclaration {
  /// The self-normalising linear unit.
  package static let selu = elementwise(
    "selu", summary: "Keeps signals near mean 0 and variance 1 from layer to layer; start weights with `lecun`",
    formula:
      "y = 1.0507 · (x where x > 0, else 1.6733 · (exp(x) − 1)) [Klambauer et al. 2017, Self-Normalizing Neural Networks]",
    aliases: ["SELU"]
  ) { graph, x, _ in
    let (scale, alpha) = (1.0507009873554804934193349852946, 1.6732632423543772848170429916717)
    let below = graph.multiply(graph.map(.expm1, [graph.minimum(x, 0)]), scale * alpha)
    return graph.add(graph.multiply(graph.relu(x), scale), below)
  }
}
