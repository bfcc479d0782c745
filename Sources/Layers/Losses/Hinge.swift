import Declarations
import Tensors

extension CallableDeclaration {
  /// The loss of support vector machines.
  package static let hinge = CallableDeclaration(
    "hinge", .loss, summary: "How far each score falls short of being on the right side of 0 by a margin of 1",
    formula: "loss = mean max(0, 1 − s · score), s = 1 where the target is true, else −1 "
      + "[Cortes and Vapnik 1995, Support-Vector Networks]",
    inputs: [
      InputDeclaration("score", doc: "Scores of any shape; above 0 means true."),
      InputDeclaration("target", .any, doc: "`bool` or `class(2)`; the same shape."),
    ],
    settings: [.reduce], length: .honours, aliases: ["Hinge", "svm_loss"],
    snippets: [Snippet([("score", "scalar"), ("y", "bool")], "hinge(score, y)", gives: "scalar")],
    shape: { context throws(ShapeReason) in
      try context.requireTruth("hinge", allowsNumbers: false)
      try context.requireEqualInputs("hinge")
      return .scalar
    },
    build: { context in
      let graph = context.graph
      let side = graph.subtract(graph.multiply(context.float(context.inputs[1]), 2), graph.fill(1))
      return context.reduced(graph.relu(graph.subtract(1, graph.multiply(side, context.inputs[0]))))
    })
}
