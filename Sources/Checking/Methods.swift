import Diagnostics
import Syntax

extension BodyChecker {
  /// `x.dense(16).relu()` as other tools write it: read as the chain that it means, after a report. Nil where it is
  /// something else.
  func methodChain(_ callee: Expression, _ arguments: [Argument], _ span: Span) -> CheckedExpression? {
    var stages: [Expression] = []
    var edits: [Edit] = []
    var (current, given, end) = (callee, arguments, span)
    while case .member(let base, let label) = current.kind, Vocabulary.callable(label.text) != nil {
      let name = Expression(.name(label), label.span)
      stages.insert(Expression(.call(name, arguments: given), label.span.union(end.ending)), at: 0)
      edits.append(Edit(Span(file: span.file, start: Int(base.span.end), end: Int(label.span.start)), " -> "))
      guard case .call(let inner, let others) = base.kind, inner.name == nil else {
        current = base
        break
      }
      (current, given, end) = (inner, others, base.span)
    }
    guard !stages.isEmpty, let head = current.name, case .value? = peek(head.text) else { return nil }
    let whole = Expression(.chain(current, stages: stages), span)
    guard let texts = translatedTexts(stages, of: current) else {
      report(.methodChain(span, edits))
      return chain(current, stages, whole, expecting: nil)
    }
    report(.methodChain(span, [Edit(span, ([head.text] + texts).joined(separator: " -> "))]))
    return mended(span) { chain(current, stages, whole, expecting: nil) }
  }

  /// The stages in the words of this language; nil where that is not certain.
  private func translatedTexts(_ stages: [Expression], of head: Expression) -> [String]? {
    let outer = trail
    defer { trail = outer }
    trail = [("", checker.quietly { value(head).type })]
    var result: [String] = []
    for stage in stages {
      guard let text = translatedText(stage) else { return nil }
      result.append(text)
      trail = []
    }
    return result
  }
}

extension Diagnostic {
  /// `x.dense(16)`
  static func methodChain(_ span: Span, _ edits: [Edit]) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.notALayer, "values have no methods: data flow along `->`", at: Label(span, "calls of methods"))
    result.fixes = [Fix("write `->`", edits, isCertain: false)]
    return result
  }

  /// `concat([a, b])`
  static func inputsInBrackets(_ name: Name, _ list: Span, isCertain: Bool) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.missingInput, "`\(name.text)` takes its inputs one by one, without brackets",
      at: Label(list, "one list"))
    let opening = Span(file: list.file, start: Int(list.start), end: Int(list.start) + 1)
    let closing = Span(file: list.file, start: Int(list.end) - 1, end: Int(list.end))
    result.fixes = [Fix("remove the brackets", [Edit(opening, ""), Edit(closing, "")], isCertain: isCertain)]
    return result
  }

  /// `kernel: (3, 3)`
  static func listInParentheses(_ label: String, _ list: Span, isCertain: Bool) -> Diagnostic {
    var result = Diagnostic(
      CheckingCodes.settingKind, "the list of `\(label)` stands in square brackets",
      at: Label(list, "parentheses make a record"))
    let opening = Span(file: list.file, start: Int(list.start), end: Int(list.start) + 1)
    let closing = Span(file: list.file, start: Int(list.end) - 1, end: Int(list.end))
    result.fixes = [Fix("write `[…]`", [Edit(opening, "["), Edit(closing, "]")], isCertain: isCertain)]
    return result
  }
}
