import Tensors

// Sums, means and products that layers, losses and metrics share.
extension GraphBuilder {
  /// The mean over axes, which are dropped; NaN over an empty axis.
  package func mean(_ x: ValueID, axes: [Int]) -> ValueID {
    let shape = self.shape(of: x)
    let count = axes.reduce(1) { $0 * shape[$1] }
    let sum = reduceSum(x, axes: axes)
    return count == 0 ? divide(sum, 0) : multiply(sum, 1 / Double(count))
  }

  /// The mean over all axes: a scalar.
  package func mean(_ x: ValueID) -> ValueID { mean(x, axes: Array(shape(of: x).indices)) }

  /// The sum over all axes: a scalar.
  package func sum(_ x: ValueID) -> ValueID { reduceSum(x, axes: Array(shape(of: x).indices)) }

  /// The mean squared distance from the mean over axes, which are dropped (divided by the count, not the count less one).
  package func variance(_ x: ValueID, axes: [Int]) -> ValueID {
    mean(square(subtract(x, keeping(mean(x, axes: axes), axes: axes, of: shape(of: x)))), axes: axes)
  }

  /// A reduced value repeated along the axes that the reduction dropped.
  package func keeping(_ reduced: ValueID, axes: [Int], of shape: [Int]) -> ValueID {
    broadcast(reduced, shape: shape, axes: shape.indices.filter { !axes.contains($0) })
  }

  /// A per-example scalar's mean over the examples of the batch: shared.
  package func meanOverBatch(_ x: ValueID) -> ValueID { divide(batchSum(x), batchCount()) }

  /// The language's `@`: `[…, K] @ [K, N]`; a vector counts as one row (left) or one column (right).
  package func contract(_ a: ValueID, _ b: ValueID) -> ValueID {
    let (aShape, bShape) = (shape(of: a), shape(of: b))
    let left = aShape.count == 1 ? reshape(a, [1] + aShape) : a
    let right = bShape.count == 1 ? reshape(b, bShape + [1]) : b
    let product = matmul(left, right)
    var result = shape(of: product)
    if bShape.count == 1 { result.removeLast() }
    if aShape.count == 1 { result.remove(at: result.count - (bShape.count == 1 ? 1 : 2)) }
    return reshape(product, result)
  }

  /// `indices int32 [I…] → [I…, depth]`: 1 at the index, 0 elsewhere.
  package func oneHot(_ indices: ValueID, depth: Int) -> ValueID {
    let type = self.type(of: indices)
    let shape = type.shape + [depth]
    let places = iota(shape: [depth], axis: 0, dtype: .int32)
    return map(
      .equal,
      [
        broadcast(indices, shape: shape, axes: Array(type.shape.indices)),
        broadcast(type.isShared ? places : lift(places), to: shape),
      ])
  }
}
