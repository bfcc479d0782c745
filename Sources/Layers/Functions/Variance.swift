import Declarations
import Tensors

extension CallableDeclaration {
  /// The variance over axes.
  package static let variance = reduction(
    "variance", summary: "The mean squared distance from the mean over axes",
    formula: "y = Σ (x − mean)² / n, with n and not n − 1", aliases: ["var"],
    snippets: [
      Snippet([("x", "[16, 64]")], "variance(x, over: features)", gives: "[16]")
    ], padding: .variance
  ) { graph, x, axes in
    graph.variance(x, axes: axes)
  }
}
