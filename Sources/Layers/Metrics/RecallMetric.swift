import Declarations

extension MetricDeclaration {
  /// How many members of a class are found.
  package static let recall = classScore(
    "recall", summary: "How many members of a class are found",
    formula: "right / actual of each class, averaged; 0 where that is 0 / 0", aliases: ["Recall", "sensitivity"]
  ) { right, _, actual in ratio(right, actual) }
}
