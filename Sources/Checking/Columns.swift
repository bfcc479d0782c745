import Datasets
import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

/// The columns that the names of a data block mean.
final class ColumnScope {
  /// The name of the data block.
  let data: String
  let summary: DataSummary?
  /// Where the columns come from.
  var source: SourceDescription?
  /// That the first line holds values was said already.
  private var reportedHeader = false
  /// Names that the source gives whatever is in it.
  let fixed: [String]
  /// Whether the source is a text, whose one column is tokens.
  let isText: Bool
  /// The columns in use, in the order of first use.
  private(set) var uses: [ColumnUse] = []

  init(data: String, summary: DataSummary?, fixed: [String], isText: Bool = false) {
    self.data = data
    self.summary = summary
    self.fixed = fixed
    self.isText = isText
  }

  var names: [String] { summary?.columns.map(\.name) ?? fixed }
  /// Whether all columns are known.
  var isClosed: Bool { summary != nil || !fixed.isEmpty }

  func isKnown(_ name: String) -> Bool { names.contains(name) }

  func peek(_ name: String) -> Local? {
    isKnown(name) ? .value(.column(-1), columnType(.name(name))) : nil
  }

  func suggestion(for name: String) -> Suggestion? {
    lastNumbered(like: name).map { Suggestion(name: $0, isCertain: false) }
      ?? Checking.suggestion(for: name, among: names)
  }

  /// The last of the numbered columns that a name would go on behind: `p63` for `p64`.
  func lastNumbered(like name: String) -> String? {
    let prefix = name.prefix { !$0.isNumber }
    guard !prefix.isEmpty, let number = Int(name.dropFirst(prefix.count)) else { return nil }
    let numbers = names.filter { $0.hasPrefix(prefix) }.compactMap { Int($0.dropFirst(prefix.count)) }
    guard let last = numbers.max(), last < number, numbers.count > 1 else { return nil }
    return names.first { $0.hasPrefix(prefix) && Int($0.dropFirst(prefix.count)) == last }
  }

  func column(_ key: ColumnUse.Key) -> ColumnSummary? {
    guard let summary else { return nil }
    switch key {
    case .name(let name): return summary.columns.first { $0.name == name }
    case .position(let position):
      return summary.columns.indices.contains(position - 1) ? summary.columns[position - 1] : nil
    }
  }

  func columnType(_ key: ColumnUse.Key) -> CheckedType {
    guard let column = column(key) else { return .unknown }
    switch column.kind {
    case .number: return .scalar
    case .text: return .tensor(TensorType(.text, .scalar))
    case .tensor: return .tensor(TensorType(.float, Shape(column.shape.map { Dimension($0) })))
    }
  }

  /// The index of a column in a role; the same column may be used in two.
  func use(
    _ key: ColumnUse.Key, _ role: ColumnUse.Role, _ span: Span, offsets: ColumnUse.Offsets? = nil,
    tokens: ColumnUse.Tokens? = nil, imputes: Bool = false
  ) -> Int {
    if let index = uses.firstIndex(where: {
      $0.key == key && $0.role == role && $0.offsets == offsets && $0.tokens == tokens && $0.imputes == imputes
    }) {
      return index
    }
    uses.append(ColumnUse(key: key, role: role, span: span, offsets: offsets, tokens: tokens, imputes: imputes))
    return uses.count - 1
  }

  /// Takes back a use that an expression made and that something else stands for now.
  func takeBack(_ index: Int, madeAt span: Span) {
    if index == uses.count - 1, uses[index].span == span { uses.removeLast() }
  }

  func key(of expression: Expression) -> ColumnUse.Key? {
    switch expression.unwrapped.kind {
    case .string(let name): .name(name)
    case .integer(let position) where position >= 1: .position(position)
    default: nil
    }
  }

  /// The column that a part of a list names, where it is nothing else.
  func columnKey(of expression: Expression) -> ColumnUse.Key? {
    switch expression.unwrapped.kind {
    case .name(let name): return .name(name.text)
    case .call(let callee, let arguments):
      guard callee.name?.text == "column", arguments.count == 1 else { return nil }
      return key(of: arguments[0].value)
    default: return nil
    }
  }

  func value(_ key: ColumnUse.Key, _ span: Span, in body: BodyChecker) -> CheckedExpression {
    if isClosed, let problem = missing(key, span) {
      if !reportedHeader { body.report(problem) }
      if hasHeaderOfValues { reportedHeader = true }
      return body.unknown(span)
    }
    let type = body.inWindow(columnType(key))
    let role: ColumnUse.Role
    switch column(key)?.kind {
    case .text?: role = .category
    case .tensor?: role = .tensor
    case .number?: role = .number
    case nil: role = fixed.isEmpty ? .number : isText ? .category : .tensor
    }
    body.annotate(span, .use, type)
    return CheckedExpression(.column(use(key, role, span, offsets: body.window)), type, span)
  }

  /// Whether the names of the columns are numbers: the file's first line is a row like the others.
  var hasHeaderOfValues: Bool {
    guard let source, source.kind == "csv", source.options["header"] != "none", let summary else { return false }
    return summary.columns.count { Double($0.name) != nil } * 2 >= summary.columns.count
  }

  private func missing(_ key: ColumnUse.Key, _ span: Span) -> Diagnostic? {
    switch key {
    case .name(let name):
      if isKnown(name) { return nil }
      if hasHeaderOfValues, let source { return .headerOfValues(source, columns: names, at: span) }
      return .unknownColumn(
        name, at: span, suggestion(for: name), columns: names, data: data, isBeyond: lastNumbered(like: name) != nil)
    case .position(let position):
      guard let summary, position > summary.columns.count else { return nil }
      return .columnPosition(position, of: summary.columns.count, at: span)
    }
  }

  // MARK: Many columns

  /// The elements of a list with `f0 ... f29` and `* except diagnosis` spelled out.
  func expanded(_ elements: [Expression], in body: BodyChecker) -> [Expression] {
    var result: [Expression] = []
    for element in elements {
      switch element.kind {
      case .range(let range): result += columns(range, element.span, in: body)
      case .everything(let except): result += everything(except, element.span, in: body)
      default: result.append(element)
      }
    }
    return result
  }

  private func columns(_ range: RangeExpression, _ span: Span, in body: BodyChecker) -> [Expression] {
    guard let first = columnKey(of: range.lower), let last = columnKey(of: range.upper),
      // `a .. b` was reported, and can mean nothing else here.
      range.isClosed || !body.checker.sources.text(span).contains("..<")
    else {
      body.report(.columnRange(span, body.text(span)))
      return [Expression(.missing, span)]
    }
    for (key, expression) in [(first, range.lower), (last, range.upper)] {
      if isClosed, let problem = missing(key, expression.span) {
        body.report(problem)
        return [Expression(.missing, span)]
      }
    }
    guard let summary else {
      return numbered(first, last)?.map { Expression(.name(Name($0, span)), span) } ?? [Expression(.missing, span)]
    }
    guard let start = position(first, summary), let end = position(last, summary), start <= end else {
      body.report(.columnRangeOrder(span, body.text(span)))
      return [Expression(.missing, span)]
    }
    return (start...end).map { place($0, summary, span) }
  }

  private func position(_ key: ColumnUse.Key, _ summary: DataSummary) -> Int? {
    switch key {
    case .name(let name): summary.columns.firstIndex { $0.name == name }
    case .position(let position): summary.columns.indices.contains(position - 1) ? position - 1 : nil
    }
  }

  /// An expression for the column at an index of the file.
  private func place(_ index: Int, _ summary: DataSummary, _ span: Span) -> Expression {
    let name = summary.columns[index].name
    let isUnnamed = name == "column \(index + 1)"
    let key = Expression(isUnnamed ? .integer(index + 1) : .string(name), span)
    return Expression(
      .call(Expression(.name(Name("column", span)), span), arguments: [Argument(label: nil, value: key)]), span)
  }

  /// `f0 ... f29` by its numbers, where the file is not read.
  private func numbered(_ first: ColumnUse.Key, _ last: ColumnUse.Key) -> [String]? {
    guard case .name(let low) = first, case .name(let high) = last else { return nil }
    let prefix = low.prefix { !$0.isNumber }
    guard high.hasPrefix(prefix), let start = Int(low.dropFirst(prefix.count)),
      let end = Int(high.dropFirst(prefix.count)), start <= end, end - start < 100_000
    else { return nil }
    return (start...end).map { "\(prefix)\($0)" }
  }

  private func everything(_ except: [Expression], _ span: Span, in body: BodyChecker) -> [Expression] {
    var excluded: Set<Int> = []
    var isBroken = false
    let parts = except.flatMap { expression -> [Expression] in
      guard case .list(let elements) = expression.kind else { return [expression] }
      body.report(.exceptionsInBrackets(expression.span, body.checker.sources.text(expression.span)))
      isBroken = true
      return elements
    }
    for expression in parts {
      guard let key = columnKey(of: expression) else {
        if !expression.isMissing { body.report(.columnRange(expression.span, body.text(expression.span))) }
        isBroken = true
        continue
      }
      if isClosed, let problem = missing(key, expression.span) {
        body.report(problem)
        isBroken = true
        continue
      }
      if let summary, let index = position(key, summary) { excluded.insert(index) }
    }
    guard let summary, !isBroken else { return [Expression(.missing, span)] }
    return summary.columns.indices.filter { !excluded.contains($0) }.map { place($0, summary, span) }
  }
}
