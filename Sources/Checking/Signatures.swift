import Declarations
import Diagnostics
import Syntax
import Tensors

/// A setting of a user's layer.
struct SettingParameter {
  var name: Name
  var kind: CheckedLayer.ParameterKind
  var defaultValue: CheckedSetting?
}

/// A requirement in the header of a layer, or inferred from its body.
struct Requirement {
  var fact: Fact
  /// As the file says it: `D % heads == 0`.
  var text: String
}

/// The header of a layer or model.
struct Signature {
  var inputs: [(name: Name, type: CheckedType)]
  var parameters: [SettingParameter]
  var result: CheckedType
  var requirements: [Requirement]
  /// Something in the header is wrong; what depends on it is unknown.
  var isBroken: Bool
}

/// A size of a signature that must not differ from example to example.
enum RigidLength: Hashable, Comparable {
  case size(String)
  /// One of two, whichever: their product is a number.
  case oneOf(String, String)
  /// All that a leading pack stands for.
  case pack(String)
}

/// What would mix real positions with padding, and where it stands.
struct Mixing {
  var name: String
  var span: Span
}

/// A layer or model, from its declaration to its check.
final class LayerEntry {
  enum State { case waiting, inProgress, done }
  let declaration: LayerDeclaration
  let file: FileScope
  var state = State.waiting
  var signature: Signature?
  /// The checker of the header, which the body continues.
  var body: BodyChecker?
  var checked: CheckedLayer?
  /// Sizes that must not differ from example to example, and who would mix real positions with padding.
  var rigidLengths: [RigidLength: Mixing] = [:]
  /// Sizes that the shapes of its weights mention.
  var weightSizes: Set<String> = []
  var hasWeights = false
  /// Whether a gradient of its result reaches an input; false for what rounds, or decides.
  var passesGradient = true
  var mixesExamples = false
  /// Ranges that settings of built-ins put on `Float` parameters.
  var realRanges: [String: [(range: RealRange, of: String)]] = [:]
  /// Words that settings of built-ins allow for `Word` parameters.
  var wordChoices: [String: [(words: [String], of: String)]] = [:]
  /// Whether it is used by anything but itself.
  var isUsed = false
  /// Models that its body applies, directly or not.
  var modelsUsed: Set<Int> = []
  /// Whether the type of a body depends on the layers that it is given.
  var hasLayerParameters: Bool { signature?.parameters.contains { $0.kind == .layer } ?? false }

  init(declaration: LayerDeclaration, file: FileScope) {
    self.declaration = declaration
    self.file = file
  }
}

extension Checker {
  func collectSignatures() {
    for index in layers.indices { collectSignature(index) }
  }

  private func collectSignature(_ index: Int) {
    let declaration = layers[index].declaration
    let body = BodyChecker(checker: self, file: layers[index].file, kind: .layer(index))
    body.frames = [declaration.name.text]
    layers[index].signature = body.signature(of: declaration)
    layers[index].body = body
  }
}

extension BodyChecker {
  /// Reads a header: whole-number settings first, then inputs, which bind sizes, then `where`, then the result.
  func signature(of declaration: LayerDeclaration) -> Signature {
    var result = Signature(inputs: [], parameters: [], result: .unknown, requirements: [], isBroken: false)
    let mode: TypeMode = declaration.isModel ? .bindingNumbers : .binding
    for parameter in declaration.parameters {
      guard let kind = parameterKind(parameter.type) else { continue }
      if declaration.isModel {
        report(.modelSetting(parameter.name, model: declaration.name))
        bind(parameter.name, .unknown)
        continue
      }
      bindParameter(parameter, kind)
      let defaultValue = parameter.defaultValue.flatMap { parameterDefault($0, kind) }
      result.parameters.append(SettingParameter(name: parameter.name, kind: kind, defaultValue: defaultValue))
    }
    for parameter in declaration.parameters where parameterKind(parameter.type) == nil {
      let type = type(parameter.type, mode)
      if type.hasUnknown { result.isBroken = true }
      let isWritten = if case .missing = parameter.type.kind { false } else { true }
      if isWritten, let value = parameter.defaultValue { report(.inputDefault(parameter.name, value.span)) }
      result.inputs.append((parameter.name, type))
      noteOrigins(ofInput: parameter.name.text, type, at: parameter.type.span)
      annotate(parameter.name.span, .binding, type)
    }
    for (name, type) in result.inputs {
      // Without a type it may be meant as a size.
      bind(name, type == .unknown ? .unknown : .value(.local(name.text), type), unusedKind: "input")
    }
    for fact in declaration.facts { result.requirements += assumeFact(fact) }
    if facts.isContradictory {
      report(.contradiction(declaration.factsSpan))
      result.isBroken = true
    }
    result.result = type(declaration.result)
    if result.result.hasUnknown { result.isBroken = true }
    return result
  }

  private func parameterKind(_ type: TypeExpression) -> CheckedLayer.ParameterKind? {
    guard case .tensor(let name?, let arguments, let shape) = type.kind, arguments.isEmpty, shape.isEmpty else {
      return nil
    }
    switch name.text {
    case "Int": return .integer
    case "Float": return .real
    case "Bool": return .boolean
    case "Word": return .word
    case "Layer": return .layer
    default: return nil
    }
  }

  private func bindParameter(_ parameter: Parameter, _ kind: CheckedLayer.ParameterKind) {
    let name = parameter.name.text
    switch kind {
    case .integer:
      parameters.insert(name)
      wholeParameters.insert(name)
      facts.setLowerBound(nil, of: name)
      bind(parameter.name, .number(.whole(.variable(name))), unusedKind: "setting")
    case .real: bind(parameter.name, .number(.real(.parameter(name))), unusedKind: "setting")
    case .boolean: bind(parameter.name, .setting(.booleanParameter(name)), unusedKind: "setting")
    case .word: bind(parameter.name, .setting(.word(name)), unusedKind: "setting")
    case .layer: bind(parameter.name, .layerParameter, unusedKind: "layer")
    case .shape: break
    }
  }

  private func parameterDefault(_ value: Expression, _ kind: CheckedLayer.ParameterKind) -> CheckedSetting? {
    switch kind {
    case .integer:
      guard let size = size(value) else { return nil }
      guard size.constant != nil else {
        report(.notConstant(value.span, text(value.span)))
        return nil
      }
      return .integer(size)
    case .real:
      guard let number = number(value) else { return nil }
      guard let constant = number.constant else {
        report(.notConstant(value.span, text(value.span)))
        return nil
      }
      return .scalar(.literal(constant))
    case .boolean: return booleanSetting(value, "a default")
    case .word:
      if let name = value.name { return .word(name.text) }
      report(.settingKind("a default", "a word", text(value.span), value.span))
      return nil
    case .layer, .shape:
      report(.settingKind("a layer parameter", "no default", text(value.span), value.span))
      return nil
    }
  }

  /// Takes a clause of `where` as given.
  private func assumeFact(_ clause: Expression) -> [Requirement] {
    switch clause.kind {
    case .parenthesized(let inner): return assumeFact(inner)
    case .missing: return []
    case .operation(let operands, let operators, _) where operators.allSatisfy({ $0 == .and }):
      return operands.flatMap(assumeFact)
    case .operation(let operands, let operators, _) where operators.count == 1 && operators[0].isComparison:
      guard let fact = fact(operands[0], operators[0], operands[1], clause.span) else { return [] }
      if fact.variables.isEmpty {
        if facts.prove(fact) == .refuted { report(.factFalse(clause.span, text(clause.span))) }
        return []
      }
      facts.assume(fact)
      return [Requirement(fact: fact, text: text(clause.span))]
    default:
      report(.notAFact(clause.span, text(clause.span)))
      return []
    }
  }

  private func fact(_ left: Expression, _ op: BinaryOperator, _ right: Expression, _ span: Span) -> Fact? {
    if op == .equal, case .integer(0) = right.unwrapped.kind,
      case .operation(let operands, let operators, let spans) = left.unwrapped.kind, operators.last == .modulo
    {
      let dividend =
        operands.count == 2
        ? operands[0]
        : Expression(
          .operation(
            Array(operands.dropLast()), operators: Array(operators.dropLast()), operatorSpans: Array(spans.dropLast())),
          operands[0].span.union(operands[operands.count - 2].span))
      guard let p = size(dividend), let q = size(operands[operands.count - 1]) else { return nil }
      return .divisible(p, by: q)
    }
    guard let a = size(left), let b = size(right) else { return nil }
    switch op {
    case .equal: return .equal(a, b)
    case .lessOrEqual: return .atLeast(b, a)
    case .less: return .atLeast(b, a + 1)
    case .greaterOrEqual: return .atLeast(a, b)
    case .greater: return .atLeast(a, b + 1)
    default:
      report(.notAFact(span, text(span)))
      return nil
    }
  }
}
