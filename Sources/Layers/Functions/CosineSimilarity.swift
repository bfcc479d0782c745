import Declarations
import Tensors

extension CallableDeclaration {
  /// The cosine of the angle between vectors.
  package static let cosineSimilarity = CallableDeclaration(
    "cosine_similarity", .function, summary: "The cosine of the angle between the vectors of the last axis",
    formula: "y = Σ a·b / √max(Σ a² · Σ b², epsilon²), over the last axis",
    inputs: [
      InputDeclaration("a", doc: "Vectors `[…, D]`."), InputDeclaration("b", doc: "Vectors of the same shape."),
    ],
    settings: [
      SettingDeclaration(
        "epsilon", .real(.positive), default: .real(1e-8),
        doc: "The least product of the lengths, against a division by 0.")
    ],
    aliases: ["CosineSimilarity"],
    snippets: [Snippet([("a", "[16, 64]"), ("b", "[16, 64]")], "cosine_similarity(a, b)", gives: "[16]")],
    shape: { context throws(ShapeReason) in
      _ = try context.fixedLastAxis("cosine_similarity")
      try context.requireEqual(
        context.inputs[0].shape, context.inputs[1].shape, input: 1,
        "`cosine_similarity` compares equal shapes, but gets \(words(context.inputs[0].shape)) and "
          + words(context.inputs[1].shape))
      var shape = context.input.shape
      shape.axes.removeLast()
      return TensorType(.float, shape)
    },
    build: { context in
      let graph = context.graph
      let (a, b) = (context.inputs[0], context.inputs[1])
      let last = [context.shape(a).count - 1]
      let product = graph.reduceSum(graph.multiply(a, b), axes: last)
      let squares = graph.multiply(
        graph.reduceSum(graph.square(a), axes: last), graph.reduceSum(graph.square(b), axes: last))
      let epsilon = context.settings.real("epsilon")
      return graph.divide(product, graph.squareRoot(graph.maximum(squares, epsilon * epsilon)))
    })
}
