import Declarations
import Diagnostics
import Syntax
import Tensors

extension BodyChecker {
  /// `scan x in xs from h: [units] = zeros { … }`: the stacked states.
  func scan(_ scan: ScanExpression, _ span: Span) -> CheckedExpression {
    // Initial values and sequences belong outside: they are read before any name is bound.
    let sources = scan.sequences.map { value($0.source) }
    let states = scan.states.map { state($0) }
    scopes.append([:])
    let wasInScan = isInScan
    isInScan = true
    defer {
      isInScan = wasInScan
      scopes.removeLast()
    }
    var length: Axis?
    var isBroken = false
    for (sequence, source) in zip(scan.sequences, sources) {
      let element = self.element(of: source.type, sequence.source.span, &length)
      if element == .unknown { isBroken = true }
      bind(
        sequence.element, element == .unknown ? .unknown : .value(.local(sequence.element.text), element))
      annotate(sequence.element.span, .binding, element)
    }
    for (binding, state) in zip(scan.states, states) {
      bind(binding.name, state.type == .unknown ? .unknown : .value(.local(state.name), state.type))
      annotate(binding.name.span, .binding, state.type)
    }
    let wanted =
      states.count == 1 ? states[0].type : CheckedType.record(states.map { CheckedFieldType($0.name, $0.type) })
    var (body, result) = block(scan.body, expecting: wanted)
    result = fit(
      result, wanted, at: scan.body.culprit, place: scan.states.first?.span ?? span,
      mismatch: { .scanState(declared: $0, actual: $1, at: $2, declaredAt: $3) })
    warnUnusedLocals()
    guard let length, !isBroken, !wanted.hasUnknown else { return unknown(span) }
    body.result = result
    let checked = CheckedScan(
      sequences: zip(scan.sequences, sources).map { ($0.element.text, $1) }, states: states, body: body)
    return CheckedExpression(.scan(checked), stacked(wanted, length), span)
  }

  /// `h: [units] = zeros`: a state with its type and its initial value.
  private func state(_ binding: Binding) -> (name: String, type: CheckedType, initial: CheckedExpression) {
    let declared = binding.type.map { self.type($0) }
    var initial = value(binding.value, expecting: declared)
    if let declared, let place = binding.type {
      initial = fit(
        initial, declared, place: place.span,
        mismatch: { .annotationMismatch(binding.name, declared: $0, actual: $1, at: $2, declaredAt: $3) })
    }
    let type = declared ?? initial.type
    if type.hasUnknown { return (binding.name.text, .unknown, initial) }
    if !isState(type) {
      report(.scanStateElement(binding.name, text(type), at: binding.type?.span ?? binding.value.span))
      return (binding.name.text, .unknown, initial)
    }
    return (binding.name.text, type, initial)
  }

  /// Whether a value of the type can be handed from step to step: numbers of one shape.
  private func isState(_ type: CheckedType) -> Bool {
    switch type {
    case .unknown: true
    case .record(let fields): !fields.isEmpty && fields.allSatisfy { isState($0.type) }
    case .tensor(let tensor):
      tensor.element == .float && !tensor.shape.axes.contains(where: \.isVarying)
    }
  }

  /// What one step sees of a sequence, `unknown` after a report. All sequences have one length.
  private func element(of type: CheckedType, _ span: Span, _ length: inout Axis?) -> CheckedType {
    switch type {
    case .unknown: return .unknown
    case .record(let fields):
      var elements: [CheckedFieldType] = []
      for field in fields {
        let element = self.element(of: field.type, span, &length)
        if element == .unknown { return .unknown }
        elements.append(CheckedFieldType(field.label, element))
      }
      return .record(elements)
    case .tensor(let tensor):
      guard tensor.shape.pack == nil, let first = tensor.shape.axes.first else {
        report(.scanSource(span, text(tensor)))
        return .unknown
      }
      if let length, !areEqual(length, first) {
        report(.scanLengths(span, text(tensor), size: describe(first.size), other: describe(length.size)))
        return .unknown
      }
      length = length ?? first
      return .tensor(TensorType(tensor.element, Shape(Array(tensor.shape.axes.dropFirst()))))
    }
  }

  /// The type of a state at all steps.
  private func stacked(_ type: CheckedType, _ length: Axis) -> CheckedType {
    switch type {
    case .unknown: return .unknown
    case .record(let fields): return .record(fields.map { CheckedFieldType($0.label, stacked($0.type, length)) })
    case .tensor(let state):
      return .tensor(TensorType(state.element, Shape(pack: state.shape.pack, [length] + state.shape.axes)))
    }
  }
}
