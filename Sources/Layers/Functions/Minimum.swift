import Declarations
import Tensors

extension CallableDeclaration {
  /// The least over axes.
  package static let min = reduction(
    "min", summary: "The least element over axes; equal ones share the gradient",
    formula: "y = −max(−x)", aliases: ["amin"],
    snippets: [
      Snippet([("x", "[16, 64]")], "min(x, over: time)", gives: "[64]")
    ], padding: .fill(.infinity)
  ) { graph, x, axes in
    graph.negate(graph.reduceMax(graph.negate(x), axes: axes))
  }
}
