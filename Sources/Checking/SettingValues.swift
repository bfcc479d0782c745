import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

extension BodyChecker {
  /// The value of a setting, nil after a report.
  func setting(_ value: Expression, _ kind: SettingKind, _ label: String) -> CheckedSetting? {
    if value.isMissing { return nil }
    if case .record(let fields) = value.kind, fields.count > 1, fields.allSatisfy({ $0.label == nil }) {
      let list = Expression(.list(fields.map(\.value)), value.span)
      if looksLike(list, kind) || takesLists(kind) {
        let isCertain = checker.quietly { setting(list, kind, label) != nil }
        report(.listInParentheses(label, value.span, isCertain: isCertain))
        return nil
      }
    }
    switch kind {
    case .integer(let range): return wholeSetting(value, range, label)
    case .real(let range): return realSetting(value, range, label)
    case .boolean: return booleanSetting(value, "`\(label)`")
    case .word(let words): return wordSetting(value, words, label)
    case .string: return stringSetting(value, label)
    case .axes: return axesSetting(value, label)
    case .shape: return shapeSetting(value, label)
    case .reals: return realsSetting(value, label)
    case .layer: return layerValue(value).map { .layer($0) }
    case .layers: return layerValue(value).map { .layers([$0]) }
    case .rate: return rateSetting(value, label)
    case .field: return fieldSetting(value, label)
    case .oneOf(let kinds): return oneOfSetting(value, kinds, label)
    }
  }

  private func takesLists(_ kind: SettingKind) -> Bool {
    switch kind {
    case .oneOf, .shape, .reals, .axes: true
    default: false
    }
  }

  private func wrongKind(_ value: Expression, _ label: String, _ wanted: String) -> CheckedSetting? {
    report(.settingKind("`\(label)`", wanted, text(value.span), value.span))
    return nil
  }

  private func wholeSetting(_ value: Expression, _ range: ClosedRange<Int>, _ label: String) -> CheckedSetting? {
    guard isNumberOrUnknownName(value) else { return notANumber(value, label, "a whole number") }
    guard let size = size(value, named: "`\(label)`") else { return nil }
    let bounds = wholeRangeText(range)
    if size.isInvalid {
      report(.sizeOverflow(value.span, text(value.span)))
      return nil
    }
    var required: [Fact] = []
    if range.lowerBound > .min { required.append(.atLeast(size, Dimension(range.lowerBound))) }
    // A bound in the millions only keeps numbers sane; a size over names is held to the memory that there is.
    if range.upperBound < 1_000_000 || size.constant != nil && range.upperBound < .max {
      required.append(.atLeast(Dimension(range.upperBound), size))
    }
    for fact in required {
      switch verdict(fact) {
      case .proven: break
      case .refuted:
        let isBeyond = size.constant.map { $0 > range.upperBound } ?? false
        report(
          .settingRange(label, isBeyond ? "\(range.upperBound) or less" : bounds, describe(size), value.span))
        return nil
      case .unknown:
        if infer(fact, at: value.span, reason: "`\(label)` is \(bounds)") { continue }
        report(.unproven(value.span, "that `\(label)` is \(bounds)", facts.describe(fact)))
        return nil
      }
    }
    return .integer(size)
  }

  private func notANumber(_ value: Expression, _ label: String, _ wanted: String) -> CheckedSetting? {
    var mentionsValue = false
    value.visitNames { name in
      if case .value? = self.peek(name.text) { mentionsValue = true }
    }
    if !mentionsValue { return wrongKind(value, label, wanted) }
    value.visitNames { name in _ = self.find(name.text) }
    report(.notConstant(value.span, text(value.span)))
    return nil
  }

  /// A name that stands for nothing is reported as such, not as a value of the wrong kind.
  private func isNumberOrUnknownName(_ value: Expression) -> Bool {
    if isNumber(value) { return true }
    var result = false
    var isPlain = true
    value.visitNames { name in
      switch peek(name.text) {
      case nil: if file.names[name.text] == nil { result = true }
      case .unknown?: result = true
      case .number?: break
      default: isPlain = false
      }
    }
    if case .unknown? = value.name.flatMap({ peek($0.text) }) { return true }
    switch value.unwrapped.kind {
    case .name, .operation, .unary: return result && isPlain
    default: return false
    }
  }

  private func realSetting(_ value: Expression, _ range: RealRange, _ label: String) -> CheckedSetting? {
    guard isNumberOrUnknownName(value) else { return notANumber(value, label, "a number") }
    guard let number = number(value) else { return nil }
    if let constant = number.constant {
      guard range.contains(constant), constant.isFinite else {
        report(.settingRange(label, range.description, text(value.span), value.span))
        return nil
      }
    } else if case .real(.parameter(let name)) = number, case .layer(let index) = kind {
      checker.layers[index].realRanges[name, default: []].append((range, label))
    }
    return .scalar(number.scalar)
  }

  func booleanSetting(_ value: Expression, _ label: String) -> CheckedSetting? {
    switch value.unwrapped.kind {
    case .boolean(let flag): return .boolean(flag)
    case .name(let name):
      switch find(name.text) {
      case .constant(.boolean(let flag))?: return .boolean(flag)
      case .setting(.booleanParameter(let parameter))?: return .booleanParameter(parameter)
      case .unknown?: return nil
      case nil:
        let meant = ["true": "true", "yes": "true", "on": "true", "false": "false", "no": "false", "off": "false"]
        if let meaning = meant[name.text.lowercased()] {
          report(mendingSign(.foreignBoolean(label, name.text, meaning: meaning, value.span), before: value.span))
          return nil
        }
      default: break
      }
    case .missing: return nil
    default: break
    }
    report(.settingKind(label, "`true` or `false`", text(value.span), value.span))
    return nil
  }

  /// Words come before names: `padding: same` means the word even where something is called so.
  private func wordSetting(_ value: Expression, _ words: [String], _ label: String) -> CheckedSetting? {
    guard let name = value.name else {
      if case .string(let text) = value.unwrapped.kind, words.contains(text) {
        report(.wordInQuotes(label, text, value.span))
        return nil
      }
      return wrongKind(value, label, orList(words))
    }
    if words.contains(name.text) { return .word(name.text) }
    switch find(name.text) {
    case .constant(.word(let word))?:
      if words.contains(word) { return .word(word) }
      report(.settingWord(label, Name(word, name.span), words, nil))
      return nil
    case .setting(.word(let parameter))?:
      if case .layer(let index) = kind {
        checker.layers[index].wordChoices[parameter, default: []].append((words, label))
      }
      return .word(parameter)
    case .unknown?: return nil
    default:
      report(.settingWord(label, name, words, suggestion(for: name.text, among: words)))
      return nil
    }
  }

  func stringSetting(_ value: Expression, _ label: String) -> CheckedSetting? {
    if case .string(let text) = value.unwrapped.kind { return .string(text) }
    if let name = value.name, case .constant(.string(let text))? = find(name.text) { return .string(text) }
    return wrongKind(value, label, "a text in quotes")
  }

  private func axesSetting(_ value: Expression, _ label: String) -> CheckedSetting? {
    let elements: [Expression]
    if case .list(let list) = value.unwrapped.kind { elements = list } else { elements = [value] }
    let names = AxisName.allCases.map(\.rawValue)
    var axes: [AxisName] = []
    for element in elements {
      guard let name = element.name else { return wrongKind(element, label, "an axis: \(orList(names))") }
      guard let axis = AxisName(rawValue: name.text) else {
        if case .constant(.word(let word))? = find(name.text), let axis = AxisName(rawValue: word) {
          axes.append(axis)
          continue
        }
        report(.settingWord(label, name, names, suggestion(for: name.text, among: names)))
        return nil
      }
      if axes.contains(axis) {
        report(.repeatedAxis(name))
        return nil
      }
      axes.append(axis)
    }
    return .axes(axes)
  }

  private func shapeSetting(_ value: Expression, _ label: String) -> CheckedSetting? {
    if let name = value.name, case .constant(.list(let values))? = find(name.text) {
      var sizes: [Dimension] = []
      for element in values {
        guard case .integer(let size) = element, size >= 1 else { return wrongKind(value, label, "a list of sizes") }
        sizes.append(Dimension(size))
      }
      return .shape(sizes)
    }
    guard case .list(let elements) = value.unwrapped.kind else {
      guard isNumber(value) else { return wrongKind(value, label, "a list of sizes: `[7, 7, 64]`") }
      guard let size = size(value), requirePositive(size, value.span) else { return nil }
      return .shape([size])
    }
    var sizes: [Dimension] = []
    for element in elements {
      guard let size = size(element), requirePositive(size, element.span) else { return nil }
      sizes.append(size)
    }
    return .shape(sizes)
  }

  private func realsSetting(_ value: Expression, _ label: String) -> CheckedSetting? {
    if let name = value.name, case .constant(.list(let values))? = find(name.text) {
      let numbers = values.compactMap(\.real)
      guard numbers.count == values.count else { return wrongKind(value, label, "a list of numbers") }
      return .reals(numbers.map { .literal($0) })
    }
    guard case .list(let elements) = value.unwrapped.kind else {
      return wrongKind(value, label, "a list of numbers")
    }
    var numbers: [ScalarExpression] = []
    for element in elements {
      guard isNumberOrUnknownName(element) else { return wrongKind(element, label, "a list of numbers") }
      guard let number = number(element) else { return nil }
      numbers.append(number.scalar)
    }
    return .reals(numbers)
  }

  /// A number, or a schedule.
  private func rateSetting(_ value: Expression, _ label: String) -> CheckedSetting? {
    let callee: Name?
    var arguments: [Argument] = []
    switch value.unwrapped.kind {
    case .call(let function, let given):
      callee = function.name
      arguments = given
    case .name(let name) where peek(name.text) == nil: callee = name
    default: callee = nil
    }
    guard let callee, !isNumber(value) else { return realSetting(value, .nonNegative, label) }
    guard let schedule = Catalog.schedule[callee.text] else {
      report(
        .unknownSchedule(
          callee,
          suggestion(for: callee.text, among: Catalog.schedules.map(\.name), aliases: Vocabulary.scheduleAliases)))
      return nil
    }
    return plainSettings(arguments, schedule.settings, of: callee).map {
      .schedule(name: schedule.name, settings: $0)
    }
  }

  private func fieldSetting(_ value: Expression, _ label: String) -> CheckedSetting? {
    guard let name = value.name else { return wrongKind(value, label, "the name of a field") }
    if case .train = kind, case .value(.field(let field), _)? = find(name.text) { return .field(field) }
    if case .unknown? = peek(name.text) { return nil }
    report(.notAField(name, suggestion(for: name.text, among: fieldNames), fields: fieldNames))
    return nil
  }

  private func oneOfSetting(_ value: Expression, _ kinds: [SettingKind], _ label: String) -> CheckedSetting? {
    if let kind = kinds.first(where: { looksLike(value, $0) }) { return setting(value, kind, label) }
    if case .list(let elements) = value.unwrapped.kind {
      var values: [CheckedSetting] = []
      for element in elements {
        guard let checked = oneOfSetting(element, kinds, label) else { return nil }
        values.append(checked)
      }
      return .list(values)
    }
    guard let first = kinds.first else { return nil }
    return setting(value, first, label)
  }

  /// Whether an expression has the form of a kind of setting.
  func looksLike(_ value: Expression, _ kind: SettingKind) -> Bool {
    let inner = value.unwrapped
    switch kind {
    case .integer, .real: return isNumber(value)
    case .rate:
      if case .call(let callee, _) = inner.kind, let name = callee.name { return Catalog.schedule[name.text] != nil }
      return isNumber(value)
    case .boolean: if case .boolean = inner.kind { return true } else { return false }
    case .string: if case .string = inner.kind { return true } else { return false }
    case .word(let words): return inner.name.map { words.contains($0.text) } ?? false
    case .axes:
      if case .list(let elements) = inner.kind {
        return !elements.isEmpty && elements.allSatisfy { $0.name.map { AxisName(rawValue: $0.text) != nil } ?? false }
      }
      return inner.name.map { AxisName(rawValue: $0.text) != nil } ?? false
    case .shape, .reals:
      if case .list(let elements) = inner.kind { return elements.allSatisfy(isNumber) }
      if let name = inner.name, case .constant(.list)? = peek(name.text) { return true }
      if case .shape = kind { return isNumber(value) }
      return false
    case .layer, .layers: return denotesLayer(value)
    case .field: return inner.name != nil
    case .oneOf(let kinds): return kinds.contains { looksLike(value, $0) }
    }
  }

  // MARK: Settings alone

  /// The settings of a call without inputs: an initialiser, a schedule, an optimizer, a transform. Defaults are filled
  /// in; nil after a report.
  func plainSettings(
    _ arguments: [Argument], _ declarations: [SettingDeclaration], of name: Name
  ) -> [String: CheckedSetting]? {
    var given: [String: (value: Expression, span: Span)] = [:]
    var isBroken = false
    let positional = declarations.filter(\.isPositional)
    var position = 0
    for argument in arguments {
      if let label = argument.label {
        guard declarations.contains(where: { $0.label == label.text }) else {
          if let problem = pairOfBetas(argument, label, declarations, of: name) {
            report(problem)
            isBroken = true
            continue
          }
          report(unknownSetting(label, of: name.text, among: declarations.map(\.label)))
          isBroken = true
          continue
        }
        if given[label.text] != nil {
          report(.duplicateLabel(label))
          isBroken = true
          continue
        }
        given[label.text] = (argument.value, argument.span)
      } else if position < positional.count {
        let label = positional[position].label
        position += 1
        if let earlier = given[label] {
          report(.givenAgain(label, argument.span, mayBeDecimalComma: areWhole(earlier.value, argument.value)))
          isBroken = true
          continue
        }
        given[label] = (argument.value, argument.span)
      } else {
        report(.settingWithoutName(argument.span, text(argument.span), name.text, declarations.map(\.label)))
        isBroken = true
      }
    }
    return evaluate(given.mapValues(\.value), declarations, of: name, isBroken: &isBroken)
  }

  /// `betas: (0.9, 0.999)`, which are two settings here.
  private func pairOfBetas(
    _ argument: Argument, _ label: Name, _ declarations: [SettingDeclaration], of name: Name
  ) -> Diagnostic? {
    let labels = ["beta1", "beta2"]
    guard label.text == "betas", labels.allSatisfy({ label in declarations.contains { $0.label == label } }) else {
      return nil
    }
    var parts: [Expression] = []
    switch argument.value.unwrapped.kind {
    case .record(let fields) where fields.allSatisfy({ $0.label == nil }): parts = fields.map(\.value)
    case .list(let elements): parts = elements
    default: break
    }
    var result = unknownSetting(label, of: name.text, among: declarations.map(\.label))
    if parts.count == 2, parts.allSatisfy(isNumber) {
      checker.absorbed.append(argument.span)
      let written = zip(labels, parts).map { "\($0): \(checker.sources.text($1.span))" }.joined(separator: ", ")
      result.fixes = [Fix("write `\(excerpt(written))`", [Edit(argument.span, written)], isCertain: true)]
    } else {
      result.fixes = []
      result.notes = ["they are `beta1` and `beta2` here"]
    }
    return result
  }

  /// Whether both are whole numbers as written: the two halves of `0,01`.
  func areWhole(_ a: Expression, _ b: Expression) -> Bool {
    if case .integer = a.kind, case .integer = b.kind { true } else { false }
  }

  /// Evaluates settings that were sorted by label; fills in defaults.
  func evaluate(
    _ given: [String: Expression], _ declarations: [SettingDeclaration], of name: Name, isBroken: inout Bool
  ) -> [String: CheckedSetting]? {
    var result: [String: CheckedSetting] = [:]
    var missing: [SettingDeclaration] = []
    for declaration in declarations {
      if let value = given[declaration.label] {
        if let checked = setting(value, declaration.kind, declaration.label) {
          result[declaration.label] = checked
        } else {
          isBroken = true
        }
      } else if let value = declaration.defaultValue {
        result[declaration.label] = CheckedSetting(value)
      } else if declaration.isRequired {
        missing.append(declaration)
      }
    }
    if !missing.isEmpty, !isBroken {
      report(.missingSettings(name, missing))
      isBroken = true
    }
    return isBroken ? nil : result
  }

  func unknownSetting(_ label: Name, of owner: String, among labels: [String]) -> Diagnostic {
    let aliases = Vocabulary.settingAliasTable(for: labels)
    let found = suggestion(for: label.text, among: labels, aliases: aliases)
    return mendingSign(.unknownSetting(label, of: owner, found, labels), behind: label.span)
  }

  /// A diagnostic of `name=value` that accounts for the sign too.
  func mendingSign(_ diagnostic: Diagnostic, behind label: Span, mendsValue: Bool = true) -> Diagnostic {
    let bytes = checker.sources[label.file].bytes
    var place = Int(label.end)
    while place < bytes.count, bytes[place] == UInt8(ascii: " ") { place += 1 }
    guard place + 1 < bytes.count, bytes[place] == UInt8(ascii: "="), bytes[place + 1] != UInt8(ascii: "=") else {
      return diagnostic
    }
    let isSpaced = bytes[place + 1] == UInt8(ascii: " ")
    let sign = Span(file: label.file, start: Int(label.end), end: place + 1)
    checker.absorbed.append(sign)
    var result = diagnostic
    let edits = [Edit(sign, isSpaced ? ":" : ": ")] + (mendsValue ? truthEdit(at: place + 1, in: label.file) : [])
    result.fixes = result.fixes.map { Fix($0.title, $0.edits + edits, isCertain: $0.isCertain) }
    return result
  }

  /// `True` behind a sign as it is written here.
  private func truthEdit(at start: Int, in file: FileID) -> [Edit] {
    let bytes = checker.sources[file].bytes
    let place = bytes[start...].firstIndex { $0 != UInt8(ascii: " ") } ?? start
    for word in ["True", "False"] where bytes[place...].starts(with: word.utf8) {
      let end = place + word.utf8.count
      let behind = end < bytes.count ? bytes[end] : 0
      if behind == UInt8(ascii: ",") || behind == UInt8(ascii: ")") || behind == UInt8(ascii: " ") {
        return [Edit(Span(file: file, start: place, end: end), word.lowercased())]
      }
    }
    return []
  }

  /// As ``mendingSign(_:behind:)``, by the value behind the sign.
  private func mendingSign(_ diagnostic: Diagnostic, before value: Span) -> Diagnostic {
    let bytes = checker.sources[value.file].bytes
    var place = Int(value.start)
    while place > 0, bytes[place - 1] == UInt8(ascii: " ") { place -= 1 }
    guard place > 1, bytes[place - 1] == UInt8(ascii: "="), !"=<>!:".utf8.contains(bytes[place - 2]) else {
      return diagnostic
    }
    place -= 1
    while place > 0, bytes[place - 1] == UInt8(ascii: " ") { place -= 1 }
    return mendingSign(diagnostic, behind: Span(file: value.file, start: place, end: place), mendsValue: false)
  }

  func wholeRangeText(_ range: ClosedRange<Int>) -> String {
    switch (range.lowerBound, range.upperBound) {
    case (.min, .max): "a whole number"
    case (let low, 1_000_000_000...): "\(low) or more"
    case (.min, let high): "\(high) or less"
    case (let low, let high): "from \(low) to \(high)"
    }
  }
}

/// `1 class`, `3 classes`
func counted(_ count: Int, _ one: String, _ many: String) -> String { "\(count) \(count == 1 ? one : many)" }

/// `same`, `valid` or `none`
func orList(_ words: [String]) -> String {
  let quoted = words.map { "`\($0)`" }
  guard quoted.count > 1, let last = quoted.last else { return quoted.first ?? "nothing" }
  return quoted.dropLast().joined(separator: ", ") + " or " + last
}

extension CheckedSetting {
  /// A default of the catalogue.
  package init?(_ value: SettingValue) {
    switch value {
    case .integer(let size): self = .integer(size)
    case .real(let number): self = .scalar(.literal(number))
    case .boolean(let flag): self = .boolean(flag)
    case .word(let word): self = .word(word)
    case .string(let text): self = .string(text)
    case .axes(let axes): self = .axes(axes)
    case .shape(let sizes): self = .shape(sizes)
    case .reals(let numbers): self = .reals(numbers.map { .literal($0) })
    case .schedule(let name, let settings):
      self = .schedule(name: name, settings: settings.values.compactMapValues { CheckedSetting($0) })
    case .field(let name): self = .field(name)
    case .list(let values): self = .list(values.compactMap { CheckedSetting($0) })
    case .layer, .layers, .later: return nil
    }
  }
}
