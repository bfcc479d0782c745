import Diagnostics
import Syntax

extension Expression {
  /// Visits every name that could stand for something, labels and members left out.
  func visitNames(_ visit: (Name) -> Void) {
    switch kind {
    case .integer, .real, .percent, .string, .boolean, .missing: break
    case .name(let name): visit(name)
    case .list(let elements): for element in elements { element.visitNames(visit) }
    case .record(let fields): for field in fields { field.value.visitNames(visit) }
    case .range(let range):
      range.lower.visitNames(visit)
      range.upper.visitNames(visit)
    case .unary(_, let operand, _): operand.visitNames(visit)
    case .operation(let operands, _, _): for operand in operands { operand.visitNames(visit) }
    case .chain(let head, let stages):
      head.visitNames(visit)
      for stage in stages { stage.visitNames(visit) }
    case .call(let callee, let arguments):
      callee.visitNames(visit)
      for argument in arguments { argument.value.visitNames(visit) }
    case .index(let base, let indices):
      base.visitNames(visit)
      for index in indices { index.visitNames(visit) }
    case .member(let base, _): base.visitNames(visit)
    case .scan(let scan):
      for sequence in scan.sequences { sequence.source.visitNames(visit) }
      for state in scan.states {
        state.type?.visitNames(visit)
        state.value.visitNames(visit)
      }
      scan.body.visitNames(visit)
    case .everything(let except): for column in except { column.visitNames(visit) }
    case .parenthesized(let inner): inner.visitNames(visit)
    }
  }

  /// The expression without the parentheses around it.
  var unwrapped: Expression {
    var result = self
    while case .parenthesized(let inner) = result.kind { result = inner }
    return result
  }

  /// The name, where the expression is nothing else.
  var name: Name? { if case .name(let name) = unwrapped.kind { name } else { nil } }

  /// The part that gives the value its type: the last stage of a chain.
  var culprit: Span {
    if case .chain(_, let stages) = unwrapped.kind, let last = stages.last { return last.span }
    return span
  }

  var isMissing: Bool { if case .missing = kind { true } else { false } }
}

extension TypeExpression {
  func visitNames(_ visit: (Name) -> Void) {
    switch kind {
    case .missing: break
    case .record(let fields): for field in fields { field.type.visitNames(visit) }
    case .tensor(_, let arguments, let shape):
      for argument in arguments { argument.visitNames(visit) }
      for element in shape {
        switch element.kind {
        case .exact(let size): size.visitNames(visit)
        case .atMost(_, let limit): limit.visitNames(visit)
        case .pack: break
        }
      }
    }
  }
}

extension Block {
  /// The part that gives the body its type.
  var culprit: Span? {
    if case .expression(let expression)? = statements.last { expression.culprit } else { nil }
  }

  func visitNames(_ visit: (Name) -> Void) {
    for statement in statements {
      switch statement {
      case .weight(let binding), .binding(let binding):
        binding.type?.visitNames(visit)
        binding.value.visitNames(visit)
      case .expression(let expression): expression.visitNames(visit)
      }
    }
  }
}
