import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

/// Words of the expression language that need to know where they stand; ``Blocks/expressionForms`` documents them.
enum Form: String, CaseIterable {
  case column, restore, gradient, across, quantile, generate, tokenize
}

extension BodyChecker {
  func formCall(_ form: Form, _ name: Name, _ arguments: [Argument], _ span: Span) -> CallOutcome {
    switch form {
    case .column: return columnCall(name, arguments, span)
    case .restore: return restoreCall(name, arguments, span)
    case .gradient: return gradientCall(name, arguments, span)
    case .quantile: return quantileCall(name, arguments, span)
    case .across: return acrossCall(name, arguments, span)
    case .generate: return generateCall(name, arguments, span)
    case .tokenize:
      absorb(arguments)
      if columns == nil { report(.onlyInData(name)) } else { report(.tokenizeNeedsChain(name)) }
      return .broken
    }
  }

  /// `column("sepal length (cm)")`, `column(3)`
  private func columnCall(_ name: Name, _ arguments: [Argument], _ span: Span) -> CallOutcome {
    guard let columns else {
      report(.onlyInData(name))
      return .broken
    }
    guard arguments.count == 1, arguments[0].label == nil, let key = columns.key(of: arguments[0].value) else {
      report(.columnKey(span, text(span)))
      return .broken
    }
    return .value(columns.value(key, span, in: self))
  }

  /// `restore(argmax(logits), as: y)`
  private func restoreCall(_ name: Name, _ arguments: [Argument], _ span: Span) -> CallOutcome {
    guard case .train = kind, let index = fieldsOf else {
      if !isDataUnknown { report(.onlyInTrain(name)) }
      absorb(arguments)
      return .broken
    }
    guard let input = arguments.first(where: { $0.label == nil }),
      let target = arguments.first(where: { $0.label?.text == "as" }), arguments.count == 2
    else {
      report(.restoreForm(span, text(span)))
      absorb(arguments)
      return .broken
    }
    let value = value(input.value)
    guard case .field(let field)? = setting(target.value, .field, "as") else { return .broken }
    guard let checked = checker.data[index].fields.first(where: { $0.name == field }) else { return .broken }
    if case .record = value.type { report(.recordAsTensor(input.span, text(input.span))) }
    guard case .tensor(let type) = value.type, case .tensor(let wanted) = checked.type else { return .broken }
    if wanted.element.isLabel {
      guard names(type.element, wanted.element) else {
        if !isSuspect([value], field: field) {
          let advice = adviceOnDecision(value, type, wanted.element)
          report(.restoreType(input.span, text(type), field, text(wanted), advice))
        }
        return .broken
      }
      return .value(CheckedExpression(.restore(value, field: field), .tensor(TensorType(.text, type.shape)), span))
    }
    let fitted = fit(
      value, checked.type, place: target.value.span,
      mismatch: { declared, actual, at, _ in .restoreType(at, actual, field, declared, nil) })
    if case .unknown = fitted.kind { return .broken }
    if let culprit = checked.value.flatMap(notInvertible) {
      report(.notInvertible(target.value.span, field, culprit))
      return .broken
    }
    return .value(CheckedExpression(.restore(fitted, field: field), checked.type, span))
  }

  /// Whether values name the classes or the tokens of a field. What `argmax` decides for are classes, and a truth value
  /// decides between two.
  private func names(_ value: Element, _ field: Element) -> Bool {
    switch (value, field) {
    case (.classes(let count), .token(let other)): areEqual(count, other)
    case (.bool, .classes(let count)): areEqual(count, 2)
    default: agree(value, field)
    }
  }

  /// How scores become what they decide for.
  private func adviceOnDecision(_ value: CheckedExpression, _ type: TensorType, _ field: Element) -> String? {
    guard type.element == .float, let count = field.labelCount else { return nil }
    let isScores = type.shape.axes.last.map { areEqual($0.size, count) } ?? false
    if !isScores, areEqual(count, 2) {
      let (written, isShare) = (text(value.span), isProbability(value))
      let what = isShare ? "a probability" : "a logit"
      return "`\(written) > \(isShare ? "0.5" : "0")` is true where \(what) decides for the second class"
    }
    return "`argmax(…)` decides for the class with the greatest score"
  }

  /// Whether a value comes straight out of a built-in that gives numbers between 0 and 1.
  private func isProbability(_ value: CheckedExpression) -> Bool {
    let last: CheckedCallee? =
      switch value.kind {
      case .call(let call): call.callee
      case .apply(.call(let call), _): call.callee
      case .apply(.chain(let parts), _): if case .call(let call)? = parts.last { call.callee } else { nil }
      default: nil
      }
    guard case .builtin(let name)? = last else { return false }
    return Catalog.callable[name]?.range == 0...1
  }

  /// Whether a value of a field is a number, or computed from other rows than its own.
  private func isOfOtherRows(_ value: CheckedExpression) -> Bool {
    guard let index = fieldsOf, let columns = checker.data[index].columns else { return false }
    var result = true
    value.visit { part in
      switch part.kind {
      case .column(let column):
        if columns.uses[column].span(of: columns.uses[column].offsets).contains(0) { result = false }
      case .encode, .local, .unknown: result = false
      default: break
      }
    }
    return result
  }

  /// What in a field's expression has no way back; nil where all has.
  private func notInvertible(_ expression: CheckedExpression) -> String? {
    switch expression.kind {
    case .column, .encode, .field, .unknown: return nil
    case .list(let elements):
      let arePlain = elements.allSatisfy { if case .column = $0.kind { true } else { false } }
      if arePlain { return nil }
      return elements.count == 1 ? notInvertible(elements[0]) : "a list of computed values"
    case .transform(let name, _, _, let input):
      if Catalog.transform[name]?.inverse == nil { return "`\(name)`" }
      return notInvertible(input)
    case .arithmetic(let first, let rest):
      // Other rows are known beside a value: `log(price) - log(price[-1])`.
      for (op, operand) in rest {
        guard [.add, .subtract, .multiply, .divide].contains(op), isOfOtherRows(operand) else {
          return "`\(op.rawValue)` of two values"
        }
      }
      return notInvertible(first)
    case .call(let call): return "`\(calleeName(call.callee))`"
    case .apply(let layer, _): return "`\(self.name(of: layer))`"
    default: return "`\(text(expression.span))`"
    }
  }

  /// `gradient(Critic(mixed), by: mixed)`: the type of what it is taken by. What depends on what is checked when the
  /// whole block is known.
  private func gradientCall(_ name: Name, _ arguments: [Argument], _ span: Span) -> CallOutcome {
    guard case .train = kind else {
      report(.onlyInTrain(name))
      absorb(arguments)
      return .broken
    }
    guard arguments.count == 2, arguments[0].label == nil, arguments[1].label?.text == "by" else {
      absorb(arguments)
      report(.gradientForm(span, text(span)))
      return .broken
    }
    let value = value(arguments[0].value)
    let variable = self.value(arguments[1].value)
    switch value.type {
    case .unknown: return .broken
    case .record:
      report(.recordAsTensor(value.span, text(value.span)))
      return .broken
    case .tensor(let type):
      if type != .scalar {
        report(.gradientOfTensor(arguments[0].span, text(type)))
        return .broken
      }
    }
    if case .unknown = variable.kind { return .broken }
    guard case .local(let local) = variable.kind, case .tensor(let type) = variable.type, type.element == .float else {
      report(.gradientBy(arguments[1].value.span, text(arguments[1].value.span)))
      return .broken
    }
    return .value(CheckedExpression(.gradient(value, by: local), variable.type, span))
  }
}
