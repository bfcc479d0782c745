import Declarations

extension CallableDeclaration {
  /// Squared distances.
  package static let meanSquaredError = comparison(
    "mean_squared_error", summary: "The mean of the squared differences", formula: "loss = mean (prediction − target)²",
    aliases: ["MSELoss", "MeanSquaredError", "mse", "l2_loss"],
    snippets: [Snippet([("price", "scalar"), ("y", "scalar")], "mean_squared_error(price, y)", gives: "scalar")]
  ) { graph, error, _ in graph.square(error) }
}
