import Declarations
import Diagnostics
import Syntax
import Tensors

extension BodyChecker {
  /// `x[0 ..< n]`, `x[3]`: one entry for each axis from the first.
  func index(_ base: Expression, _ indices: [Expression], _ span: Span) -> CheckedExpression {
    if let window = windowed(base, indices, span) { return window }
    let tensor = value(base)
    switch tensor.type {
    case .unknown: return unknown(span)
    case .record: return refuse(.recordAsTensor(base.span, text(base.span)), span)
    case .tensor(let type):
      if type.shape.pack != nil { return refuse(.slicePack(base.span, text(type)), span) }
      guard indices.count <= type.shape.axes.count else {
        return refuse(.tooManyIndices(span, text(type), count: indices.count), span)
      }
      var axes: [Axis] = []
      var slices: [CheckedSlice] = []
      for (axis, index) in zip(type.shape.axes, indices) {
        guard !axis.isVarying else { return refuse(.sliceVarying(index.span, text(type)), span) }
        guard let slice = slice(index, axis.size, type) else { return unknown(span) }
        slices.append(slice)
        fixLength(axis.size, by: Mixing(name: "[…]", span: span))
        if !slice.dropsAxis { axes.append(Axis(slice.stop - slice.start)) }
      }
      let shape = Shape(axes + type.shape.axes.dropFirst(indices.count))
      return CheckedExpression(.slice(tensor, slices), .tensor(TensorType(type.element, shape)), span)
    }
  }

  private func slice(_ index: Expression, _ size: Dimension, _ type: TensorType) -> CheckedSlice? {
    if case .range(let range) = index.unwrapped.kind {
      guard let start = bound(range.lower), let upper = bound(range.upper) else { return nil }
      let stop = range.isClosed ? upper + 1 : upper
      if verdict(.atLeast(start, stop)) == .proven {
        report(.emptySlice(index.span, text(index.span)))
        return nil
      }
      guard requireBound(.atLeast(start, 0), range.lower.span, type, size),
        requireBound(.atLeast(stop, start + 1), index.span, type, size),
        requireBound(.atLeast(size, stop), range.upper.span, type, size)
      else { return nil }
      return CheckedSlice(start: start, stop: stop, dropsAxis: false)
    }
    guard let position = bound(index) else { return nil }
    guard requireBound(.atLeast(position, 0), index.span, type, size),
      requireBound(.atLeast(size, position + 1), index.span, type, size)
    else { return nil }
    return CheckedSlice(start: position, stop: position + 1, dropsAxis: true)
  }

  private func bound(_ expression: Expression) -> Dimension? {
    if expression.isMissing { return nil }
    return size(expression)
  }

  private func requireBound(_ fact: Fact, _ span: Span, _ type: TensorType, _ size: Dimension) -> Bool {
    let (a, b) = fact.sides
    if a.isInvalid || b.isInvalid {
      report(.sizeOverflow(span, text(span)))
      return false
    }
    switch verdict(fact) {
    case .proven: return true
    case .refuted:
      report(.sliceOutside(span, text(span), type: text(type), size: describe(size)))
      return false
    case .unknown:
      if infer(fact, at: span, reason: "`\(text(span))` lies inside") { return true }
      report(.unproven(span, "whether `\(text(span))` lies inside \(text(type))", facts.describe(fact)))
      return false
    }
  }
}
