import Datasets
import Declarations
import Diagnostics
import Syntax
import Tensors

extension BodyChecker {
  /// The settings of `generate` behind its model.
  static let generateSettings = [
    SettingDeclaration("start", .string, doc: "The text to go on from."),
    SettingDeclaration(
      "length", .integer(1...1_000_000), default: .integer(500), doc: "How many tokens are drawn."),
    SettingDeclaration(
      "temperature", .real(.nonNegative), default: .real(1),
      doc: "What logits are divided by; below 1 the likely grows likelier, 0 always takes the likeliest."),
  ]

  /// `generate(GPT, start: "\n", length: 500, temperature: 0.8)`
  func generateCall(_ name: Name, _ arguments: [Argument], _ span: Span) -> CallOutcome {
    guard case .train = kind, isSampling else {
      report(.generateOutsideSamples(name))
      absorb(arguments)
      return .broken
    }
    guard let first = arguments.first, first.label == nil, let model = first.value.name else {
      report(.notAModel(arguments.first?.span ?? span, arguments.first.map { text($0.span) } ?? "", modelNames))
      absorb(Array(arguments.dropFirst()))
      return .broken
    }
    let index = checker.model(model, in: file)
    let settings = plainSettings(Array(arguments.dropFirst()), Self.generateSettings, of: name)
    guard let index, let settings, let data = fieldsOf, case .string(let start)? = settings["start"],
      case .integer(let length)? = settings["length"], let tokens = length.constant,
      case .scalar(.literal(let temperature))? = settings["temperature"]
    else { return .broken }
    modelsUsed.insert(index)
    guard let count = tokensOfNext(index, model), let field = tokenField(count, in: data, model) else { return .broken }
    if !checkStart(start, arguments.first { $0.label?.text == "start" }?.value.span ?? span, in: data) {
      return .broken
    }
    return .value(
      CheckedExpression(
        .generate(
          CheckedGeneration(
            model: index, field: field, start: start, length: tokens, temperature: temperature, span: span)),
        .tensor(TensorType(.text, .scalar)), span))
  }

  /// The number of tokens that a model tells apart, if it reads a text of any length and scores what comes next.
  private func tokensOfNext(_ index: Int, _ model: Name) -> Dimension? {
    guard let signature = checker.layers[index].signature else { return nil }
    guard signature.inputs.count == 1, let input = signature.inputs.first?.type.tensor,
      case .token(let count) = input.element, input.shape.axes.count == 1, input.shape.axes[0].isVarying
    else {
      if signature.inputs.contains(where: { $0.type.hasUnknown }) { return nil }
      report(.generateInput(model, signature.inputs.map { text($0.type) }))
      return nil
    }
    guard let result = signature.result.tensor else { return nil }
    let positions = [[], input.shape.axes]
    guard result.element == .float, result.shape.axes.last?.size == count,
      positions.contains(Array(result.shape.axes.dropLast()))
    else {
      report(.generateResult(model, text(result), tokens: describe(count)))
      return nil
    }
    return count
  }

  /// The field whose tokens the model reads.
  private func tokenField(_ count: Dimension, in data: Int, _ model: Name) -> String? {
    // Tokens that came as numbers have no vocabulary to write with.
    let kind = checker.data[data].checkedSource?.kind ?? ""
    let mayBeText = checker.data[data].columns?.summary == nil && kind != "npy" && Toy(rawValue: kind) == nil
    let fields = checker.data[data].fields.filter { field in
      let isText = if case .encode? = field.value?.kind { true } else { mayBeText }
      return isText && field.type.tensor?.element == .token(count)
    }
    if let field = fields.first { return field.name }
    if !checker.data[data].fields.contains(where: { $0.type.hasUnknown }) {
      report(.generateTokens(model, describe(count), data: checker.data[data].declaration.name.text))
    }
    return nil
  }

  /// The text to start from is not empty and made of tokens that the data have.
  private func checkStart(_ start: String, _ span: Span, in data: Int) -> Bool {
    if start.isEmpty {
      report(.generateStart(span, unknown: nil))
      return false
    }
    guard let source = checker.data[data].checkedSource, source.kind == "text",
      let unit = Tokenizer.Unit(rawValue: source.options["tokens"] ?? "characters"),
      let values = checker.data[data].columns?.summary?.columns.first?.values
    else { return true }
    let tokenizer = Tokenizer(unit: unit, vocabulary: CategoryList(distinct: values, mayBeNumeric: false))
    let codes = tokenizer.encode(start)
    if codes.isEmpty || codes.contains(where: { $0 < 0 }) {
      let pieces = unit == .characters ? start.unicodeScalars.map { String($0) } : [start]
      let odd = zip(pieces, codes).first { $1 < 0 }?.0 ?? start
      report(.generateStart(span, unknown: odd))
      return false
    }
    return true
  }
}
