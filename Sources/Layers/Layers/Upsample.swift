import Declarations
import Tensors

extension CallableDeclaration {
  /// Every position several times.
  package static let upsample = CallableDeclaration(
    "upsample", .layer, summary: "Repeats every position along its axes: enlarges an image to its nearest pixels",
    formula: "y[i, j, c] = x[⌊i / factor⌋, ⌊j / factor⌋, c]",
    inputs: [InputDeclaration("x", doc: "An image `[H, W, C]` or a series `[T, C]`.")],
    settings: [
      SettingDeclaration(
        "factor", .oneOf([.integer(1...1_000_000)]), isPositional: true,
        doc: "How often each position occurs along an axis, by axis where it is a list.")
    ],
    length: .refuses, aliases: ["Upsample", "UpSampling1D", "UpSampling2D", "interpolate"],
    snippets: [
      Snippet([("x", "[7, 7, 8]")], "x -> upsample(2)", gives: "[14, 14, 8]"),
      Snippet([("x", "[10, 8]")], "x -> upsample(3)", gives: "[30, 8]"),
    ],
    shape: { context throws(ShapeReason) in
      let input = try context.windowed("upsample")
      let factors = try context.windowSizes("factor", "upsample", input)
      return TensorType(.float, Shape(zip(input.positions, factors).map { $0 * $1 } + [input.channels]))
    },
    build: { context in
      let shape = context.shape(context.input)
      let axes = shape.count - 1
      let factors = (context.settings.sizes("factor", axes: axes) ?? []).map { $0.constant ?? 1 }
      let spread = zip(shape, factors).flatMap { [$0, $1] } + [shape[axes]]
      let kept = (0...axes).map { 2 * $0 }
      let repeated = context.graph.broadcast(context.input, shape: spread, axes: kept)
      return context.graph.reshape(repeated, zip(shape, factors).map { $0 * $1 } + [shape[axes]])
    })
}
