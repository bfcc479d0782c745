import Declarations
import Graphs
import Tensors

extension CallableDeclaration {
  /// A sequence some positions later.
  package static let shift = CallableDeclaration(
    "shift", .function, summary: "Moves a sequence to later positions, with zeros before it",
    formula: "y[t] = x[t − by], 0 for t < by; the last positions are dropped",
    inputs: [InputDeclaration("x", .any, doc: "A sequence `[T, …]`; of tokens or classes, zeros are the first one.")],
    settings: [
      SettingDeclaration(
        "by", .integer(1 ... .max), default: .integer(1), isPositional: true, doc: "How many positions.")
    ],
    aliases: ["shift_right", "lag"],
    snippets: [
      Snippet([("x", "[12, 3]")], "x -> shift", gives: "[12, 3]"),
      Snippet([("x", "[12, 3]")], "shift(x, by: 4)", gives: "[12, 3]"),
      Snippet([("text", "token(65)[8]")], "text -> shift(1)", gives: "token(65)[8]"),
    ],
    shape: { context throws(ShapeReason) in
      guard try context.rank("shift") > 0 else {
        throw ShapeReason("`shift` moves the positions of a sequence, but gets a scalar", detail: "this is a scalar")
      }
      // Inside a generic layer nothing is asked of a length: what is moved beyond the end is gone.
      let axis = context.input.shape.axes[0]
      let (length, count) = (axis.limit ?? axis.size, context.settings.dimension("by"))
      if length.constant != nil, count.constant != nil {
        let fact = Fact.atLeast(length, count + 1)
        try context.require(
          fact,
          ShapeReason(
            "`shift` by so many positions would leave nothing of \(words(context.input.shape))",
            detail: "there are \(length) positions", setting: "by", input: 0, axis: 0, requirement: fact))
      }
      return context.input
    },
    build: { context in
      let graph = context.graph
      let shape = context.shape(context.input)
      let count = Swift.min(context.settings.integer("by"), shape[0])
      let zeros = graph.fill(0, shape: [count] + shape.dropFirst())
      let type = graph.type(of: context.input)
      let before = type.dtype == .float32 ? zeros : graph.cast(zeros, type.dtype)
      if count == shape[0] { return before }
      let kept = graph.slice(context.input, axis: 0, 0..<shape[0] - count)
      return graph.concat([before, kept], axis: 0)
    })
}
