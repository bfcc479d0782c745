import Declarations

extension MetricDeclaration {
  /// The mean of absolute differences.
  package static let meanAbsoluteError = meanError(
    "mean_absolute_error", summary: "The mean of the absolute differences, in the target's own units",
    formula: "mean |prediction − target|", aliases: ["MeanAbsoluteError", "mae"],
    { graph, error in graph.absolute(error) })
}
