import Declarations
import Tensors

extension CallableDeclaration {
  /// The last position of a sequence.
  package static let last = CallableDeclaration(
    "last", .function, summary: "The last position of a sequence: the first axis is dropped",
    formula: "y = x[T − 1]",
    inputs: [InputDeclaration("x", doc: "A sequence `[time, …]`.")], length: .honours,
    aliases: ["final"],
    snippets: [
      Snippet([("x", "[12, 3]")], "last(x)", gives: "[3]"),
      Snippet([("x", "[12, 3]")], "x -> gru(4) -> last -> dense(2)", gives: "[2]"),
    ],
    shape: { context throws(ShapeReason) in
      guard try context.rank("last") > 0 else {
        throw ShapeReason("`last` takes the last position of a sequence, but gets a scalar", detail: "this is a scalar")
      }
      if context.input.shape.axes[0].isVarying, context.input.element != .float {
        throw ShapeReason(
          "`last` of a length that differs from example to example needs numbers", detail: "embed them first", input: 0)
      }
      var shape = context.input.shape
      let length = shape.axes.removeFirst().size
      let fact = Fact.atLeast(length, 1)
      try context.require(
        fact, ShapeReason("`last` needs a sequence of at least one position", input: 0, axis: 0, requirement: fact))
      return TensorType(context.input.element, shape)
    },
    build: { context in
      let graph = context.graph
      let shape = context.shape(context.input)
      if let mask = context.mask(0), graph.type(of: context.input).dtype == .float32 {
        // The place before the end is where the count of real positions is one more than the place.
        let next = graph.add(graph.iota(shape: [shape[0]], axis: 0), 1)
        let isLast = graph.equal(next, graph.realCount(mask))
        return graph.reduceSum(graph.masked(context.input, by: isLast), axes: [0])
      }
      return graph.reshape(graph.slice(context.input, axis: 0, shape[0] - 1..<shape[0]), Array(shape.dropFirst()))
    })
}
