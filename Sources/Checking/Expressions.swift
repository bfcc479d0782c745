import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

extension BodyChecker {
  /// The typed form of an expression that stands for a value, `unknown` after a report. `expected` is the type that
  /// its place declares, for constants and draws; nil where there is none.
  func value(_ expression: Expression, expecting expected: CheckedType? = nil) -> CheckedExpression {
    let span = expression.span
    switch expression.kind {
    case .missing: return unknown(span)
    case .integer, .real, .percent: return numberValue(expression)
    case .boolean(let flag):
      return CheckedExpression(.scalar(.literal(flag ? 1 : 0)), .tensor(TensorType(.bool, .scalar)), span)
    case .string(let word):
      if let name = unquoted(word, span) {
        report(.namesInQuotes([(span, written(name))], isCertain: columns != nil))
        return columns == nil ? unknown(span) : value(name)
      }
      return refuse(.textAsValue(span, text(span)), span)
    case .parenthesized(let inner):
      var result = value(inner, expecting: expected)
      result.span = span
      return result
    case .name(let name): return nameValue(name, expecting: expected)
    case .list(let elements): return list(elements, span)
    case .record(let fields): return record(fields, span, expecting: expected)
    case .range, .everything: return refuse(.notAValue(span, text(span)), span)
    case .unary(let op, let operand, _): return unary(op, operand, expression)
    case .operation(let operands, let operators, let spans):
      if isNumber(expression) { return numberValue(expression) }
      return operation(operands, operators, spans, span)
    case .chain(let head, let stages): return chain(head, stages, expression, expecting: expected)
    case .call(let callee, let arguments): return callValue(callee, arguments, expression, expecting: expected)
    case .index(let base, let indices): return index(base, indices, span)
    case .member(let base, let label): return member(base, label, span)
    case .scan(let scan): return self.scan(scan, span)
    }
  }

  /// What a text names, where it names a column or a value: people quote columns, as other tools want it.
  private func unquoted(_ word: String, _ span: Span) -> Expression? {
    let isName =
      word.utf8.allSatisfy { $0 == UInt8(ascii: "_") || isLetter($0) || (0x30...0x39).contains($0) }
      && (word.utf8.first.map { !(0x30...0x39).contains($0) } ?? false)
    let name = Expression(.name(Name(word, span)), span)
    if let columns {
      if columns.isClosed, !columns.isKnown(word) { return nil }
      if isName { return name }
      let key = Argument(label: nil, value: Expression(.string(word), span))
      return Expression(.call(Expression(.name(Name("column", span)), span), arguments: [key]), span)
    }
    if isName, case .value? = peek(word) { return name }
    return nil
  }

  private func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }

  private func written(_ expression: Expression) -> String {
    guard let name = expression.name else {
      if case .call(_, let arguments) = expression.kind, case .string(let word)? = arguments.first?.value.kind {
        return "column(\"\(word)\")"
      }
      return text(expression.span)
    }
    return name.text
  }

  /// The parts of a list, with the names that stand in quotes as names; one report for all of them.
  private func withoutQuotes(_ elements: [Expression]) -> [Expression] {
    var quoted: [(span: Span, written: String)] = []
    let result = elements.map { element -> Expression in
      guard columns != nil, case .string(let word) = element.kind, let name = unquoted(word, element.span) else {
        return element
      }
      quoted.append((element.span, written(name)))
      return name
    }
    if !quoted.isEmpty { report(.namesInQuotes(quoted)) }
    return result
  }

  func unknown(_ span: Span) -> CheckedExpression { CheckedExpression(.unknown, .unknown, span) }

  func refuse(_ diagnostic: Diagnostic, _ span: Span) -> CheckedExpression {
    report(diagnostic)
    return unknown(span)
  }

  private func numberValue(_ expression: Expression) -> CheckedExpression {
    guard let number = number(expression) else { return unknown(expression.span) }
    return scalar(number.scalar, expression.span)
  }

  /// A number as a value. A length that differs from example to example counts each example's own positions, which only
  /// sums and multiples of it can follow.
  private func scalar(_ number: ScalarExpression, _ span: Span) -> CheckedExpression {
    for size in number.dimensions {
      for name in size.variables.sorted() {
        guard let others = size.linear(in: name)?.coefficient.variables else {
          if let limit = varying[name] {
            return refuse(.lengthArithmetic(span, text(span), name, limit.description), span)
          }
          fixLength(.variable(name), by: Mixing(name: text(span), span: span))
          continue
        }
        // Of two sizes that are multiplied one may differ from example to example.
        for other in others.sorted() {
          if let limit = varying[name], varying[other] != nil {
            return refuse(.lengthArithmetic(span, text(span), name, limit.description), span)
          }
          fixOne(of: name, other, by: Mixing(name: text(span), span: span))
        }
      }
    }
    return CheckedExpression(.scalar(number), .scalar, span)
  }

  private func nameValue(_ name: Name, expecting expected: CheckedType?) -> CheckedExpression {
    let span = name.span
    if let columns, columns.isKnown(name.text) { return columns.value(.name(name.text), span, in: self) }
    switch find(name.text) {
    case .value(let kind, let type)?:
      if batchLocals.contains(name.text), refusesBatch(span) { return unknown(span) }
      annotate(span, .use, type)
      return CheckedExpression(kind, type, span)
    case .number(let number)?: return scalar(number.scalar, span)
    case .constant(.boolean(let flag))?:
      return CheckedExpression(.scalar(.literal(flag ? 1 : 0)), .tensor(TensorType(.bool, .scalar)), span)
    case .constant(let value)?: return refuse(.constantAsValue(name, value.text), span)
    case .setting?: return refuse(.settingAsValue(name), span)
    case .layer?, .layerParameter?:
      forget(name.text)
      return refuse(.layerAsValue(span, name.text, input: "x"), span)
    case .unknown?: return unknown(span)
    case nil: break
    }
    if let result = drawName(name, expecting: expected) { return result }
    if let result = thisExample(name) { return result }
    if let result = fieldName(name) { return result }
    if let columns, columns.hasHeaderOfValues { return columns.value(.name(name.text), span, in: self) }
    return isDataUnknown ? unknown(span) : refuse(unknownValue(name), span)
  }

  /// A name that was reported stands for nothing from there on: one mistake, one error.
  private func forget(_ name: String) {
    for index in scopes.indices.reversed() where scopes[index][name] != nil {
      scopes[index][name]?.local = .unknown
      return
    }
  }

  /// `normal`, `zeros`: takes the shape that its place declares.
  private func drawName(_ name: Name, expecting expected: CheckedType?) -> CheckedExpression? {
    guard Vocabulary.draws.contains(name.text), file.names[name.text] == nil else { return nil }
    return draw(name, [], name.span, expecting: expected)
  }

  func draw(
    _ name: Name, _ arguments: [Argument], _ span: Span, expecting expected: CheckedType?
  ) -> CheckedExpression {
    guard let declaration = Catalog.initializer[name.text] else { preconditionFailure("no initialiser \(name.text)") }
    let settings = plainSettings(arguments, declaration.settings, of: name)
    let site = nextSite(name.text)
    guard let expected else { return refuse(.drawWithoutShape(name), span) }
    guard let settings, case .tensor(let type) = expected else { return CheckedExpression(.unknown, expected, span) }
    guard type.element == .float else { return refuse(.drawElement(name, text(type)), span) }
    return CheckedExpression(.drawn(name.text, settings: settings, site: site), expected, span)
  }

  func unknownValue(_ name: Name) -> Diagnostic {
    if let entity = file.names[name.text] {
      if case .layer = entity { return .layerAsValue(name.span, name.text, input: "x") }
      if case .data = entity { return .dataAsValue(name) }
    }
    if columns != nil, let column = columns?.suggestion(for: name.text), Catalog.callable[name.text] == nil {
      return .unknownColumn(
        name.text, at: name.span, column, columns: columns?.names ?? [], data: columns?.data ?? "",
        isBeyond: columns?.lastNumbered(like: name.text) != nil)
    }
    if let declaration = Catalog.callable[name.text], declaration.inputs.count > 1 {
      return .callWithoutInputs(name, declaration.inputs.filter { !$0.isOptional }.map(\.name))
    }
    if Catalog.callable[name.text] != nil || Catalog.transform[name.text] != nil {
      return .layerAsValue(name.span, name.text, input: firstValueName ?? "x")
    }
    if let columns, columns.isClosed {
      return .unknownColumn(name.text, at: name.span, nil, columns: columns.names, data: columns.data)
    }
    if Catalog.initializer[name.text] != nil { return .initializerAsValue(name) }
    reportedNames.insert(name.text)
    if let place = bindingPlaces[name.text], place.file == name.span.file, place.start > name.span.start {
      return .usedAbove(name, boundAt: place)
    }
    return .unknownName(name, suggestion(for: name.text, among: valueNames), place: "a value")
  }

  /// The value that was bound last and that nothing has used, or else the first, for an example.
  var waitingValueName: String? {
    let values = scopes.flatMap { $0 }.filter { if case .value = $0.value.local { true } else { false } }
    let unused = values.filter { !$0.value.isUsed }.max { $0.value.span.start < $1.value.span.start }
    return unused?.key ?? firstValueName
  }

  /// The value that was bound first, for an example.
  private var firstValueName: String? {
    scopes.flatMap { $0 }.filter { if case .value = $0.value.local { true } else { false } }
      .min { $0.value.span.start < $1.value.span.start }?.key
  }

  private func unary(_ op: UnaryOperator, _ operand: Expression, _ expression: Expression) -> CheckedExpression {
    let span = expression.span
    if isNumber(expression) { return numberValue(expression) }
    let inner = value(operand)
    guard case .tensor(let type) = inner.type else {
      if case .record = inner.type { return refuse(.recordAsTensor(operand.span, text(operand.span)), span) }
      return unknown(span)
    }
    switch op {
    case .negate:
      guard type.element == .float || type.element == .bool else {
        return refuse(.classArithmetic(operand.span, text(operand.span), text(type), op: "-"), span)
      }
      return CheckedExpression(.negate(inner), .tensor(TensorType(.float, type.shape)), span)
    case .not:
      guard type.element == .bool else {
        return refuse(.notATruthValue(operand.span, text(operand.span), text(type), op: "not"), span)
      }
      return CheckedExpression(.not(inner), inner.type, span)
    }
  }

  private func record(_ fields: [Argument], _ span: Span, expecting expected: CheckedType?) -> CheckedExpression {
    var values: [(label: String, value: CheckedExpression)] = []
    var seen: Set<String> = []
    for field in fields {
      var expectedField: CheckedType?
      if let label = field.label, case .record(let types)? = expected {
        expectedField = types.first { $0.label == label.text }?.type
      }
      let checked = value(field.value, expecting: expectedField)
      guard let label = field.label else {
        report(.recordFieldWithoutLabel(field.value.span, text(field.value.span)))
        continue
      }
      if !seen.insert(label.text).inserted {
        report(.duplicateLabel(label))
        continue
      }
      values.append((label.text, checked))
    }
    return CheckedExpression(
      .record(values), .record(values.map { CheckedFieldType($0.label, $0.value.type) }), span)
  }

  private func member(_ base: Expression, _ label: Name, _ span: Span) -> CheckedExpression {
    if let name = base.name, ["train", "validation", "test"].contains(name.text), peek(name.text) == nil {
      return refuse(.measureAsValue(span, text(span)), span)
    }
    let record = value(base)
    switch record.type {
    case .unknown: return unknown(span)
    case .tensor(let type): return refuse(.noFields(base.span, text(base.span), text(type), label), span)
    case .record(let fields):
      guard let field = fields.first(where: { $0.label == label.text }) else {
        return refuse(
          .unknownField(label, suggestion(for: label.text, among: fields.map(\.label)), fields.map(\.label)), span)
      }
      annotate(label.span, .use, field.type)
      return CheckedExpression(.member(record, label.text), field.type, span)
    }
  }

  /// Scalars stacked to a vector, vectors joined along their last axis.
  private func list(_ elements: [Expression], _ span: Span) -> CheckedExpression {
    var values: [CheckedExpression] = []
    var isBroken = false
    let elements = withoutQuotes(elements)
    for element in columns?.expanded(elements, in: self) ?? elements {
      let checked = coerced(value(element), to: .float)
      if checked.type == .unknown { isBroken = true }
      values.append(checked)
    }
    if values.isEmpty {
      return refuse(.emptyList(span), span)
    }
    if isBroken {
      let isOpen = values.allSatisfy { if case .unknown = $0.kind { false } else { true } }
      return isOpen ? CheckedExpression(.list(values), .unknown, span) : unknown(span)
    }
    var total = Dimension(0)
    var leading: Shape?
    var hasVectors = false
    for element in values {
      guard case .tensor(let type) = element.type else {
        return refuse(.recordAsTensor(element.span, text(element.span)), span)
      }
      guard type.element == .float || type.element == .bool else {
        return refuse(.listElement(element.span, text(element.span), text(type)), span)
      }
      if type.shape.isScalar {
        total += 1
        continue
      }
      hasVectors = true
      let front = Shape(pack: type.shape.pack, type.shape.axes.dropLast())
      if let leading, !areEqual(leading, front) {
        return refuse(
          .listShapes(element.span, text(type), values[0].span, text(values[0].type)), span)
      }
      leading = front
      guard let last = type.shape.axes.last, !last.isVarying else {
        return refuse(.listElement(element.span, text(element.span), text(type)), span)
      }
      fixLength(last.size, by: Mixing(name: "[…]", span: span))
      total += last.size
    }
    if hasVectors, let leading, !leading.axes.isEmpty || leading.pack != nil,
      let scalar = values.first(where: { $0.type.tensor?.shape.isScalar ?? false })
    {
      return refuse(.listShapes(scalar.span, text(scalar.type), values[0].span, text(values[0].type)), span)
    }
    if total.isInvalid { return refuse(.sizeOverflow(span, text(span)), span) }
    let shape = Shape(pack: leading?.pack, (leading?.axes ?? []) + [Axis(total)])
    return CheckedExpression(.list(values), .tensor(TensorType(.float, shape)), span)
  }
}
