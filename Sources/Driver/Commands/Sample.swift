import Checking
import Diagnostics
import Runs
import Training

/// Draws again what the train block's `samples` declare: text to standard output, pictures and numbers to files.
func sampleCommand(_ invocation: Invocation, _ console: Console) -> ExitCode {
  do {
    let run = try SavedRun(invocation.arguments[0], invocation, console, needsData: true)
    guard !run.train.samples.isEmpty else {
      console.fail(
        "the train block declares no samples",
        hint: "add samples: (image: Generator(normal)) or (text: generate(MODEL, start: \"…\")) to it")
      return .rejected
    }
    let count = try invocation.integer("count", in: 1...100_000) ?? Trainer.sampleCount
    var options = GenerationOptions(
      start: invocation.value("start"), length: try invocation.integer("length", in: 1...1_000_000),
      seed: try invocation.integer("seed", in: 0...Int(Int32.max)))
    if let text = invocation.value("temperature") {
      guard let value = Double(text), value >= 0, value.isFinite else {
        throw UsageError(message: "--temperature takes a number from 0, not \(printable(text))")
      }
      options.temperature = value
    }
    let (dataset, split) = try loadData(run.program.data[run.train.data], access: run.access)
    let trainer = try run.trainer(dataset: dataset, split: split, options: try trainingOptions(invocation))
    let texts = try trainer.texts(options)
    for (index, sample) in texts.enumerated() {
      if texts.count > 1 { console.print((index == 0 ? "" : "\n") + "# \(sample.label)") }
      console.print(sample.text)
    }
    if let samples = try trainer.sample(count: count) {
      let folder = invocation.value("out") ?? "."
      if invocation.has("out"), !isFolder(folder) { try makeFolder(folder) }
      for (name, bytes) in SampleFiles.make(samples) {
        try writeAtomically(bytes, to: folder + "/" + name)
        console.tell("wrote \(folder == "." ? "" : folder + "/")\(name)")
      }
    }
    return .fine
  } catch {
    return reportRunFailure(error, console: console)
  }
}
