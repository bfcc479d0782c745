import Datasets
import Declarations
import Diagnostics
import Syntax
import Tensors

/// A data block, from its declaration to its check.
final class DataEntry {
  struct Field {
    var name: String
    var type: CheckedType
    /// Nil where it is broken.
    var value: CheckedExpression?
    var span: Span
  }
  let declaration: DataDeclaration
  let file: FileScope
  var isDone = false
  var fields: [Field] = []
  var columns: ColumnScope?
  var usedFields: Set<String> = []
  /// Label fields that declare more classes than the data have, with the place of the declaration.
  var sparseLabels: [String: (found: Int, declared: Int, span: Span)] = [:]
  var split: SplitDescription?
  /// How many rows train, where that is known.
  var trainingRows: Int?
  var checked: CheckedData?
  /// The source, once it was understood.
  var checkedSource: SourceDescription?

  init(declaration: DataDeclaration, file: FileScope) {
    self.declaration = declaration
    self.file = file
  }
}

extension Checker {
  /// Checks the data blocks of the file itself; those of imports when something uses them.
  func checkData(of file: FileScope) {
    guard file === files.first else { return }
    for index in data.indices where data[index].file === file { checkDataBlock(index) }
  }

  func checkDataBlock(_ index: Int) {
    if data[index].isDone { return }
    data[index].isDone = true
    let declaration = data[index].declaration
    let body = BodyChecker(checker: self, file: data[index].file, kind: .data(index))
    var source = body.source(declaration.source)
    if let condition = body.rowCondition(declaration) {
      source?.condition = condition
      if source?.kind == "text" { report(.conditionOfText(declaration.settings)) }
    }
    let columns = ColumnScope(
      data: declaration.name.text, summary: source.flatMap(summary), fixed: source.map(fixedColumnNames) ?? [],
      isText: source?.kind == "text")
    columns.source = source
    body.columns = columns
    data[index].columns = columns
    data[index].checkedSource = source
    for binding in declaration.fields { checkField(binding, of: index, body) }
    var split = body.split(declaration, fields: data[index].fields)
    split?.testSource?.condition = source?.condition
    let every = body.dataSettings(declaration)
    // A field may be there for another one.
    for (field, entry) in body.scopes[0] where entry.isUsed { data[index].usedFields.insert(field) }
    data[index].split = split
    checkWindows(of: data[index], every: every)
    guard let source, let split else { return }
    if let test = split.testSource, test.kind == source.kind, test.paths == source.paths, !test.paths.isEmpty {
      report(.testedOnTraining(test.span, test.paths["path"] ?? test.paths.values.sorted()[0]))
    }
    checkSizes(of: index, split)
    checkTestSource(of: index, split)
    checkLengths(source, split, columns)
    data[index].checked = CheckedData(
      name: declaration.name.text, doc: declaration.doc, source: source, columns: columns.uses,
      fields: data[index].fields.compactMap { field in
        guard let value = field.value, case .tensor(let type) = field.type else { return nil }
        return CheckedField(name: field.name, type: type, value: value, span: field.span)
      },
      split: split, every: every, span: declaration.span)
  }

  /// Every part of a split has rows.
  private func checkSizes(of index: Int, _ split: SplitDescription) {
    guard let columns = data[index].columns, let rows = columns.summary?.rows, !columns.isText,
      columns.uses.allSatisfy({ $0.offsets == nil })
    else { return }
    do throws(DataProblem) {
      switch split.method {
      case .none: break
      case .folds(let count) where count > rows: report(.moreFoldsThanRows(split.span, folds: count, rows: rows))
      case .folds(let count): try checkFolds(split, count: count, rows: rows)
      case .random, .chronological: data[index].trainingRows = try splitSizes(split, rows: rows)[0]
      }
    } catch {
      report(error.diagnostic(at: split.span))
    }
  }

  /// Texts that share a length are equally long in every row.
  private func checkLengths(_ source: SourceDescription, _ split: SplitDescription, _ columns: ColumnScope) {
    let texts = columns.uses.filter { use in
      columns.uses.count { $0.tokens != nil && $0.tokens?.axis == use.tokens?.axis } > 1
    }
    guard let last = texts.last, columns.summary != nil, let read = options.lengthProblem else { return }
    if let problem = read(source, split.testSource, texts) { report(problem.diagnostic(at: last.span)) }
  }

  /// A separate source of test rows has the columns that the fields use, of the same kinds and with no other classes.
  private func checkTestSource(of index: Int, _ split: SplitDescription) {
    guard let source = split.testSource, let columns = data[index].columns, let own = columns.summary, !columns.isText,
      let other = summary(source)
    else { return }
    let names = other.columns.map(\.name)
    for use in columns.uses {
      guard let column = columns.column(use.key) else { continue }
      let position = own.columns.firstIndex { $0.name == column.name } ?? 0
      let found: ColumnSummary?
      switch use.key {
      case .name(let name): found = other.columns.first { $0.name == name }
      case .position: found = other.columns.indices.contains(position) ? other.columns[position] : nil
      }
      guard let found else {
        report(
          .unknownColumn(
            column.name, at: source.span, nil, columns: names, data: data[index].declaration.name.text))
        continue
      }
      if use.role == .number, found.kind == .text {
        report(.textColumn(source.span, found, file: source.paths["path"]))
      }
      if use.role == .category, isLabel(use, in: data[index], columns), let known = column.values,
        let values = found.values
      {
        let strange = Set(values).subtracting(known).sorted()
        if !strange.isEmpty { report(.strangeClasses(found, strange, at: source.span)) }
      }
    }
  }

  /// Whether a column of categories is the class of a field.
  private func isLabel(_ use: ColumnUse, in entry: DataEntry, _ columns: ColumnScope) -> Bool {
    entry.fields.contains { field in
      guard case .encode(let encoding)? = field.value?.kind, field.type.tensor?.element.isLabel ?? false else {
        return false
      }
      // Of texts, the pieces are the classes, and those that no training row has are one of them.
      return columns.uses[encoding.column].key == use.key && columns.uses[encoding.column].tokens == nil
    }
  }

  private func summary(_ source: SourceDescription) -> DataSummary? {
    guard let read = options.summary else { return nil }
    switch read(source) {
    case .success(let summary): return summary
    case .failure(let problem):
      report(problem.diagnostic(at: source.span))
      return nil
    }
  }

  private func checkField(_ binding: Binding, of index: Int, _ body: BodyChecker) {
    if !binding.pattern.isEmpty { return checkJointField(binding, of: index, body) }
    body.sites = SiteCounter()
    body.sitePrefix = "\(data[index].declaration.name.text).\(binding.name.text)."
    body.frames = []
    if let earlier = data[index].fields.first(where: { $0.name == binding.name.text }) {
      report(.duplicateName(binding.name, earlier: earlier.span))
      return
    }
    let (type, value) = body.field(binding)
    addField(binding, type, value, to: index, body)
  }

  /// Takes a field whose value was checked into the block, after what its data say of it.
  func addField(
    _ binding: Binding, _ type: CheckedType, _ value: CheckedExpression, to index: Int, _ body: BodyChecker
  ) {
    if type.tensor?.shape.axes.contains(where: \.isVarying) ?? false, !body.isTokenized(value), !value.isUnknown {
      report(.fixedLength(binding.type?.span ?? binding.span, body.text(type)))
    }
    var seen: Set<String> = []
    let missing = body.columnsWithMissing(value).filter { seen.insert($0.summary.name).inserted }
    if !missing.isEmpty { body.report(.missingValues(missing, binding, in: self)) }
    body.checkFinite(value)
    let isBroken: Bool
    if case .unknown = value.kind { isBroken = true } else { isBroken = type.hasUnknown }
    data[index].fields.append(
      .init(name: binding.name.text, type: type, value: isBroken ? nil : value, span: binding.name.span))
    annotate(binding.name.span, .binding, type)
    let local: Local = isBroken ? (type == .unknown ? .unknown : .value(.unknown, type)) : .value(value.kind, type)
    body.scopes[0][binding.name.text] = LocalEntry(local: local, span: binding.name.span)
  }
}

extension BodyChecker {
  /// `csv("data/iris.csv")`, nil after a report.
  func source(_ expression: Expression) -> SourceDescription? {
    let name: Name
    var arguments: [Argument] = []
    switch expression.unwrapped.kind {
    case .missing: return nil
    case .name(let word): name = word
    case .call(let callee, let given):
      guard let word = callee.name else { fallthrough }
      name = word
      arguments = given
    default:
      report(.notASource(expression.span, text(expression.span), sourceDeclarations.map(\.name)))
      return nil
    }
    guard let declaration = sourceDeclarations.first(where: { $0.name == name.text }) else {
      let names = sourceDeclarations.map(\.name)
      report(.unknownSource(name, suggestion(for: name.text, among: names, aliases: sourceAliases), names))
      return nil
    }
    guard let settings = plainSettings(arguments, declaration.paths + declaration.settings, of: name) else {
      return nil
    }
    var result = SourceDescription(kind: declaration.name, paths: [:], span: expression.span)
    for (label, value) in settings {
      let written: String
      switch value {
      case .string(let text), .word(let text): written = text
      case .boolean(let flag): written = flag ? "true" : "false"
      case .integer(let size):
        guard let number = size.constant else { continue }
        written = "\(number)"
      case .scalar(.literal(let number)): written = "\(number)"
      case .list(let values):
        written = values.compactMap { if case .string(let text) = $0 { text } else { nil } }.joined(separator: "\u{1f}")
      default: continue
      }
      if declaration.paths.contains(where: { $0.label == label }) {
        result.paths[label] = written
      } else if declaration.settings.first(where: { $0.label == label })?.defaultValue != SettingValue.of(value) {
        result.options[label] = written
      }
    }
    return result
  }

  private var sourceAliases: [String: String] {
    ["readcsv": "csv", "table": "csv", "tsv": "csv", "mnist": "idx", "ubyte": "idx", "numpy": "npy", "series": "csv"]
  }

  /// Settings of a data block besides `split`: how many rows lie between the beginnings of two windows.
  func dataSettings(_ declaration: DataDeclaration) -> Int {
    var every = 1
    var seen: [String: Span] = [:]
    for setting in declaration.settings {
      if let earlier = seen[setting.name.text] {
        report(.duplicateSetting(setting.name, earlier: earlier))
        continue
      }
      seen[setting.name.text] = setting.name.span
      switch setting.name.text {
      case "split", "where": break
      case "every": every = constantWhole(setting.value, 1...1_000_000_000, "every") ?? 1
      default: report(unknownBlockSetting(setting.name, .data))
      }
    }
    return every
  }

  func unknownBlockSetting(_ name: Name, _ kind: BlockKind) -> Diagnostic {
    let labels = Blocks.settings(of: kind).map(\.name)
    let aliases = Vocabulary.settingAliasTable(for: labels)
    let found = suggestion(for: name.text, among: labels, aliases: aliases)
    return mendingSign(.unknownBlockSetting(name, kind.rawValue, found, labels), behind: name.span)
  }
}

extension SettingValue {
  /// The plain value of a checked setting, for comparison with a default.
  static func of(_ setting: CheckedSetting) -> SettingValue? {
    switch setting {
    case .word(let word): .word(word)
    case .string(let text): .string(text)
    case .boolean(let flag): .boolean(flag)
    case .integer(let size): .integer(size)
    case .scalar(.literal(let number)): .real(number)
    default: nil
    }
  }
}
