import Declarations
import Graphs
import Layers
import Tensors
import Testing

/// Every declaration is documented, named and bounded as the manual, the checker and completion need it.
struct CatalogTests {
  private struct Entry {
    var kind: String
    var name: String
    var summary: String
    var formula: String
    var settings: [SettingDeclaration]
    var aliases: [String]
    var snippets: [Snippet]?
  }

  private var entries: [Entry] {
    var all = Catalog.callables.map {
      Entry(
        kind: "callable", name: $0.name, summary: $0.summary, formula: $0.formula, settings: $0.settings,
        aliases: $0.aliases, snippets: $0.snippets)
    }
    all += Catalog.metrics.map {
      Entry(
        kind: "metric", name: $0.name, summary: $0.summary, formula: $0.formula, settings: $0.settings,
        aliases: $0.aliases, snippets: $0.snippets)
    }
    all += Catalog.transforms.map {
      Entry(
        kind: "transform", name: $0.name, summary: $0.summary, formula: $0.formula, settings: $0.settings,
        aliases: $0.aliases, snippets: $0.snippets)
    }
    all += Catalog.optimizers.map {
      Entry(
        kind: "optimizer", name: $0.name, summary: $0.summary, formula: $0.formula, settings: $0.settings,
        aliases: $0.aliases)
    }
    all += Catalog.schedules.map {
      Entry(
        kind: "schedule", name: $0.name, summary: $0.summary, formula: $0.formula, settings: $0.settings,
        aliases: $0.aliases)
    }
    all += Catalog.initializers.map {
      Entry(
        kind: "initializer", name: $0.name, summary: $0.summary, formula: $0.formula, settings: $0.settings,
        aliases: [])
    }
    return all
  }

  @Test func everythingIsDocumented() {
    #expect(entries.count > 80)
    for entry in entries {
      let place = "\(entry.kind) \(entry.name)"
      #expect(entry.summary.count > 10 && !entry.summary.hasSuffix("."), "\(place): summary")
      #expect(entry.summary.first.map { $0.isUppercase || !$0.isLetter || $0 == "e" } == true, "\(place): summary")
      #expect(!entry.formula.isEmpty && !entry.formula.hasSuffix("."), "\(place): formula")
      for setting in entry.settings {
        #expect(setting.doc.hasSuffix(".") && setting.doc.count > 10, "\(place): doc of \(setting.label)")
      }
      if let snippets = entry.snippets {
        #expect(!snippets.isEmpty, "\(place): no snippet")
        #expect(snippets.allSatisfy { $0.expression.contains(entry.name) }, "\(place): snippet without the name")
      }
    }
    for callable in Catalog.callables {
      #expect(!callable.inputs.isEmpty, "\(callable.name): inputs")
      for input in callable.inputs { #expect(input.doc.hasSuffix("."), "\(callable.name): doc of \(input.name)") }
    }
  }

  @Test func namesAreUniqueAndWellFormed() {
    for (kind, group) in Dictionary(grouping: entries, by: \.kind) {
      let names = group.map(\.name)
      #expect(Set(names).count == names.count, "\(kind): a name twice")
      for name in names + group.flatMap({ $0.settings.map(\.label) }) {
        let isSnake = name.allSatisfy { ($0.isASCII && $0.isLowercase) || $0.isNumber || $0 == "_" }
        #expect(isSnake && name.first?.isLetter == true, "\(kind): \(name)")
      }
      let aliases = group.flatMap(\.aliases)
      #expect(Set(aliases).count == aliases.count, "\(kind): an alias twice")
      #expect(Set(aliases).isDisjoint(with: names), "\(kind): an alias is a name")
    }
  }

  @Test func settingsAreSane() {
    for entry in entries {
      let place = "\(entry.kind) \(entry.name)"
      let labels = entry.settings.map(\.label)
      #expect(Set(labels).count == labels.count, "\(place): a setting twice")
      let positional = entry.settings.prefix { $0.isPositional }
      #expect(!entry.settings.dropFirst(positional.count).contains { $0.isPositional }, "\(place): positional last")
      for setting in entry.settings {
        #expect(!(setting.isOptional && setting.defaultValue != nil), "\(place): \(setting.label) is optional twice")
        if let value = setting.defaultValue {
          #expect(accepts(setting.kind, value), "\(place): default of \(setting.label)")
        }
      }
    }
    for optimizer in Catalog.optimizers {
      guard case .real(let rate)? = optimizer.settings.first(where: { $0.label == "rate" })?.defaultValue else {
        Issue.record("\(optimizer.name): no default rate")
        continue
      }
      #expect(optimizer.usualRates.contains(rate), "\(optimizer.name): unusual default rate")
    }
  }

  /// Every required setting can be given, because a trial gives it; so each callable is built somewhere.
  @Test func everyCallableIsTried() {
    for callable in Catalog.callables {
      let accepted = trials(of: callable).filter { (try? typeRule(callable, $0)) != nil }
      let ranks = Set(accepted.map { $0.types.map(\.constantShape) })
      #expect(ranks.count >= 20, "\(callable.name): \(ranks.count) shapes")
    }
  }

  /// What the checker warns of is named in the catalogue.
  @Test func whatIsAppliedIsAnActivation() {
    let names = Catalog.callables.flatMap(\.appliesItself) + Catalog.metrics.flatMap(\.appliesItself)
    #expect(!names.isEmpty)
    for name in names { #expect(Catalog.callable[name]?.category == .activation, "\(name)") }
  }

  /// What the checker knows of an activation's results holds for its formula.
  @Test func activationsGiveWhatTheyDeclare() {
    let numbers = Array(stride(from: -30.0, to: 30, by: 0.5))
    for callable in Catalog.callables where callable.category == .activation {
      let bench = Bench(callable, Trial(types: [.numbers([numbers.count])]), mode: .evaluation)
      let weights = bench.weights.map {
        ($0.name, ReferenceTensor(shape: $0.shape.map { $0.constant! }, repeating: 0.25))
      }
      let outputs = ReferenceInterpreter.run(
        bench.graph.finish(outputs: [("result", bench.result)]),
        inputs: ["0": ReferenceTensor(shape: [1, numbers.count], numbers)],
        parameters: Dictionary(uniqueKeysWithValues: weights), batch: 1
      ).outputs
      let result = outputs["result"]?.values ?? []
      #expect(!result.isEmpty, "\(callable.name)")
      #expect(callable.isAlwaysPositive == result.allSatisfy { $0 > 0 }, "\(callable.name): positive")
      #expect(callable.isIdentity == (result == numbers), "\(callable.name): identity")
      #expect(result.allSatisfy { callable.range?.contains($0) ?? true }, "\(callable.name): range")
    }
  }

  @Test func copiesAreOfALayer() {
    for callable in Catalog.callables {
      guard let copies = callable.copies else { continue }
      #expect(callable.settings.contains { $0.label == "layer" }, "\(callable.name)")
      guard case .setting(let label) = copies else { continue }
      #expect(callable.settings.contains { $0.label == label }, "\(callable.name): \(label)")
    }
  }

  private func accepts(_ kind: SettingKind, _ value: SettingValue) -> Bool {
    switch (kind, value) {
    case (.integer(let range), .integer(let number)): number.constant.map(range.contains) == true
    case (.real(let range), .real(let number)): range.contains(number)
    case (.rate, .real(let number)): number > 0
    case (.boolean, .boolean): true
    case (.word(let words), .word(let word)): words.contains(word)
    case (.axes, .axes(let axes)): !axes.isEmpty
    case (.oneOf(let kinds), _): kinds.contains { accepts($0, value) }
    default: false
    }
  }
}
