import Declarations

extension CallableDeclaration {
  /// Squares near zero, straight lines beyond.
  package static let huber = comparison(
    "huber", summary: "Squares small differences and counts large ones in proportion, so that outliers pull less",
    formula: "loss = mean of ½ e² where |e| ≤ delta, else delta · (|e| − ½ delta), e = prediction − target "
      + "[Huber 1964, Robust Estimation of a Location Parameter]",
    settings: [
      SettingDeclaration(
        "delta", .real(.positive), default: .real(1), doc: "Differences up to this count as squares.")
    ],
    aliases: ["HuberLoss", "SmoothL1Loss", "Huber"],
    snippets: [Snippet([("price", "[3]"), ("y", "[3]")], "huber(price, y, delta: 2)", gives: "scalar")]
  ) { graph, error, settings in
    // With c = min(|e|, delta), both cases are c · (|e| − ½ c).
    let distance = graph.absolute(error)
    let capped = graph.minimum(distance, settings.real("delta"))
    return graph.multiply(capped, graph.subtract(distance, graph.multiply(capped, 0.5)))
  }
}
