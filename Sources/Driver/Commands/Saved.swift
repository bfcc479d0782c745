import Checking
import Datasets
import Diagnostics
import Elaboration
import Execution
import Runs
import Tensors
import Training

/// A run folder opened again: its program, and a trainer with its weights.
struct SavedRun {
  let program: CheckedProgram
  let train: CheckedTrain
  let manifest: RunManifest
  let access: FileAccess
  let weights: Safetensors
  let weightsPath: String

  /// - Parameter needsData: whether the data of the run itself are read; else their summaries of then are enough.
  init(_ path: String, _ invocation: Invocation, _ console: Console, needsData: Bool) throws {
    guard isFolder(path) else {
      let isFile = fileSize(path) != nil
      throw FileFailure(
        path: path,
        reason: isFile ? "it is a file, not the folder that nnc run leaves" : "there is no such run folder")
    }
    guard fileSize(path + "/manifest.json") != nil else {
      throw FileFailure(path: path, reason: "it is no run folder: it holds no manifest.json")
    }
    let text = try readFile(path + "/manifest.json", limit: 1 << 24)
    guard let json = JSONReader.read(text), let manifest = RunManifest(json),
      let main = json["sources"]?.array?.first?.string
    else { throw FileFailure(path: path + "/manifest.json", reason: "it is no manifest of a run") }
    self.manifest = manifest
    var inner = invocation
    inner.values["set"] = manifest.constants
    if inner.values["data"] == nil, let folder = manifest.dataFolder { inner.values["data"] = [folder] }
    if manifest.allowsOutside { inner.values["allow-outside"] = [""] }
    let source = try readFile(path + "/" + main, limit: sourceLimit)
    let kept = needsData ? nil : try? readFile(path + "/" + RunFolder.summariesName, limit: 1 << 30)
    if !needsData, let folder = inner.value("data"), !isFolder(folder) { inner.values["data"] = nil }
    let compilation = try compile(
      path + "/" + main, bytes: source, inner, console: console, overriding: manifest.folder,
      summaries: kept.flatMap { SavedSummaries(decoding: $0) })
    guard let program = compilation.result.program else {
      report(compilation.result.diagnostics, sources: compilation.result.sources, inner, console: console)
      throw CommandFailure(code: .rejected)
    }
    self.program = program
    access = compilation.access
    train = try chosenTrain(program, invocation)
    let own = path + "/" + RunFolder.weightsName(train.name, isLast: train.name == program.trains.last?.name)
    weightsPath = invocation.value("weights") ?? own
    weights = try Safetensors(decoding: try readFile(weightsPath), path: weightsPath)
    if invocation.has("weights") { try requireConstants(of: own) }
  }

  /// The data files of the train block that are not what they were when the run was made.
  func changedFiles() throws -> [String] {
    let data = program.data[train.data]
    let sources = [data.source] + (data.split.testSource.map { [$0] } ?? [])
    return try sources.flatMap { source in
      try source.paths.values.sorted().filter { file in
        guard let before = manifest.hashes.first(where: { $0.path == file })?.hash else { return false }
        return try sourceHash(file, of: source, access) != before
      }
    }
  }

  /// Says that rows may be dealt in another way than for the training.
  func warnOfChanges(_ console: Console) throws {
    for file in try changedFiles() {
      console.tell(
        console.style("warning", .yellow)
          + ": \(file) has changed since the run; its rows are dealt anew, and test rows may have been trained on")
    }
  }

  /// The fold whose weights these are, from 0: a file of another fold than the first has its number in its name.
  var fold: Int {
    let parts = weightsPath.split(separator: "-fold-")
    guard parts.count > 1, let number = parts.last.flatMap({ Int($0.prefix { $0.isNumber }) }) else { return 0 }
    return max(number - 1, 0)
  }

  /// The data set of the train block and the rows of its fold, which is told of where there are several.
  func data(_ console: Console) throws -> (dataset: Dataset, split: SplitRows) {
    let data = program.data[train.data]
    if case .folds(let count) = data.split.method {
      console.tell("these are the rows and the weights of fold \(fold + 1) of \(count)")
    }
    return try loadData(data, access: access, fold: fold)
  }

  /// Refuses a file of weights that lacks constants of fitted transforms which the run's own file has.
  private func requireConstants(of own: String) throws {
    let sites = constantSites(in: try Safetensors(decoding: try readFile(own), path: own))
    for (site, names) in sites {
      for name in names where weights["\(site).\(name)"] == nil {
        throw FileFailure(path: weightsPath, reason: "it has no tensor \(site).\(name)")
      }
    }
  }

  /// The names of the constants by site.
  private func constantSites(in file: Safetensors) -> [String: [String]] {
    let prefixes = program.data.flatMap { data in data.fields.map { "\(data.name).\($0.name)." } }
    var sites: [String: [String]] = [:]
    for (name, _) in file.tensors {
      guard prefixes.contains(where: { name.hasPrefix($0) }), let dot = name.lastIndex(of: ".") else { continue }
      sites[String(name[..<dot]), default: []].append(String(name[name.index(after: dot)...]))
    }
    return sites
  }

  /// A trainer on a data set, with the run's constants and weights.
  func trainer(dataset: Dataset, split: SplitRows, options: TrainingOptions) throws -> Trainer {
    let store = ParameterStore()
    let trainer = try Trainer(
      program: program, train: train, dataset: dataset, split: split, store: store, options: options,
      fitted: constants)
    let used = trainer.layouts.values.filter { train.models.contains($0.model) || train.frozen.contains($0.model) }
    try WeightsFile.load(weights, path: weightsPath, layouts: used, into: store)
    for path in trainer.quantilePaths {
      guard let value = weights[path] else {
        throw FileFailure(path: weightsPath, reason: "it has no tensor \(path)")
      }
      try store.set(path, value)
    }
    return trainer
  }

  /// The constants of the fitted transforms by site (`Iris.x.standardize`); a constant's name has no dot.
  var constants: [String: [String: HostTensor]] {
    WeightsFile.constants(in: weights, sites: constantSites(in: weights).keys.sorted())
  }
}

/// The train block that `--train` names; the last one without it.
func chosenTrain(_ program: CheckedProgram, _ invocation: Invocation) throws -> CheckedTrain {
  guard let last = program.trains.last else { throw UsageError(message: "the program has no train block", hint: nil) }
  guard let name = invocation.value("train") else { return last }
  if let train = program.trains.first(where: { $0.name == name }) { return train }
  let near = closestName(to: name, among: program.trains.map(\.name))
  throw UsageError(
    message: "there is no train block \(name); there is \(program.trains.map(\.name).joined(separator: ", "))",
    hint: near.map { "did you mean \($0)?" })
}

func evalCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  do {
    let run = try SavedRun(invocation.arguments[0], invocation, console, needsData: true)
    try run.warnOfChanges(console)
    let (dataset, split) = try run.data(console)
    let trainer = try run.trainer(dataset: dataset, split: split, options: try trainingOptions(invocation))
    let name = invocation.value("split") ?? "test"
    let rows = name == "train" ? split.train : name == "validation" ? split.validation : split.test
    guard !rows.isEmpty else {
      console.fail("the \(name) split has no rows")
      return .rejected
    }
    let pass = try trainer.evaluate(rows: rows)
    if invocation.value("format") == "json" {
      console.print(Figures.line(train: run.train.name, epoch: nil, split: name, pass: pass))
    } else {
      console.print("\(name)  \(Figures.sentence(pass))\(Figures.trailingLoss(pass))")
    }
    return .fine
  } catch {
    return reportRunFailure(error, console: console)
  }
}

func predictCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  do {
    let run = try SavedRun(invocation.arguments[0], invocation, console, needsData: invocation.arguments.count < 2)
    let data = run.program.data[run.train.data]
    let dataset: Dataset
    var split: SplitRows
    if invocation.arguments.count > 1 {
      do {
        dataset = try predictionData(invocation.arguments[1], run, data)
      } catch let problem as Datasets.DataProblem {
        throw commandLineProblem(problem, mayName: false)
      }
      try requireValues(dataset, run, data, path: invocation.arguments[1], console)
      split = SplitRows(train: [], test: dataset.predictionRows(needed: neededColumns(run, data)))
      if split.test.isEmpty, dataset.rows > 0 {
        console.fail("\(invocation.arguments[1]) has too few rows for a window of the program")
        return .rejected
      }
    } else {
      try run.warnOfChanges(console)
      (dataset, split) = try run.data(console)
    }
    let trainer = try run.trainer(dataset: dataset, split: split, options: try trainingOptions(invocation))
    guard let predictions = try trainer.predict(rows: split.test) else {
      console.fail("the train block declares no outputs", hint: "add outputs: (name: value) to it")
      return .rejected
    }
    let text = PredictionsCSV.text(predictions)
    if let out = invocation.value("out") { try writeAtomically(Array(text.utf8), to: out) } else { console.write(text) }
    return .fine
  } catch {
    return reportRunFailure(error, console: console)
  }
}

/// The columns that the outputs need, from a file of any of the formats.
private func predictionData(_ path: String, _ run: SavedRun, _ data: CheckedData) throws -> Dataset {
  let lists = WeightsFile.categories(in: run.weights, data: data)
  let needed = neededColumns(run, data)
  if path.hasSuffix(".safetensors") || path.hasSuffix(".npy") {
    var tensors: [String: HostTensor] = [:]
    if path.hasSuffix(".npy") {
      tensors[baseName(path)] = try readNPY(path, FileAccess.commandLine())
    } else {
      for (name, value) in try Safetensors(decoding: try readFile(path), path: path).tensors { tensors[name] = value }
    }
    let dataset = try Dataset(tensors: tensors, data.columns, needed: needed, categories: lists, path: path)
    try requireShapes(dataset, data, path)
    return dataset
  }
  // A program of pictures, lines or a text takes such; lines and their classes may also stand in a table.
  let isTable = path.hasSuffix(".csv") || path.hasSuffix(".csv.gz") || path == "-"
  let ownKind = ["text", "images"].contains(data.source.kind) || (data.source.kind == "lines" && !isTable)
  var source = SourceDescription(
    kind: ownKind ? data.source.kind : "csv", paths: ["path": path],
    options: ownKind || data.source.kind == "csv" ? data.source.options : [:], span: data.source.span)
  source.condition = nil
  // Texts are read with lists of their own; the saved ones are the vocabularies.
  let read = zip(data.columns, lists).map { $0.tokens == nil ? $1 : nil }
  var dataset = try Dataset(reading: source, data.columns, needed: needed, categories: read, .commandLine())
  if data.source.kind == "text" { try requireKnownTokens(dataset, path) }
  try requireShapes(dataset, data, path)
  dataset.tokenizeTexts(data.columns, rows: [], saved: lists)
  return dataset
}

/// Refuses tensors of other sizes than the program's.
private func requireShapes(_ dataset: Dataset, _ data: CheckedData, _ path: String) throws {
  for (index, column) in dataset.columns.enumerated() where column.isPresent && column.role == .tensor {
    guard let wanted = data.tensorSizes(ofColumn: index) else { continue }
    let plain = { (sizes: [Int]) in Array(sizes.reversed().drop { $0 == 1 }.reversed()) }
    guard plain(column.shape) != plain(wanted) else { continue }
    throw Datasets.DataProblem(
      DataCodes.columnKind, path: path,
      reason: "\(column.name) is \(column.shape) in each row, where the program takes \(wanted)")
  }
}

/// Refuses a text with tokens that the training never saw: the model has no row for them.
private func requireKnownTokens(_ dataset: Dataset, _ path: String) throws {
  for column in dataset.columns where !column.unseen.isEmpty {
    let shown = column.unseen.prefix(5).map { shownValue($0.value) }.joined(separator: ", ")
    throw Datasets.DataProblem(
      DataCodes.columnKind, path: path,
      reason: "it holds \(shown)\(column.unseen.count > 5 ? " and others" : ""), which the training text does not have")
  }
}

/// The columns behind the inputs of the prediction graph.
private func neededColumns(_ run: SavedRun, _ data: CheckedData) -> Set<Int> {
  let raw = data.columns.map { use -> RawColumn in
    var shape: [Int] = []
    if case .range(let range)? = use.offsets { shape = [range.count] }
    if let tokens = use.tokens { shape = [tokens.length] }
    switch use.role {
    case .number: return RawColumn(dtype: .float32, shape: shape)
    case .category: return RawColumn(dtype: .int32, shape: shape)
    case .tensor: return RawColumn(dtype: .uint8, shape: shape)
    }
  }
  var layouts: [Int: ModelLayout] = [:]
  for (index, layer) in run.program.layers.enumerated() where layer.isModel {
    layouts[index] = run.program.layout(ofModel: index)
  }
  let elaborator = TrainElaborator(
    program: run.program, train: run.train, columns: raw, fitted: run.constants,
    materialized: Set(data.fields.map(\.name)), layouts: layouts)
  guard let prediction = elaborator.prediction() else { return [] }
  var columns: Set<Int> = []
  for node in prediction.graph.nodes {
    guard case .input(let name) = node.op else { continue }
    if name.hasPrefix("column "), let index = Int(name.dropFirst("column ".count)) { columns.insert(index) }
    guard name.hasPrefix("field ") else { continue }
    if let field = data.fields.first(where: { $0.name == name.dropFirst(6) }) {
      columns.formUnion(columnsRead(field.value))
    }
  }
  return columns
}

/// Refuses numbers that are missing where the program fills none, and tells of categories that the training never saw.
private func requireValues(
  _ dataset: Dataset, _ run: SavedRun, _ data: CheckedData, path: String, _ console: Console
) throws {
  let filled = data.fields.reduce(into: Set<Int>()) { $0.formUnion(columnsFilled($1.value)) }
  for index in neededColumns(run, data).sorted() {
    let column = dataset.columns[index]
    if column.missing > 0 && column.role == .number && !filled.contains(index) {
      console.fail(
        "\(path): the column \(column.name) lacks a value in \(column.missing) of \(dataset.rows) rows",
        hint: "fill it, or let the program fill it with impute and train again")
      throw CommandFailure(code: .rejected)
    }
    for unseen in column.unseen.prefix(3) {
      console.tell(
        console.style("warning", .yellow)
          + ": \(path): \(column.name) is \(printable(unseen.value)) in \(unseen.rows) row\(unseen.rows == 1 ? "" : "s")"
          + ", which the training never saw"
      )
    }
  }
}

/// The columns whose missing values a field fills.
private func columnsFilled(_ expression: CheckedExpression) -> Set<Int> {
  switch expression.kind {
  case .transform("impute", _, _, let inner): return columnsRead(inner)
  case .transform(_, _, _, let inner), .negate(let inner), .slice(let inner, _): return columnsFilled(inner)
  case .list(let elements): return elements.reduce(into: []) { $0.formUnion(columnsFilled($1)) }
  case .arithmetic(let first, let rest):
    return rest.reduce(into: columnsFilled(first)) { $0.formUnion(columnsFilled($1.1)) }
  case .call(let call): return call.inputs.compactMap { $0 }.reduce(into: []) { $0.formUnion(columnsFilled($1)) }
  default: return []
  }
}

/// The columns that a field reads.
private func columnsRead(_ expression: CheckedExpression) -> Set<Int> {
  switch expression.kind {
  case .column(let index): return [index]
  case .encode(let encoding): return [encoding.column]
  case .list(let elements): return elements.reduce(into: []) { $0.formUnion(columnsRead($1)) }
  case .arithmetic(let first, let rest):
    return rest.reduce(into: columnsRead(first)) { $0.formUnion(columnsRead($1.1)) }
  case .negate(let inner), .not(let inner), .slice(let inner, _), .member(let inner, _), .apply(_, let inner),
    .transform(_, _, _, let inner):
    return columnsRead(inner)
  case .call(let call): return call.inputs.compactMap { $0 }.reduce(into: []) { $0.formUnion(columnsRead($1)) }
  default: return []
  }
}
