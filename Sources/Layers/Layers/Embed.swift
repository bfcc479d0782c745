import Declarations
import Tensors

extension CallableDeclaration {
  /// A learned vector for every class or token.
  package static let embed = CallableDeclaration(
    "embed", .layer, summary: "Looks up a learned vector for every class or token",
    formula: "y = weight[x], weight: [classes, width], drawn from N(0, deviation²)",
    inputs: [InputDeclaration("x", .label, doc: "Classes or tokens of any shape.")],
    settings: [
      SettingDeclaration(
        "width", .integer(1...1_000_000_000), isPositional: true, doc: "The length of each vector."),
      SettingDeclaration(
        "deviation", .real(.nonNegative), default: .real(0.02),
        doc: "The standard deviation of the vectors at the start; PyTorch's `Embedding` takes 1."),
    ],
    aliases: ["Embedding"],
    snippets: [
      Snippet([("x", "token(65)[64]")], "x -> embed(128)", gives: "[64, 128]"),
      Snippet([("x", "class(7)")], "x -> embed(3)", gives: "[3]"),
    ],
    shape: { context in
      var shape = context.input.shape
      shape.axes.append(Axis(context.settings.dimension("width")))
      return TensorType(.float, shape)
    },
    weights: { inputs, settings in
      let deviation = settings["deviation"] ?? .real(0.02)
      return [
        .make(
          "weight", [inputs[0].classCount ?? 1, settings.dimension("width")], "normal", ["deviation": deviation])
      ]
    },
    build: { context in context.graph.gather(context.weight("weight"), context.input) })
}
