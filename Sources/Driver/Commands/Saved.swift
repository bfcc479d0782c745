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
  /// The constants of the fitted transforms by site (`Iris.x.standardize`).
  let constants: [String: [String: HostTensor]]
  /// The metadata of the weights that the run itself wrote.
  let ownMetadata: [String: String]

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
    let manifest = try RunManifest(ofRun: path)
    let main = manifest.sourceNames[0]
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
    let bytes = try readFile(weightsPath)
    if !invocation.has("weights") { try manifest.requireUnchanged(bytes, name: baseName(own), path: own) }
    var file = try Safetensors(decoding: bytes, path: weightsPath)
    let sites = Self.constants(of: train, in: program)
    var metadata = file.metadata
    if invocation.has("weights"), fileSize(own) != nil {
      let known = try Safetensors(decoding: try readFile(own), path: own)
      metadata = known.metadata
      let prefix = "outputs \(train.name) "
      let quantiles = known.tensors.map(\.name).filter { $0.hasPrefix(prefix) }
      file = WeightsFile.completed(file, by: known, sites: sites.map(\.site), quantiles: quantiles)
    }
    weights = file
    ownMetadata = metadata
    constants = try WeightsFile.constants(in: file, sites: sites, path: weightsPath)
    let spoilt = WeightsFile.notFinite(in: file)
    if let first = spoilt.first {
      let others = spoilt.count > 1 ? ", and \(spoilt.count - 1) other tensors do" : ""
      console.tell(
        console.style("warning", .yellow) + ": \(weightsPath): \(printable(first)) holds NaN or infinities\(others)")
    }
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

  /// The constants of the fitted transforms that the train block's data have, with their shapes.
  private static func constants(
    of train: CheckedTrain, in program: CheckedProgram
  ) -> [(site: String, constants: [(name: String, shape: [Int]?)])] {
    let elaborator = TrainElaborator(
      program: program, train: train, columns: [], fitted: [:], materialized: [], layouts: [:])
    return elaborator.transformSites.map { ($0.site, elaborator.constants(of: $0)) }
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
        throw FileFailure(path: weightsPath, reason: "it has no tensor \(path)", isOfContents: true)
      }
      try store.set(path, value)
    }
    return trainer
  }

  /// The list of categories of each column, nil for columns of other kinds.
  func categories() throws(FileFailure) -> [CategoryList?] {
    try WeightsFile.categories(in: weights, own: ownMetadata, data: program.data[train.data], path: weightsPath)
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
    if let out = invocation.value("out"), invocation.arguments.count > 1,
      absolutePath(invocation.arguments[1]) == absolutePath(out)
    {
      throw UsageError(
        message: "--out \(out) is the file that is read, and would be lost",
        hint: "name another file, as in --out new.csv")
    }
    let run = try SavedRun(invocation.arguments[0], invocation, console, needsData: invocation.arguments.count < 2)
    let data = run.program.data[run.train.data]
    let dataset: Dataset
    var split: SplitRows
    if invocation.arguments.count > 1 {
      do {
        let needed = neededColumns(run, data)
        dataset = try predictionData(invocation.arguments[1], run, data, needed)
        try requireSizes(dataset, data, path: invocation.arguments[1])
        try requireValues(dataset, run, data, needed: needed, path: invocation.arguments[1], console)
      } catch let problem as Datasets.DataProblem {
        throw commandLineProblem(problem, mayName: false)
      }
      split = SplitRows(train: [], test: dataset.predictionRows(needed: neededColumns(run, data)))
      if split.test.isEmpty, dataset.rows > 0 {
        console.fail("\(invocation.arguments[1]) has too few rows for a window of the program")
        return .rejected
      }
    } else {
      try run.warnOfChanges(console)
      (dataset, split) = try run.data(console)
      if split.test.isEmpty {
        console.fail("the test split has no rows", hint: "name a file of rows: nnc predict RUN new.csv")
        return .rejected
      }
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
private func predictionData(
  _ path: String, _ run: SavedRun, _ data: CheckedData, _ needed: Set<Int>
) throws -> Dataset {
  let lists = try run.categories()
  let precise = WeightsFile.precise(in: run.weights, data: data)
  let input = try PredictionInput(path)
  let path = input.path
  if input.format != .text {
    var tensors: [String: HostTensor] = [:]
    if input.format == .npy {
      tensors[baseName(path)] = try readNPY(path, input.access)
    } else {
      let bytes = try input.bytes ?? readFile(path)
      for (name, value) in try Safetensors(decoding: bytes, path: path).tensors { tensors[name] = value }
      try requireNames(Array(tensors.keys), data, needed: needed, path: path)
    }
    return try Dataset(
      tensors: tensors, data.columns, needed: needed, categories: lists, precise: precise, path: path)
  }
  // A program of pictures, lines or a text takes such; lines and their classes may also stand in a table.
  let isTable = path.hasSuffix(".csv") || path.hasSuffix(".csv.gz") || input.bytes != nil
  let ownKind = ["text", "images"].contains(data.source.kind) || (data.source.kind == "lines" && !isTable)
  var source = SourceDescription(
    kind: ownKind ? data.source.kind : "csv", paths: ["path": path],
    options: ownKind || data.source.kind == "csv" ? data.source.options : [:], span: data.source.span)
  source.condition = nil
  // Texts are read with lists of their own; the saved ones are the vocabularies.
  let read = zip(data.columns, lists).map { $0.tokens == nil ? $1 : nil }
  var dataset = try Dataset(
    reading: source, data.columns, needed: needed, categories: read,
    precise: precise, input.access)
  if data.source.kind == "text" { try requireKnownTokens(dataset, path) }
  dataset.tokenizeTexts(data.columns, rows: [], saved: lists)
  try dataset.requireEqualLengths(data.columns)
  for (index, value) in WeightsFile.imputed(in: run.weights, data: data) { dataset.impute(index, with: value) }
  return dataset
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
