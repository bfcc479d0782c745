import Checking
import Datasets
import Declarations
import Layers

/// What `nnc explain` tells of words that are no entry of the catalogue: settings of blocks, sources, forms, and what
/// other tools call things.
enum SettingReference {
  /// Everything known of a word, one page after the other.
  static func pages(for word: String) -> [String] {
    blockSettings(word) + forms(word) + sources(word) + settings(word)
  }

  /// Words that have a page.
  static var names: [String] {
    BlockKind.allCases.flatMap { Blocks.settings(of: $0).map(\.name) } + Blocks.forms.map(\.name)
      + Blocks.expressionForms.map(\.name) + sourceDeclarations.map(\.name)
  }

  /// The entry that other tools call so.
  static func meaning(ofForeign word: String) -> String? {
    let key = folded(word)
    let entries: [(name: String, aliases: [String])] =
      Catalog.callables.map { ($0.name, $0.aliases) } + Catalog.metrics.map { ($0.name, $0.aliases) }
      + Catalog.optimizers.map { ($0.name, $0.aliases) } + Catalog.schedules.map { ($0.name, $0.aliases) }
      + Catalog.transforms.map { ($0.name, $0.aliases) }
    if let entry = entries.first(where: { $0.aliases.contains(word) }) { return entry.name }
    return entries.first { entry in folded(entry.name) == key || entry.aliases.contains { folded($0) == key } }?.name
  }

  private static func folded(_ word: String) -> String { word.lowercased().filter { $0 != "_" && $0 != "-" } }

  private static func blockSettings(_ word: String) -> [String] {
    var pages: [String] = []
    for kind in BlockKind.allCases {
      for setting in Blocks.settings(of: kind) where setting.name == word {
        // What a step and a train block share is told once.
        if kind == .step, Blocks.settings(of: .train).contains(where: { $0.name == word }) { continue }
        let need = setting.isRequired ? " Required." : setting.defaultText.map { " Default \($0)." } ?? ""
        let forms = Blocks.forms.filter { $0.setting == word }.map { "- `\($0.example)`: \($0.doc)\n" }.joined()
        pages.append(
          "### `\(word)`\n\n\(setting.doc)\(need) (setting of a \(kind.rawValue) block)\n\n"
            + "    \(word): \(setting.example)\n" + (forms.isEmpty ? "" : "\n" + forms))
      }
    }
    return pages
  }

  private static func forms(_ word: String) -> [String] {
    Blocks.forms.filter { $0.name == word }.map { form in
      "### `\(word)`\n\n\(form.doc) (value of the setting `\(form.setting)`)\n\n    \(form.setting): \(form.example)\n"
    }
      + Blocks.expressionForms.filter { $0.name == word }.map { form in
        "### `\(word)`\n\n\(form.doc)\n\n    \(form.example)\n"
      }
  }

  private static func sources(_ word: String) -> [String] {
    sourceDeclarations.filter { $0.name == word }.map { source in
      let settings = (source.paths + source.settings).map { "- setting `\($0.label)`: \($0.doc)\n" }.joined()
      return "### `\(word)`\n\n\(source.summary) (source of data)\n\nIts columns are \(source.columns).\n\n\(settings)"
    }
  }

  /// A setting of what is built in, with all that have it.
  private static func settings(_ word: String) -> [String] {
    let owners: [(name: String, settings: [SettingDeclaration])] =
      Catalog.callables.map { ($0.name, $0.settings) } + Catalog.metrics.map { ($0.name, $0.settings) }
      + Catalog.optimizers.map { ($0.name, $0.settings) } + Catalog.schedules.map { ($0.name, $0.settings) }
      + Catalog.initializers.map { ($0.name, $0.settings) } + Catalog.transforms.map { ($0.name, $0.settings) }
    let lines = owners.flatMap { owner in
      owner.settings.filter { $0.label == word }.map { "- of `\(owner.name)`: \($0.doc)\n" }
    }
    return lines.isEmpty ? [] : ["### The setting `\(word)`\n\n\(lines.joined())"]
  }
}
