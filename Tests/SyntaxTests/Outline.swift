import Syntax

/// The abstract tree as text without positions: equal outlines are equal trees.
func outline(_ unit: SourceUnit) -> String {
  let declarations = unit.declarations.map(outline)
  let allowances = unit.allowances.map { "(allow \($0.names.map(\.text).joined(separator: " ")))" }
  return (declarations + allowances).joined(separator: "\n")
}

func outline(_ text: String) -> String { outline(parse(source(text)).unit) }

/// The outline of one expression, the value of `let a = …`.
func outline(expression text: String) -> String {
  guard case .constant(let binding) = parse(source("let a = " + text)).unit.declarations.first else { return "nothing" }
  return outline(binding.value)
}

private func list(_ head: String, _ parts: [String]) -> String { "(" + ([head] + parts).joined(separator: " ") + ")" }

private func names(_ head: String, _ names: [Name]) -> String { list(head, names.map(\.text)) }

private func outline(_ doc: [String]) -> String { doc.isEmpty ? "" : list("doc", doc.map { "\"\($0)\"" }) }

private func outline(_ declaration: Declaration) -> String {
  switch declaration {
  case .import(let it): return list("import", it.names.map(\.text) + [it.path])
  case .constant(let it): return list("constant", [outline(it)])
  case .data(let it):
    return list(
      "data", [outline(it.doc), it.name.text, outline(it.source)] + it.fields.map(outline) + it.settings.map(outline))
  case .layer(let it):
    let parameters = it.parameters.map { parameter in
      list(parameter.name.text, [outline(parameter.type)] + (parameter.defaultValue.map { [outline($0)] } ?? []))
    }
    return list(
      it.isModel ? "model" : "layer",
      [outline(it.doc), it.name.text, list("parameters", parameters), outline(it.result)]
        + [list("where", it.facts.map(outline)), outline(it.body)])
  case .train(let it):
    let steps = it.steps.map { step in
      list("step", step.models.map(\.text) + step.bindings.map(outline) + step.settings.map(outline))
    }
    return list(
      "train",
      [outline(it.doc), names("models", it.models), names("except", it.frozen), it.data.text, it.label?.text ?? "-"]
        + it.bindings.map(outline) + it.settings.map(outline) + steps)
  case .sweep(let it):
    return list(
      "sweep", [outline(it.doc), names("models", it.models), it.data?.text ?? "-"] + it.settings.map(outline))
  case .test(let it):
    return list("test", [outline(it.doc), it.name] + it.bindings.map(outline) + it.expectations.map(outline))
  }
}

private func outline(_ setting: Setting) -> String { list(setting.name.text + ":", [outline(setting.value)]) }

private func outline(_ binding: Binding) -> String {
  let pattern = binding.pattern.map { $0.name.text + ($0.type.map { ":" + outline($0) } ?? "") }
  let name = pattern.isEmpty ? binding.name.text : list("pattern", pattern)
  let type = binding.type.map { [outline($0)] } ?? []
  return list("let", [outline(binding.doc), name] + type + ["=", outline(binding.value)])
}

private func outline(_ block: Block) -> String {
  list(
    "block",
    block.statements.map { statement in
      switch statement {
      case .weight(let binding): return list("weight", [outline(binding)])
      case .binding(let binding): return outline(binding)
      case .expression(let expression): return outline(expression)
      }
    })
}

private func outline(_ type: TypeExpression) -> String {
  switch type.kind {
  case .missing: return "missing"
  case .record(let fields): return list("record", fields.map { list($0.label.text + ":", [outline($0.type)]) })
  case .tensor(let element, let arguments, let shape):
    let elements = shape.map { element -> String in
      switch element.kind {
      case .exact(let expression): return outline(expression)
      case .atMost(let name, let bound): return list("atMost", [name.text, outline(bound)])
      case .pack(let name): return "..." + name.text
      }
    }
    let head = (element?.text ?? "") + (arguments.isEmpty ? "" : list("", arguments.map(outline)))
    return head + "[" + elements.joined(separator: " ") + "]"
  }
}

private func outline(_ argument: Argument) -> String {
  argument.label.map { "\($0.text): " }.map { $0 + outline(argument.value) } ?? outline(argument.value)
}

func outline(_ expression: Expression) -> String {
  switch expression.kind {
  case .integer(let value): return "\(value)"
  case .real(let value): return "\(value)"
  case .percent(let numerator, let denominator): return "\(numerator)/\(denominator)"
  case .string(let value): return "\"\(value)\""
  case .boolean(let value): return "\(value)"
  case .name(let name): return name.text
  case .list(let elements): return "[" + elements.map(outline).joined(separator: " ") + "]"
  case .record(let arguments): return list("record", arguments.map(outline))
  case .range(let range): return list(range.isClosed ? "..." : "..<", [outline(range.lower), outline(range.upper)])
  case .unary(let sign, let operand, _): return list(sign.rawValue, [outline(operand)])
  case .operation(let operands, let operators, _):
    let tail = zip(operators, operands.dropFirst()).map { "\($0.rawValue) \(outline($1))" }
    return list(outline(operands[0]), tail)
  case .chain(let head, let stages): return list(outline(head), stages.map { "-> " + outline($0) })
  case .call(let callee, let arguments): return list("call", [outline(callee)] + arguments.map(outline))
  case .index(let base, let indices): return list("index", [outline(base)] + indices.map(outline))
  case .member(let base, let name): return outline(base) + "." + name.text
  case .scan(let scan):
    let sequences = scan.sequences.map { list("in", [$0.element.text, outline($0.source)]) }
    return list("scan", sequences + scan.states.map(outline) + [outline(scan.body)])
  case .everything(let except): return list("*", except.map(outline))
  case .parenthesized(let inner): return "{" + outline(inner) + "}"
  case .missing: return "missing"
  }
}
