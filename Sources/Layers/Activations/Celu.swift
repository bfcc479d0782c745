import Declarations
import Graphs

extension CallableDeclaration {
  /// The continuously differentiable exponential linear unit.
  package static let celu = elementwise(
    "celu", summary: "Like `elu`, with a slope without a jump for every alpha",
    formula: "y = max(x, 0) + min(0, alpha · (exp(x / alpha) − 1)) [Barron 2017]",
    settings: [
      SettingDeclaration(
        "alpha", .real(.positive), default: .real(1), doc: "How far below 0 the values go: to −alpha.")
    ],
    aliases: ["CELU"]
  ) { graph, x, settings in
    let alpha = settings.real("alpha")
    let below = graph.map(.expm1, [graph.divide(graph.minimum(x, 0), alpha)])
    return graph.add(graph.relu(x), graph.multiply(below, alpha))
  }
}
