import Declarations

extension MetricDeclaration {
  /// The mean of squared differences.
  package static let meanSquaredError = meanError(
    "mean_squared_error", summary: "The mean of the squared differences", formula: "mean (prediction − target)²",
    aliases: ["MeanSquaredError", "mse"], { graph, error in graph.square(error) })
}
