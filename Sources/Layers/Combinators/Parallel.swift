import Declarations
import Tensors

extension CallableDeclaration {
  /// Several layers side by side.
  package static let parallel = CallableDeclaration(
    "parallel", .combinator, summary: "Gives the input to several layers and joins their results along the last axis",
    formula: "y = [first(x), second(x), …] along the last axis [Szegedy et al. 2015, Going Deeper with Convolutions]",
    settings: [
      SettingDeclaration(
        "layers", .layers, isPositional: true, doc: "The layers; their results differ in the last axis only.")
    ],
    aliases: ["branches", "Inception"],
    snippets: [Snippet([("x", "[16]")], "x -> parallel(dense(8) -> relu, dense(4) -> tanh)", gives: "[12]")],
    shape: { context throws(ShapeReason) in
      var shapes: [Shape] = []
      for layer in context.settings.layers("layers") {
        shapes.append(try context.apply(layer, context.input).shape)
      }
      guard let first = shapes.first else { throw ShapeReason("`parallel` needs a layer", setting: "layers") }
      guard let last = first.axes.indices.last else {
        throw ShapeReason("`parallel` joins along the last axis, but its first layer gives \(words(first))")
      }
      return TensorType(.float, try context.joined("parallel", shapes, axis: last))
    },
    build: { context in
      let results = context.settings.layers("layers").map { context.apply($0, context.input, "") }
      return context.graph.concat(results, axis: context.shape(results[0]).count - 1)
    })
}
