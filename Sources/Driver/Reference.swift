import Checking
import Datasets
import Declarations
import Diagnostics
import Layers
import Syntax

/// Every diagnostic of every phase.
package let allDiagnosticCodes: [DiagnosticCode] =
  (SyntaxCodes.all + CheckingCodes.all + DataCodes.all).sorted { $0.id < $1.id }

/// The reference pages that are generated from the declarations: layers, losses, metrics, optimizers and the like.
package enum Reference {
  /// An entry as people look it up.
  package struct Entry: Sendable {
    package var name: String
    package var kind: String
    package var text: String
    package var summary: String
  }

  package static let entries: [Entry] =
    Catalog.callables.map { Entry(name: $0.name, kind: $0.category.rawValue, text: page($0), summary: $0.summary) }
    + Catalog.metrics.map {
      Entry(
        name: $0.name, kind: "metric",
        text: page(
          $0.name, "metric", $0.summary, $0.formula, inputs: $0.inputs, settings: $0.settings, aliases: $0.aliases,
          snippets: $0.snippets), summary: $0.summary)
    }
    + Catalog.optimizers.map {
      Entry(
        name: $0.name, kind: "optimizer",
        text: page(
          $0.name, "optimizer", $0.summary, $0.formula, inputs: [], settings: $0.settings, aliases: $0.aliases,
          snippets: []), summary: $0.summary)
    }
    + Catalog.schedules.map {
      Entry(
        name: $0.name, kind: "schedule",
        text: page(
          $0.name, "schedule", $0.summary, $0.formula, inputs: [], settings: $0.settings, aliases: $0.aliases,
          snippets: []), summary: $0.summary)
    }
    + Catalog.initializers.map {
      Entry(
        name: $0.name, kind: "initialiser",
        text: page(
          $0.name, "initialiser", $0.summary, $0.formula, inputs: [], settings: $0.settings, aliases: [],
          snippets: []), summary: $0.summary)
    }
    + Catalog.transforms.map {
      Entry(
        name: $0.name, kind: "transform",
        text: page(
          $0.name, "transform", $0.summary, $0.formula, inputs: [], settings: $0.settings, aliases: $0.aliases,
          snippets: $0.snippets), summary: $0.summary)
    }

  private static func page(_ callable: CallableDeclaration) -> String {
    page(
      callable.name, callable.category.rawValue, callable.summary, callable.formula, inputs: callable.inputs,
      settings: callable.settings, aliases: callable.aliases, snippets: callable.snippets)
  }

  private static func page(
    _ name: String, _ kind: String, _ summary: String, _ formula: String, inputs: [InputDeclaration],
    settings: [SettingDeclaration], aliases: [String], snippets: [Snippet]
  ) -> String {
    var text = "### `\(name)`\n\n\(summary) (\(kind)).\n\n    \(formula.replacing("\n", with: "\n    "))\n"
    if inputs.count > 1 || inputs.first?.name != "x" {
      text += "\n" + inputs.map { "- input `\($0.name)`: \($0.doc)\n" }.joined()
    }
    if !settings.isEmpty { text += "\n" + settings.map { settingLine($0) }.joined() }
    for snippet in snippets {
      let inputs = snippet.inputs.map { "\($0.name): \($0.type)" }.joined(separator: ", ")
      text += "\nWith `\(inputs)`, `\(snippet.expression)` gives `\(snippet.result)`.\n"
    }
    if !aliases.isEmpty { text += "\nElsewhere: \(aliases.joined(separator: ", ")).\n" }
    return text
  }

  private static func settingLine(_ setting: SettingDeclaration) -> String {
    let value =
      setting.isRequired
      ? "required" : setting.defaultValue.map { "default \(settingText($0))" } ?? "optional"
    let position = setting.isPositional ? ", may stand without its label" : ""
    return "- setting `\(setting.label)`: \(kindText(setting.kind)), \(value)\(position). \(setting.doc)\n"
  }

  package static func kindText(_ kind: SettingKind) -> String {
    switch kind {
    case .integer(let range):
      range.upperBound == Int.max
        ? "a whole number of \(range.lowerBound) or more"
        : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .real(let range): "a number \(range.description)".replacing("a number a finite number", with: "a number")
    case .boolean: "true or false"
    case .word(let words): words.map { "`\($0)`" }.joined(separator: " or ")
    case .string: "a text"
    case .axes: "names of axes"
    case .shape: "a list of sizes"
    case .layer: "a layer"
    case .layers: "layers"
    case .rate: "a number or a schedule"
    case .field: "the name of a field"
    case .reals: "a list of numbers"
    case .oneOf(let kinds): kinds.map { kindText($0) }.joined(separator: ", or ")
    }
  }

  package static func settingText(_ value: SettingValue) -> String {
    switch value {
    case .integer(let size): "\(size)"
    case .real(let number): number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    case .boolean(let flag): "\(flag)"
    case .word(let word): word
    case .string(let text): JSON.quoted(text)
    case .axes(let axes): "[\(axes.map(\.rawValue).joined(separator: ", "))]"
    case .shape(let sizes): "[\(sizes.map { "\($0)" }.joined(separator: ", "))]"
    case .reals(let numbers): "[\(numbers.map { "\($0)" }.joined(separator: ", "))]"
    case .schedule(let name, _): name
    case .field(let name): name
    case .list(let values): "[\(values.map { settingText($0) }.joined(separator: ", "))]"
    case .layer, .layers, .later: "none"
    }
  }

  /// The generated page of the manual: everything built in, by kind.
  package static func catalogPage() -> String {
    let order = [
      ("layer", "Layers"), ("activation", "Activations"), ("combinator", "Combinators"), ("function", "Functions"),
      ("loss", "Losses"), ("regularizer", "Regularizers"), ("metric", "Metrics"), ("optimizer", "Optimizers"),
      ("schedule", "Schedules of the learning rate"), ("initialiser", "Initialisers"),
      ("transform", "Transforms of data"),
    ]
    var text = """
      # Everything built in

      This page is generated from the declarations in `Sources/Layers`; `nnc explain NAME` prints an entry. After a change:
      `swift run -c release nnbench pages` writes it anew.

      """
    for (kind, title) in order {
      let own = entries.filter { $0.kind == kind }.sorted { $0.name < $1.name }
      if own.isEmpty { continue }
      text += "\n## \(title)\n\n" + own.map(\.text).joined(separator: "\n")
    }
    return text
  }

  /// The generated page of all commands.
  package static func commandPage() -> String {
    var text = """
      # Commands

      This page is generated from the table of commands; `nnc help COMMAND` prints an entry.

      \(exitCodes)


      """
    for command in CommandTable.commands {
      text += "## nnc \(command.name)\n\n```\n\(commandHelp(command))```\n\n"
    }
    return text
  }

  /// The generated page of all diagnostics.
  package static func diagnosticsPage() -> String {
    var text = """
      # Diagnostics

      This page is generated from the tables of codes; `nnc explain CODE` prints an entry. A warning is silenced by a comment
      `// allow: name` on its line or the line above.


      """
    for code in allDiagnosticCodes { text += "## \(code.id) · \(code.name)\n\n" + explanation(code) + "\n" }
    return text
  }

  package static func explanation(_ code: DiagnosticCode) -> String {
    var text = "\(code.summary).\n\n\(code.explanation)\n"
    if !code.wrong.isEmpty { text += "\nWrong:\n\n```nnet\n\(code.wrong.trimmingLines())\n```\n" }
    if !code.right.isEmpty { text += "\nRight:\n\n```nnet\n\(code.right.trimmingLines())\n```\n" }
    return text
  }
}

extension String {
  /// Without line breaks at the end.
  func trimmingLines() -> String { String(reversed().drop { $0 == "\n" }.reversed()) }
}

func explainCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  guard let name = invocation.arguments.first else {
    let kinds = Dictionary(grouping: Reference.entries, by: \.kind)
    for kind in kinds.keys.sorted() {
      console.print("\(kind): \(kinds[kind]!.map(\.name).sorted().joined(separator: ", "))")
    }
    console.print("code: \(allDiagnosticCodes.map(\.id).joined(separator: ", "))")
    return .fine
  }
  func tell(_ code: DiagnosticCode) -> ExitCode {
    console.print("\(code.id) · \(code.name)\n\n\(Reference.explanation(code))")
    return .fine
  }
  if let code = allDiagnosticCodes.first(where: { $0.id == name.uppercased() }) { return tell(code) }
  let found = Reference.entries.filter { $0.name == name }
  if !found.isEmpty {
    console.write(found.map(\.text).joined(separator: "\n"))
    return .fine
  }
  let pages = SettingReference.pages(for: name)
  if !pages.isEmpty {
    console.write(pages.joined(separator: "\n"))
    return .fine
  }
  let isInferred = isInferredSetting(name)
  if isInferred {
    console.print("\(name) has no counterpart: the sizes of inputs are inferred, and a model's header states them.")
  }
  if let code = allDiagnosticCodes.first(where: { $0.name == name }) { return tell(code) }
  if isInferred { return .fine }
  if name.split(separator: ".").last == "Sequential" {
    console.print("\(name) is not needed: layers in a row are a chain, `x -> dense(16) -> relu -> dense(3)`.")
    return .fine
  }
  if let meaning = SettingReference.meaning(ofForeign: name) ?? foreignMeaning(name) {
    console.print("\(name) is `\(meaning)` here.\n")
    console.write(Reference.entries.filter { $0.name == meaning }.map(\.text).joined(separator: "\n"))
    return .fine
  }
  if let setting = foreignSettingMeaning(name) {
    console.print("\(name) is `\(setting)` here.\n")
    console.write(SettingReference.pages(for: setting).joined(separator: "\n"))
    return .fine
  }
  let candidates =
    Reference.entries.map(\.name) + SettingReference.names + allDiagnosticCodes.map(\.id)
    + allDiagnosticCodes.map(\.name)
  console.fail(
    "nothing is called \(name)", hint: closestName(to: name, among: candidates).map { "did you mean \($0)?" })
  return .usage
}
