import Checking
import Datasets
import Diagnostics
import Elaboration
import Runs
import Syntax

/// One file, read and checked the way the command line says.
struct Compilation {
  var path: String
  var result: CheckResult
  var access: FileAccess
  /// The summaries that were read.
  var summaries: SavedSummaries

  var errors: [Diagnostic] { result.diagnostics.filter { $0.severity == .error } }
}

/// Why a command cannot go on; it has been reported.
struct CommandFailure: Error {
  var code: ExitCode
}

/// A source larger than this is no program.
let sourceLimit = 64 << 20

/// Reads a file, or standard input for `-`.
func readSource(_ path: String, console: Console) throws(CommandFailure) -> [UInt8] {
  do {
    if path == "-" { return try FileAccess.commandLine().read("-", limit: sourceLimit) }
    return try readFile(path, limit: sourceLimit)
  } catch let failure as FileFailure {
    console.fail("\(failure.path) cannot be read: \(failure.reason)", hint: nearbySource(path))
  } catch let problem as Datasets.DataProblem {
    console.fail(problem.diagnostic().message)
  } catch {
    console.fail("\(path) cannot be read")
  }
  throw CommandFailure(code: .usage)
}

/// `did you mean iris.nnet?` for a path that does not exist.
private func nearbySource(_ path: String) -> String? {
  let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  let name = path.split(separator: "/").last.map(String.init) ?? path
  let names = namesInFolder(folder).filter { $0.hasSuffix(".nnet") && $0 != name }
  return closestName(to: name, among: names).map { near in
    "did you mean \(folder == "." ? near : folder + "/" + near)?"
  }
}

/// Reads and checks a file.
func compile(
  _ path: String, _ invocation: Invocation, console: Console, overriding folder: String? = nil
) throws(CommandFailure) -> Compilation {
  let bytes = try readSource(path, console: console)
  return try compile(path, bytes: bytes, invocation, console: console, overriding: folder)
}

/// The columns whose values are classes or tokens, of every source of a program.
private func classColumns(of program: CheckedProgram) -> [(source: SourceDescription, keys: [ColumnUse.Key])] {
  program.data.flatMap { data in
    let keys = data.takenColumns.map { data.columns[$0] }.filter { $0.role == .category && $0.tokens == nil }
    return ([data.source] + (data.split.testSource.map { [$0] } ?? [])).map { ($0, keys.map(\.key)) }
  }
}

/// Checks a source text; data and imports are looked up beside it.
func compile(
  _ path: String, bytes: [UInt8], _ invocation: Invocation, console: Console, overriding folder: String? = nil,
  summaries: SavedSummaries? = nil
) throws(CommandFailure) -> Compilation {
  if let folder = invocation.value("data"), !isFolder(folder) {
    console.fail("--data \(folder): there is no such folder")
    throw CommandFailure(code: .usage)
  }
  var sources = SourceMap()
  let id = sources.add(path: path == "-" ? "standard input" : path, bytes: bytes)
  let parsed = parse(sources[id])
  let ownFolder = folder ?? (path == "-" ? "." : parentFolder(path))
  let access = FileAccess(
    folder: ownFolder, dataFolder: invocation.value("data"), allowOutside: invocation.has("allow-outside"))
  var options = CheckOptions()
  options.annotates = false
  for text in invocation.values["set"] ?? [] {
    let setting = try constantSetting(text, sources: &sources, console: console)
    if options.constants.contains(where: { $0.name == setting.name }) {
      console.fail("--set \(setting.name) is given twice")
      throw CommandFailure(code: .usage)
    }
    options.constants.append(setting)
  }
  let reader = SummaryReader(access: access, saved: summaries)
  if !invocation.has("no-data") {
    options.summary = reader.read
    options.lengthProblem = { Dataset.lengthProblem($0, testSource: $1, $2, access) }
  }
  options.load = { path, importer in loadImport(path, from: importer, root: ownFolder, access: access) }
  // A run folder has weights of its own, and needs those it started from no more.
  if folder == nil, !invocation.has("no-data") { options.saved = { path in savedShapes(path, access) } }
  var result = check(parsed, in: sources, options: options)
  if options.saved != nil, let program = result.program {
    result.diagnostics += program.startProblems { try? savedShapes($0, access).get() }
    if result.diagnostics.contains(where: { $0.severity == .error }) { result.program = nil }
  }
  var summaries = reader.found
  if let program = result.program { summaries.keepTexts(of: classColumns(of: program)) }
  return Compilation(path: path, result: result, access: access, summaries: summaries)
}

/// The tensors of a saved run as the checker sees them.
private func savedShapes(_ path: String, _ access: FileAccess) -> Result<[String: [Int]], ImportProblem> {
  do {
    return .success(StartingWeights.shapes(in: try StartingWeights.read(path, access)))
  } catch let problem as Datasets.DataProblem {
    let message = problem.diagnostic().message
    return .failure(
      ImportProblem(problem.code == DataCodes.missingFile ? "there are no weights in `\(path)`" : message))
  } catch let failure as FileFailure {
    return .failure(ImportProblem(failure.description))
  } catch {
    return .failure(ImportProblem("`\(path)` cannot be read"))
  }
}

/// `width=32` as a constant's new value.
private func constantSetting(
  _ text: String, sources: inout SourceMap, console: Console
) throws(CommandFailure) -> (name: String, value: Expression) {
  if let equals = text.firstIndex(of: "=") {
    let name = String(text[..<equals]).trimmingSpaces()
    let value = String(text[text.index(after: equals)...])
    let id = sources.add(path: "--set \(name)", bytes: Array("let \(name) = \(value)\n".utf8))
    let parsed = parse(sources[id])
    if parsed.diagnostics.isEmpty, parsed.unit.declarations.count == 1,
      case .constant(let binding) = parsed.unit.declarations[0]
    {
      return (name, binding.value)
    }
  }
  console.fail("--set takes name=value with a number, a word or a list; not \(text)")
  throw CommandFailure(code: .usage)
}

private func loadImport(
  _ path: String, from importer: String, root: String, access: FileAccess
) -> Result<ImportedFile, ImportProblem> {
  var local = access
  let folder = importer == "standard input" ? root : parentFolder(importer)
  local.folder = folder
  local.dataFolder = nil
  do throws(Datasets.DataProblem) {
    let bytes = try local.read(path, limit: sourceLimit)
    return .success(ImportedFile(path: folder == "." ? path : folder + "/" + path, bytes: bytes))
  } catch {
    let near = closestName(to: path, among: namesInFolder(folder).filter { $0.hasSuffix(".nnet") })
    return .failure(ImportProblem(error.diagnostic().message, suggestion: near))
  }
}

/// Prints what checking found, in the chosen format; human on standard error, others on standard output.
func report(_ diagnostics: [Diagnostic], sources: SourceMap, _ invocation: Invocation, console: Console) {
  let format = invocation.value("format").flatMap(DiagnosticFormat.init(rawValue:)) ?? .human
  let text = format.render(diagnostics, sources: sources, style: console.style)
  guard !text.isEmpty else { return }
  if format == .json, let document = console.document { return document.add(rendered: text) }
  if format == .human { console.tellRaw(text) } else { console.write(text) }
}

/// Compiles, reports, and gives the program where there is no error.
func checkedProgram(
  _ path: String, _ invocation: Invocation, console: Console
) throws(CommandFailure) -> (program: CheckedProgram, compilation: Compilation) {
  let compilation = try compile(path, invocation, console: console)
  report(compilation.result.diagnostics, sources: compilation.result.sources, invocation, console: console)
  guard let program = compilation.result.program else {
    if invocation.value("format") ?? "human" == "human" { console.tell(errorCount(compilation.errors.count, path)) }
    throw CommandFailure(code: .rejected)
  }
  return (program, compilation)
}

func errorCount(_ count: Int, _ path: String) -> String { "\(path): \(count) error\(count == 1 ? "" : "s")" }

func parentFolder(_ path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

extension String {
  func trimmingSpaces() -> String {
    let part = drop { $0 == " " || $0 == "\t" }
    return String(part.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
  }
}
