import Graphs

/// Gives a sum the constant factor behind it, and makes a sum of sums one sum, where nothing else reads the inner one.
struct ReductionFusion {
  private var steps: [Step]
  private var useCounts: [Int]

  static func run(_ steps: [Step]) -> [Step] {
    var counts = [Int](repeating: 0, count: steps.count)
    for step in steps {
      for operand in step.operands { if let view = operand.view { counts[view.root] += 1 } }
    }
    var fusion = ReductionFusion(steps: steps, useCounts: counts)
    for index in steps.indices {
      fusion.absorbScale(index)
      fusion.mergeSums(index)
    }
    return fusion.steps
  }

  /// The sum whose whole result an operand is, if nothing else reads it.
  private func sum(_ operand: Operand) -> (index: Int, reduction: Reduction)? {
    guard let view = operand.view, case .reduce(let reduction) = steps[view.root].kind, !reduction.isMaximum,
      useCounts[view.root] == 1, view.offset == 0, view.isContiguous, view.count == steps[view.root].count
    else { return nil }
    return (view.root, reduction)
  }

  /// `sum · c` and `sum / c`.
  private mutating func absorbScale(_ index: Int) {
    let step = steps[index]
    var factor: Double?
    var source = step.operands.first
    switch (step.kind, step.operands.first, step.operands.last) {
    case (.map(.multiply), _, .number(let number)?): factor = number
    case (.map(.multiply), .number(let number)?, _):
      factor = number
      source = step.operands.last
    case (.map(.divide), _, .number(let number)?): factor = 1 / Double(Float(number))
    default: break
    }
    guard let factor, factor.isFinite, let source, let (inner, reduction) = sum(source) else { return }
    let scale = reduction.scale * Float(factor)
    guard scale.isFinite else { return }
    replace(index, steps[inner].operands, reduction.axes, scale)
  }

  private mutating func mergeSums(_ index: Int) {
    guard case .reduce(let outer) = steps[index].kind, !outer.isMaximum,
      let (inner, reduction) = sum(steps[index].operands[0]),
      let view = steps[index].operands[0].view, view.sizes == steps[inner].sizes,
      case .view(let source) = steps[inner].operands[0]
    else { return }
    let kept = source.sizes.indices.filter { !reduction.axes.contains($0) }
    replace(
      index, steps[inner].operands, (reduction.axes + outer.axes.map { kept[$0] }).sorted(),
      outer.scale * reduction.scale)
  }

  private mutating func replace(_ index: Int, _ operands: [Operand], _ axes: [Int], _ scale: Float) {
    guard case .view(let source) = operands[0] else { return }
    let (view, reduction) = ReductionPattern.ordered(source, Reduction(isMaximum: false, axes: axes, scale: scale))
    for operand in steps[index].operands { if let old = operand.view { useCounts[old.root] -= 1 } }
    useCounts[view.root] += 1
    steps[index].kind = .reduce(reduction)
    steps[index].operands = [.view(view)]
  }
}

/// A reduction as one over the rows or over the columns of a matrix, in the order of the view's elements.
struct ReductionPattern {
  enum Kind: Hashable {
    case rows, columns, total
  }
  var kind: Kind
  var rows: Int
  var columns: Int

  /// Nil where kept and reduced axes alternate more than once, or for a maximum over columns.
  init?(_ view: View, _ reduction: Reduction) {
    var runs: [(isReduced: Bool, size: Int)] = []
    for (axis, size) in view.sizes.enumerated() where size != 1 {
      let isReduced = reduction.axes.contains(axis)
      if let last = runs.indices.last, runs[last].isReduced == isReduced {
        runs[last].size *= size
      } else {
        runs.append((isReduced, size))
      }
    }
    switch runs.map(\.isReduced) {
    case []: (kind, rows, columns) = (.rows, 1, 1)
    case [false]: (kind, rows, columns) = (.rows, runs[0].size, 1)
    case [true] where !reduction.isMaximum: (kind, rows, columns) = (.total, 1, runs[0].size)
    case [true]: (kind, rows, columns) = (.rows, 1, runs[0].size)
    case [false, true]: (kind, rows, columns) = (.rows, runs[0].size, runs[1].size)
    case [true, false] where !reduction.isMaximum: (kind, rows, columns) = (.columns, runs[0].size, runs[1].size)
    default: return nil
    }
  }

  /// The axes in the order of memory, where that keeps those that stay in their order.
  private static func byDistance(_ view: View, _ reduction: Reduction) -> (View, Reduction)? {
    if view.isContiguous { return nil }
    let axes = view.sizes.indices.filter { view.sizes[$0] != 1 }
    guard axes.allSatisfy({ view.strides[$0] > 0 }) else { return nil }
    let order = view.sizes.indices.sorted { a, b in
      (view.sizes[a] == 1 ? 0 : view.strides[a], b) > (view.sizes[b] == 1 ? 0 : view.strides[b], a)
    }
    let kept = order.filter { !reduction.axes.contains($0) }
    guard order != Array(view.sizes.indices), kept == kept.sorted() else { return nil }
    let sorted = view.permuted(order)
    var moved = reduction
    moved.axes = order.indices.filter { reduction.axes.contains(order[$0]) }
    guard sorted.isContiguous, ReductionPattern(sorted, moved) != nil else { return nil }
    return (sorted, moved)
  }

  /// The view and the reduction in an order in which a loop can run them: as they are, or the reduced axes last.
  static func ordered(_ view: View, _ reduction: Reduction) -> (View, Reduction) {
    if let (sorted, moved) = byDistance(view, reduction) { return (sorted, moved) }
    if ReductionPattern(view, reduction) != nil { return (view, reduction) }
    let kept = view.sizes.indices.filter { !reduction.axes.contains($0) }
    var last = reduction
    last.axes = Array(kept.count..<view.sizes.count)
    return (view.permuted(kept + reduction.axes.sorted()), last)
  }
}
