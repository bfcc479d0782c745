import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

extension CheckedOptimizer {
  /// Gives every setting that is left out its default.
  package mutating func fillDefaults() {
    for setting in Catalog.optimizer[name]?.settings ?? [] where settings[setting.label] == nil {
      settings[setting.label] = setting.defaultValue.flatMap { CheckedSetting($0) }
    }
  }
}

extension BodyChecker {
  /// What stands behind `expect`; nil after a report.
  func expectation(_ expression: Expression) -> CheckedExpectation? {
    let span = expression.span
    if case .operation(let operands, let operators, _) = expression.unwrapped.kind, operands.count == 2 {
      if let arguments = arguments(of: operands[0], "shape") {
        return shapeExpectation(arguments, operators[0], operands[1], operands[0].span, span)
      }
      if let arguments = arguments(of: operands[1], "shape") {
        return shapeExpectation(arguments, operators[0], operands[0], operands[1].span, span)
      }
    }
    if arguments(of: expression, "shape") != nil {
      report(.expectation(span, "`shape` is compared: `shape(Layer, [16, 32]) == [16, 32]`"))
      return nil
    }
    if let arguments = arguments(of: expression, "gradients") {
      guard let (layer, input) = layerAndInput(arguments, span, "gradients"),
        case .tensor(let result) = apply(layer, to: .tensor(input), at: span, inputSpan: arguments[1].span)
      else { return nil }
      guard result.element == .float else {
        report(.expectation(span, "only floats have gradients, and this layer gives \(text(result))"))
        return nil
      }
      return CheckedExpectation(.gradients(layer, input), span)
    }
    if let arguments = arguments(of: expression, "overfits") { return overfits(arguments, span) }
    let value = value(expression)
    switch value.type {
    case .unknown: return nil
    case .tensor(let type) where type.element == .bool: return CheckedExpectation(.holds(value), span)
    default:
      report(.expectation(span, "this is \(text(value.type)), and not true or false"))
      return nil
    }
  }

  /// The arguments of a call of one of the words that only tests know; names of the file come first.
  private func arguments(of expression: Expression, _ word: String) -> [Argument]? {
    guard case .call(let callee, let arguments) = expression.unwrapped.kind, callee.name?.text == word,
      file.names[word] == nil, peek(word) == nil
    else { return nil }
    return arguments
  }

  private func layerAndInput(
    _ arguments: [Argument], _ span: Span, _ word: String
  ) -> (CheckedLayerValue, TensorType)? {
    guard arguments.count == 2, arguments.allSatisfy({ $0.label == nil }) else {
      report(.expectation(span, "`\(word)` takes a layer and the type of its input: `\(word)(dense(4), [8])`"))
      return nil
    }
    guard let layer = layerValue(arguments[0].value), let input = writtenType(arguments[1].value) else { return nil }
    return (layer, input)
  }

  /// A type where an expression stands: `[16, 32]`, `scalar`, `class(10)`, `token(65)[64]`; nil after a report.
  private func writtenType(_ expression: Expression) -> TensorType? {
    if expression.isMissing { return nil }
    var element = Element.float
    var sizes: [Expression] = []
    var head = expression.unwrapped
    if case .list(let elements) = head.kind {
      sizes = elements
    } else {
      if case .index(let base, let elements) = head.kind {
        head = base.unwrapped
        sizes = elements
      }
      switch head.kind {
      case .name(let name) where name.text == "scalar" && sizes.isEmpty: return .scalar
      case .name(let name) where name.text == "bool": element = .bool
      case .call(let callee, let arguments)
      where arguments.count == 1 && ["class", "token"].contains(callee.name?.text ?? ""):
        guard let count = size(arguments[0].value) else { return nil }
        element = callee.name?.text == "class" ? .classes(count) : .token(count)
      default:
        report(.expectation(expression.span, "here stands a type: `[16, 32]`, `scalar` or `token(65)[64]`"))
        return nil
      }
    }
    var axes: [Dimension] = []
    for expression in sizes {
      guard let size = size(expression), requirePositive(size, expression.span) else { return nil }
      axes.append(size)
    }
    return TensorType(element, Shape(axes))
  }

  private func shapeExpectation(
    _ arguments: [Argument], _ op: BinaryOperator, _ other: Expression, _ call: Span, _ span: Span
  ) -> CheckedExpectation? {
    guard op == .equal || op == .notEqual else {
      report(.expectation(span, "shapes are compared by `==` and `!=`"))
      return nil
    }
    guard let (layer, input) = layerAndInput(arguments, call, "shape"), let wanted = writtenType(other) else {
      return nil
    }
    let found = apply(layer, to: .tensor(input), at: call, inputSpan: arguments[1].span)
    switch found {
    case .unknown: return nil
    case .record:
      report(.expectation(call, "this layer gives a record, \(text(found))"))
      return nil
    case .tensor(let type):
      let isPlain = wanted.element == .float
      let areEqual = areEqual(type.shape, wanted.shape) && (isPlain || agree(type.element, wanted.element))
      return CheckedExpectation(
        .shape(
          wanted: (op == .equal ? "" : "anything but ") + text(wanted), found: text(type),
          holds: areEqual == (op == .equal)), span)
    }
  }

  /// `overfits(Head, examples: 8)`
  private func overfits(_ arguments: [Argument], _ span: Span) -> CheckedExpectation? {
    guard let name = arguments.first?.value.name, arguments.first?.label == nil, arguments.count <= 2,
      arguments.count == 1 || arguments[1].label?.text == "examples"
    else {
      report(.expectation(span, "`overfits` takes a train block: `overfits(Head, examples: 8)`"))
      return nil
    }
    let examples = arguments.count == 1 ? 8 : constantWhole(arguments[1].value, 1...1_000_000, "examples")
    guard let train = checker.trains.firstIndex(where: { $0.name == name.text }) else {
      let isBroken = file.unit.declarations.contains { declaration in
        if case .train(let train) = declaration {
          (train.label?.text ?? train.models.map(\.text).joined(separator: "-")) == name.text
        } else {
          false
        }
      }
      if !isBroken { report(overfitsTarget(name)) }
      return nil
    }
    guard checker.trains[train].steps.count == 1 else {
      report(.expectation(name.span, "`\(name.text)` has several steps, whose losses work against each other"))
      return nil
    }
    return examples.map { CheckedExpectation(.overfits(train: train, examples: $0), span) }
  }

  /// That no train block has the name; a block of several models has none that can be written, unless it is given one.
  private func overfitsTarget(_ name: Name) -> Diagnostic {
    let blocks = file.unit.declarations.compactMap { if case .train(let train) = $0 { train } else { nil } }
    let names = blocks.compactMap { $0.label?.text ?? ($0.models.count == 1 ? $0.models[0].text : nil) }
    let unnamed = blocks.filter { $0.label == nil && $0.models.count > 1 }
    let meant = unnamed.first { block in block.models.contains { $0.text == name.text } }
    if let block = meant ?? (names.isEmpty ? unnamed.first : nil) { return .overfitsUnnamed(name, block) }
    return .overfitsTarget(name, suggestion(for: name.text, among: names), names)
  }
}
