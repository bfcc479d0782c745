import Graphs
import Tensors

/// Rewrites around the gradient of greatest values, which gives each number of the window's result to one pixel: what is
/// done to all pixels is done to the windows instead, of which there are fewer. These rules reorder sums.
extension Simplifier {
  /// `max_pool_gradient(x, dy) · (0 < x)` as `max_pool_gradient(x, dy · (0 < max_pool(x)))`, where that result is there
  /// anyway: the pixel that gets a window's number holds the window's greatest. Windows that share pixels stay as they
  /// are: they would lose the sign of a zero.
  mutating func slopeBeforePooling(
    _ gradient: ValueID, _ slope: ValueID, _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    guard options.usesFusedComposites, let (composite, window) = poolGradient(gradient),
      zip(window.kernel, window.strides).allSatisfy({ $0 <= $1 }), window.dilations == [1, 1],
      case .map(.less) = graph[slope].op, number(graph[slope].inputs[0]) == 0
    else { return nil }
    let (x, dy) = (graph[gradient].inputs[0], graph[gradient].inputs[1])
    guard graph[slope].inputs[1] == x, let pooled = pooled(x, composite.attributes) else { return nil }
    let narrow = graph[dy].type
    guard graph[pooled].type == narrow else { return nil }
    let sign = add(.map(.less), [filled(0, narrow, origin), pooled], narrow, origin)
    let masked = add(.map(.multiply), [dy, sign], narrow, origin)
    return add(.composite(composite), [x, masked], type, origin)
  }

  /// The sum of `max_pool_gradient(x, dy)` over both axes of the image as the sum of `dy`, where every window has a pixel
  /// of the image.
  mutating func sumBeforePooling(
    _ axes: [Int], _ gradient: ValueID, _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    guard options.usesFusedComposites, axes.contains(0), axes.contains(1), let (_, window) = poolGradient(gradient),
      window.low + window.high == [0, 0, 0, 0]
    else { return nil }
    return add(.reduceSum(axes: axes), [graph[gradient].inputs[1]], type, origin)
  }

  private func poolGradient(_ value: ValueID) -> (Composite, Window)? {
    guard case .composite(let composite) = graph[value].op, composite.name == "max_pool_gradient" else { return nil }
    return (composite, Window(attributes: composite.attributes))
  }

  /// The greatest values of the windows of `x` that are computed already.
  private func pooled(_ x: ValueID, _ attributes: [String: Double]) -> ValueID? {
    let index = graph.nodes.indices.dropFirst(x.index).first { index in
      guard case .composite(let composite) = graph.nodes[index].op else { return false }
      return composite.name == "max_pool" && graph.nodes[index].inputs == [x] && composite.attributes == attributes
    }
    return index.map { ValueID($0) }
  }
}
