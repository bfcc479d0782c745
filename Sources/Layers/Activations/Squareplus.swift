import Declarations
import Graphs

extension CallableDeclaration {
  /// The algebraic smooth rectifier.
  package static let squareplus = elementwise(
    "squareplus", summary: "A smooth rectifier, always positive, without exponentials",
    formula: "y = (x + √(x² + b)) / 2, computed as (x + |x|) / 2 + (b / 2) / (√(x² + b) + |x|) [Barron 2021, "
      + "Squareplus: A Softplus-Like Algebraic Rectifier]",
    settings: [
      SettingDeclaration(
        "b", .real(.positive), default: .real(4),
        doc: "How wide the bend around 0 is: y(0) = √b / 2. At 4 the second derivative at 0 is that of `softplus`.")
    ],
    isAlwaysPositive: true, range: 0...Double.infinity, aliases: ["Squareplus", "SquarePlus"],
    snippets: [
      Snippet([("x", "[8]")], "x -> squareplus", gives: "[8]"),
      Snippet([("x", "[8]")], "x -> squareplus(b: 1)", gives: "[8]"),
    ]
  ) { graph, x, settings in
    // Far below 0 the formula as it stands would subtract two nearly equal numbers.
    let b = settings.real("b")
    let size = graph.absolute(x)
    let root = graph.squareRoot(graph.add(graph.square(x), b))
    return graph.add(graph.multiply(graph.add(x, size), 0.5), graph.divide(b / 2, graph.add(root, size)))
  }
}
