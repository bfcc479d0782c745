import Declarations
import Graphs

// Lengths that differ from example to example: sequences are filled up to one length, and a mask `[T]` of an input says
// where the real positions are (1) and where padding is (0).
extension BuildContext {
  /// The mask of the first input that has one.
  var anyMask: ValueID? { inputs.indices.lazy.compactMap { mask($0) }.first }

  /// The sum of what stands at real positions: over everything.
  func sumOverPositions(_ x: ValueID) -> ValueID {
    guard let mask = anyMask, !shape(x).isEmpty else { return graph.sum(x) }
    return graph.sum(graph.masked(x, by: mask))
  }

  /// What a metric accumulates for a share of positions: the sum over the real ones, and their number.
  func sumAndCount(_ x: ValueID) -> [ValueID] {
    let count = shape(x).reduce(1, *)
    guard let mask = anyMask, !shape(x).isEmpty else { return [graph.sum(x), graph.fill(Double(count))] }
    return [sumOverPositions(x), graph.multiply(graph.sum(mask), Double(count / shape(x)[0]))]
  }

  /// The mean of what stands at real positions: over everything.
  func meanOverPositions(_ x: ValueID) -> ValueID {
    guard let mask = anyMask, !shape(x).isEmpty else { return graph.mean(x) }
    return graph.mean(x, axes: Array(shape(x).indices), mask: mask)
  }
}

extension GraphBuilder {
  /// `x [T, …]` with a number in place of padding.
  func masked(_ x: ValueID, by mask: ValueID, padding: Double = 0) -> ValueID {
    let shape = self.shape(of: x)
    return select(broadcast(mask, shape: shape, axes: [0]), x, fill(padding))
  }

  /// The number of real positions, at least 1.
  func realCount(_ mask: ValueID) -> ValueID { maximum(sum(mask), 1) }

  /// The mean over axes, the first among them, of what stands at real positions.
  func mean(_ x: ValueID, axes: [Int], mask: ValueID) -> ValueID {
    let shape = self.shape(of: x)
    let others = axes.filter { $0 != 0 }.reduce(1) { $0 * shape[$1] }
    let total = reduceSum(masked(x, by: mask), axes: axes)
    return divide(multiply(total, 1 / Double(max(others, 1))), realCount(mask))
  }
}

extension ShapeContext {
  /// Logits whose last axis is one size, or their only axis.
  func checkLogits(_ name: String) throws(ShapeReason) {
    if inputs[0].shape.rank == 1 { return }
    _ = try fixedLastAxis(name)
  }
}

extension BuildContext {
  /// What a softmax gives for the first input. Where a vector's length differs from example to example, padding takes no
  /// part in it, and is 0.
  func overRealPositions(_ normalised: (ValueID) -> ValueID) -> ValueID {
    guard let mask = mask(0) else { return normalised(input) }
    guard graph.shape(of: input).count == 1 else { return normalised(input) }
    return graph.masked(normalised(graph.masked(input, by: mask, padding: -1e30)), by: mask)
  }
}
