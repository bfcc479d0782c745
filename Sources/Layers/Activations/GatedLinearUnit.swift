import Declarations
import Tensors

extension CallableDeclaration {
  /// One half gates the other.
  package static let glu = CallableDeclaration(
    "glu", .activation, summary: "Multiplies the first half of the last axis by the sigmoid of the second half",
    formula: "y = a · sigmoid(b), x = [a, b] along the last axis [Dauphin et al. 2017, Gated Convolutional Networks]",
    inputs: [InputDeclaration("x", doc: "Numbers `[…, 2 · C]`.")], aliases: ["GLU"],
    snippets: [Snippet([("x", "[16, 64]")], "x -> glu", gives: "[16, 32]")],
    shape: { context throws(ShapeReason) in
      let size = try context.fixedLastAxis("glu")
      let fact = Fact.divisible(size, by: 2)
      try context.require(
        fact,
        ShapeReason(
          "`glu` halves the last axis, but \(size.description) is odd", detail: "this axis must be even", input: 0,
          axis: context.input.shape.axes.count - 1, requirement: fact))
      var shape = context.input.shape
      shape.axes[shape.axes.count - 1] = Axis(size.floorDivided(by: 2))
      return TensorType(.float, shape)
    },
    build: { context in
      let graph = context.graph
      let shape = context.shape(context.input)
      let (axis, half) = (shape.count - 1, shape[shape.count - 1] / 2)
      let value = graph.slice(context.input, axis: axis, 0..<half)
      let gate = graph.slice(context.input, axis: axis, half..<2 * half)
      return graph.multiply(value, graph.sigmoid(gate))
    })
}
