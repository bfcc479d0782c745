/// Elements of a step's row-major result, addressed by an offset and a stride for each axis (in elements).
struct View: Hashable {
  /// The step whose result is addressed.
  var root: Int
  var offset: Int
  var sizes: [Int]
  var strides: [Int]

  init(root: Int, offset: Int = 0, sizes: [Int], strides: [Int]) {
    self.root = root
    self.offset = offset
    self.sizes = sizes
    self.strides = strides
  }

  /// All of a result, in order.
  init(whole root: Int, sizes: [Int]) {
    self.init(root: root, sizes: sizes, strides: rowMajorStrides(sizes))
  }

  var count: Int { sizes.reduce(1, *) }

  /// Whether elements follow each other without gaps, in row-major order.
  var isContiguous: Bool {
    var expected = 1
    for axis in sizes.indices.reversed() where sizes[axis] != 1 {
      if strides[axis] != expected { return false }
      expected *= sizes[axis]
    }
    return true
  }

  /// The same elements with adjacent axes merged where one stride serves both, and without axes of size 1.
  var merged: View {
    var result = View(root: root, offset: offset, sizes: [], strides: [])
    for axis in sizes.indices where sizes[axis] != 1 {
      if let last = result.sizes.indices.last, result.strides[last] == sizes[axis] * strides[axis] {
        result.sizes[last] *= sizes[axis]
        result.strides[last] = strides[axis]
      } else {
        result.sizes.append(sizes[axis])
        result.strides.append(strides[axis])
      }
    }
    return result
  }

  /// Rows without gaps inside, at a distance from each other; nil where it is not that.
  var separateRows: (rows: Int, distance: Int)? {
    let view = merged
    guard view.sizes.count == 2, view.strides[1] == 1, view.strides[0] >= view.sizes[1] else { return nil }
    return (view.sizes[0], view.strides[0])
  }

  /// The view with other axes over the same elements in the same order, or nil where strides cannot express it.
  func reshaped(_ newSizes: [Int]) -> View? {
    if count == 0 { return View(root: root, offset: offset, sizes: newSizes, strides: rowMajorStrides(newSizes)) }
    let old = merged
    var strides = [Int](repeating: 0, count: newSizes.count)
    var axis = newSizes.count - 1
    for (size, stride) in zip(old.sizes, old.strides).reversed() {
      var rest = size
      var step = stride
      while rest > 1 {
        while axis >= 0, newSizes[axis] == 1 { axis -= 1 }
        guard axis >= 0, rest % newSizes[axis] == 0 else { return nil }
        strides[axis] = step
        step *= newSizes[axis]
        rest /= newSizes[axis]
        axis -= 1
      }
    }
    return View(root: root, offset: offset, sizes: newSizes, strides: strides)
  }

  /// Result axis `i` is axis `order[i]`.
  func permuted(_ order: [Int]) -> View {
    View(root: root, offset: offset, sizes: order.map { sizes[$0] }, strides: order.map { strides[$0] })
  }

  /// Axis `i` becomes axis `axes[i]` of `shape`; the other axes repeat.
  func broadcast(to shape: [Int], axes: [Int]) -> View {
    var result = View(root: root, offset: offset, sizes: shape, strides: shape.map { _ in 0 })
    for (axis, target) in axes.enumerated() where sizes[axis] == shape[target] {
      result.strides[target] = strides[axis]
    }
    return result
  }

  func sliced(starts: [Int], steps: [Int], sizes newSizes: [Int]) -> View {
    var result = self
    for axis in sizes.indices {
      result.offset += starts[axis] * strides[axis]
      result.strides[axis] *= steps[axis]
    }
    result.sizes = newSizes
    return result
  }

  /// A new leading axis along which elements repeat.
  func repeated(_ times: Int) -> View {
    View(root: root, offset: offset, sizes: [times] + sizes, strides: [0] + strides)
  }

  /// The first element along the first axis.
  var withoutFirstAxis: View {
    View(root: root, offset: offset, sizes: Array(sizes.dropFirst()), strides: Array(strides.dropFirst()))
  }

  /// One more than the greatest element index that is addressed.
  var end: Int {
    count == 0 ? offset : offset + zip(sizes, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 } + 1
  }
}

/// The strides of a dense row-major tensor.
func rowMajorStrides(_ sizes: [Int]) -> [Int] {
  var strides = [Int](repeating: 1, count: sizes.count)
  for axis in sizes.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * max(sizes[axis + 1], 1) }
  return strides
}
