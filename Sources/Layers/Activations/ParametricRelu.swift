import Declarations
import Tensors

extension CallableDeclaration {
  /// A leaky rectifier whose slopes are learned.
  package static let prelu = CallableDeclaration(
    "prelu", .activation, summary: "Keeps what is positive and shrinks the rest by a learned slope for each channel",
    formula:
      "y = x where x > 0, else slope · x, slope: [C], from 0.25 on [He et al. 2015, Delving Deep into Rectifiers]",
    inputs: [InputDeclaration("x", doc: "Numbers `[…, C]`.")], aliases: ["PReLU"],
    snippets: [Snippet([("x", "[14, 14, 32]")], "x -> prelu", gives: "[14, 14, 32]")],
    shape: { context throws(ShapeReason) in
      _ = try context.fixedLastAxis("prelu")
      return TensorType(.float, context.input.shape)
    },
    weights: { inputs, _ in
      [.make("slope", [inputs[0].shape.axes.last?.size ?? 1], "constant", ["value": .real(0.25)])]
    },
    build: { context in
      let graph = context.graph
      let below = graph.multiply(graph.minimum(context.input, 0), context.weight("slope"))
      return graph.add(graph.relu(context.input), below)
    })
}
