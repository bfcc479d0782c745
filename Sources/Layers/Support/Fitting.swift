import Declarations
import Graphs
import Tensors

/// The columns of `rows × width` row-major values without their missing ones (NaN).
func presentColumns(_ values: [Double], width: Int) -> [[Double]] {
  var columns = [[Double]](repeating: [], count: width)
  for (index, value) in values.enumerated() where !value.isNaN { columns[index % width].append(value) }
  return columns
}

/// The value below which a share of sorted values lies, straight between its two neighbours (definition 7 of Hyndman
/// and Fan, "Sample Quantiles in Statistical Packages", 1996). Nil of no values.
package func quantile(ofSorted values: [Double], _ share: Double) -> Double? {
  guard let last = values.indices.last else { return nil }
  let place = share * Double(last)
  let low = Int(place.rounded(.down))
  guard low < last else { return values[last] }
  return values[low] + (values[low + 1] - values[low]) * (place - Double(low))
}

extension BuildContext {
  /// A fitted vector in a shape that broadcasts to the input: one number, one for each entry of the last axis, or one
  /// for each element.
  func fitted(_ constants: [String: ValueID], _ name: String) -> ValueID {
    guard let constant = constants[name] else { preconditionFailure("\(path) was fitted without \(name)") }
    let count = graph.type(of: constant).count
    let shape = shape(input)
    if count == 1 { return graph.reshape(constant, []) }
    if count == shape.last { return constant }
    return graph.reshape(constant, shape)
  }
}

extension TransformDeclaration {
  /// The shape rule of transforms that work element by element.
  static let sameShape: @Sendable (ShapeContext) throws(ShapeReason) -> TensorType = { context throws(ShapeReason) in
    TensorType(.float, context.input.shape)
  }

  /// Declares a transform that learns nothing: a function and its inverse.
  static func fixed(
    _ name: String, summary: String, formula: String, aliases: [String] = [], snippets: [Snippet],
    apply: @escaping @Sendable (GraphBuilder, ValueID) -> ValueID,
    inverse: @escaping @Sendable (GraphBuilder, ValueID) -> ValueID
  ) -> TransformDeclaration {
    TransformDeclaration(
      name, summary: summary, formula: formula, aliases: aliases, snippets: snippets, shape: sameShape,
      fit: { _, _, _ in [:] }, apply: { context, _ in apply(context.graph, context.input) },
      inverse: { context, _ in inverse(context.graph, context.input) })
  }
}
