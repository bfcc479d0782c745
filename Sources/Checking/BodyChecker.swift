import Datasets
import Declarations
import Diagnostics
import Syntax
import Tensors

/// What a name in a body stands for.
enum Local {
  case value(CheckedExpression.Kind, CheckedType)
  case number(Number)
  /// A truth value, a word, a text or a list of constants.
  case constant(CheckedConstant.Value)
  /// A `Bool` or a `Word` parameter of the enclosing layer.
  case setting(CheckedSetting)
  /// One instance of a layer, named by a `let`.
  case layer(CheckedLayerValue)
  /// A layer that the enclosing layer is given.
  case layerParameter
  /// A mistake of another place.
  case unknown
}

struct LocalEntry {
  var local: Local
  var span: Span
  /// What it is called in a warning that nothing uses it; nil where that is fine.
  var unusedKind: String?
  var isUsed = false
}

/// A requirement that the header of a layer does not state.
struct InferredRequirement {
  var fact: Fact
  /// As a `where` clause says it.
  var text: String
  var span: Span
  var reason: String
}

/// Checks one body: of a layer, a field, a train block, a step or a test. Names, facts about sizes, weight names and
/// the place of instances live here.
final class BodyChecker {
  enum Kind: Equatable {
    case layer(Int)
    case data(Int)
    case train
    case test
  }

  unowned let checker: Checker
  let file: FileScope
  let kind: Kind
  var scopes: [[String: LocalEntry]] = [[:]]
  /// Names that were reported to stand for nothing: one mistake, one error.
  var reportedNames: Set<String> = []
  /// Where the body's `let`s bind their names, for those that are used above.
  var bindingPlaces: [String: Span] = [:]
  /// The types of arguments that were tried before their calls are read, by their places.
  var triedTypes: [Span: TensorType?] = [:]
  /// Whether a diagnostic that mends the place as a whole was reported already.
  var isMendedAsAWhole = false
  var facts = Facts()
  /// Sizes that the enclosing layer's header binds; requirements over nothing else can be inferred.
  var parameters: Set<String> = []
  /// Sizes whose requirement to be at least something is taken for granted in the header: whole-number parameters.
  var wholeParameters: Set<String> = []
  var inferred: [InferredRequirement] = []
  /// What was known before the first of these.
  var factsBeforeInference = Facts()
  /// The greatest value of each length that differs from example to example.
  var varying: [String: Dimension] = [:]
  /// Sizes that must not differ from example to example, with the layer that would mix real positions with padding.
  var rigidLengths: [RigidLength: Mixing] = [:]
  var sites = SiteCounter()
  /// What layer parameters stand for while the body of an instance is checked again.
  var layerArguments: [String: (value: CheckedLayerValue, body: BodyChecker)] = [:]
  /// Layers that `let`s name, with the weights' shapes of their first application.
  var namedWeights: [String: (shapes: [[Dimension]], span: Span)] = [:]
  var namedLayers: [String: CheckedLayerValue] = [:]
  /// The shapes of every weight that the body makes, in the order of the places.
  var weightRecord: [[Dimension]] = []
  /// Whether it makes weights or keeps running statistics.
  var hasWeights = false
  /// The calls in the body that have weights to train, models apart: those may be trained elsewhere.
  var callsWithWeights: Set<Span> = []
  /// Whether a layer in it mixes the examples of a batch.
  var mixesExamples = false
  /// The shapes on the way in the current chain.
  var trail: [(name: String, type: CheckedType)] = []
  /// What the values of `let`s come from.
  var localRoots: [String: Set<String>] = [:]
  /// Sets of names whose values do not fit each other, which was reported.
  var suspects: Set<Set<String>> = []
  /// Where the axes come from of the value that flows into the layer being applied, of names, and of values by their
  /// places.
  var flow: [Span?] = []
  var localOrigins: [String: [Span?]] = [:]
  var expressionOrigins: [Span: [Span?]] = [:]
  /// The path of instances, innermost first.
  var frames: [String] = []
  /// Models that the body applies.
  var modelsUsed: Set<Int> = []
  /// The data set whose columns the names of a field are.
  var columns: ColumnScope?
  /// The declared type of the field that is being read.
  var fieldType: TensorType?
  /// Whether that was reported to be none.
  var isFieldTypeBroken = false
  /// The rows that columns are taken from inside an index, where not the row itself.
  var window: ColumnUse.Offsets?
  /// Whether a value of `samples` is being read.
  var isSampling = false
  /// How many examples a step of the train block sees, where that is written.
  var writtenBatch: Int?
  /// The data set whose fields a train block sees.
  var fieldsOf: Int?
  /// Weights are refused: a data block.
  var refusesWeights: Bool { if case .data = kind { true } else { false } }
  var isInScan = false
  /// What the sites of the layers written here begin with: `enc.` inside the chain that `let enc` names.
  var sitePrefix = ""
  /// The site of the next call, where its place has a name already.
  var forcedSite: String?
  /// The built-in call whose arguments are being sorted.
  var currentCall: Span?
  /// The combinator whose layers are being read.
  var template: String?
  /// Whether the layer of a template is nothing but one call.
  var isLoneInTemplate = false
  /// Layer values that shape rules name by handle.
  var handles: [CheckedLayerValue] = []
  /// Which copy of a `repeat` is being checked: `layer 3 of 4`.
  var repetition: String?
  /// Whether it puts the examples of a batch together.
  var mixesBatch = false
  /// The `let`s of a train block that depend on other examples of the batch.
  var batchLocals: Set<String> = []
  /// Whether values are written for one row at a time: `outputs` and `samples`.
  var isPerRow = false
  /// How many quantiles the outputs ask for.
  var quantiles = 0
  /// Whether the data of a train block is unknown, so that any name may be one of its fields.
  var isDataUnknown = false

  init(checker: Checker, file: FileScope, kind: Kind) {
    self.checker = checker
    self.file = file
    self.kind = kind
  }

  // MARK: Words

  func text(_ span: Span) -> String { excerpt(checker.sources.text(span)) }
  func describe(_ size: Dimension) -> String { facts.describe(size) }
  func text(_ type: CheckedType) -> String { type.text { text($0) } }
  func text(_ type: TensorType) -> String {
    type.shape.axes.allSatisfy { $0.size.constant != nil } ? type.text : facts.describe(type)
  }

  /// Notes the type of a place for editors.
  func annotate(_ span: Span, _ kind: TypeAnnotation.Kind, _ type: CheckedType) {
    checker.annotate(span, kind, type, describe: text)
  }

  /// Adds the path of instances and the shapes on the way.
  func report(_ diagnostic: Diagnostic, trail stage: String? = nil) {
    var result = diagnostic
    if result.context == nil, !frames.isEmpty { result.context = "in " + frames.joined(separator: " ← ") }
    if result.severity == .error, let span = result.primary?.span { result.notes += overrides(in: span) }
    if result.trail == nil, let stage, !trail.isEmpty {
      let steps = trail.map { $0.name.isEmpty ? text($0.type) : "\($0.name) \(text($0.type))" }
      result.trail = (steps + [stage]).joined(separator: " → ")
    }
    checker.report(result)
  }

  /// What `--set` made of the constants that a place names.
  private func overrides(in span: Span) -> [String] {
    guard !checker.options.constants.isEmpty, !checker.options.isTrial, span.end > span.start else { return [] }
    let words = checker.sources.text(span).split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    return checker.options.constants.filter { words.contains($0.name) }.map { name, value in
      "`--set \(name)=\(checker.sources.text(value.span))` gives this value"
    }
  }

  // MARK: Names

  /// What a name stands for, without counting as a use.
  func peek(_ name: String) -> Local? {
    for scope in scopes.reversed() {
      if let entry = scope[name], !isColumn(name) { return entry.local }
    }
    if let columns, let found = columns.peek(name) { return found }
    guard case .constant(let index)? = file.names[name] else {
      if case .unknown? = file.names[name] { return .unknown }
      return reportedNames.contains(name) ? .unknown : nil
    }
    return checker.constants[index].value.map(local(of:)) ?? .unknown
  }

  /// What a name stands for; counts as a use.
  func find(_ name: String) -> Local? {
    for index in scopes.indices.reversed() {
      guard let entry = scopes[index][name], !isColumn(name) else { continue }
      scopes[index][name]?.isUsed = true
      return entry.local
    }
    let found = peek(name)
    if file.names[name] != nil, columns?.peek(name) == nil { file.used.insert(name) }
    return found
  }

  /// In a data block a name is a column first.
  private func isColumn(_ name: String) -> Bool { columns?.isKnown(name) ?? false }

  private func local(of value: CheckedConstant.Value) -> Local {
    switch value {
    case .integer(let number): .number(.whole(Dimension(number)))
    case .real(let number): .number(.real(.literal(number)))
    default: .constant(value)
    }
  }

  /// Adds a name to the innermost scope; a name is bound once in a body.
  func bind(_ name: Name, _ local: Local, unusedKind: String? = nil) {
    if name.text.isEmpty { return }
    if let earlier = scopes.last?[name.text] {
      report(.duplicateName(name, earlier: earlier.span))
      scopes[scopes.count - 1][name.text]?.local = .unknown
      return
    }
    scopes[scopes.count - 1][name.text] = LocalEntry(local: local, span: name.span, unusedKind: unusedKind)
  }

  /// Names that can stand for a value here, for suggestions.
  var valueNames: [String] {
    scopes.flatMap(\.keys) + (columns?.names ?? [])
      + file.names.compactMap { entry in if case .constant = entry.value { entry.key } else { nil } }
  }

  var numberNames: [String] {
    valueNames.filter { if case .number? = peek($0) { true } else { false } }
  }

  /// Warns of what the innermost scope binds and nothing uses.
  func warnUnusedLocals() {
    for (name, entry) in scopes[scopes.count - 1].sorted(by: { $0.value.span.start < $1.value.span.start }) {
      guard let kind = entry.unusedKind, !entry.isUsed, !name.hasPrefix("_") else { continue }
      report(.unused(kind, Name(name, entry.span)))
    }
  }

  // MARK: Requirements

  /// Whether a fact holds for all sizes, as far as can be proven.
  func verdict(_ fact: Fact) -> Verdict {
    let (a, b) = fact.sides
    if a.isInvalid || b.isInvalid { return .unknown }
    // Clauses that exclude each other were reported, and anything follows from them.
    if facts.isContradictory { return .proven }
    return facts.prove(fact)
  }

  /// Takes an unproven requirement as one of the enclosing layer's header. False where it speaks of anything but the
  /// header's sizes.
  func infer(_ fact: Fact, at span: Span, reason: String) -> Bool {
    guard case .layer(let index) = kind, !checker.layers[index].declaration.isModel,
      fact.variables.isSubset(of: parameters), !fact.variables.isEmpty
    else { return false }
    if inferred.isEmpty { factsBeforeInference = facts }
    if !inferred.contains(where: { $0.fact == fact }) {
      inferred.append(InferredRequirement(fact: fact, text: facts.describe(fact), span: span, reason: reason))
    }
    facts.assume(fact)
    return true
  }

  /// The proof that a division of sizes is exact; false after a report.
  func requireExact(_ fact: Fact, _ dividend: Dimension, _ divisor: Dimension, _ span: Span) -> Bool {
    switch verdict(fact) {
    case .proven: return true
    case .refuted:
      report(.divisionNotExact(span, text(span), facts.describe(dividend), facts.describe(divisor)))
      return false
    case .unknown:
      if infer(fact, at: span, reason: "`\(text(span))` is a size") { return true }
      report(.divisionNotProven(span, text(span), facts.describe(dividend), facts.describe(divisor)))
      return false
    }
  }

  /// Whether two sizes are equal for all values.
  func areEqual(_ a: Dimension, _ b: Dimension) -> Bool { a == b || verdict(.equal(a, b)) == .proven }

  func areEqual(_ a: Axis, _ b: Axis) -> Bool {
    guard areEqual(a.size, b.size) else { return false }
    switch (a.limit, b.limit) {
    case (nil, nil): return true
    case (let x?, let y?): return areEqual(x, y)
    default: return false
    }
  }

  func areEqual(_ a: Shape, _ b: Shape) -> Bool {
    a.pack == b.pack && a.axes.count == b.axes.count && zip(a.axes, b.axes).allSatisfy { areEqual($0, $1) }
  }

  /// Lengths that differ from example to example here get their limits, others lose those of a header.
  func withLimits(_ type: CheckedType) -> CheckedType {
    switch type {
    case .unknown: return .unknown
    case .record(let fields): return .record(fields.map { CheckedFieldType($0.label, withLimits($0.type)) })
    case .tensor(var tensor):
      for index in tensor.shape.axes.indices {
        tensor.shape.axes[index].limit = tensor.shape.axes[index].size.variableName.flatMap { varying[$0] }
      }
      return .tensor(tensor)
    }
  }
}

/// A piece of source on one line, cut where it is long.
func excerpt(_ text: String) -> String {
  let line = text.split(whereSeparator: \.isNewline).map { $0.drop(while: { $0 == " " || $0 == "\t" }) }
    .joined(separator: " ")
  return line.count <= 60 ? line : String(line.prefix(57)) + "…"
}

/// Names the places of layers in a body: kind plus ordinal among its kind.
struct SiteCounter {
  private var counts: [[String: Int]] = [[:]]
  /// Names that `let`s take.
  var reserved: Set<String> = []

  mutating func next(_ kind: String) -> String {
    while true {
      let count = counts[counts.count - 1][kind, default: 0] + 1
      counts[counts.count - 1][kind] = count
      let site = count == 1 ? kind : "\(kind)_\(count)"
      if counts.count > 1 || !reserved.contains(site) { return site }
    }
  }
  mutating func enter() { counts.append([:]) }
  mutating func leave() { counts.removeLast() }
}
