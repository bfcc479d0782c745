import Declarations
import Diagnostics
import Syntax
import Tensors

/// What names in a type may do.
enum TypeMode {
  /// Every name is known.
  case known
  /// A new name in the shape of an input binds a size.
  case binding
  /// As `binding`, for a model: only lengths that differ from example to example may have a name.
  case bindingNumbers
}

extension BodyChecker {
  /// The type that is written, `unknown` after a report.
  func type(_ expression: TypeExpression, _ mode: TypeMode = .known) -> CheckedType {
    switch expression.kind {
    case .missing: return .unknown
    case .record(let fields):
      var seen: Set<String> = []
      return .record(
        fields.map { field in
          if !seen.insert(field.label.text).inserted { report(.duplicateLabel(field.label)) }
          return CheckedFieldType(field.label.text, type(field.type, mode))
        })
    case .tensor(let element, let arguments, let elements):
      let kind =
        isFloatWithShape(element, elements)
        ? .float : self.element(element, arguments, expression.span, mode)
      guard let shape = shape(elements, mode), let kind else { return .unknown }
      if element?.text == "scalar", !elements.isEmpty {
        report(.scalarWithShape(expression.span))
        return .unknown
      }
      if refusesAmount(shape.sizes, expression.span, expression.span) { return .unknown }
      return .tensor(TensorType(kind, shape))
    }
  }

  /// `float[4]`, which is `[4]`; true after a report.
  private func isFloatWithShape(_ name: Name?, _ elements: [ShapeElement]) -> Bool {
    guard let name, !elements.isEmpty, typeAliases[Vocabulary.folded(name.text)] == "scalar" else { return false }
    report(.floatWithShape(name))
    return true
  }

  private func element(_ name: Name?, _ arguments: [Expression], _ span: Span, _ mode: TypeMode) -> Element? {
    guard let name else { return .float }
    switch name.text {
    case "class", "token":
      guard arguments.count == 1 else {
        report(.elementCount(name, span))
        return nil
      }
      if mode != .known { bindNames(in: arguments[0], mode) }
      guard let count = size(arguments[0]), requirePositive(count, arguments[0].span) else { return nil }
      return name.text == "class" ? .classes(count) : .token(count)
    case "scalar", "bool", "text":
      if !arguments.isEmpty {
        report(.elementCount(name, span))
        return nil
      }
      return name.text == "scalar" ? .float : name.text == "bool" ? .bool : .text
    default:
      let isParameterType = Vocabulary.parameterTypeNames.contains(name.text)
      report(
        .unknownType(
          name, isParameterType ? nil : suggestion(for: name.text, among: Vocabulary.typeNames, aliases: typeAliases),
          isParameterType: isParameterType))
      return nil
    }
  }

  private var typeAliases: [String: String] {
    Vocabulary.typeAliases.filter { Vocabulary.typeNames.contains($0.value) }
  }

  func shape(_ elements: [ShapeElement], _ mode: TypeMode) -> Shape? {
    var pack: String?
    var axes: [Axis] = []
    var isBroken = false
    for (index, element) in elements.enumerated() {
      switch element.kind {
      case .pack(let name):
        guard index == 0 else {
          report(.packNotFirst(element.span))
          return nil
        }
        if mode == .bindingNumbers {
          report(.modelSizeNotNumber(name))
          return nil
        }
        if mode == .known, !parameters.contains("...\(name.text)") {
          report(.unknownName(name, nil, place: "a pack of axes"))
          return nil
        }
        parameters.insert("...\(name.text)")
        pack = name.text
      case .atMost(let name, let limit):
        guard let most = size(limit), requirePositive(most, limit.span) else {
          isBroken = true
          continue
        }
        if peek(name.text) == nil {
          bind(name, .number(.whole(.variable(name.text))))
          if mode != .bindingNumbers { parameters.insert(name.text) }
          facts.assume(.atLeast(most, .variable(name.text)))
        }
        varying[name.text] = most
        axes.append(Axis(.variable(name.text), limit: most))
      case .exact(let expression) where index == 0 && isBatch(expression, mode):
        report(.batchDimension(element.span, next: elements.dropFirst().first?.span))
      case .exact(let expression) where isComparison(expression):
        report(.lengthForm(element.span, lengthForm(expression)))
        expression.visitNames { name in
          if self.peek(name.text) == nil { self.bind(name, .unknown) }
        }
        isBroken = true
      case .exact(let expression) where index == 0 && isUnknownLength(expression):
        report(.lengthWithoutLimit(element.span, text(element.span)))
        isBroken = true
      case .exact(let expression):
        if mode != .known { bindNames(in: expression, mode) }
        guard let size = size(expression), requirePositive(size, expression.span) else {
          isBroken = true
          continue
        }
        axes.append(Axis(size, limit: size.variableName.flatMap { varying[$0] }))
      }
    }
    return isBroken ? nil : Shape(pack: pack, axes)
  }

  /// `T < 20`
  private func isComparison(_ expression: Expression) -> Bool {
    guard case .operation(_, let operators, _) = expression.unwrapped.kind else { return false }
    return operators.contains(where: \.isComparison)
  }

  /// `T <= 20` for what bounds a length otherwise; nil where that is not plain.
  private func lengthForm(_ expression: Expression) -> (text: String, isCertain: Bool)? {
    guard case .operation(let operands, let operators, _) = expression.unwrapped.kind, operands.count == 2,
      let index = operands.firstIndex(where: { $0.name != nil && !isNumber($0) }), let name = operands[index].name,
      isNumber(operands[1 - index])
    else { return nil }
    let isCertain = index == 1 && operators[0] == .greaterOrEqual
    return ("\(name.text) <= \(text(operands[1 - index].span))", isCertain)
  }

  /// `token(500)[T] = …` in a data block.
  private func isUnknownLength(_ expression: Expression) -> Bool {
    guard case .data = kind, let name = expression.name, peek(name.text) == nil else { return false }
    return name.text.unicodeScalars.first?.properties.isUppercase == true && !isBatch(expression, .known)
  }

  /// Whether a first size stands for the batch, which other tools write.
  private func isBatch(_ expression: Expression, _ mode: TypeMode) -> Bool {
    guard let name = expression.name, peek(name.text) == nil else { return false }
    let word = Vocabulary.folded(name.text)
    if ["none", "batch", "batchsize", "bs", "nbatch"].contains(word) { return true }
    return ["b", "n"].contains(word) && isModel
  }

  /// Whether this is the body of a model, whose sizes are numbers.
  private var isModel: Bool {
    if case .layer(let index) = kind { checker.layers[index].declaration.isModel } else { false }
  }

  /// New names in the size of an input become sizes of the header.
  private func bindNames(in expression: Expression, _ mode: TypeMode) {
    expression.visitNames { name in
      guard peek(name.text) == nil, !NumberFunctions.names.contains(name.text),
        name.text.unicodeScalars.first?.properties.isUppercase == true
      else { return }
      if mode == .bindingNumbers {
        report(.modelSizeNotNumber(name))
        bind(name, .unknown)
        return
      }
      bind(name, .number(.whole(.variable(name.text))))
      parameters.insert(name.text)
      checker.annotations.append(TypeAnnotation(span: name.span, kind: .use, text: "size \(name.text)"))
    }
  }

  /// A size is at least 1; false after a report.
  func requirePositive(_ size: Dimension, _ span: Span) -> Bool {
    if size.isInvalid {
      report(.sizeOverflow(span, text(span)))
      return false
    }
    switch verdict(.atLeast(size, 1)) {
    case .proven: return true
    case .refuted:
      report(.sizeNotPositive(span, text(span), value: describe(size)))
      return false
    case .unknown:
      if infer(.atLeast(size, 1), at: span, reason: "`\(text(span))` is a size") { return true }
      report(.sizeNotProvenPositive(span, text(span)))
      return false
    }
  }
}
