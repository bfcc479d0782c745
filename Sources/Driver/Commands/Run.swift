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
    return .usage
  case let problem as Datasets.DataProblem:
    console.tellRaw(HumanRenderer(sources: SourceMap(), style: console.style).render(problem.diagnostic()))
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
    case .noRows, .unknownStart: return .rejected
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

  init(_ invocation: Invocation, _ console: Console) throws {
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
    let folder = try RunFolder(at: invocation.value("out"), name: baseName(compilation.path))
    let store = ParameterStore()
    var printer = RunPrinter(console: console, isQuiet: invocation.has("quiet"))
    var finished = false
    defer { if !finished { folder.removeIfEmpty() } }
    try folder.begin(manifest: try manifest(), sources: program.sources, program: programWithDefaults(program))
    try folder.write(summaries: compilation.summaries)
    var initialized: Set<Int> = []
    var plans = ""
    var interrupted = false
    for train in program.trains {
      let (dataset, split) = try loadData(program.data[train.data], access: compilation.access)
      printer.describe(program.data[train.data], dataset, split)
      let trainer = try Trainer(
        program: program, train: train, dataset: dataset, split: split, store: store, options: options)
      try trainer.initialize(except: initialized)
      initialized.formUnion(program.layers.indices.filter { program.layers[$0].isModel })
      printer.describe(trainer)
      if let start = train.start {
        let file = try StartingWeights.read(start.path, compilation.access)
        printer.started(try StartingWeights.load(file, for: start, into: trainer), from: start.path)
      }
      plans += (plans.isEmpty ? "" : "\n") + planText(try trainer.plans())
      try folder.write(plan: plans)
      let result = try trainer.run(
        observe: { event in
          printer.observe(event)
          if case .epoch(let epoch) = event { folder.log(epoch, train: train.name) }
        }, shouldStop: { receivedStopSignal() != nil })
      printer.finish(result)
      folder.log(result, train: train.name)
      let isLast = train.name == program.trains.last?.name
      try folder.write(weights: WeightsFile.make(from: trainer), isLast: isLast, train: train.name)
      if !trainer.split.test.isEmpty, let predictions = try trainer.predict(rows: trainer.split.test) {
        try folder.write(predictions: PredictionsCSV.text(predictions), isLast: isLast, train: train.name)
      }
      let texts = try trainer.texts()
      if !texts.isEmpty {
        let written = texts.map { texts.count > 1 ? "# \($0.label)\n\($0.text)\n" : $0.text + "\n" }
        try folder.write(samples: written.joined(separator: "\n"), isLast: isLast, train: train.name)
        for sample in texts { printer.show(sample: sample.text, label: sample.label) }
      }
      interrupted = result.wasInterrupted
      if interrupted { break }
    }
    try folder.finish()
    finished = true
    printer.saved(folder.path)
    if interrupted {
      console.tell("interrupted; the weights as they were are in \(folder.path)")
      return receivedStopSignal() == 15 ? .terminated : .interrupted
    }
    return .fine
  }

  private func manifest() throws -> RunManifest {
    var manifest = RunManifest(
      source: absolutePath(compilation.path), folder: absolutePath(compilation.access.folder),
      dataFolder: compilation.access.dataFolder.map(absolutePath), allowsOutside: compilation.access.allowOutside,
      constants: invocation.values["set"] ?? [], seed: options.seed, threads: options.threads, version: versionText)
    manifest.instructionSet = instructionSetName()
    manifest.hashes = program.sources.files.filter { !$0.path.hasPrefix("--set") }.map { file in
      var hash = SHA256()
      hash.update(file.bytes)
      return (file.path, hash.finish())
    }
    for data in program.data {
      let sources = [data.source] + (data.split.testSource.map { [$0] } ?? [])
      for path in sources.flatMap({ $0.paths.values.sorted() }) {
        manifest.hashes.append((path, try fileHash(path, compilation.access)))
      }
    }
    return manifest
  }
}

/// `--threads`, `--seed` and `--epochs`.
func trainingOptions(_ invocation: Invocation) throws(UsageError) -> TrainingOptions {
  TrainingOptions(
    threads: try invocation.integer("threads", in: 1...1024) ?? processorCount(),
    seed: try invocation.integer("seed", in: 0...Int(Int32.max)),
    epochs: try invocation.integer("epochs", in: 1...1_000_000_000))
}

/// The data set of a data block and its first split.
func loadData(
  _ data: CheckedData, access: FileAccess
) throws(Datasets.DataProblem) -> (dataset: Dataset, split: SplitRows) {
  let dataset = try Dataset(data.source, data.columns, testSource: data.split.testSource, access)
  var strata: [Int]?
  if let name = data.split.stratify, let field = data.fields.first(where: { $0.name == name }),
    let column = soleColumn(of: field.value)
  {
    strata = dataset.strata(column)
  }
  return (dataset, try dataset.split(data.split, strata: strata, every: data.every)[0])
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
