import Declarations
import Tensors

extension CallableDeclaration {
  /// Zeros around positions.
  package static let pad = CallableDeclaration(
    "pad", .layer, summary: "Puts zeros around an image, or at the ends of a series",
    formula: "y[i + before, j + before, c] = x[i, j, c], and 0 elsewhere",
    inputs: [InputDeclaration("x", doc: "An image `[H, W, C]` or a series `[T, C]`.")],
    settings: [
      SettingDeclaration(
        "size", .oneOf([.integer(0...1_000_000)]), isPositional: true,
        doc: "How many zeros on each side that `at` names, by axis where it is a list."),
      SettingDeclaration(
        "at", .word(["both", "start", "end"]), default: .word("both"),
        doc: "Which sides: `start` before a causal convolution of a series."),
    ],
    length: .refuses, aliases: ["ZeroPad2d", "ConstantPad1d", "ZeroPadding2D", "ZeroPadding1D"],
    snippets: [
      Snippet([("x", "[7, 7, 8]")], "x -> pad(1)", gives: "[9, 9, 8]"),
      Snippet([("x", "[10, 8]")], "x -> pad(4, at: start)", gives: "[14, 8]"),
    ],
    shape: { context throws(ShapeReason) in
      let input = try context.windowed("pad")
      let sizes = try context.windowSizes("size", "pad", input)
      let sides = context.settings.word("at") == "both" ? Dimension(2) : 1
      return TensorType(.float, Shape(zip(input.positions, sizes).map { $0 + $1 * sides } + [input.channels]))
    },
    build: { context in
      let axes = context.shape(context.input).count - 1
      let sizes = (context.settings.sizes("size", axes: axes) ?? []).map { $0.constant ?? 0 } + [0]
      let zeros = sizes.map { _ in 0 }
      let side = context.settings.word("at")
      return context.graph.pad(
        context.input, low: side == "end" ? zeros : sizes, high: side == "start" ? zeros : sizes)
    })
}
