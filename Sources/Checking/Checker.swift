import Datasets
import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

/// The most diagnostics that a check keeps: beyond that they help nobody.
private let diagnosticLimit = 1_000

/// One run of the checker over a file and its imports: the tables of what is declared, and what was found wrong.
final class Checker {
  var sources: SourceMap
  let options: CheckOptions
  var diagnostics: [Diagnostic] = []
  /// The file that is checked.
  private(set) var parsed: ParsedFile?
  var annotations: [TypeAnnotation] = []

  /// Files in the order of loading; the first is the one that was asked for.
  var files: [FileScope] = []
  var constants: [ConstantEntry] = []
  var layers: [LayerEntry] = []
  var data: [DataEntry] = []
  var trains: [CheckedTrain] = []
  var sweeps: [CheckedSweep] = []
  var tests: [CheckedTest] = []
  /// Models that some train block updates, or takes from saved weights, and those that the losses use.
  var trainedModels: Set<Int> = []
  var savedModels: Set<Int> = []
  var usedModels: [UsedModel] = []
  /// Layers that are being checked, outermost first, to notice one that uses itself.
  var layersInProgress: [Int] = []
  /// Whether layers use each other in rows too long to unfold.
  var layersNestTooDeep = false
  /// How many more bodies may be checked again with the layers that they are given.
  var instanceBudget = 2_000
  /// How often layers that a `let` names may still be applied: each that is made of others twice doubles them.
  var namedBudget = 100_000
  /// How deep such checks are nested.
  var instanceDepth = 0
  /// Where the name, settings and inputs of a written call stand, by the span of the call.
  var callPlaces: [Span: CallPlaces] = [:]
  /// Places that a diagnostic of the checker deals with as a whole; what the parser said inside is void.
  var absorbed: [Span] = []
  /// How many names were compared for suggestions.
  var comparisons = 0
  /// How many errors were left out because there are too many.
  private var leftOut = 0
  /// Declarations whose sizes hold a batch that is never written, which was reported: their mismatches follow from it.
  var batched: [Span] = []
  /// Warnings that an error explains, by their places.
  var explained: Set<Span> = []
  /// What was reported already: one mistake, one error.
  private var reported: Set<ReportKey> = []

  private var annotated: Set<AnnotationKey> = []

  private struct AnnotationKey: Hashable {
    var span: Span
    var kind: TypeAnnotation.Kind
  }

  private struct ReportKey: Hashable {
    var code: DiagnosticCode
    var span: Span?
    var message: String
  }

  init(sources: SourceMap, options: CheckOptions) {
    self.sources = sources
    self.options = options
  }

  var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

  func report(_ diagnostic: Diagnostic) {
    let isPlaced = diagnostic.primary != nil && diagnostic.severity == .error
    let key = ReportKey(
      code: diagnostic.code, span: diagnostic.primary?.span, message: isPlaced ? "" : diagnostic.message)
    guard reported.insert(key).inserted else { return }
    if diagnostics.count < diagnosticLimit {
      diagnostics.append(diagnostic)
    } else if diagnostic.severity == .error {
      leftOut += 1
    }
  }

  /// Takes back what was said of foreign names, and of sizes to work out, in a place that a diagnostic mends as a whole.
  func withdrawForeignNames(in place: Span) {
    diagnostics.removeAll { diagnostic in
      let isMended = [CheckingCodes.unknownLayer, CheckingCodes.sizeNotPositive].contains(diagnostic.code)
      guard isMended, let span = diagnostic.primary?.span else { return false }
      return span.file == place.file && place.start <= span.start && span.end <= place.end
    }
  }

  /// Forgets what was reported since, for a trial that must leave no trace.
  func quietly<T>(_ body: () -> T) -> T {
    let saved = (diagnostics, annotations, reported, leftOut, absorbed)
    defer { (diagnostics, annotations, reported, leftOut, absorbed) = saved }
    return body()
  }

  /// Notes the type of a place for editors, in the words that `describe` finds; the first at a place stays.
  func annotate(
    _ span: Span, _ kind: TypeAnnotation.Kind, _ type: CheckedType, describe: (CheckedType) -> String = { $0.text }
  ) {
    guard options.annotates, type != .unknown, !span.isEmpty,
      annotated.insert(AnnotationKey(span: span, kind: kind)).inserted
    else {
      return
    }
    annotations.append(TypeAnnotation(span: span, kind: kind, text: describe(type)))
  }

  /// The diagnostics in the order of their places, without the silenced warnings.
  func finishedDiagnostics() -> [Diagnostic] {
    let hasErrors = hasErrors
    // What looks unused in a broken program is often what the mistake was meant to use.
    let misread = misreadLines()
    let kept = diagnostics.filter { diagnostic in
      !isSilenced(diagnostic) && !(hasErrors && diagnostic.code == CheckingCodes.unused)
        && !isConsequence(diagnostic, misread)
    }
    var result = kept.enumerated().sorted { a, b in
      guard let x = a.element.primary?.span, let y = b.element.primary?.span else {
        return a.element.primary == nil && b.element.primary == nil ? a.offset < b.offset : a.element.primary == nil
      }
      if x.file != y.file { return x.file < y.file }
      return x.start == y.start ? a.offset < b.offset : x.start < y.start
    }.map(\.element)
    if leftOut > 0, !result.isEmpty { result[result.count - 1].notes.append("\(leftOut) more are not shown") }
    return result
  }

  private struct Line: Hashable {
    var file: FileID
    var line: Int
  }

  private func line(of span: Span) -> Line {
    Line(file: span.file, line: sources[span.file].lineIndex(at: Int(span.start)))
  }

  private static let syntaxCodes = Set(SyntaxCodes.all)

  /// Lines that the parser could not make sense of.
  private func misreadLines() -> Set<Line> {
    var result: Set<Line> = []
    for diagnostic in diagnostics where SyntaxCodes.misleading.contains(diagnostic.code) {
      if let span = diagnostic.primary?.span, !isAbsorbed(span) { result.insert(line(of: span)) }
    }
    return result
  }

  private func isAbsorbed(_ span: Span) -> Bool {
    absorbed.contains { $0.file == span.file && $0.start <= span.start && span.end <= $0.end }
  }

  /// Whether another diagnostic accounts for this one.
  private func isConsequence(_ diagnostic: Diagnostic, _ misread: Set<Line>) -> Bool {
    guard let span = diagnostic.primary?.span else { return false }
    if Checker.syntaxCodes.contains(diagnostic.code) { return isAbsorbed(span) }
    if diagnostic.severity == .warning, explained.contains(span) { return true }
    let mismatches = [CheckingCodes.result, CheckingCodes.inputShape, CheckingCodes.layerRefuses]
    let isBatched = batched.contains { $0.file == span.file && $0.start <= span.start && span.end <= $0.end }
    if isBatched, mismatches.contains(diagnostic.code) { return true }
    return misread.contains(line(of: span))
  }

  /// Whether a comment on the line of a warning, or on the line above, allows it.
  private func isSilenced(_ diagnostic: Diagnostic) -> Bool {
    guard diagnostic.severity == .warning, let span = diagnostic.primary?.span else { return false }
    guard let file = files.first(where: { $0.unit.file == span.file }) else { return false }
    if file.unit.allowances.isEmpty { return false }
    let line = sources[span.file].lineIndex(at: Int(span.start))
    return file.unit.allowances.contains { allowance in
      (allowance.line == line || allowance.line == line - 1)
        && allowance.names.contains { $0.text == diagnostic.code.name }
    }
  }

  /// `gpt.nnet:21`
  func place(_ span: Span) -> String {
    let file = sources[span.file]
    return "\(file.path):\(file.position(at: Int(span.start)).line)"
  }

  func run(_ parsed: ParsedFile) {
    self.parsed = parsed
    load(parsed)
    if parsed.diagnostics.contains(where: { SyntaxCodes.unreadable.contains($0.code) }) { return }
    orderAndCheckConstants()
    collectSignatures()
    checkAllLayers()
    if !layersNestTooDeep { checkUnfolding() }
    for file in files { checkData(of: file) }
    guard let root = files.first else { return }
    checkTrains(of: root)
    if options.isTrial { return }
    warnUntrained()
    checkSweeps(of: root)
    checkTests(of: root)
    checkLengths()
    warnUnused(in: root)
    for case .sweep(let declaration) in root.unit.declarations { checkTrials(declaration) }
  }

  func program() -> CheckedProgram {
    CheckedProgram(
      sources: sources, constants: constants.compactMap(\.checked), data: data.compactMap(\.checked),
      layers: layers.compactMap(\.checked), trains: trains, sweeps: sweeps, tests: tests)
  }
}

/// Where the parts of a written call stand.
struct CallPlaces {
  var name: Span
  var settings: [String: Span] = [:]
  var inputs: [Int: Span] = [:]
}
