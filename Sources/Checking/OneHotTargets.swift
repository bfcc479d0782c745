import Diagnostics
import Syntax

// `cross_entropy(logits, one_hot(y))`, as other tools want it: the class itself is the target here.
extension BodyChecker {
  /// The value among the inputs that is `one_hot` of a class, with that class.
  func classBehindOneHot(
    _ inputs: [CheckedExpression?]
  ) -> (value: CheckedExpression, label: CheckedExpression)? {
    for case let value? in inputs {
      let inner: CheckedExpression?
      switch value.kind {
      case .call(let call): inner = isOneHot(call) ? call.inputs.first.flatMap { $0 } : nil
      case .apply(.call(let call), let input): inner = isOneHot(call) ? input : nil
      default: inner = nil
      }
      if let inner, inner.type.tensor?.element.isLabel ?? false { return (value, inner) }
    }
    return nil
  }

  private func isOneHot(_ call: CheckedCall) -> Bool {
    if case .builtin("one_hot") = call.callee { true } else { false }
  }

  /// The mistake, which accounts for a foreign spelling of `one_hot` too.
  func oneHotTarget(_ name: String, _ value: CheckedExpression, _ label: CheckedExpression) -> Diagnostic {
    checker.withdrawForeignNames(in: value.span)
    let written = checker.sources.text(label.span)
    var result = Diagnostic(
      CheckingCodes.inputElement, "`\(name)` takes the class itself: leave `one_hot` out",
      at: Label(value.span, "this is \(text(value.type))"))
    result.fixes = [Fix("write `\(excerpt(written))`", [Edit(value.span, written)], isCertain: true)]
    return result
  }
}
