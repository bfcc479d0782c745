import Declarations
import Graphs
import Tensors

extension CallableDeclaration {
  /// A recurrent layer in both directions.
  package static let bidirectional = CallableDeclaration(
    "bidirectional", .combinator,
    summary: "Reads a sequence forwards and backwards by two copies of a layer and joins their states at each step",
    formula: "y[t] = [forward(x)[t], reverse(backward(reverse(x)))[t]]; the state backwards at t has seen x[t] and "
      + "what follows [Schuster and Paliwal 1997, Bidirectional Recurrent Neural Networks]",
    inputs: [InputDeclaration("x", doc: "A sequence `[time, features]`.")],
    settings: [
      SettingDeclaration(
        "layer", .layer, isPositional: true, doc: "A layer from a sequence to one of the same length.")
    ],
    length: .honours, copies: .number(2), aliases: ["Bidirectional", "BiLSTM"],
    snippets: [
      Snippet([("x", "[12, 3]")], "x -> bidirectional(lstm(5))", gives: "[12, 10]"),
      Snippet([("x", "[12, 3]")], "x -> bidirectional(gru(4)) -> mean(over: time)", gives: "[8]"),
    ],
    shape: { context throws(ShapeReason) in
      _ = try context.sequenceFeatures("bidirectional")
      let result = try context.apply(context.settings.layer("layer"), context.input)
      let message =
        "`bidirectional` needs a layer that gives a state at each step of `\(context.input.shape.description)`"
      guard result.shape.pack == nil, result.shape.axes.count == 2 else {
        throw ShapeReason(message, detail: "this gives \(words(result.shape))", setting: "layer")
      }
      try context.requireEqual(
        context.input.shape.axes[0].size, result.shape.axes[0].size, input: nil, setting: "layer", message)
      var shape = result.shape
      shape.axes[1] = Axis(shape.axes[1].size * 2)
      return TensorType(.float, shape)
    },
    build: { context in
      let graph = context.graph
      let layer = context.settings.layer("layer")
      let forward = context.apply(layer, context.input, "[0]")
      let mask = context.mask(0)
      let backward = context.apply(layer, reversed(context.input, mask, graph), "[1]")
      return graph.concat([forward, reversed(backward, mask, graph)], axis: 1)
    })
}

/// The positions of a sequence in the opposite order; where lengths differ, the real ones, and padding stays behind.
private func reversed(_ sequence: ValueID, _ mask: ValueID?, _ graph: GraphBuilder) -> ValueID {
  let length = graph.shape(of: sequence)[0]
  if let mask {
    let places = graph.iota(shape: [length], axis: 0)
    let last = graph.subtract(graph.realCount(mask), 1)
    let opposite = graph.subtract(last, places)
    let isReal = graph.lessOrEqual(graph.literal(0, like: opposite), opposite)
    return graph.gather(sequence, graph.cast(graph.select(isReal, opposite, places), .int32))
  }
  let order = HostTensor(shape: [length], storage: .int32((0..<Int32(length)).reversed()))
  let indices = graph.constant(order)
  return graph.gather(sequence, graph.type(of: sequence).isShared ? indices : graph.lift(indices))
}
