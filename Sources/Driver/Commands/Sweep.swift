import Checking
import Diagnostics
import Runs
import Syntax
import Training

func sweepCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  do {
    return try SweepSession(invocation, console).run()
  } catch {
    return reportRunFailure(error, console: console)
  }
}

/// One `nnc sweep`: a training for each trial, with the constants of the file replaced.
private struct SweepSession {
  private let invocation: Invocation
  private let console: Console
  private let program: CheckedProgram
  private let compilation: Compilation
  private let options: TrainingOptions
  private let index: Int
  private var sweep: CheckedSweep { program.sweeps[index] }

  private struct Trial {
    var number: Int
    var arguments: [String]
    var value: Double?
    var seconds: Double
  }

  init(_ invocation: Invocation, _ console: Console) throws {
    self.invocation = invocation
    self.console = console
    options = try trainingOptions(invocation)
    (program, compilation) = try checkedProgram(invocation.arguments[0], invocation, console: console)
    let names = program.sweeps.map { [program = program] in program.trains[$0.train].name }
    guard !names.isEmpty else {
      console.fail("\(compilation.path) has no sweep block")
      throw CommandFailure(code: .rejected)
    }
    guard let name = invocation.value("train") else {
      index = 0
      return
    }
    guard let found = names.firstIndex(of: name) else {
      let near = closestName(to: name, among: names)
      throw UsageError(
        message: "there is no sweep of \(name); there is one of \(names.joined(separator: ", "))",
        hint: near.map { "did you mean \($0)?" })
    }
    index = found
  }

  func run() throws -> ExitCode {
    let space = SearchSpace(
      sweep.over.map { constant, range in
        SearchSpace.Parameter(name: constant, range: range, isWhole: isWhole(constant, range))
      })
    watchStopSignals()
    guard let method = Searcher.Method(rawValue: sweep.method) else { preconditionFailure("no method \(sweep.method)") }
    let given = try invocation.integer("trials", in: 1...1_000_000)
    var searcher = Searcher(
      space, method: method, trials: given ?? sweep.trials,
      seed: UInt64(options.seed ?? program.trains[sweep.train].seed))
    let folder = try RunFolder(at: invocation.value("out"), name: baseName(compilation.path) + "-sweep")
    try folder.begin(
      manifest: try runManifest(invocation, compilation, program, options), sources: program.sources,
      program: programWithDefaults(program, overrides(invocation, options)))
    takeAwayAtOnce(folder.beginnings)
    try folder.write(summaries: compilation.summaries)
    var trials: [Trial] = []
    while receivedStopSignal() == nil, let point = searcher.next() {
      let arguments = zip(space.parameters, space.values(at: point)).map { "\($0.name)=\($1.text)" }
      let clock = ContinuousClock()
      let start = clock.now
      let value = try train(arguments)
      if receivedStopSignal() != nil { break }
      let duration = (clock.now - start).components
      let trial = Trial(
        number: trials.count + 1, arguments: arguments, value: value,
        seconds: Double(duration.seconds) + Double(duration.attoseconds) * 1e-18)
      searcher.record(value.map { sweep.measure.higherIsBetter ? -$0 : $0 })
      trials.append(trial)
      folder.append(line(trial))
      if !invocation.has("quiet") {
        console.tell(
          "trial \(trial.number)/\(searcher.count) · \(text(trial)) · \(Figures.fixed(trial.seconds, decimals: 1)) s")
      }
    }
    try folder.finish()
    if receivedStopSignal() != nil { console.tell("interrupted after \(trials.count) of \(searcher.count) trials") }
    report(trials, in: folder)
    if let signal = receivedStopSignal() { return ExitCode(stoppedBy: signal) }
    return trials.contains { $0.value != nil } ? .fine : .failed
  }

  /// Ranges of constants that are whole numbers stay whole.
  private func isWhole(_ name: String, _ range: CheckedSweep.Range) -> Bool {
    guard case .integer? = program.constants.first(where: { $0.name == name })?.value else { return false }
    switch range {
    case .values: return false
    case .linear(let low, let high), .logarithmic(let low, let high):
      return low == low.rounded() && high == high.rounded()
    }
  }

  // MARK: Trials

  private func compile(_ arguments: [String]) throws(CommandFailure) -> Compilation {
    var inner = invocation
    let names = Set(arguments.compactMap { $0.split(separator: "=").first })
    inner.values["set"] =
      (invocation.values["set"] ?? []).filter { given in
        !(given.split(separator: "=").first.map(names.contains) ?? false)
      }
      + arguments
    return try Driver.compile(invocation.arguments[0], inner, console: console)
  }

  /// The measure with these constants: of the weights that a run would keep, the mean over the folds. Nil where the
  /// training failed.
  private func train(_ arguments: [String]) throws -> Double? {
    guard let program = try compile(arguments).result.program else {
      console.tell("with \(arguments.joined(separator: ", ")) the program has errors")
      return nil
    }
    let sequence = TrainingSequence(program: program, access: compilation.access, options: options)
    let last = sweep.train
    var values: [Double] = []
    var observer = TrainingSequence.Observer()
    observer.shouldStop = { wasAskedToStop() }
    observer.finished = { trainer, result in
      guard trainer.train.name == program.trains[last].name else { return }
      let pass = sweep.measure.split == .train ? try trainer.evaluate(rows: trainer.split.train) : result.validation
      guard let value = pass?.value(of: sweep.measure) else { throw TrainingFailure.noRows(split: "validation") }
      values.append(value)
    }
    do {
      for fold in 0..<sequence.folds(through: last) { try sequence.run(through: last, fold: fold, observer: observer) }
    } catch TrainingFailure.notFinite {
      return nil
    }
    let mean = values.reduce(0, +) / Double(max(values.count, 1))
    return values.isEmpty || !mean.isFinite ? nil : mean
  }

  // MARK: Results

  private func line(_ trial: Trial) -> String {
    JSON.object([
      ("trial", .integer(trial.number)), ("set", .array(trial.arguments.map(JSON.string))),
      (sweep.measure.text, trial.value.map(JSON.number) ?? .null), ("seconds", .number(trial.seconds)),
    ]).text()
  }

  private func shown(_ value: Double?) -> String {
    value.map { Figures.shown($0, isPercentage: false) } ?? "failed"
  }

  private func text(_ trial: Trial) -> String {
    trial.arguments.joined(separator: " ") + " · \(sweep.measure.text) \(shown(trial.value))"
  }

  /// The trials, the best first, and how to run the best again.
  private func report(_ trials: [Trial], in folder: RunFolder) {
    let sign = sweep.measure.higherIsBetter ? -1.0 : 1.0
    let ordered = trials.sorted { a, b in
      let (x, y) = (a.value.map { $0 * sign } ?? .infinity, b.value.map { $0 * sign } ?? .infinity)
      return x == y ? a.number < b.number : x < y
    }
    let header = ["trial"] + sweep.over.map(\.constant) + [sweep.measure.text, "seconds"]
    let rows = ordered.map { trial in
      ["\(trial.number)"] + trial.arguments.map { String($0.drop { $0 != "=" }.dropFirst()) }
        + [shown(trial.value), Figures.fixed(trial.seconds, decimals: 1)]
    }
    let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
    for row in [header] + rows {
      let cells = row.enumerated().map { column, cell in
        String(repeating: " ", count: widths[column] - cell.count) + cell
      }
      console.print(cells.joined(separator: "  "))
    }
    if let best = ordered.first, best.value != nil {
      console.print("best  " + best.arguments.map { "--set \($0)" }.joined(separator: " "))
    }
    if !invocation.has("quiet") { console.print("saved \(folder.path)") }
  }
}
