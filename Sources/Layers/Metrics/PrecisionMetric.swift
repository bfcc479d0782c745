import Declarations

extension MetricDeclaration {
  /// How many of the decisions for a class are right.
  package static let precision = classScore(
    "precision", summary: "How many of the decisions for a class are right",
    formula: "right / decided of each class, averaged; 0 where that is 0 / 0", aliases: ["Precision"]
  ) { right, decided, _ in ratio(right, decided) }
}
