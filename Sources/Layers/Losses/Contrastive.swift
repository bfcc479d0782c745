import Declarations
import Tensors

extension CallableDeclaration {
  /// Draws vectors of a kind together and pushes others apart.
  package static let contrastive = CallableDeclaration(
    "contrastive", .loss,
    summary: "Draws two vectors together where they belong together, and pushes them a margin apart where not",
    formula:
      "loss = d² / 2 where they belong together, else max(0, margin − d)² / 2, d = √Σ (a − b)² over the last axis, "
      + "mean over positions; the gradient at d = 0 is 0 "
      + "[Hadsell et al. 2006, Dimensionality Reduction by Learning an Invariant Mapping]",
    inputs: [
      InputDeclaration("a", doc: "Vectors `[…, D]`."), InputDeclaration("b", doc: "Vectors of the same shape."),
      InputDeclaration("same", .any, doc: "`bool` or `class(2)` `[…]`: whether they belong together."),
    ],
    settings: [
      SettingDeclaration(
        "margin", .real(.positive), default: .real(1), doc: "How far apart what does not belong together should be."),
      .reduce,
    ],
    length: .honours, aliases: ["contrastive_loss", "ContrastiveLoss"],
    snippets: [
      Snippet([("a", "[16]"), ("b", "[16]"), ("same", "bool")], "contrastive(a, b, same)", gives: "scalar"),
      Snippet(
        [("a", "[5, 16]"), ("b", "[5, 16]"), ("same", "class(2)[5]")], "contrastive(a, b, same, margin: 2)",
        gives: "scalar"),
    ],
    shape: { context throws(ShapeReason) in
      _ = try context.fixedLastAxis("contrastive")
      try context.requireEqualInputs("contrastive")
      try context.requireTruth("contrastive", allowsNumbers: false, input: 2)
      var positions = context.input.shape
      positions.axes.removeLast()
      try context.requireEqual(
        positions, context.inputs[2].shape, input: 2,
        "`contrastive` needs one truth value for each pair, but \(words(context.input.shape)) has positions "
          + "\(words(positions)) and `same` is \(words(context.inputs[2].shape))")
      return .scalar
    },
    build: { context in
      let graph = context.graph
      let same = context.float(context.inputs[2])
      let difference = graph.subtract(context.inputs[0], context.inputs[1])
      let square = graph.reduceSum(graph.square(difference), axes: [context.shape(difference).count - 1])
      // The root's slope at 0 is infinite; the distance's is taken as 0.
      let isZero = graph.equal(square, graph.literal(0, like: square))
      let root = graph.squareRoot(graph.select(isZero, graph.literal(1, like: square), square))
      let distance = graph.select(isZero, graph.literal(0, like: square), root)
      let gap = graph.square(graph.relu(graph.subtract(context.settings.real("margin"), distance)))
      return context.reduced(graph.multiply(graph.select(same, square, gap), 0.5))
    })
}
