import Graphs
import Tensors

extension StepBuilder {
  mutating func reduce(_ reduction: Reduction, _ node: Node, _ operand: Operand) -> Operand {
    let sizes = sizes(node.type)
    var input = sizes
    for axis in reduction.axes.sorted() { input.insert(inputSize(axis, node), at: axis) }
    if input.contains(0) { return .number(reduction.isMaximum ? -.infinity : 0) }
    if case .number(let number) = operand, reduction.isMaximum { return .number(number) }
    var view = viewed(operand, input, node.type.dtype, node.origin)
    if !node.type.isShared, options.laysStepsFirst, isStepsFirst(view), !reduction.axes.contains(where: { $0 < 2 }) {
      view = swapped(view)
      let (ordered, last) = ReductionPattern.ordered(view, reduction)
      return swapped(result(.reduce(last), [.view(ordered)], swapped(sizes), node.type.dtype, node.origin))
    }
    let (ordered, last) = ReductionPattern.ordered(view, reduction)
    return result(.reduce(last), [.view(ordered)], sizes, node.type.dtype, node.origin)
  }

  private func inputSize(_ axis: Int, _ node: Node) -> Int { sizes(graph[node.inputs[0]].type)[axis] }

  mutating func argMax(_ axis: Int, _ node: Node, _ operand: Operand) -> Operand {
    let input = graph[node.inputs[0]].type
    let axis = batched([axis], graph[node.inputs[0]])[0]
    let view = viewed(operand, sizes(input), input.dtype, node.origin)
    let order = view.sizes.indices.filter { $0 != axis } + [axis]
    let sizes = sizes(node.type)
    if sizes.contains(0) || view.sizes[axis] == 0 { return .number(0) }
    var rows = view.permuted(order)
    let columns = rows.sizes[rows.sizes.count - 1]
    if let flat = rows.reshaped([sizes.reduce(1, *), columns]), flat.strides[1] == 1 || columns == 1 {
      rows = flat
    } else {
      rows = View(whole: copied(rows, input.dtype, node.origin).root, sizes: [sizes.reduce(1, *), columns])
    }
    return result(.argMax, [.view(rows)], sizes, node.type.dtype, node.origin)
  }

  mutating func gather(_ index: Int, _ node: Node, _ operands: [Operand]) -> Operand {
    let (table, indices) = (graph[node.inputs[0]].type, graph[node.inputs[1]].type)
    let sizes = sizes(node.type)
    if sizes.contains(0) { return .number(0) }
    var source = viewed(operands[0], self.sizes(table), table.dtype, node.origin)
    var places = viewed(operands[1], self.sizes(indices), indices.dtype, node.origin)
    let width = table.shape.dropFirst().reduce(1, *)
    let lead = table.isShared ? [] : [batch]
    let tableSizes = lead + [table.shape[0], width]
    if let flat = source.reshaped(tableSizes), flat.strides[tableSizes.count - 1] == 1 || width == 1 {
      source = flat
    } else {
      source = View(whole: copied(source, table.dtype, node.origin).root, sizes: tableSizes)
    }
    let isOneTable = table.isShared || source.strides[0] == 0
    let outer = isOneTable ? 1 : batch
    if isOneTable, indices.isShared, !node.type.isShared { places = places.repeated(batch) }
    let hasSteps = !indices.isShared && !indices.shape.isEmpty
    let isSwapped = isOneTable && hasSteps && goesStepsFirst(index, [operands[1]])
    if isSwapped { places = swapped(places) }
    let count = node.type.count / max(width, 1) * (node.type.isShared || !isOneTable ? 1 : batch)
    let isDense = isOneTable || indices.isShared ? places.isContiguous : places.withoutFirstAxis.isContiguous
    if !isDense { places = copied(places, indices.dtype, node.origin) }
    let indexStride = outer == 1 || indices.isShared ? 0 : places.strides[0]
    let spec = Gather(
      outer: outer, tableStride: isOneTable ? 0 : source.strides[0], indexStride: indexStride,
      tableRows: table.shape[0], rowStride: source.strides[source.strides.count - 2], count: count, width: width)
    let rows = result(
      .gather(spec), [.view(source), .view(places)], isSwapped ? swapped(sizes) : sizes, node.type.dtype, node.origin)
    return isSwapped ? swapped(rows) : rows
  }

  mutating func scatterAdd(_ rows: Int, _ sumsBatch: Bool, _ node: Node, _ operands: [Operand]) -> Operand {
    let (indices, updates) = (graph[node.inputs[0]].type, graph[node.inputs[1]].type)
    let sizes = sizes(node.type)
    if sizes.contains(0) { return .number(0) }
    let isBatched = !indices.isShared || !updates.isShared
    let width = node.type.shape.dropFirst().reduce(1, *)
    let count = indices.count
    var places = viewed(operands[0], self.sizes(indices), indices.dtype, node.origin)
    var source = viewed(operands[1], self.sizes(updates), updates.dtype, node.origin)
    if indices.isShared, isBatched { places = places.repeated(batch) }
    if updates.isShared, isBatched { source = source.repeated(batch) }
    if isBatched, sumsBatch, isStepsFirst(source), places.sizes.count > 1 {
      (places, source) = (swapped(places), swapped(source))
    }
    if !places.isContiguous { places = copied(places, indices.dtype, node.origin) }
    if !source.isContiguous { source = copied(source, updates.dtype, node.origin) }
    let spec = ScatterAdd(
      outer: isBatched && !sumsBatch ? batch : 1, rows: rows, count: sumsBatch && isBatched ? count * batch : count,
      width: width)
    return result(.scatterAdd(spec), [.view(places), .view(source)], sizes, node.type.dtype, node.origin)
  }
}
