import Declarations
import Tensors

extension CallableDeclaration {
  /// The sum over axes.
  package static let sum = reduction(
    "sum", summary: "The sum over axes",
    formula: "y = Σ x", aliases: ["reduce_sum"],
    snippets: [
      Snippet([("x", "[16, 64]")], "sum(x, over: time)", gives: "[64]")
    ]
  ) { graph, x, axes in
    graph.reduceSum(x, axes: axes)
  }
}
