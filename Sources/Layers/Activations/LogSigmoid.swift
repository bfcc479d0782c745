import Declarations
import Graphs

extension CallableDeclaration {
  /// The logarithm of a probability from its logit.
  package static let logSigmoid = elementwise(
    "log_sigmoid", summary: "The logarithm of the sigmoid, without its rounding",
    formula: "y = log(1 / (1 + exp(−x))) = −softplus(−x)",
    aliases: ["LogSigmoid"]
  ) { graph, x, _ in
    graph.negate(graph.map(.softplus, [graph.negate(x)]))
  }
}
