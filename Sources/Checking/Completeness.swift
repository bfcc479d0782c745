import Diagnostics
import Tensors

extension Checker {
  /// Places whose values could not be determined although nothing is wrong with them: a column that was not read, or
  /// a form that the checker lets pass without knowing it. A program with one cannot be elaborated.
  func undetermined() -> [Span] {
    var result: [Span] = []
    func look(_ value: CheckedExpression) {
      value.visit { part in
        if part.isUnknown { result.append(part.span) }
      }
    }
    func look(_ bindings: [CheckedBinding]) {
      for binding in bindings {
        switch binding.value {
        case .expression(let value): look(value)
        case .layer(let layer): layer.visit(look)
        }
      }
    }
    for layer in layers.compactMap(\.checked) {
      look(layer.body.bindings)
      look(layer.body.result)
    }
    for entry in data where entry.isDone {
      for field in entry.fields {
        if let value = field.value, !field.type.hasUnknown { look(value) } else { result.append(field.span) }
      }
    }
    for train in trains {
      look(train.bindings)
      for step in train.steps {
        look(step.bindings)
        for loss in step.losses { look(loss.value) }
      }
      for metric in train.metrics {
        for input in metric.inputs { look(input) }
      }
      for output in train.outputs + train.samples { look(output.value) }
    }
    for test in tests {
      look(test.bindings)
      for expectation in test.expectations { if case .holds(let value) = expectation.kind { look(value) } }
    }
    return result
  }
}
