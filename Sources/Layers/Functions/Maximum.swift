import Declarations
import Tensors

extension CallableDeclaration {
  /// The greatest over axes.
  package static let max = reduction(
    "max", summary: "The greatest element over axes; equal ones share the gradient",
    formula: "y = max x; NaN where one is NaN", aliases: ["GlobalMaxPooling2D", "amax"],
    snippets: [
      Snippet([("x", "[16, 64]")], "x -> max(over: time)", gives: "[64]")
    ], padding: .fill(-.infinity)
  ) { graph, x, axes in
    graph.reduceMax(x, axes: axes)
  }
}
