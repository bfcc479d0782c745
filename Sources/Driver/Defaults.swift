import Checking
import Declarations
import Diagnostics
import Layers
import Syntax

/// What a command line puts in place of parts of a file.
struct ProgramOverrides {
  /// `--set` as given.
  var constants: [String] = []
  var seed: Int?
  var epochs: Int?
}

/// The source of the program as it runs: with the constants, the seed and the length that the command line gives, every
/// setting that a train block leaves out at the block's end, and those that an optimizer or a schedule leaves out in its
/// parentheses.
func programWithDefaults(_ program: CheckedProgram, _ overrides: ProgramOverrides = ProgramOverrides()) -> String {
  guard let file = program.sources.files.first else { return "" }
  var writer = DefaultsWriter(overrides: overrides)
  for declaration in parse(file).unit.declarations {
    switch declaration {
    case .constant(let binding): writer.replace(binding)
    case .train(let train): writer.complete(train.settings + train.steps.flatMap(\.settings))
    default: break
    }
  }
  for train in program.trains where train.span.file == file.id { writer.addDefaults(of: train, file) }
  let text = applying(writer.edits.sorted { $0.span.start < $1.span.start }, to: file.bytes)
  var sources = SourceMap()
  let id = sources.add(path: file.path, bytes: text)
  return format(parseTree(sources[id])) ?? String(decoding: text, as: UTF8.self)
}

/// Collects the changes to a file that ``programWithDefaults(_:_:)`` makes.
private struct DefaultsWriter {
  let overrides: ProgramOverrides
  private(set) var edits: [Edit] = []

  init(overrides: ProgramOverrides) { self.overrides = overrides }

  /// A constant that `--set` replaces.
  mutating func replace(_ binding: Binding) {
    for text in overrides.constants {
      let parts = text.split(separator: "=", maxSplits: 1).map { String($0).trimmingSpaces() }
      guard parts.count == 2, parts[0] == binding.name.text else { continue }
      edits.append(Edit(binding.value.span, parts[1]))
    }
  }

  /// The settings that a block has: those that the command line replaces, and optimizers.
  mutating func complete(_ settings: [Setting]) {
    for setting in settings {
      switch setting.name.text {
      case "seed": if let seed = overrides.seed { edits.append(Edit(setting.value.span, "\(seed)")) }
      case "epochs": if let epochs = overrides.epochs { edits.append(Edit(setting.value.span, "\(epochs)")) }
      case "steps":
        guard let epochs = overrides.epochs else { continue }
        edits.append(Edit(setting.name.span, "epochs"))
        edits.append(Edit(setting.value.span, "\(epochs)"))
      case "optimizer":
        complete(setting.value) { Catalog.optimizer[$0]?.settings }
      default: break
      }
    }
  }

  /// Adds what a call leaves out; a bare name gets parentheses.
  private mutating func complete(_ value: Expression, _ declared: (String) -> [SettingDeclaration]?) {
    switch value.kind {
    case .parenthesized(let inner): complete(inner, declared)
    case .name(let name):
      let added = left(out: [], declared(name.text) ?? [])
      if !added.isEmpty { insert("(\(added.joined(separator: ", ")))", at: Int(value.span.end), value.span.file) }
    case .call(let callee, let arguments):
      guard case .name(let name) = callee.kind, let settings = declared(name.text) else { return }
      for argument in arguments { complete(argument.value) { Catalog.schedule[$0]?.settings } }
      let added = left(out: arguments, settings).joined(separator: ", ")
      if added.isEmpty { return }
      if let last = arguments.last {
        insert(", " + added, at: Int(last.span.end), value.span.file)
      } else {
        insert(added, at: Int(value.span.end) - 1, value.span.file)
      }
    default: break
    }
  }

  private mutating func insert(_ text: String, at place: Int, _ file: FileID) {
    edits.append(Edit(Span(file: file, start: place, end: place), text))
  }

  /// `beta1: 0.9` for each setting with a default that the arguments do not give.
  private func left(out arguments: [Argument], _ settings: [SettingDeclaration]) -> [String] {
    var given = Set(arguments.compactMap { $0.label?.text })
    let unlabelled = arguments.count { $0.label == nil }
    given.formUnion(settings.filter(\.isPositional).prefix(unlabelled).map(\.label))
    return settings.compactMap { setting in
      guard !given.contains(setting.label), let text = setting.defaultValue.flatMap(written) else { return nil }
      return "\(setting.label): \(text)"
    }
  }

  /// The settings of the train block itself, before its closing brace.
  mutating func addDefaults(of train: CheckedTrain, _ file: SourceFile) {
    let lines = train.defaults.map { setting in
      let value = setting.name == "seed" ? overrides.seed.map { "\($0)" } ?? setting.value : setting.value
      return "  \(setting.name): \(value)\n"
    }
    let close = Int(train.span.end) - 1
    guard !lines.isEmpty, file.bytes.indices.contains(close), file.bytes[close] == UInt8(ascii: "}") else { return }
    let needsBreak = close > 0 && file.bytes[close - 1] != UInt8(ascii: "\n")
    insert((needsBreak ? "\n" : "") + "  // Defaults\n" + lines.joined(), at: close, file.id)
  }
}

/// A default as one writes it, nil where it has no short form.
private func written(_ value: SettingValue) -> String? {
  switch value {
  case .integer(let size): return size.constant.map { "\($0)" }
  case .real(let number):
    if number == number.rounded(), abs(number) < 1e15 { return "\(Int(number))" }
    return "\(number)".replacing("e-0", with: "e-")
  case .boolean(let flag): return "\(flag)"
  case .word(let word): return word
  default: return nil
  }
}
