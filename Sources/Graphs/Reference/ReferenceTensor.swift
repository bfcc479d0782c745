import Tensors

/// Numbers in `Double`, row-major: what the reference interpreter computes with. Integers are whole numbers.
package struct ReferenceTensor: Sendable, Hashable {
  package var shape: [Int]
  package var values: [Double]

  package init(shape: [Int], _ values: [Double]) {
    precondition(values.count == shape.reduce(1, *), "a tensor's values must fit its shape")
    self.shape = shape
    self.values = values
  }
  package init(shape: [Int], repeating value: Double) {
    self.init(shape: shape, Array(repeating: value, count: shape.reduce(1, *)))
  }
  package init(scalar: Double) { self.init(shape: [], [scalar]) }
  package init(_ tensor: HostTensor) {
    switch tensor.storage {
    case .float32(let values): self.init(shape: tensor.shape, values.map(Double.init))
    case .int32(let values): self.init(shape: tensor.shape, values.map(Double.init))
    case .uint8(let values): self.init(shape: tensor.shape, values.map(Double.init))
    }
  }

  package var count: Int { values.count }

  package func mapped(_ function: (Double) -> Double) -> ReferenceTensor {
    ReferenceTensor(shape: shape, values.map(function))
  }

  /// The elements at `offset + Σ index·stride`, for all indices of a shape.
  package func strided(offset: Int, strides: [Int], shape: [Int]) -> ReferenceTensor {
    ReferenceTensor(shape: shape, stridedOffsets(offset: offset, strides: strides, shape: shape).map { values[$0] })
  }

  /// The function of all elements along axes, which are dropped.
  package func reduced(axes: [Int], _ function: (ArraySlice<Double>) -> Double) -> ReferenceTensor {
    let kept = shape.indices.filter { !axes.contains($0) }
    let strides = rowMajorStrides(shape)
    let order = kept + axes
    let last = strided(offset: 0, strides: order.map { strides[$0] }, shape: order.map { shape[$0] })
    let length = axes.reduce(1) { $0 * shape[$1] }
    let result = kept.map { shape[$0] }
    let rows = result.reduce(1, *)
    return ReferenceTensor(
      shape: result, (0..<rows).map { function(last.values[$0 * length..<($0 + 1) * length]) })
  }

  /// The elementwise sum with a tensor of the same shape.
  package func adding(_ other: ReferenceTensor) -> ReferenceTensor {
    ReferenceTensor(shape: shape, zip(values, other.values).map { $0 + $1 })
  }

  /// One example of a batched tensor.
  package func example(_ index: Int) -> ReferenceTensor {
    let inner = Array(shape.dropFirst())
    let count = inner.reduce(1, *)
    return ReferenceTensor(shape: inner, Array(values[index * count..<(index + 1) * count]))
  }
}

/// Steps between neighbours along each axis of a row-major shape.
package func rowMajorStrides(_ shape: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
  return strides
}

/// `offset + Σ index·stride` for all indices of a shape, the last axis fastest.
package func stridedOffsets(offset: Int, strides: [Int], shape: [Int]) -> [Int] {
  if shape.contains(0) { return [] }
  var offsets = [offset]
  for (stride, size) in zip(strides, shape) {
    var next: [Int] = []
    next.reserveCapacity(offsets.count * size)
    for base in offsets { for index in 0..<size { next.append(base + index * stride) } }
    offsets = next
  }
  return offsets
}
