import Datasets
import Declarations
import Diagnostics
import Syntax
import Tensors

// Windows over ordered rows: `tokens[0 ..< 64]`, `load[-1]`, `[load, wind][-96 ..< 0]`. Offsets count from the row that
// an example stands for.
extension BodyChecker {
  /// An index in a data block that takes rows around the row itself; nil where it slices a value of one row.
  func windowed(_ base: Expression, _ indices: [Expression], _ span: Span) -> CheckedExpression? {
    guard let columns, readsRows(base, columns) else { return nil }
    if window != nil { return refuse(.windowInWindow(span), span) }
    guard indices.count == 1 else { return refuse(.windowOfAxes(span, count: indices.count), span) }
    guard let offsets = offsets(indices[0]) else { return unknown(span) }
    window = offsets
    defer { window = nil }
    var result = value(base)
    result.span = span
    guard case .tensor(var type) = result.type else { return result }
    // Several columns stand side by side, `[96, 2]`; one alone is a sequence of numbers, `[96]`.
    if case .list = base.unwrapped.kind { return result }
    if case .range = offsets, type.element == .float, type.shape.axes.count == 2, type.shape.axes[1].size == 1 {
      type.shape.axes.removeLast()
      result.type = .tensor(type)
    }
    return result
  }

  /// Whether an expression is made of columns with one value in each row.
  private func readsRows(_ base: Expression, _ columns: ColumnScope) -> Bool {
    var hasColumn = false
    var hasOther = false
    func note(_ key: ColumnUse.Key) {
      if let column = columns.column(key) {
        if column.shape.isEmpty { hasColumn = true } else { hasOther = true }
      } else {
        hasColumn = true
      }
    }
    if let key = columns.columnKey(of: base.unwrapped), case .position = key { return true }
    base.visitNames { name in
      if columns.isKnown(name.text) {
        note(.name(name.text))
      } else if name.text == "column" {
        hasColumn = true
      } else if peek(name.text) == nil, file.names[name.text] == nil, !columns.isClosed, fieldName(name) != nil {
        hasColumn = true
      } else if case .value? = peek(name.text) {
        hasOther = true
      }
    }
    return hasColumn && !hasOther
  }

  /// `0 ..< 64`, `1 ... 64`, `-1`; nil after a report.
  private func offsets(_ index: Expression) -> ColumnUse.Offsets? {
    func constant(_ expression: Expression) -> Int? {
      if expression.isMissing { return nil }
      guard let size = size(expression) else { return nil }
      guard let value = size.constant else {
        report(.notConstant(expression.span, text(expression.span)))
        return nil
      }
      guard abs(value) <= 1_000_000_000 else {
        report(.windowTooWide(expression.span))
        return nil
      }
      return value
    }
    guard case .range(let range) = index.unwrapped.kind else { return constant(index).map { .at($0) } }
    guard let lower = constant(range.lower), let upper = constant(range.upper) else { return nil }
    let end = range.isClosed ? upper + 1 : upper
    guard end > lower else {
      report(.emptySlice(index.span, text(index.span)))
      return nil
    }
    return .range(lower..<end)
  }

  /// Whether a value is the sequence that one window takes, or computed from such sequences position by position.
  func isSequence(_ value: CheckedExpression) -> Bool {
    guard window == nil, let columns, value.type.tensor?.shape.axes.count == 1 else { return false }
    var isWindow = false
    var isPlain = true
    value.visit { part in
      switch part.kind {
      case .column(let index):
        if case .range? = columns.uses[index].offsets { isWindow = true } else { isPlain = false }
      case .list, .encode: isPlain = false
      default: break
      }
    }
    return isWindow && isPlain
  }

  /// Tokens or classes of a window, held against the declared type: `let here: token(65)[64] = tokens[0 ..< 64]`.
  func windowLabel(
    _ value: CheckedExpression, _ source: (key: ColumnUse.Key, missing: CheckedEncoding.Missing),
    _ summary: ColumnSummary, _ offsets: ColumnUse.Offsets?, _ wanted: TensorType, at type: TypeExpression,
    _ binding: Binding
  ) -> CheckedExpression {
    let found = encoded(source.key, summary, missing: source.missing, value.span, offsets: offsets)
    guard case .tensor(let actual) = found.type else { return found }
    let isSameKind: Bool
    switch (wanted.element, actual.element) {
    case (.token, .token), (.classes, .classes): isSameKind = true
    default: isSameKind = false
    }
    guard isSameKind, wanted.shape == actual.shape else {
      return refuse(
        .annotationMismatch(
          binding.name, declared: text(wanted), actual: text(actual), at: value.span, declaredAt: type.span),
        value.span)
    }
    if source.missing == .none, summary.missing > 0 { report(.missingLabels(summary, at: value.span)) }
    guard let declared = wanted.element.labelCount?.constant else { return found }
    let count = summary.distinctCount
    let isToken = columns?.isText ?? false
    if count > declared {
      return refuse(
        isToken
          ? .moreTokens(count, declared: declared, at: type.span)
          : .moreClasses(summary, declared: declared, at: type.span), value.span)
    }
    if count < declared {
      report(
        isToken
          ? .fewerTokens(count, declared: declared, at: type.span)
          : .fewerClasses(summary, declared: declared, found: count, at: type.span))
    }
    return CheckedExpression(found.kind, .tensor(wanted), value.span)
  }

  /// The type of one column's value in the current window.
  func inWindow(_ type: CheckedType) -> CheckedType {
    guard case .range(let range)? = window, case .tensor(let row) = type else { return type }
    let channel = row.element == .float ? [Axis(1)] : []
    return .tensor(TensorType(row.element, Shape([Axis(Dimension(range.count))] + row.shape.axes + channel)))
  }
}

extension Element {
  /// The number of classes or tokens.
  package var labelCount: Dimension? {
    switch self {
    case .classes(let count), .token(let count): count
    default: nil
    }
  }
}

extension Checker {
  /// Windows must fit into the rows of every part, and a split by lot tears neighbours apart.
  func checkWindows(of entry: DataEntry, every: Int) {
    guard let columns = entry.columns, let split = entry.split else { return }
    let windows = columns.uses.filter { $0.offsets != nil }
    guard let widest = windows.max(by: { $0.span(of: $0.offsets).count < $1.span(of: $1.offsets).count }) else {
      return
    }
    var before = 0
    var after = 0
    for use in columns.uses {
      let range = use.span(of: use.offsets)
      before = max(before, -range.lowerBound)
      after = max(after, range.upperBound - 1)
    }
    let span = before + after + 1
    var isByLot = split.method == .random && (split.validation.numerator > 0 || split.test.numerator > 0)
    if case .folds = split.method { isByLot = true }
    if isByLot {
      report(.shuffledWindows(split.span, overlap: every < span))
    }
    guard let rows = columns.summary?.rows else { return }
    if rows < span { return report(.windowBeyondRows(widest.span, span: span, rows: rows, part: nil)) }
    guard split.method == .chronological else { return }
    do throws(DataProblem) {
      let sizes = try splitSizes(split, rows: rows)
      for (index, (name, share)) in [("train", split.train), ("validation", split.validation), ("test", split.test)]
        .enumerated() where share.numerator > 0 && !(index == 2 && split.testSource != nil)
      {
        // Only the first part has nothing before it.
        let needed = after + 1 + (index == 0 ? before : 0)
        if sizes[index] >= needed { continue }
        let furthest = windows.max { $0.span(of: $0.offsets).upperBound < $1.span(of: $1.offsets).upperBound } ?? widest
        let place = index == 0 ? widest.span : furthest.span
        return report(.windowBeyondRows(place, span: needed, rows: sizes[index], part: name))
      }
    } catch {
      report(error.diagnostic(at: split.span))
    }
  }
}

extension ColumnUse {
  /// The rows that offsets reach; the row itself where there are none.
  func span(of offsets: Offsets?) -> Range<Int> {
    switch offsets {
    case nil: 0..<1
    case .at(let offset)?: offset..<(offset + 1)
    case .range(let range)?: range
    }
  }
}
