import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

/// What was probably meant instead of an unknown word.
struct Suggestion {
  var name: String
  /// Whether it can be meant by nothing else: a foreign spelling, or the same letters written otherwise.
  var isCertain: Bool
}

/// The closest of the names, or what a foreign spelling stands for.
func suggestion(
  for word: String, among names: some Sequence<String>, aliases: [String: String] = [:]
) -> Suggestion? {
  // `Linear` is another tool's `dense`, whatever else is spelled `linear`.
  if let name = aliases[word] { return Suggestion(name: name, isCertain: true) }
  let key = Vocabulary.folded(word)
  let candidates = Array(Set(names)).sorted()
  if let name = candidates.first(where: { Vocabulary.folded($0) == key }) {
    return Suggestion(name: name, isCertain: true)
  }
  if let name = aliases[key] { return Suggestion(name: name, isCertain: true) }
  return closestName(to: word, among: candidates).map { Suggestion(name: $0, isCertain: false) }
}

/// How many names may be compared for suggestions in one check: enough for every slip of a person, and so little that a
/// file with thousands of unknown names ends at once.
private let comparisonLimit = 200_000

extension Checker {
  /// The closest of the names, as long as there were not too many mistakes to ask for each.
  func suggestion(
    for word: String, among names: @autoclosure () -> some Sequence<String>, aliases: [String: String] = [:]
  ) -> Suggestion? {
    guard comparisons < comparisonLimit else { return nil }
    let known = Array(names())
    comparisons += known.count + 1
    return Checking.suggestion(for: word, among: known, aliases: aliases)
  }
}

extension BodyChecker {
  func suggestion(
    for word: String, among names: @autoclosure () -> some Sequence<String>, aliases: [String: String] = [:]
  ) -> Suggestion? { checker.suggestion(for: word, among: names(), aliases: aliases) }
}

extension TrainChecker {
  func suggestion(
    for word: String, among names: @autoclosure () -> some Sequence<String>, aliases: [String: String] = [:]
  ) -> Suggestion? { checker.suggestion(for: word, among: names(), aliases: aliases) }
}

/// The setting that people elsewhere call by this word: `rate` for `lr`.
package func foreignSettingMeaning(_ word: String) -> String? {
  Vocabulary.settingAliases[Vocabulary.folded(word)]?.first
}

/// Whether other tools have a setting of this name for what is inferred here: `in_channels`, `input_shape`.
package func isInferredSetting(_ word: String) -> Bool {
  ForeignArguments.inferred.subtracting(ForeignArguments.needless).contains(Vocabulary.folded(word))
}

/// What a name of another tool is called here, whatever module it stands in: `dense` for `torch.nn.Linear`.
package func foreignMeaning(_ word: String) -> String? {
  let last = word.split(separator: ".").last.map(String.init) ?? word
  if let name = Vocabulary.callable(last)?.name { return name }
  return Vocabulary.optimizerAliases[last] ?? Vocabulary.metricAliases[last] ?? Vocabulary.scheduleAliases[last]
    ?? Vocabulary.transformAliases[last]
}

/// Word lists drawn from the catalogue.
enum Vocabulary {
  /// Lower case without separators: `BatchNorm2d` and `batch_norm_2d` are the same.
  static func folded(_ word: String) -> String {
    String(String.UnicodeScalarView(word.lowercased().unicodeScalars.filter { $0 != "_" && $0 != "-" }))
  }

  /// What foreign spellings stand for, as they are written and folded.
  static func table(_ entries: [(name: String, aliases: [String])]) -> [String: String] {
    var result: [String: String] = [:]
    for entry in entries {
      for alias in entry.aliases { result[folded(alias)] = entry.name }
    }
    for entry in entries {
      for alias in entry.aliases { result[alias] = entry.name }
    }
    return result
  }

  /// The built-in of a name, or of what other tools call it.
  static func callable(_ name: String) -> CallableDeclaration? {
    if let declaration = Catalog.callable[name] { return declaration }
    guard let found = suggestion(for: name, among: Catalog.callables.map(\.name), aliases: callableAliases),
      found.isCertain
    else { return nil }
    return Catalog.callable[found.name]
  }

  static let callableAliases = table(Catalog.callables.map { ($0.name, $0.aliases) })
  static let metricAliases = table(Catalog.metrics.map { ($0.name, $0.aliases) })
  static let optimizerAliases = table(Catalog.optimizers.map { ($0.name, $0.aliases) })
  static let scheduleAliases = table(Catalog.schedules.map { ($0.name, $0.aliases) })
  static let transformAliases = table(Catalog.transforms.map { ($0.name, $0.aliases) })
  static let everyAlias = callableAliases.merging(transformAliases) { first, _ in first }

  /// Initialisers that stand for values too.
  static let draws: Set<String> = ["normal", "uniform", "zeros", "ones"]

  /// Every word that some setting of the catalogue takes.
  static let words: Set<String> = {
    var result = Set(AxisName.allCases.map(\.rawValue))
    func add(_ kind: SettingKind) {
      switch kind {
      case .word(let words): result.formUnion(words)
      case .oneOf(let kinds): for kind in kinds { add(kind) }
      default: break
      }
    }
    var settings: [SettingDeclaration] = Catalog.callables.flatMap(\.settings)
    settings += Catalog.metrics.flatMap(\.settings)
    settings += Catalog.optimizers.flatMap(\.settings)
    settings += Catalog.transforms.flatMap(\.settings)
    settings += Catalog.initializers.flatMap(\.settings)
    settings += Catalog.schedules.flatMap(\.settings)
    for setting in settings { add(setting.kind) }
    return result
  }()

  /// Spellings of settings that people bring from elsewhere.
  static let settingAliases: [String: [String]] = [
    "labelsmoothing": ["smoothing"], "lr": ["rate"], "learningrate": ["rate"], "p": ["rate"], "kernelsize": ["kernel"],
    "poolsize": ["kernel"],
    "strides": ["stride"],
    "filters": ["channels", "width"], "features": ["width"], "outfeatures": ["width", "units"], "units": ["width"],
    "dim": ["over"], "axis": ["over"], "axes": ["over"], "numheads": ["heads"], "nheads": ["heads"],
    "weightdecay": ["weight_decay"], "rho": ["decay"], "eps": ["epsilon"], "alpha": ["slope", "decay"],
    "negativeslope": ["slope"], "usebias": ["bias"], "std": ["deviation"], "sep": ["delimiter"],
    "batchsize": ["batch"], "numepochs": ["epochs"], "maxepochs": ["epochs"], "iterations": ["steps"],
    "optim": ["optimizer"], "optimiser": ["optimizer"], "criterion": ["loss"], "earlystopping": ["stop"],
    "numclasses": ["classes"], "gradclip": ["clip"], "val": ["validation"], "valid": ["validation"],
    "outchannels": ["filters"], "channels": ["filters"], "numgroups": ["groups"], "scalefactor": ["factor"],
    "dilationrate": ["dilation"], "randomstate": ["seed"], "randomseed": ["seed"], "k": ["folds"],
  ]

  /// The setting that a foreign spelling stands for, if the declaration has it.
  static func settingAliasTable(for labels: [String]) -> [String: String] {
    var result: [String: String] = [:]
    for (alias, names) in settingAliases {
      if let name = names.first(where: labels.contains) { result[alias] = name }
    }
    return result
  }

  /// Names of types from elsewhere.
  static let typeNames = ["scalar", "class", "token", "bool", "text"]
  static let parameterTypeNames = ["Int", "Float", "Bool", "Layer", "Word"]
  static let typeAliases: [String: String] = [
    "float": "scalar", "float32": "scalar", "double": "scalar", "real": "scalar", "number": "scalar",
    "int": "Int", "integer": "Int", "boolean": "bool", "string": "text", "str": "text", "category": "class",
    "label": "class", "enum": "class", "module": "Layer",
  ]
}
