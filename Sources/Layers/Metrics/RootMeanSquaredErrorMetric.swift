import Declarations

extension MetricDeclaration {
  /// The root of the mean of squared differences.
  package static let rootMeanSquaredError = meanError(
    "root_mean_squared_error", summary: "The root of the mean squared difference, in the target's own units",
    formula: "√mean (prediction − target)²", aliases: ["RootMeanSquaredError", "rmse"],
    { graph, error in graph.square(error) }, finish: { $0.squareRoot() })
}
