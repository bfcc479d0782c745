import Declarations

extension CallableDeclaration {
  /// Absolute distances.
  package static let meanAbsoluteError = comparison(
    "mean_absolute_error", summary: "The mean of the absolute differences; outliers pull less than with squares",
    formula: "loss = mean |prediction − target|; its gradient where they are equal is 0",
    aliases: ["L1Loss", "MeanAbsoluteError", "mae", "l1_loss"],
    snippets: [Snippet([("price", "scalar"), ("y", "scalar")], "mean_absolute_error(price, y)", gives: "scalar")]
  ) { graph, error, _ in graph.absolute(error) }
}
