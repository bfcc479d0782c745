import Declarations
import Tensors

extension CallableDeclaration {
  /// The Euclidean length over axes.
  package static let norm = reduction(
    "norm", summary: "The Euclidean length over axes",
    formula: "y = √Σ x²; its gradient at 0 is 0", aliases: ["l2_norm"],
    snippets: [
      Snippet([("x", "[28, 28, 1]")], "norm(x)", gives: "scalar")
    ]
  ) { graph, x, axes in
    let square = graph.reduceSum(graph.square(x), axes: axes)
    // The root's slope at 0 is infinite; the length's is taken as 0.
    let isZero = graph.equal(square, graph.literal(0, like: square))
    let root = graph.squareRoot(graph.select(isZero, graph.literal(1, like: square), square))
    return graph.select(isZero, graph.literal(0, like: square), root)
  }
}
