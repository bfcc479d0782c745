import Checking
import Datasets
import Diagnostics
import Elaboration
import Execution
import Lowering
import Runs
import Tensors
import Training

func runCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  do {
    return try RunSession(invocation, console).run()
  } catch let failure as CommandFailure {
    return failure.code
  } catch let problem as UsageError {
    return reportUsage(problem, words: ["run"], console: console)
  } catch {
    return reportRunFailure(error, console: console)
  }
}

/// The exit code of an error that stopped a run, after it has been told.
func reportRunFailure(_ error: any Error, console: Console) -> ExitCode {
  switch error {
  case let failure as CommandFailure: return failure.code
  case let problem as UsageError: return reportUsage(problem, words: [], console: console)
  case let failure as FileFailure:
    console.fail(failure.description)
    return failure.isOfContents ? .rejected : .usage
  case let problem as Datasets.DataProblem:
    console.tellRaw(HumanRenderer(sources: SourceMap(), style: console.style).render(problem.diagnostic()))
    console.document?.add(
      rendered: DiagnosticFormat.json.render([problem.diagnostic()], sources: SourceMap(), style: console.style))
    return .rejected
  case let problem as LoweringError:
    console.fail(problem.description)
    return .rejected
  case let problem as ExecutionError:
    console.fail(problem.description)
    return .rejected
  case let failure as TrainingFailure:
    console.fail(failure.description)
    if let hint = failure.hint { console.tell(console.style("note", .cyan) + ": " + printable(hint)) }
    switch failure {
    case .noRows, .unknownStart, .emptyStart: return .rejected
    case .notFinite: return .failed
    }
  default:
    console.fail("\(error)")
    return .failed
  }
}

/// One `nnc run`: the train blocks of a file in order, into one run folder.
struct RunSession {
  private let invocation: Invocation
  private let console: Console
  private let program: CheckedProgram
  private let compilation: Compilation
  private let options: TrainingOptions
  /// The run that goes on, where one does.
  private let resumed: ResumedRun?

  init(_ given: Invocation, _ console: Console) throws {
    if given.has("resume"), given.has("out") {
      throw UsageError(message: "--resume goes on in the run's own folder, and takes no --out", hint: nil)
    }
    _ = try trainingOptions(given)
    resumed = try given.value("resume").map { try ResumedRun($0) }
    let invocation = resumed?.completed(given) ?? given
    self.invocation = invocation
    self.console = console
    options = try trainingOptions(invocation)
    (program, compilation) = try checkedProgram(invocation.arguments[0], invocation, console: console)
  }

  func run() throws -> ExitCode {
    guard !program.trains.isEmpty else {
      console.fail("\(compilation.path) has no train block", hint: "nnc check FILE checks it; nnc help run tells more")
      return .rejected
    }
    watchStopSignals()
    let manifest = try runManifest(invocation, compilation, program, options)
    try resumed?.requireSame(manifest, console)
    let folder = try runFolder(manifest)
    var printer = RunPrinter(
      console: console, isQuiet: invocation.has("quiet"), tellsResults: invocation.value("format") == "json")
    var isFinished = false
    defer { if !isFinished { folder.removeIfEmpty() } }
    if resumed == nil {
      try folder.begin(
        manifest: manifest, sources: program.sources,
        program: programWithDefaults(program, overrides(invocation, options)))
      takeAwayAtOnce(folder.beginnings)
      try folder.write(summaries: compilation.summaries)
    }
    let sequence = TrainingSequence(program: program, access: compilation.access, options: options)
    let last = program.trains.count - 1
    let folds = sequence.folds(through: last)
    var figures = resumed?.checkpoint.figures ?? [:]
    var isInterrupted = false
    for fold in 0..<folds where !isInterrupted && fold >= resumed?.checkpoint.fold ?? 0 {
      if folds > 1 { printer.began(fold: fold + 1, of: folds) }
      isInterrupted = try trainAll(sequence, fold: fold, of: folds, folder, &printer, &figures)
    }
    if folds > 1 && !isInterrupted {
      for train in program.trains {
        guard let own = figures[train.name] else { continue }
        printer.summarize(own, of: folds)
        folder.append(own.line(train: train.name))
      }
    }
    try folder.finish(keepsCheckpoint: isInterrupted)
    isFinished = true
    printer.saved(folder.path)
    if invocation.value("format") == "json" {
      console.print(JSON.object([("folder", .string(folder.path)), ("results", .array(folder.results))]).text())
    }
    if isInterrupted {
      console.tell("interrupted; the weights as they were are in \(folder.path)")
      console.tell("nnc run \(compilation.path) --resume \(folder.path) goes on")
      return ExitCode(stoppedBy: receivedStopSignal() ?? 2)
    }
    return .fine
  }

  /// A new folder, or that of the run that goes on.
  private func runFolder(_ manifest: RunManifest) throws -> RunFolder {
    guard let resumed else { return try RunFolder(at: invocation.value("out"), name: baseName(compilation.path)) }
    return try RunFolder(resuming: resumed.path, manifest: resumed.manifest, at: resumed.checkpoint)
  }

  /// All train blocks on one fold; true where they were interrupted.
  private func trainAll(
    _ sequence: TrainingSequence, fold: Int, of folds: Int, _ folder: RunFolder, _ printer: inout RunPrinter,
    _ figures: inout [String: FoldFigures]
  ) throws -> Bool {
    let number = folds > 1 ? fold + 1 : nil
    let checkpoint = resumed.flatMap { $0.checkpoint.fold == fold ? $0.checkpoint : nil }
    let first = checkpoint.map { program.trains[$0.block].name }
    var plans = checkpoint == nil ? "" : folder.plan
    var keeper = CheckpointWriter(folder: folder, fold: fold)
    var screen = printer
    var own = figures
    var samples = SampleWriter(folder: folder)
    var observer = TrainingSequence.Observer()
    observer.shouldStop = { wasAskedToStop() }
    observer.keep = { block, moment, make in try keeper.keep(block, moment, own, make) }
    observer.loaded = { data, dataset, split in screen.describe(data, dataset, split) }
    observer.prepared = { trainer in
      if fold == 0 { screen.describe(trainer) }
      guard fold == 0, trainer.train.name != first else { return }
      plans += (plans.isEmpty ? "" : "\n") + planText(try trainer.plans())
      try folder.write(plan: plans)
    }
    observer.started = { screen.started($0, from: $1) }
    observer.event = { event, trainer in
      screen.observe(event)
      guard case .epoch(let epoch) = event else { return }
      folder.log(epoch, train: trainer.train.name, fold: number)
      samples.writeNowAndThen(trainer, suffix: suffix(trainer, fold))
    }
    observer.finished = { trainer, result in
      let name = trainer.train.name
      screen.finish(result)
      folder.log(result, train: name, fold: number)
      if let pass = result.test ?? result.validation { own[name, default: FoldFigures()].add(pass) }
      let isLast = name == program.trains.last?.name
      try folder.write(weights: WeightsFile.make(from: trainer), isLast: isLast, train: name, fold: fold)
      if !trainer.split.test.isEmpty, let predictions = try trainer.predict(rows: trainer.split.test) {
        try folder.write(predictions: PredictionsCSV.text(predictions), isLast: isLast, train: name, fold: fold)
      }
      try samples.write(trainer, suffix: suffix(trainer, fold))
      let texts = try trainer.texts()
      if fold == 0, !texts.isEmpty {
        let written = texts.map { texts.count > 1 ? "# \($0.label)\n\($0.text)\n" : $0.text + "\n" }
        try folder.write(samples: written.joined(separator: "\n"), isLast: isLast, train: name)
        for sample in texts { screen.show(sample: sample.text, label: sample.label) }
      }
    }
    defer { (printer, figures) = (screen, own) }
    return try sequence.run(through: program.trains.count - 1, fold: fold, from: checkpoint, observer: observer)
  }

  private func suffix(_ trainer: Trainer, _ fold: Int) -> String {
    RunFolder.suffix(trainer.train.name, isLast: trainer.train.name == program.trains.last?.name, fold: fold)
  }
}

/// Keeps the checkpoint in a run folder up to date.
private struct CheckpointWriter {
  let folder: RunFolder
  let fold: Int
  private var last = ContinuousClock.now
  private var cost = Duration.zero

  init(folder: RunFolder, fold: Int) {
    self.folder = folder
    self.fold = fold
  }

  /// Writes one where the last is a while ago: after a second at least, and so that writing takes a twentieth of the
  /// time at most. Going on from any of them gives the same bits. An interruption is always kept.
  mutating func keep(
    _ block: Int, _ moment: TrainingCheckpoint.Moment, _ figures: [String: FoldFigures],
    _ make: () -> TrainingCheckpoint
  ) throws {
    let pause = moment == .underway ? Duration.seconds(30) : .seconds(1)
    let start = ContinuousClock.now
    guard moment == .interruption || start - last > max(pause, cost * 20) else { return }
    try folder.write(
      RunCheckpoint(
        block: block, fold: fold, training: make(), lines: folder.lines, figures: figures, results: folder.results))
    last = .now
    cost = last - start
  }
}

/// Keeps the samples in a run folder up to date.
private struct SampleWriter {
  let folder: RunFolder
  private var last = ContinuousClock.now
  init(folder: RunFolder) { self.folder = folder }

  func write(_ trainer: Trainer, suffix: String) throws {
    guard let samples = try trainer.sample() else { return }
    for (name, bytes) in SampleFiles.make(samples, suffix: suffix) { try folder.write(bytes, as: name) }
  }

  /// Writes them where the last time was a while ago; a folder that cannot be written to is told of at the end.
  mutating func writeNowAndThen(_ trainer: Trainer, suffix: String) {
    guard ContinuousClock.now - last > .seconds(10) else { return }
    last = .now
    try? write(trainer, suffix: suffix)
  }
}

/// What a run folder says about how it was made.
func runManifest(
  _ invocation: Invocation, _ compilation: Compilation, _ program: CheckedProgram, _ options: TrainingOptions
) throws -> RunManifest {
  var manifest = RunManifest(
    source: absolutePath(compilation.path), folder: absolutePath(compilation.access.folder),
    dataFolder: compilation.access.dataFolder.map(absolutePath), allowsOutside: compilation.access.allowOutside,
    constants: invocation.values["set"] ?? [], seed: options.seed, threads: options.threads, version: versionText)
  manifest.epochs = options.epochs
  manifest.instructionSet = instructionSetName()
  manifest.hashes = program.sources.files.filter { !$0.path.hasPrefix("--set") }.map { file in
    var hash = SHA256()
    hash.update(file.bytes)
    return (file.path, hash.finish())
  }
  for data in program.data {
    let sources = [data.source] + (data.split.testSource.map { [$0] } ?? [])
    for source in sources {
      for path in source.paths.values.sorted() {
        manifest.hashes.append((path, try sourceHash(path, of: source, compilation.access)))
      }
    }
  }
  return manifest
}

/// What the command line puts in place of parts of the file.
func overrides(_ invocation: Invocation, _ options: TrainingOptions) -> ProgramOverrides {
  ProgramOverrides(constants: invocation.values["set"] ?? [], seed: options.seed, epochs: options.epochs)
}

/// `--threads`, `--seed` and `--epochs`.
func trainingOptions(_ invocation: Invocation) throws(UsageError) -> TrainingOptions {
  TrainingOptions(
    threads: try invocation.integer("threads", in: 1...1024) ?? processorCount(),
    seed: try invocation.integer("seed", in: 0...Int(Int32.max)),
    epochs: try invocation.integer("epochs", in: 1...1_000_000_000))
}

/// The data set of a data block and its split, or one fold of it, from 0.
func loadData(
  _ data: CheckedData, access: FileAccess, fold: Int = 0
) throws(Datasets.DataProblem) -> (dataset: Dataset, split: SplitRows) {
  var dataset = try Dataset(data.source, data.columns, testSource: data.split.testSource, access)
  var strata: [Int]?
  if let name = data.split.stratify, let field = data.fields.first(where: { $0.name == name }),
    let column = soleColumn(of: field.value)
  {
    strata = dataset.strata(column)
  }
  let parts = try dataset.split(data.split, strata: strata, every: data.every)
  // A block whose rows are divided once has the same part in every fold of another.
  let split = parts[min(fold, parts.count - 1)]
  dataset.tokenizeTexts(data.columns, rows: split.train)
  try dataset.requireEqualLengths(data.columns)
  for (column, use) in data.columns.enumerated() where use.imputes { dataset.impute(column, rows: split.train) }
  return (dataset, split)
}

/// The one column that a field reads, where it is one.
private func soleColumn(of expression: CheckedExpression) -> Int? {
  switch expression.kind {
  case .column(let index): index
  case .encode(let encoding): encoding.column
  case .list(let elements) where elements.count == 1: soleColumn(of: elements[0])
  default: nil
  }
}

func baseName(_ path: String) -> String {
  let name = path.split(separator: "/").last.map(String.init) ?? path
  return name.hasSuffix(".nnet") ? String(name.dropLast(5)) : name == "-" ? "run" : name
}

func planText(_ plans: [(title: String, plan: Plan)]) -> String {
  plans.map { "# \($0.title)\n\n\($0.plan.description)\n" }.joined(separator: "\n")
}
