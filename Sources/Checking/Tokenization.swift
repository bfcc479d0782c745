import Datasets
import Declarations
import Diagnostics
import Syntax
import Tensors

// Texts as tokens: `let text: token(20_000)[T <= 200] = review -> tokenize(words: 20_000)`.
extension BodyChecker {
  private static let tokenizeSettings = [
    SettingDeclaration(
      "unit", .word(["words", "characters", "bytes"]), default: .word("words"), isPositional: true,
      doc: "What a token is."),
    SettingDeclaration(
      "words", .integer(2...100_000_000), isOptional: true, doc: "The size of the vocabulary, with one for the rest."),
  ]

  /// Whether the value of a field is the tokens of a column of texts.
  func isTokenized(_ value: CheckedExpression) -> Bool {
    guard case .encode(let encoding) = value.kind, let columns else { return false }
    return columns.uses[encoding.column].tokens != nil
  }

  /// The stage `tokenize` of a field.
  func tokenized(
    _ input: CheckedExpression, _ name: Name, _ arguments: [Argument], _ span: Span
  ) -> CheckedExpression {
    guard let columns else { preconditionFailure("a tokenizer outside a data block") }
    guard let settings = plainSettings(arguments, Self.tokenizeSettings, of: name) else { return unknown(span) }
    if isFieldTypeBroken { return unknown(span) }
    if let wanted = fieldType, case .token = wanted.element, wanted.shape.axes.count == 1,
      let fixed = wanted.shape.axes[0].size.constant
    {
      return refuse(.tokenizeFixedLength(name, fixed), span)
    }
    guard let wanted = fieldType, case .token(let size) = wanted.element, wanted.shape.axes.count == 1,
      let length = wanted.shape.axes[0].limit?.constant, let count = size.constant
    else { return refuse(.tokenizeWithoutType(name), span) }
    guard case .column(let index) = input.kind, columns.uses[index].offsets == nil,
      columns.column(columns.uses[index].key).map({ $0.kind == .text }) ?? true, !columns.isText
    else {
      if input.isUnknown { return input }
      return refuse(.tokenizeInput(input.span, text(input.span), text(input.type)), span)
    }
    var unit = Tokenizer.Unit.words
    if case .word(let word)? = settings["unit"], let found = Tokenizer.Unit(rawValue: word) { unit = found }
    let place = arguments.first { $0.label?.text == "words" }?.value.span ?? name.span
    if case .integer(let words)? = settings["words"], words.constant != count || unit != .words {
      return refuse(.tokenizeCount(place, text(place), declared: count), span)
    }
    if unit == .bytes, count != 256 { return refuse(.tokenizeCount(name.span, "256", declared: count), span) }
    let axis = wanted.shape.axes[0]
    let sharing = checker.data.indices.first { checker.data[$0].columns === columns }.flatMap { data in
      checker.data[data].fields.first { $0.type.tensor?.shape.axes.first?.size == axis.size }
    }
    // Whether their rows are equally long, the data tell.
    if let sharing,
      sharing.type.tensor?.shape.axes.first?.limit != axis.limit || !(sharing.value.map(isTokenized) ?? true)
    {
      return refuse(.tokenizeSharedLength(name, describe(axis.size), other: sharing.name), span)
    }
    let use = columns.use(
      columns.uses[index].key, .category, input.span,
      tokens: ColumnUse.Tokens(
        unit: unit, count: count, length: length, axis: axis.size.variableName ?? axis.size.description))
    return CheckedExpression(.encode(CheckedEncoding(column: use, missing: .none)), .tensor(wanted), span)
  }

  /// Makes the lengths of a data block's fields known in a train block.
  func assumeLengths(of fields: [DataEntry.Field]) {
    for field in fields {
      for axis in field.type.tensor?.shape.axes ?? [] {
        guard let limit = axis.limit, let name = axis.size.variableName else { continue }
        facts.assume(.atLeast(limit, axis.size))
        varying[name] = limit
      }
    }
  }
}
