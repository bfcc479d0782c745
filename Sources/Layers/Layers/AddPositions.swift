import Declarations
import Tensors

extension CallableDeclaration {
  /// A vector for every position, added to what stands there.
  package static let addPositions = CallableDeclaration(
    "add_positions", .layer, summary: "Adds to every position a vector of its own, so that order can be told",
    formula: "y[t] = x[t] + p[t]; learned p: [T, D], drawn from N(0, 0.02²); sinusoidal p[t, 2i] = "
      + "sin(t / 10000^(2i / D)), p[t, 2i + 1] = cos(t / 10000^(2i / D)) [Vaswani et al. 2017, section 3.5]",
    inputs: [InputDeclaration("x", doc: "Numbers `[T, D]`.")],
    settings: [
      SettingDeclaration(
        "kind", .word(["learned", "sinusoidal"]), default: .word("learned"), isPositional: true,
        doc: "`learned` vectors are weights, one for each position; `sinusoidal` ones are fixed.")
    ],
    aliases: ["PositionalEncoding", "positional_encoding", "PositionEmbedding", "position_embedding"],
    snippets: [
      Snippet([("x", "[64, 128]")], "x -> add_positions", gives: "[64, 128]"),
      Snippet([("x", "[20, 32]")], "x -> add_positions(sinusoidal)", gives: "[20, 32]"),
    ],
    shape: { context throws(ShapeReason) in
      let shape = context.input.shape
      guard try context.rank("add_positions") == 2 else {
        throw ShapeReason(
          "`add_positions` needs a sequence `[time, features]`, but gets \(words(shape))",
          detail: "it has \(shape.axes.count) axes", input: 0)
      }
      _ = try context.fixedLastAxis("add_positions")
      return TensorType(.float, shape)
    },
    weights: { inputs, settings in
      guard settings.word("kind") == "learned" else { return [] }
      let axes = inputs[0].shape.axes
      return [.make("weight", [axes[0].limit ?? axes[0].size, axes[1].size], "normal", ["deviation": .real(0.02)])]
    },
    build: { context in
      let graph = context.graph
      let shape = context.shape(context.input)
      guard context.settings.word("kind") == "learned" else {
        return graph.add(context.input, graph.constant(sinusoids(length: shape[0], width: shape[1])))
      }
      let weight = context.weight("weight")
      return graph.add(context.input, graph.slice(weight, axis: 0, 0..<shape[0]))
    })
}
