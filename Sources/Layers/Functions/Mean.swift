import Declarations
import Tensors

extension CallableDeclaration {
  /// The average over axes.
  package static let mean = reduction(
    "mean", summary: "The mean over axes",
    formula: "y = Σ x / n", aliases: ["GlobalAveragePooling2D", "average"],
    snippets: [
      Snippet([("x", "[7, 7, 64]")], "x -> mean(over: [height, width])", gives: "[64]"),
      Snippet([("x", "[7, 7, 64]")], "mean(x)", gives: "scalar"),
    ], padding: .mean
  ) { graph, x, axes in
    graph.mean(x, axes: axes)
  }
}
