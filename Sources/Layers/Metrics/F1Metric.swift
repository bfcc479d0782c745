import Declarations

extension MetricDeclaration {
  /// The harmonic mean of precision and recall.
  package static let f1 = classScore(
    "f1", summary: "The harmonic mean of precision and recall",
    formula: "2 · right / (decided + actual) of each class, averaged; 0 where that is 0 / 0 [van Rijsbergen 1979]",
    aliases: ["F1Score", "f1_score"]
  ) { right, decided, actual in ratio(2 * right, decided + actual) }
}
