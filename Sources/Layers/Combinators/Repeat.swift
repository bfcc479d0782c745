import Declarations
import Tensors

extension CallableDeclaration {
  /// A layer several times in a row, each time with weights of its own.
  package static let `repeat` = CallableDeclaration(
    "repeat", .combinator, summary: "Applies copies of a layer one after the other, each with weights of its own",
    formula: "y = layer[n − 1](… layer[1](layer[0](x)))",
    settings: [
      SettingDeclaration("times", .integer(1...10_000), isPositional: true, doc: "The number of copies."),
      SettingDeclaration("layer", .layer, isPositional: true, doc: "The layer that is copied."),
    ],
    copies: .setting("times"), aliases: ["stack", "ModuleList"],
    snippets: [
      Snippet([("x", "[64]")], "x -> repeat(4, dense(64) -> relu)", gives: "[64]"),
      Snippet([("x", "[4]")], "x -> repeat(2, residual(dense(4) -> tanh))", gives: "[4]"),
    ],
    shape: { context throws(ShapeReason) in
      // Once the shape no longer changes, further copies change nothing.
      let layer = context.settings.layer("layer")
      let times = context.settings.dimension("times")
      var type = context.input
      for index in 0..<repeatShapeLimit {
        let next = try context.apply(layer, type)
        if next.shape.sizes.contains(where: \.isInvalid) {
          throw ShapeReason(
            "the shape outgrows every machine after \(index + 1) copies of the layer", detail: words(type.shape),
            setting: "times")
        }
        if next == type || times.constant == index + 1 { return next }
        if times.constant == nil {
          throw ShapeReason(
            "`repeat` of a number that is not known needs a layer that keeps the shape, but \(words(type.shape)) becomes "
              + words(next.shape), detail: "this layer changes the shape", setting: "layer")
        }
        type = next
      }
      throw ShapeReason(
        "the shape still changes after \(repeatShapeLimit) copies of the layer", detail: words(type.shape),
        setting: "times")
    },
    build: { context in
      let layer = context.settings.layer("layer")
      return (0..<context.settings.integer("times")).reduce(context.input) { value, index in
        context.apply(layer, value, "[\(index)]")
      }
    })
}

/// How many copies may each change the shape.
private let repeatShapeLimit = 256
