import Datasets
import Diagnostics
import Tensors
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a run stands: with the run's folder, all that is needed to go on.
///
/// It is kept as one safetensors file: parameters as `now PATH`, the best ones so far as `best PATH`, and the position
/// as JSON in the metadata, with a hash over everything.
package struct RunCheckpoint: Sendable {
  /// The train block that was running, and the fold, from 0.
  package var block: Int
  package var fold: Int
  package var training: TrainingCheckpoint
  /// The lines of `metrics.jsonl` before it.
  package var lines: Int
  /// What the folds so far reached, by train block.
  package var figures: [String: FoldFigures]
  /// What the trainings that are done reached, as ``RunFolder/results``.
  package var results: [JSON]

  package init(
    block: Int, fold: Int, training: TrainingCheckpoint, lines: Int, figures: [String: FoldFigures], results: [JSON]
  ) {
    self.block = block
    self.fold = fold
    self.training = training
    self.lines = lines
    self.figures = figures
    self.results = results
  }

  private static let (now, best) = ("now ", "best ")
  private static let (stateKey, hashKey) = ("checkpoint", "sha256")

  // MARK: Writing

  /// The file's bytes.
  package func encoded() -> [UInt8] {
    var file = Safetensors()
    for (path, value) in training.parameters.sorted(by: { precedes($0.key, $1.key) }) {
      file.tensors.append((Self.now + path, value))
    }
    for (path, value) in (training.best.weights ?? [:]).sorted(by: { precedes($0.key, $1.key) }) {
      file.tensors.append((Self.best + path, value))
    }
    let state = position.text()
    file.metadata = [Self.stateKey: state, Self.hashKey: Self.hash(of: file.tensors, state: state)]
    return file.encoded()
  }

  private var position: JSON {
    let best = training.best
    return .object([
      ("version", .integer(1)), ("block", .integer(block)), ("fold", .integer(fold)), ("lines", .integer(lines)),
      ("iteration", .integer(training.iteration)), ("epochs", .integer(training.epochs)),
      ("losses", .array(training.losses.map { .array($0.map(Self.exact)) })),
      ("examples", .array(training.examples.map(Self.exact))), ("seconds", Self.exact(training.seconds)),
      ("best_epoch", best.epoch.map(JSON.integer) ?? .null), ("kept", best.keptValue.map(Self.exact) ?? .null),
      ("watched", best.watchedValue.map(Self.exact) ?? .null), ("since_better", .integer(best.sinceBetter)),
      ("results", .array(results)),
      ("figures", .string(String(decoding: SummaryCoding.encode(figures) ?? [], as: UTF8.self))),
    ])
  }

  /// A number bit by bit.
  private static func exact(_ value: Double) -> JSON { .string(String(value.bitPattern, radix: 16)) }

  private static func hash(of tensors: [(name: String, value: HostTensor)], state: String) -> String {
    var hash = SHA256()
    hash.update(Array(state.utf8))
    for (name, value) in tensors.sorted(by: { precedes($0.name, $1.name) }) {
      hash.update(Array("\(name) \(value.shape)\n".utf8))
      value.floats.withUnsafeBytes { hash.update($0) }
    }
    return hash.finish()
  }

  // MARK: Reading

  /// Reads what ``encoded()`` wrote; everything is checked before it is used.
  package init(decoding bytes: [UInt8], path: String) throws(FileFailure) {
    let file: Safetensors
    do throws(FileFailure) {
      file = try Safetensors(decoding: bytes, path: path)
    } catch {
      throw FileFailure(path: path, reason: "the checkpoint is damaged: \(error.reason)", isOfContents: true)
    }
    let damaged = FileFailure(
      path: path, reason: "the checkpoint is damaged: it is not what was written", isOfContents: true)
    guard let state = file.metadata[Self.stateKey], let hash = file.metadata[Self.hashKey],
      file.tensors.allSatisfy({ $0.value.dtype == .float32 }), Self.hash(of: file.tensors, state: state) == hash,
      let json = JSONReader.read(Array(state.utf8))
    else { throw damaged }
    guard json["version"]?.integer == 1 else {
      throw FileFailure(path: path, reason: "the checkpoint is that of another version of nnc", isOfContents: true)
    }
    guard let block = json["block"]?.integer, let fold = json["fold"]?.integer, let lines = json["lines"]?.integer,
      let training = Self.training(json, file),
      let figures = json["figures"]?.string.flatMap({
        try? SummaryCoding.decode([String: FoldFigures].self, Array($0.utf8))
      })
    else { throw damaged }
    self.init(
      block: block, fold: fold, training: training, lines: lines, figures: figures,
      results: json["results"]?.array ?? [])
  }

  private static func training(_ json: JSON, _ file: Safetensors) -> TrainingCheckpoint? {
    guard let iteration = json["iteration"]?.integer, let epochs = json["epochs"]?.integer,
      let losses = json["losses"]?.array, let examples = json["examples"]?.array,
      let seconds = json["seconds"].flatMap(number), let sinceBetter = json["since_better"]?.integer
    else { return nil }
    var state = BestWeights.State()
    state.epoch = json["best_epoch"]?.integer
    state.keptValue = json["kept"].flatMap(number)
    state.watchedValue = json["watched"].flatMap(number)
    state.sinceBetter = sinceBetter
    if state.epoch != nil { state.weights = tensors(best, in: file) }
    return TrainingCheckpoint(
      iteration: iteration, epochs: epochs, parameters: tensors(now, in: file), best: state,
      losses: losses.map { ($0.array ?? []).compactMap(number) }, examples: examples.compactMap(number),
      seconds: seconds)
  }

  private static func number(_ json: JSON) -> Double? {
    json.string.flatMap { UInt64($0, radix: 16) }.map { Double(bitPattern: $0) }
  }

  private static func tensors(_ prefix: String, in file: Safetensors) -> [String: HostTensor] {
    var result: [String: HostTensor] = [:]
    for (name, value) in file.tensors where name.hasPrefix(prefix) {
      result[String(name.dropFirst(prefix.count))] = value
    }
    return result
  }
}

extension RunFolder {
  /// The file of the last checkpoint in a run folder.
  package static let checkpointName = "checkpoint.safetensors"

  /// Puts a checkpoint in place of the one before, so that a whole one is there at any time.
  package func write(_ checkpoint: RunCheckpoint) throws(FileFailure) {
    try write(checkpoint.encoded(), as: RunFolder.checkpointName)
  }

  /// The checkpoint of the run in a folder.
  package static func checkpoint(in folder: String) throws(FileFailure) -> RunCheckpoint {
    let path = folder + "/" + checkpointName
    guard access(path, F_OK) == 0 else {
      throw FileFailure(
        path: folder, reason: "it holds no checkpoint: the run has ended, or was stopped before its first epoch")
    }
    return try RunCheckpoint(decoding: try readFile(path), path: path)
  }
}
