import Declarations
import Graphs

extension CallableDeclaration {
  /// The exponential linear unit.
  package static let elu = elementwise(
    "elu", summary: "Keeps what is positive and lets the rest fall smoothly to −alpha",
    formula: "y = x where x > 0, else alpha · (exp(x) − 1) [Clevert et al. 2016, Exponential Linear Units]",
    settings: [
      SettingDeclaration(
        "alpha", .real(.positive), default: .real(1), doc: "How far below 0 the values go: to −alpha.")
    ],
    aliases: ["ELU"]
  ) { graph, x, settings in
    // The exponential sees no positive number, so that it cannot overflow.
    let below = graph.map(.expm1, [graph.minimum(x, 0)])
    return graph.add(graph.relu(x), graph.multiply(below, settings.real("alpha")))
  }
}
