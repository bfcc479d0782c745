import Datasets
import Declarations
import Diagnostics
import Syntax
import Tensors

/// Why an imported file cannot be had.
package struct ImportProblem: Error, Sendable {
  /// One sentence without a full stop: "there is no file `blocks.nnet` beside this one".
  package var message: String
  /// A path that exists and was probably meant.
  package var suggestion: String?
  package init(_ message: String, suggestion: String? = nil) {
    self.message = message
    self.suggestion = suggestion
  }
}

/// An imported file as the caller reads it: the path that names it uniquely, and its bytes.
package struct ImportedFile: Sendable {
  package var path: String
  package var bytes: [UInt8]
  package init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }
}

/// What a check may ask of its caller; the checker itself opens nothing.
package struct CheckOptions {
  /// `--set name=value`, parsed.
  package var constants: [(name: String, value: Expression)]
  /// The summary of a source; nil for `--no-data`, which leaves the types of columns unknown.
  package var summary: ((SourceDescription) -> Result<DataSummary, DataProblem>)?
  /// What is wrong with texts of a source, and of its test source, that share a length; nil where data are not read.
  package var lengthProblem: ((SourceDescription, SourceDescription?, [ColumnUse]) -> DataProblem?)?
  /// Whether the types of places are noted for editors, which takes as long as the check itself.
  package var annotates = true
  /// Whether constants are those of a trial of a sweep, whose program is checked for errors alone.
  var isTrial = false
  /// Reads an import by its path as written and the path of the file that asks; nil where there are no files.
  package var load: ((_ path: String, _ from: String) -> Result<ImportedFile, ImportProblem>)?
  /// The shapes of the tensors in a saved run or weights file, by name; nil where saved weights are not looked at.
  package var saved: ((_ path: String) -> Result<[String: [Int]], ImportProblem>)?

  package init(
    constants: [(name: String, value: Expression)] = [],
    summary: ((SourceDescription) -> Result<DataSummary, DataProblem>)? = nil,
    load: ((_ path: String, _ from: String) -> Result<ImportedFile, ImportProblem>)? = nil,
    saved: ((_ path: String) -> Result<[String: [Int]], ImportProblem>)? = nil
  ) {
    self.constants = constants
    self.summary = summary
    self.load = load
    self.saved = saved
  }
}

/// What an editor shows at a place: the shape after a stage, the type of a name.
package struct TypeAnnotation: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// The type after a `->` stage; the span is the stage's.
    case stage
    /// The type of a `let`, a field or an input; the span is the name's.
    case binding
    /// The type of a name or an expression where it is used.
    case use
  }
  package var span: Span
  package var kind: Kind
  /// In the language: `[26, 26, 32]`, `class(10)`.
  package var text: String
}

package struct CheckResult {
  /// Nil if there is any error.
  package var program: CheckedProgram?
  /// Of every phase up to checking, imported files included, in the order of the places.
  package var diagnostics: [Diagnostic]
  package var annotations: [TypeAnnotation]
  /// The sources given, and what was imported.
  package var sources: SourceMap
}

/// Checks one parsed file and what it imports: names, types, shapes, settings, data, training.
///
/// Never fails on a broken tree: what is missing is unknown, and unknown absorbs what depends on it.
package func check(
  _ parsed: ParsedFile, in sources: SourceMap, options: CheckOptions = CheckOptions()
) -> CheckResult {
  let checker = Checker(sources: sources, options: options)
  checker.run(parsed)
  if !checker.hasErrors, let place = checker.undetermined().first {
    checker.report(.dataNeeded(place))
  }
  let diagnostics = checker.finishedDiagnostics()
  let hasErrors = diagnostics.contains { $0.severity == .error }
  return CheckResult(
    program: hasErrors ? nil : checker.program(), diagnostics: diagnostics, annotations: checker.annotations,
    sources: checker.sources)
}
