import Declarations
import Tensors

extension CallableDeclaration {
  /// Values joined along an axis.
  package static let concat = CallableDeclaration(
    "concat", .function, summary: "Joins values along an axis, channels unless another is named",
    formula: "y = [a, b, …] along the axis; the other axes are equal",
    inputs: [
      InputDeclaration("a", doc: "The first value."), InputDeclaration("b", doc: "The second value; more may follow."),
    ],
    isVariadic: true,
    settings: [
      SettingDeclaration("over", .axes, default: .axes([.channels]), doc: "The axis along which the values are joined.")
    ],
    length: .refuses,
    keepsPositions: PositionRule("over another axis than the first") { inputs, settings in
      guard let rank = inputs.first?.shape.rank, let axis = settings.axes("over").first else { return false }
      return (axis == .channels || axis == .features ? rank - 1 : axis.index(rank: rank)) ?? 0 > 0
    }, aliases: ["cat", "Concatenate", "concatenate"],
    snippets: [
      Snippet([("a", "[8]"), ("b", "[4]")], "concat(a, b, over: channels)", gives: "[12]"),
      Snippet([("a", "[16, 8]"), ("b", "[4, 8]")], "concat(a, b, over: time)", gives: "[20, 8]"),
    ],
    shape: { context throws(ShapeReason) in
      _ = try context.lastAxis("concat")
      guard let axes = try context.axes("concat"), axes.count == 1 else {
        throw ShapeReason("`concat` joins along one axis", setting: "over")
      }
      return TensorType(.float, try context.joined("concat", context.inputs.map(\.shape), axis: axes[0]))
    },
    build: { context in context.graph.concat(context.inputs, axis: context.axes[0]) })
}

extension ShapeContext {
  /// The shape of values joined along an axis; the others must be equal.
  func joined(_ name: String, _ shapes: [Shape], axis: Int) throws(ShapeReason) -> Shape {
    var result = shapes[0]
    for (index, shape) in shapes.enumerated().dropFirst() {
      var (first, other) = (shapes[0], shape)
      let message =
        "`\(name)` joins shapes that differ in one axis only, but gets \(words(first)) and \(words(other))"
      guard first.pack == other.pack, first.axes.count == other.axes.count else {
        throw ShapeReason(message, detail: "\(words(first)) and \(words(other))", input: index)
      }
      result.axes[axis].size = result.axes[axis].size + other.axes[axis].size
      first.axes.remove(at: axis)
      other.axes.remove(at: axis)
      try requireEqual(first, other, input: index, message)
    }
    return result
  }
}
