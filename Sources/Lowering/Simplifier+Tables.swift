import Graphs
import Tensors

// Looking up rows of a table is linear: a product with the rows is the rows of a product with the table, and a sum of
// products by rows is a product with the sums. Where the table has fewer rows than are looked up, as the vectors of
// characters have, the second way is far less work. Sums are made in another order.
extension Simplifier {
  mutating func multiplyTable(
    _ op: Operator, _ inputs: [ValueID], _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    switch op {
    case .matmul(let matmul) where matmul.sumsBatch: return sumByRows(matmul, inputs, type, origin)
    case .matmul(let matmul): return rowsOfProduct(matmul, inputs, type, origin)
    case .scatterAdd(let rows, sumsBatch: true): return productOfSums(rows, inputs, type, origin)
    default: return nil
    }
  }

  /// The value under reshapes.
  private func unshaped(_ value: ValueID) -> ValueID {
    var value = value
    while case .reshape = graph[value].op { value = graph[value].inputs[0] }
    return value
  }

  /// A table that is shared, its indices, and how many rows it has, where a value is rows that are looked up in it and
  /// more than twice as many.
  private func lookup(_ value: ValueID) -> (table: ValueID, indices: ValueID, rows: Int)? {
    let node = graph[unshaped(value)]
    guard case .gather = node.op, !node.type.isShared, graph[node.inputs[0]].type.isShared else { return nil }
    let (table, indices) = (graph[node.inputs[0]].type, graph[node.inputs[1]].type)
    guard table.shape.count == 2, !indices.isShared, table.shape[1] == graph[value].type.shape.last,
      isWorthwhile(rows: table.shape[0], lookups: indices.count)
    else { return nil }
    return (node.inputs[0], node.inputs[1], table.shape[0])
  }

  private func isWorthwhile(rows: Int, lookups: Int) -> Bool { rows > 0 && 2 * rows <= lookups * batch }

  /// rows(T, i) · W = rows(T · W, i)
  private mutating func rowsOfProduct(
    _ matmul: Matmul, _ inputs: [ValueID], _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    let weight = graph[inputs[1]].type
    guard !matmul.transposeA, weight.isShared, weight.shape.count == 2, !type.shape.contains(0),
      let found = lookup(inputs[0]), let columns = type.shape.last
    else { return nil }
    let product = add(
      .matmul(Matmul(transposeB: matmul.transposeB)), [found.table, inputs[1]],
      ValueType([found.rows, columns], isShared: true), origin)
    let rows = add(
      .gather, [product, found.indices],
      ValueType(graph[found.indices].type.shape + [columns], isShared: false), origin)
    return reshaped(rows, type, origin)
  }

  /// Σ rows(T, i)ᵀ · y = Tᵀ · Σᵢ y
  private mutating func sumByRows(
    _ matmul: Matmul, _ inputs: [ValueID], _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    let other = graph[inputs[1]].type
    guard matmul.transposeA, !matmul.transposeB, !other.isShared, !type.shape.contains(0),
      let found = lookup(inputs[0]), let columns = type.shape.last
    else { return nil }
    let sums = summed(inputs[1], found.indices, found.rows, columns, origin)
    return add(.matmul(Matmul(transposeA: true)), [found.table, sums], type, origin)
  }

  /// Σᵢ (y · W) = (Σᵢ y) · W
  private mutating func productOfSums(
    _ rows: Int, _ inputs: [ValueID], _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    let product = graph[unshaped(inputs[1])]
    guard case .matmul(let matmul) = product.op, !matmul.sumsBatch, !matmul.transposeA, type.shape.count == 2,
      !type.shape.contains(0), product.type.shape.last == type.shape[1], !graph[inputs[0]].type.isShared
    else { return nil }
    let (left, weight) = (graph[product.inputs[0]].type, graph[product.inputs[1]].type)
    guard !left.isShared, weight.isShared, weight.shape.count == 2, let columns = left.shape.last,
      isWorthwhile(rows: rows, lookups: graph[inputs[0]].type.count)
    else { return nil }
    let sums = summed(product.inputs[0], inputs[0], rows, columns, origin)
    return add(.matmul(Matmul(transposeB: matmul.transposeB)), [sums, product.inputs[1]], type, origin)
  }

  private mutating func summed(
    _ updates: ValueID, _ indices: ValueID, _ rows: Int, _ columns: Int, _ origin: Origin
  ) -> ValueID {
    let flat = reshaped(
      updates, ValueType(graph[indices].type.shape + [columns], isShared: false), origin)
    return add(
      .scatterAdd(rows: rows, sumsBatch: true), [indices, flat], ValueType([rows, columns], isShared: true), origin)
  }
}
