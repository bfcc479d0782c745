import Declarations
import Layers

/// The names of the catalogue in the files by which editors highlight programs: a region between two marks in each.
package enum EditorWords {
  /// The files below `grammar/`, each with the lines of its region.
  package static let files: [(path: String, lines: [String])] = [
    ("vscode/syntaxes/nnet.tmLanguage.json", textMateLines), ("tree-sitter-nnet/queries/highlights.scm", queryLines),
  ]

  package static let beginMark = "BEGIN generated from the catalogue"
  package static let endMark = "END generated from the catalogue"

  /// A text with the lines between the marks replaced; nil without the marks.
  package static func updated(_ text: String, lines: [String]) -> String? {
    let old = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let begin = old.firstIndex(where: { $0.contains(beginMark) }),
      let end = old.firstIndex(where: { $0.contains(endMark) }), begin < end
    else { return nil }
    return (old[...begin] + lines + old[end...]).joined(separator: "\n")
  }

  private static let groups: [(scope: String, names: [String])] = {
    let layers = Catalog.callables.filter { [.layer, .activation, .combinator].contains($0.category) }.map(\.name)
    let functions = Set(Catalog.callables.map(\.name) + Catalog.metrics.map(\.name)).subtracting(layers)
    let others = Set(
      Catalog.optimizers.map(\.name) + Catalog.schedules.map(\.name) + Catalog.initializers.map(\.name)
        + Catalog.transforms.map(\.name)
    ).subtracting(layers).subtracting(functions)
    return [("layer", layers.sorted()), ("builtin", functions.sorted()), ("setting", others.sorted())]
  }()

  private static let textMateLines: [String] = {
    let rules = groups.map { scope, names in
      "        { \"name\": \"support.function.\(scope).nnet\", "
        + "\"match\": \"\\\\b(?:\(names.joined(separator: "|")))\\\\b(?!\\\\s*:)\" }"
    }
    return ["      \"patterns\": ["] + rules.joined(separator: ",\n").split(separator: "\n").map(String.init)
      + ["      ]", "    },"]
  }()

  private static let queryLines: [String] = {
    var lines = ["((name) @function.builtin (#any-of? @function.builtin"]
    var line = " "
    for name in groups.flatMap(\.names).sorted() {
      if line.count + name.count > 110 {
        lines.append(line)
        line = " "
      }
      line += " \"\(name)\""
    }
    return lines + [line + "))"]
  }()
}
