import Graphs
import Tensors

extension StepBuilder {
  /// One axis of a multiply with its strides in A, B and C.
  private typealias Axis = Contraction.Axis

  /// The axes of a multiply by what they do.
  private struct AxisLists {
    var outer: [Axis] = []
    var m: [Axis] = []
    var n: [Axis] = []
    var k: [Axis] = []
  }

  mutating func multiply(_ matmul: Matmul, _ index: Int, _ node: Node, _ operands: [Operand]) -> Operand {
    let sizes = sizes(node.type)
    if sizes.contains(0) { return .number(0) }
    let types = node.inputs.map { graph[$0].type }
    var a = viewed(operands[0], self.sizes(types[0]), .float32, node.origin)
    var b = viewed(operands[1], self.sizes(types[1]), .float32, node.origin)
    if a.count == 0 || b.count == 0 { return .number(0) }
    let isRowwise = !matmul.sumsBatch && !matmul.transposeA && !types[0].isShared && types[1].isShared
    let isSwapped = isRowwise && types[1].shape.count == 2 && goesStepsFirst(index, [.view(a)])
    if isSwapped, !isStepsFirst(a) { a = swapped(copied(swapped(a), .float32, node.origin)) }
    // A sum over the batch and the steps is one product where both operands have them in one order.
    if matmul.sumsBatch, options.laysStepsFirst, a.sizes.count > 2, b.sizes.count > 2, a.sizes[1] == b.sizes[1] {
      if isStepsFirst(a), !isStepsFirst(b) { b = swapped(copied(swapped(b), .float32, node.origin)) }
      if isStepsFirst(b), !isStepsFirst(a) { a = swapped(copied(swapped(a), .float32, node.origin)) }
    }
    if let direct = contract(matmul, node, types, a, b, isSwapped: isSwapped) { return direct }
    // Dense operands always fit, at worst with the summed axes brought next to each other.
    let leading = max(types[0].shape.count, types[1].shape.count)
    let orderedA = summable(expanded(a, matmul, types[0], b, leading), matmul, matmul.transposeA, isA: true)
    let orderedB = summable(expanded(b, matmul, types[1], a, leading), matmul, matmul.transposeB, isA: false)
    var plain = matmul
    if matmul.sumsBatch { (plain.transposeA, plain.transposeB) = (true, false) }
    let copyA = copied(orderedA, .float32, node.origin)
    let copyB = copied(orderedB, .float32, node.origin)
    var dense = types
    if matmul.sumsBatch {
      dense[0].shape = Array(copyA.sizes.dropFirst(types[0].isShared ? 0 : 1))
      dense[1].shape = Array(copyB.sizes.dropFirst(types[1].isShared ? 0 : 1))
    }
    guard let result = contract(plain, node, dense, copyA, copyB, isSwapped: false) else {
      preconditionFailure("a multiply of dense operands has a kernel")
    }
    return result
  }

  /// A matrix repeated along the leading axes that the other operand has, where those are summed.
  private func expanded(_ view: View, _ matmul: Matmul, _ type: ValueType, _ other: View, _ rank: Int) -> View {
    guard matmul.sumsBatch, type.shape.count < rank else { return view }
    let lead = type.isShared ? 0 : 1
    let leading = other.sizes.suffix(rank).dropLast(2)
    var result = view
    result.sizes.insert(contentsOf: leading, at: lead)
    result.strides.insert(contentsOf: leading.map { _ in 0 }, at: lead)
    return result
  }

  /// The operand with its summed axes in front of the one that stays, where the batch is summed.
  private func summable(_ view: View, _ matmul: Matmul, _ isTransposed: Bool, isA: Bool) -> View {
    guard matmul.sumsBatch, isTransposed != isA else { return view }
    var order = Array(view.sizes.indices)
    order.swapAt(order.count - 1, order.count - 2)
    return view.permuted(order)
  }

  private mutating func contract(
    _ matmul: Matmul, _ node: Node, _ types: [ValueType], _ a: View, _ b: View, isSwapped: Bool
  ) -> Operand? {
    let sizes = isSwapped ? swapped(sizes(node.type)) : sizes(node.type)
    var strides = rowMajorStrides(sizes)
    if isSwapped { strides.swapAt(0, 1) }
    var lists = axisLists(matmul, node, types, a, b, strides)
    if options.mergesMatmulAxes { lists = distributed(lists) }
    if isSwapped {
      lists.outer.sort { $0.c > $1.c }
      lists.m.sort { $0.c > $1.c }
    }
    if matmul.sumsBatch { lists.k = Self.byDistance(lists.k) }
    lists.outer = merge(lists.outer) { x, y in
      x.a == y.a * y.size && x.b == y.b * y.size && x.c == y.c * y.size
    }
    lists.m = merge(lists.m) { x, y in x.a == y.a * y.size && x.c == y.c * y.size }
    lists.n = merge(lists.n) { x, y in x.b == y.b * y.size && x.c == y.c * y.size }
    lists.k = merge(lists.k) { x, y in x.a == y.a * y.size && x.b == y.b * y.size }
    lists.outer += lists.m.dropLast() + lists.n.dropLast()
    if let last = lists.n.last, last.c != 1 {
      // The columns of a product with one column each are no row of C.
      lists.outer.append(last)
      lists.n = []
    }
    guard lists.k.count <= 1, lists.outer.count <= 3 else { return nil }
    let one = Axis(size: 1, a: 0, b: 0, c: 0)
    let (m, n, k) = (lists.m.last ?? one, lists.n.last ?? one, lists.k.last ?? one)
    guard let left = storedRows(m.size, m.a, k.size, k.a), let right = storedRows(k.size, k.b, n.size, n.b)
    else { return nil }
    let contraction = Contraction(
      outer: lists.outer, m: m.size, n: n.size, k: k.size, lda: left.distance, ldb: right.distance,
      ldc: m.size == 1 ? n.size : m.c, transposesA: left.isTransposed, transposesB: right.isTransposed)
    let product = result(.contraction(contraction), [.view(a), .view(b)], sizes, .float32, node.origin)
    return isSwapped ? swapped(product) : product
  }

  /// How a matrix of these sizes and strides is stored: the distance between its rows, or its columns' where transposed.
  private func storedRows(
    _ rows: Int, _ rowStride: Int, _ columns: Int, _ columnStride: Int
  ) -> (distance: Int, isTransposed: Bool)? {
    if (rows > 1 && rowStride == 0) || (columns > 1 && columnStride == 0) { return nil }
    if columns == 1 || columnStride == 1 { return (rows == 1 ? columns : rowStride, false) }
    if rows == 1 || rowStride == 1 { return (columnStride, true) }
    return nil
  }

  private func axisLists(
    _ matmul: Matmul, _ node: Node, _ types: [ValueType], _ a: View, _ b: View, _ c: [Int]
  ) -> AxisLists {
    var lists = AxisLists()
    let leadA = types[0].isShared ? 0 : 1
    let leadB = types[1].isShared ? 0 : 1
    let rankA = a.sizes.count - leadA
    let rankB = b.sizes.count - leadB
    let leading = max(rankA, rankB) - 2
    let isSummed = matmul.sumsBatch
    if leadA + leadB > 0 {
      let axis = Axis(
        size: batch, a: leadA == 1 ? a.strides[0] : 0, b: leadB == 1 ? b.strides[0] : 0, c: isSummed ? 0 : c[0])
      if isSummed { lists.k.append(axis) } else { lists.outer.append(axis) }
    }
    let leadC = node.type.isShared ? 0 : 1
    for index in 0..<leading {
      let axis = Axis(
        size: rankA > 2 ? a.sizes[leadA + index] : b.sizes[leadB + index],
        a: rankA > 2 ? a.strides[leadA + index] : 0, b: rankB > 2 ? b.strides[leadB + index] : 0,
        c: isSummed ? 0 : c[leadC + index])
      if isSummed { lists.k.append(axis) } else { lists.outer.append(axis) }
    }
    let (rowA, columnA) = (a.sizes.count - 2, a.sizes.count - 1)
    let (rowB, columnB) = (b.sizes.count - 2, b.sizes.count - 1)
    let (m, kA) = matmul.transposeA ? (columnA, rowA) : (rowA, columnA)
    let (kB, n) = matmul.transposeB ? (columnB, rowB) : (rowB, columnB)
    lists.m.append(Axis(size: a.sizes[m], a: a.strides[m], b: 0, c: c[c.count - 2]))
    lists.n.append(Axis(size: b.sizes[n], a: 0, b: b.strides[n], c: c[c.count - 1]))
    lists.k.append(Axis(size: a.sizes[kA], a: a.strides[kA], b: b.strides[kB], c: 0))
    return lists
  }

  /// Outer axes that only one operand has become rows or columns.
  private func distributed(_ lists: AxisLists) -> AxisLists {
    var result = lists
    result.outer = []
    var (rows, columns): ([Axis], [Axis]) = ([], [])
    for axis in lists.outer where axis.size != 1 {
      if axis.b == 0 {
        rows.append(axis)
      } else if axis.a == 0 {
        columns.append(axis)
      } else {
        result.outer.append(axis)
      }
    }
    result.m = rows + lists.m
    result.n = columns + lists.n
    return result
  }

  /// Axes with the farthest apart elements first, where both operands agree on that: then neighbours merge.
  private static func byDistance(_ axes: [Axis]) -> [Axis] {
    let ordered = axes.filter { $0.size != 1 }.sorted { ($0.a, $0.b) > ($1.a, $1.b) }
    return zip(ordered, ordered.dropFirst()).allSatisfy { $0.b >= $1.b } ? ordered : axes
  }

  /// Drops axes of size 1, and merges neighbours that one stride serves.
  private func merge(_ axes: [Axis], where canMerge: (Axis, Axis) -> Bool) -> [Axis] {
    var result: [Axis] = []
    for axis in axes where axis.size != 1 {
      if let last = result.last, canMerge(last, axis) {
        var merged = axis
        merged.size *= last.size
        result[result.count - 1] = merged
      } else {
        result.append(axis)
      }
    }
    return result
  }
}
