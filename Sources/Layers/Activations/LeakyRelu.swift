import Declarations
import Graphs

extension CallableDeclaration {
  /// A rectifier that leaks below zero.
  package static let leakyRelu = elementwise(
    "leaky_relu", summary: "Keeps what is positive and shrinks the rest",
    formula: "y = x where x > 0, else slope · x [Maas et al. 2013, Rectifier Nonlinearities]",
    settings: [
      SettingDeclaration(
        "slope", .real(.nonNegative), default: .real(0.01), isPositional: true,
        doc: "What negative values are multiplied by.")
    ],
    aliases: ["LeakyReLU"],
    snippets: [
      Snippet([("x", "[8]")], "x -> leaky_relu(0.2)", gives: "[8]")
    ]
  ) { graph, x, settings in
    graph.add(graph.relu(x), graph.multiply(graph.minimum(x, 0), settings.real("slope")))
  }
}
