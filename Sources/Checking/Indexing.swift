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
        guard let slice = slice(index, axis.size, text(type)) else { return unknown(span) }
        slices.append(slice)
        if let name = axis.size.variableName, parameters.contains(name), rigidLengths[name] == nil {
          rigidLengths[name] = "[…]"
        }
        if !slice.dropsAxis { axes.append(Axis(slice.stop - slice.start)) }
      }
      let shape = Shape(axes + type.shape.axes.dropFirst(indices.count))
      return CheckedExpression(.slice(tensor, slices), .tensor(TensorType(type.element, shape)), span)
    }
  }

  private func slice(_ index: Expression, _ size: Dimension, _ type: String) -> CheckedSlice? {
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

  private func requireBound(_ fact: Fact, _ span: Span, _ type: String, _ size: Dimension) -> Bool {
    let (a, b) = fact.sides
    if a.isInvalid || b.isInvalid {
      report(.sizeOverflow(span, text(span)))
      return false
    }
    switch verdict(fact) {
    case .proven: return true
    case .refuted:
      report(.sliceOutside(span, text(span), type: type, size: describe(size)))
      return false
    case .unknown:
      if infer(fact, at: span, reason: "`\(text(span))` lies inside") { return true }
      report(.unproven(span, "whether `\(text(span))` lies inside \(type)", facts.describe(fact)))
      return false
    }
  }

  /// `scan x in xs from h: [units] = zeros { … }`: the stacked states.
  func scan(_ scan: ScanExpression, _ span: Span) -> CheckedExpression {
    report(.notSupported("`scan`", at: span))
    scopes.append([:])
    let wasInScan = isInScan
    isInScan = true
    defer {
      isInScan = wasInScan
      scopes.removeLast()
    }
    var length: Axis?
    var states: [(name: String, type: CheckedType, initial: CheckedExpression)] = []
    // Initial values and sequences belong outside: their names are looked up before any is bound.
    let sources = scan.sequences.map { value($0.source) }
    for (sequence, source) in zip(scan.sequences, sources) {
      guard case .tensor(let sourceType) = source.type else {
        bind(sequence.element, .unknown)
        continue
      }
      guard sourceType.shape.pack == nil, let first = sourceType.shape.axes.first else {
        report(.scanSource(sequence.source.span, text(sourceType)))
        bind(sequence.element, .unknown)
        continue
      }
      if let length, !areEqual(length, first) { report(.scanLengths(sequence.source.span, text(sourceType))) }
      length = length ?? first
      let element = CheckedType.tensor(
        TensorType(sourceType.element, Shape(Array(sourceType.shape.axes.dropFirst()))))
      bind(sequence.element, .value(.local(sequence.element.text), element))
      annotate(sequence.element.span, .binding, element)
    }
    for state in scan.states {
      let declared = state.type.map { self.type($0) }
      var initial = value(state.value, expecting: declared)
      if let declared, let place = state.type {
        initial = fit(
          initial, declared, place: place.span,
          mismatch: { .annotationMismatch(state.name, declared: $0, actual: $1, at: $2, declaredAt: $3) })
      }
      let stateType: CheckedType = declared ?? initial.type
      states.append((state.name.text, stateType, initial))
      bind(state.name, stateType == .unknown ? .unknown : .value(.local(state.name.text), stateType))
    }
    let wanted =
      states.count == 1 ? states[0].type : CheckedType.record(states.map { CheckedFieldType($0.name, $0.type) })
    var (body, result) = block(scan.body, expecting: wanted)
    result = fit(
      result, wanted, place: scan.states.first?.span ?? span,
      mismatch: { .scanState(declared: $0, actual: $1, at: $2, declaredAt: $3) })
    guard let length, case .tensor(let state) = wanted else { return unknown(span) }
    let stacked = CheckedType.tensor(TensorType(state.element, Shape([length] + state.shape.axes)))
    body.result = result
    let checked = CheckedScan(
      sequences: zip(scan.sequences, sources).map { ($0.element.text, $1) }, states: states, body: body)
    return CheckedExpression(.scan(checked), stacked, span)
  }
}
