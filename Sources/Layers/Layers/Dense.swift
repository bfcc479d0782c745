import Declarations
import Tensors

extension CallableDeclaration {
  /// The fully connected layer.
  package static let dense = CallableDeclaration(
    "dense", .layer, summary: "Mixes the last axis by a matrix of weights and adds a bias: a fully connected layer",
    formula: "y = x W + b, W: [in, units], b: [units]; every position of the axes before the last shares W and b",
    inputs: [InputDeclaration("x", doc: "Numbers `[…, in]`.")],
    settings: [
      SettingDeclaration(
        "units", .integer(1...1_000_000_000), isPositional: true, doc: "The size of the last axis of the result."),
      SettingDeclaration("bias", .boolean, default: .boolean(true), doc: "Whether a bias is added."),
      SettingDeclaration(
        "initializer", .word(["glorot", "he", "lecun", "orthogonal", "zeros"]), default: .word("glorot"),
        doc: "How the weights start; biases start at 0. `glorot` keeps signals and gradients in scale at any width."),
    ],
    aliases: ["Linear", "Dense", "fully_connected", "fc"],
    snippets: [
      Snippet([("x", "[4]")], "x -> dense(3)", gives: "[3]"),
      Snippet([("x", "[28, 28, 3]")], "x -> dense(16, bias: false, initializer: he)", gives: "[28, 28, 16]"),
    ],
    shape: { context throws(ShapeReason) in
      _ = try context.fixedLastAxis("dense")
      var shape = context.input.shape
      shape.axes[shape.axes.count - 1] = Axis(context.settings.dimension("units"))
      return TensorType(.float, shape)
    },
    weights: { inputs, settings in
      let units = settings.dimension("units")
      let width = inputs[0].shape.axes.last?.size ?? 1
      let weight = WeightDeclaration.make("weight", [width, units], settings.word("initializer"))
      return settings.boolean("bias") ? [weight, .make("bias", [units], "zeros")] : [weight]
    },
    build: { context in
      let graph = context.graph
      let shape = context.shape(context.input)
      // A vector is a matrix of one row.
      let rows = shape.count == 1 ? graph.reshape(context.input, [1] + shape) : context.input
      var result = graph.matmul(rows, context.weight("weight"))
      if shape.count == 1 { result = graph.reshape(result, [context.settings.integer("units")]) }
      return context.settings.boolean("bias") ? graph.add(result, context.weight("bias")) : result
    })
}
