import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

/// The most values that a list of constants holds, lists inside it included, and how deep lists nest. Lists of lists
/// that name each other double with every line.
private let listLimit = (values: 100_000, depth: 32)

/// A top-level `let`.
struct ConstantEntry {
  let binding: Binding
  let file: FileScope
  /// Nil until it is evaluated, and where that fails.
  var value: CheckedConstant.Value?
  var isDone = false
  /// How many values a list holds, and how deep lists nest in it.
  var extent = (values: 1, depth: 0)
  /// The value that `--set` gives.
  var override: Expression?
  var checked: CheckedConstant? {
    value.map { CheckedConstant(name: binding.name.text, value: $0, span: binding.span) }
  }
}

extension CheckedConstant.Value {
  /// The value as one writes it.
  package var text: String {
    switch self {
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .word(let word): word
    case .string(let text): "\"\(text)\""
    case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    }
  }
  var real: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .real(let value): value
    default: nil
    }
  }
}

extension Checker {
  /// Evaluates the top-level `let`s, each after those that it uses, without recursion.
  func orderAndCheckConstants() {
    applyOverrides()
    var state = [UInt8](repeating: 0, count: constants.count)
    for start in constants.indices where state[start] == 0 {
      var stack: [(index: Int, next: Int, uses: [Int])] = [(start, 0, uses(ofConstant: start))]
      state[start] = 1
      while let top = stack.last {
        if top.next < top.uses.count {
          stack[stack.count - 1].next += 1
          let used = top.uses[top.next]
          if state[used] == 0 {
            state[used] = 1
            stack.append((used, 0, uses(ofConstant: used)))
          } else if state[used] == 1 {
            let path = stack.drop { $0.index != used }.map { constants[$0.index].binding.name.text }
            report(.constantCycle(constants[top.index].binding.name, path: path + [path[0]]))
            constants[top.index].isDone = true
            constants[top.index].value = nil
          }
          continue
        }
        stack.removeLast()
        state[top.index] = 2
        if !constants[top.index].isDone { evaluateConstant(top.index) }
      }
    }
  }

  private func applyOverrides() {
    for (name, value) in options.constants {
      guard case .constant(let index)? = files.first?.names[name] else {
        let known = files.first?.names.compactMap { entry -> String? in
          if case .constant = entry.value { entry.key } else { nil }
        }
        report(.unknownOverride(name, candidates: known ?? []))
        continue
      }
      constants[index].override = value
    }
  }

  private func uses(ofConstant index: Int) -> [Int] {
    let entry = constants[index]
    var found: [Int] = []
    (entry.override ?? entry.binding.value).visitNames { name in
      if case .constant(let used)? = entry.file.names[name.text] { found.append(used) }
    }
    return found
  }

  private func evaluateConstant(_ index: Int) {
    let entry = constants[index]
    constants[index].isDone = true
    let expression = entry.override ?? entry.binding.value
    let extent = extent(of: expression, in: entry.file)
    if extent.values > listLimit.values || extent.depth > listLimit.depth {
      report(.listTooLong(expression.span, excerpt(sources.text(expression.span)), limit: listLimit.values))
      return
    }
    guard let value = constantValue(expression, in: entry.file) else { return }
    if let type = entry.binding.type, !accepts(type, value) {
      report(
        .constantType(
          entry.binding.name, type: sources.text(type.span), value: value.text, at: type.span,
          isOverride: entry.override != nil && !options.isTrial))
      return
    }
    constants[index].value = value
    constants[index].extent = extent
    guard options.annotates else { return }
    annotations.append(TypeAnnotation(span: entry.binding.name.span, kind: .binding, text: value.kindText))
  }

  /// How many values an expression holds and how deep its lists nest, without evaluating it.
  private func extent(of expression: Expression, in file: FileScope) -> (values: Int, depth: Int) {
    switch expression.kind {
    case .parenthesized(let inner): return extent(of: inner, in: file)
    case .name(let name):
      guard case .constant(let index)? = file.names[name.text] else { return (1, 0) }
      return constants[index].extent
    case .list(let elements):
      return elements.reduce((0, 1)) { sum, element in
        let part = extent(of: element, in: file)
        return (sum.0 + part.values, max(sum.1, part.depth + 1))
      }
    default: return (1, 0)
    }
  }

  private func accepts(_ type: TypeExpression, _ value: CheckedConstant.Value) -> Bool {
    guard case .tensor(let element?, let arguments, let shape) = type.kind, arguments.isEmpty, shape.isEmpty else {
      if case .missing = type.kind { return true }
      return false
    }
    switch (element.text, value) {
    case ("Int", .integer), ("Float", .integer), ("Float", .real), ("Bool", .boolean), ("scalar", .integer),
      ("scalar", .real), ("Word", .word), ("text", .string):
      return true
    default: return false
    }
  }

  /// The value of a constant expression, or nil after a report.
  func constantValue(_ expression: Expression, in file: FileScope) -> CheckedConstant.Value? {
    switch expression.kind {
    case .integer(let value): return .integer(value)
    case .real(let value): return .real(value)
    case .percent(let numerator, let denominator): return .real(Double(numerator) / Double(denominator))
    case .boolean(let value): return .boolean(value)
    case .string(let text): return .string(text)
    case .parenthesized(let inner): return constantValue(inner, in: file)
    case .list(let elements):
      var values: [CheckedConstant.Value] = []
      for element in elements {
        guard let value = constantValue(element, in: file) else { return nil }
        values.append(value)
      }
      return .list(values)
    case .name(let name): return constantName(name, in: file)
    case .unary(let op, let operand, _):
      guard let value = constantValue(operand, in: file) else { return nil }
      switch (op, value) {
      case (.negate, .integer(let number)) where number != .min: return .integer(-number)
      case (.negate, .real(let number)): return .real(-number)
      case (.not, .boolean(let flag)): return .boolean(!flag)
      default: return fail(.notConstant(expression.span, sources.text(expression.span)))
      }
    case .operation(let operands, let operators, _):
      return constantOperation(operands, operators, expression.span, in: file)
    case .call(let callee, let arguments):
      return constantCall(callee, arguments, expression.span, in: file)
    case .missing: return nil
    case .record, .range, .chain, .index, .member, .scan, .everything:
      return fail(.notConstant(expression.span, sources.text(expression.span)))
    }
  }

  private func fail(_ diagnostic: Diagnostic) -> CheckedConstant.Value? {
    report(diagnostic)
    return nil
  }

  private func constantName(_ name: Name, in file: FileScope) -> CheckedConstant.Value? {
    switch file.names[name.text] {
    case .constant(let index)?:
      file.used.insert(name.text)
      return constants[index].value
    case .unknown?: return nil
    case .layer?, .data?: return fail(.notConstant(name.span, name.text))
    case nil:
      if Vocabulary.words.contains(name.text) { return .word(name.text) }
      if Catalog.callable[name.text] != nil { return fail(.notConstant(name.span, name.text)) }
      let found = suggestion(for: name.text, among: constantNames(of: file))
      return fail(.unknownName(name, found, place: "a constant"))
    }
  }

  private func constantNames(of file: FileScope) -> [String] {
    file.names.compactMap { entry in if case .constant = entry.value { entry.key } else { nil } }
  }

  private func constantOperation(
    _ operands: [Expression], _ operators: [BinaryOperator], _ span: Span, in file: FileScope
  ) -> CheckedConstant.Value? {
    guard var result = constantValue(operands[0], in: file) else { return nil }
    for (op, operand) in zip(operators, operands.dropFirst()) {
      guard let right = constantValue(operand, in: file) else { return nil }
      if case .boolean(let a) = result, case .boolean(let b) = right, op == .and || op == .or {
        result = .boolean(op == .and ? a && b : a || b)
        continue
      }
      if case .integer(let a) = result, case .integer(let b) = right {
        if b == 0, op == .divide || op == .modulo { return fail(.divisionByZero(operand.span)) }
        guard let value = wholeOperation(op, a, b) else { return fail(.sizeOverflow(span, sources.text(span))) }
        result = value
        continue
      }
      guard let a = result.real, let b = right.real, let value = realOperation(op, a, b) else {
        return fail(.notConstant(span, sources.text(span)))
      }
      result = .real(value)
    }
    return result
  }

  private func constantCall(
    _ callee: Expression, _ arguments: [Argument], _ span: Span, in file: FileScope
  ) -> CheckedConstant.Value? {
    guard case .name(let name) = callee.kind, NumberFunctions.names.contains(name.text),
      !arguments.isEmpty, arguments.allSatisfy({ $0.label == nil })
    else { return fail(.notConstant(span, sources.text(span))) }
    var values: [Double] = []
    var areWhole = true
    for argument in arguments {
      guard let value = constantValue(argument.value, in: file) else { return nil }
      guard let real = value.real else { return fail(.notConstant(argument.span, sources.text(argument.span))) }
      if case .real = value { areWhole = false }
      values.append(real)
    }
    guard let value = NumberFunctions.evaluate(name.text, values), value.isFinite else {
      return fail(.notConstant(span, sources.text(span)))
    }
    let isWhole =
      areWhole && ["min", "max", "abs"].contains(name.text) || ["floor", "ceil", "round"].contains(name.text)
    if isWhole, let whole = Int(exactly: value) { return .integer(whole) }
    return .real(value)
  }
}

extension CheckedConstant.Value {
  /// `Int = 16`, for editors.
  var kindText: String {
    switch self {
    case .integer(let value): "Int = \(value)"
    case .real(let value): "Float = \(value)"
    case .boolean(let value): "Bool = \(value)"
    case .word(let word): word
    case .string(let text): "\"\(text)\""
    case .list(let values): values.count <= 16 ? text : "a list of \(values.count)"
    }
  }
}

/// Whole-number arithmetic of constants; nil where it overflows. A division that is not exact gives a real number.
func wholeOperation(_ op: BinaryOperator, _ a: Int, _ b: Int) -> CheckedConstant.Value? {
  let (value, overflow): (Int, Bool)
  switch op {
  case .add: (value, overflow) = a.addingReportingOverflow(b)
  case .subtract: (value, overflow) = a.subtractingReportingOverflow(b)
  case .multiply: (value, overflow) = a.multipliedReportingOverflow(by: b)
  case .divide:
    if b == 0 || b == -1 && a == .min { return nil }
    return a % b == 0 ? .integer(a / b) : .real(Double(a) / Double(b))
  case .modulo:
    if b <= 0 { return nil }
    return .integer(((a % b) + b) % b)
  case .power:
    if b < 0 { return realOperation(.power, Double(a), Double(b)).map { .real($0) } }
    var result = 1
    if a.magnitude > 1 && b > 64 { return nil }
    for _ in 0..<(a.magnitude <= 1 ? (b == 0 ? 0 : 2 - b % 2) : b) {
      let (next, overflow) = result.multipliedReportingOverflow(by: a)
      if overflow { return nil }
      result = next
    }
    return .integer(result)
  case .equal: return .boolean(a == b)
  case .notEqual: return .boolean(a != b)
  case .less: return .boolean(a < b)
  case .lessOrEqual: return .boolean(a <= b)
  case .greater: return .boolean(a > b)
  case .greaterOrEqual: return .boolean(a >= b)
  case .matrixProduct, .and, .or: return nil
  }
  return overflow ? nil : .integer(value)
}
