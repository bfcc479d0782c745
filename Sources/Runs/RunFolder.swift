import Datasets
import Diagnostics
import Tensors
import Training

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What is needed to find a run's program and data again, and to tell how it was made.
package struct RunManifest: Sendable {
  /// The version of the file that is written, and the greatest that is read.
  static let fileVersion = 1

  package var source: String
  /// The folder of the program, in which its data are.
  package var folder: String
  package var dataFolder: String?
  package var allowsOutside: Bool
  /// `--set` as given.
  package var constants: [String]
  package var seed: Int?
  /// `--epochs` as given.
  package var epochs: Int?
  package var threads: Int
  package var version: String
  /// SHA-256 by path of every source file and data file.
  package var hashes: [(path: String, hash: String)] = []
  package var instructionSet = ""
  /// The files of the program in the folder, the main one first.
  package private(set) var sourceNames: [String] = []
  /// SHA-256 by name of the files of weights in the folder.
  package var weights: [(name: String, hash: String)] = []

  package init(
    source: String, folder: String, dataFolder: String?, allowsOutside: Bool, constants: [String], seed: Int?,
    threads: Int, version: String
  ) {
    self.source = source
    self.folder = folder
    self.dataFolder = dataFolder
    self.allowsOutside = allowsOutside
    self.constants = constants
    self.seed = seed
    self.threads = threads
    self.version = version
  }

  func json(sources: [String]) -> JSON {
    .object([
      ("version", .integer(RunManifest.fileVersion)), ("nnc", .string(version)),
      ("source", .string(source)), ("folder", .string(folder)),
      ("data_folder", dataFolder.map(JSON.string) ?? .null), ("allow_outside", .bool(allowsOutside)),
      ("set", .array(constants.map(JSON.string))), ("seed", seed.map(JSON.integer) ?? .null),
      ("epochs", epochs.map(JSON.integer) ?? .null), ("threads", .integer(threads)),
      ("instruction_set", .string(instructionSet)),
      ("sources", .array(sources.map(JSON.string))),
      ("sha256", .object(hashes.map { ($0.path, .string($0.hash)) })),
      ("weights", .object(weights.map { ($0.name, .string($0.hash)) })),
    ])
  }

  /// Reads what ``json(sources:)`` wrote; nil where something is missing.
  package init?(_ json: JSON) {
    guard let source = json["source"]?.string, let folder = json["folder"]?.string,
      let version = json["nnc"]?.string, let threads = json["threads"]?.integer
    else { return nil }
    var allows = false
    if case .bool(true)? = json["allow_outside"] { allows = true }
    self.init(
      source: source, folder: folder, dataFolder: json["data_folder"]?.string, allowsOutside: allows,
      constants: (json["set"]?.array ?? []).compactMap(\.string), seed: json["seed"]?.integer, threads: threads,
      version: version)
    instructionSet = json["instruction_set"]?.string ?? ""
    if case .object(let members)? = json["sha256"] {
      hashes = members.compactMap { path, hash in hash.string.map { (path, $0) } }
    }
    epochs = json["epochs"]?.integer
    sourceNames = (json["sources"]?.array ?? []).compactMap(\.string)
    if case .object(let members)? = json["weights"] {
      weights = members.compactMap { name, hash in hash.string.map { (name, $0) } }
    }
  }

  /// Reads the manifest of a run folder.
  ///
  /// - Throws: ``FileFailure`` where there is none, and where it was written in a way that only later versions know.
  package init(ofRun folder: String) throws(FileFailure) {
    let path = folder + "/manifest.json"
    let unknown = FileFailure(path: path, reason: "it is no manifest of a run")
    guard let json = JSONReader.read(try readFile(path, limit: 1 << 24)) else { throw unknown }
    if let version = json["version"]?.integer, version > RunManifest.fileVersion {
      let writer = json["nnc"]?.string.map { ", written by nnc \(printable($0))" } ?? ""
      throw FileFailure(
        path: path,
        reason: "it is a manifest of version \(version)\(writer); this nnc reads version \(RunManifest.fileVersion)",
        isOfContents: true)
    }
    guard let manifest = RunManifest(json), !manifest.sourceNames.isEmpty else { throw unknown }
    self = manifest
  }

  /// Refuses weights that are not those which the run wrote.
  package func requireUnchanged(_ bytes: [UInt8], name: String, path: String) throws(FileFailure) {
    guard let hash = weights.first(where: { $0.name == name })?.hash, SHA256.hex(bytes) != hash else { return }
    throw FileFailure(
      path: path, reason: "it is not what the run wrote; --weights \(path) uses it all the same",
      isOfContents: true)
  }
}

/// The folder that a run leaves: `manifest.json`, `source/`, `program.nnet` (with all defaults spelled out),
/// `data.json` (summaries of the data), `plan.txt`, `metrics.jsonl`, `weights.safetensors`, `predictions.csv`, what
/// `samples` drew, and `checkpoint.safetensors` while it can go on.
package final class RunFolder {
  package let path: String
  private var metrics: [String] = []
  private var manifest: RunManifest?
  private var sourceNames: [String] = []
  private var wroteResults = false

  /// A new folder at a path that must not exist, or the first free `runs/NAME-N`.
  package init(at given: String?, name: String) throws(FileFailure) {
    if let given {
      try makeFolder(given, mustBeNew: true)
      path = given
      return
    }
    try makeFolder("runs")
    var number = 1
    while true {
      let candidate = "runs/\(name)-\(number)"
      if access(candidate, F_OK) != 0 {
        // Another run may have taken the name in the meantime.
        if try makeNewFolder(candidate) == .made {
          path = candidate
          return
        }
      }
      number += 1
    }
  }

  /// The folder of a run that goes on from a checkpoint: what was logged behind it is taken back.
  package init(resuming path: String, manifest: RunManifest, at checkpoint: RunCheckpoint) throws(FileFailure) {
    self.path = path
    self.manifest = manifest
    sourceNames = manifest.sourceNames
    wroteResults = true
    results = checkpoint.results
    let file = path + "/" + RunFolder.metricsName
    if access(file, F_OK) == 0 {
      let text = String(decoding: try readFile(file), as: UTF8.self)
      metrics = text.split(separator: "\n").prefix(checkpoint.lines).map(String.init)
    }
    try writeAtomically(Array(metrics.map { $0 + "\n" }.joined().utf8), to: file)
  }

  /// The lines of figures so far.
  package var lines: Int { metrics.count }

  /// Writes what is known before the training.
  package func begin(manifest: RunManifest, sources: SourceMap, program: String) throws(FileFailure) {
    try makeFolder(path + "/source")
    var names: [String] = []
    for file in sources.files where !file.path.hasPrefix("--set") {
      let name = "source/\(names.count)-" + (file.path.split(separator: "/").last.map(String.init) ?? "program.nnet")
      try writeAtomically(file.bytes, to: path + "/" + name)
      names.append(name)
    }
    try writeAtomically(Array(program.utf8), to: path + "/program.nnet")
    (self.manifest, sourceNames) = (manifest, names)
    try writeManifest()
  }

  private func writeManifest() throws(FileFailure) {
    guard let manifest else { return }
    let text = manifest.json(sources: sourceNames).text(indent: 2) + "\n"
    try writeAtomically(Array(text.utf8), to: path + "/manifest.json")
  }

  /// Writes the summaries of the data, with which the program can be checked where the data are gone.
  package func write(summaries: SavedSummaries) throws(FileFailure) {
    try writeAtomically(summaries.encoded(), to: path + "/" + RunFolder.summariesName)
  }

  /// The file of the summaries in a run folder.
  package static let summariesName = "data.json"

  /// The plans that were written; empty without any.
  package var plan: String {
    (try? readFile(path + "/plan.txt")).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  package func write(plan: String) throws(FileFailure) {
    try writeAtomically(Array(plan.utf8), to: path + "/plan.txt")
  }

  /// The last train block's weights are `weights.safetensors`; those of earlier ones carry their name.
  package func write(weights: Safetensors, isLast: Bool, train: String, fold: Int = 0) throws(FileFailure) {
    wroteResults = true
    let name = RunFolder.weightsName(train, isLast: isLast, fold: fold)
    let bytes = weights.encoded()
    try writeAtomically(bytes, to: path + "/" + name)
    manifest?.weights.removeAll { $0.name == name }
    manifest?.weights.append((name, SHA256.hex(bytes)))
    try writeManifest()
  }

  /// The file of a train block's weights in a run folder.
  package static func weightsName(_ train: String, isLast: Bool, fold: Int = 0) -> String {
    "weights" + suffix(train, isLast: isLast, fold: fold) + ".safetensors"
  }

  /// What tells the files of blocks and folds apart: nothing for the last block's first fold.
  package static func suffix(_ train: String, isLast: Bool, fold: Int) -> String {
    (isLast ? "" : "-" + train) + (fold == 0 ? "" : "-fold-\(fold + 1)")
  }

  /// Writes a file of the run by its name, in place of an older one.
  package func write(_ bytes: [UInt8], as name: String) throws(FileFailure) {
    wroteResults = true
    try writeAtomically(bytes, to: path + "/" + name)
  }

  /// The outputs for the test rows, named like the weights.
  package func write(predictions: String, isLast: Bool, train: String, fold: Int = 0) throws(FileFailure) {
    let name = "predictions" + RunFolder.suffix(train, isLast: isLast, fold: fold) + ".csv"
    try writeAtomically(Array(predictions.utf8), to: path + "/" + name)
  }

  /// The text drawn from the trained models, named like the weights.
  package func write(samples: String, isLast: Bool, train: String) throws(FileFailure) {
    try writeAtomically(Array(samples.utf8), to: path + (isLast ? "/samples.txt" : "/samples-\(train).txt"))
  }

  /// Adds an epoch's figures.
  package func log(_ epoch: EpochResult, train: String, fold: Int? = nil) {
    let pass = PassResult(examples: epoch.examples, losses: epoch.trainLosses, metrics: epoch.train?.metrics ?? [])
    append(
      Figures.line(
        train: train, fold: fold, epoch: epoch.epoch, split: "train", pass: pass, rate: epoch.rate,
        seconds: epoch.seconds))
    if let validation = epoch.validation {
      append(Figures.line(train: train, fold: fold, epoch: epoch.epoch, split: "validation", pass: validation))
    }
  }

  /// The figures of the finished trainings on the validation and the test rows, and their means over folds.
  package private(set) var results: [JSON] = []

  /// Adds the figures of the finished training.
  package func log(_ result: TrainingResult, train: String, fold: Int? = nil) {
    for (split, pass) in [("validation", result.validation), ("test", result.test)] {
      guard let pass else { continue }
      let line = Figures.line(train: train, fold: fold, epoch: result.bestEpoch, split: split, pass: pass)
      if let json = JSONReader.read(Array(line.utf8)) { results.append(json) }
    }
    if let test = result.test {
      append(
        Figures.line(
          train: train, fold: fold, epoch: result.bestEpoch, split: "test", pass: test, seconds: result.seconds))
    }
  }

  /// Adds a line of JSON. Lines reach the disk as they come, so that a killed run leaves its curve.
  package func append(_ line: String) {
    metrics.append(line)
    let descriptor = open(path + "/" + RunFolder.metricsName, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var bytes = Array((line + "\n").utf8)
    _ = bytes.withUnsafeMutableBytes { systemWrite(descriptor, $0.baseAddress!, $0.count) }
  }

  /// The file of the figures in a run folder.
  private static let metricsName = "metrics.jsonl"

  /// - Parameter keepsCheckpoint: whether the run was interrupted, and can go on.
  package func finish(keepsCheckpoint: Bool = false) throws(FileFailure) {
    if !keepsCheckpoint { unlink(path + "/" + RunFolder.checkpointName) }
    if metrics.isEmpty { return }
    try writeAtomically(
      Array((metrics.joined(separator: "\n") + "\n").utf8), to: path + "/" + RunFolder.metricsName)
  }

  /// What the folder holds before the first step, then the folders: what goes where nothing is to be left.
  package var beginnings: [String] {
    let files = filesBelow(path).map { path + "/" + $0 }
    return files + files.map(partialName) + [path + "/source", path]
  }

  /// Takes the folder away where the run failed before it had anything to keep.
  package func removeIfEmpty() {
    guard !wroteResults, metrics.isEmpty else { return }
    for name in filesBelow(path) { unlink(path + "/" + name) }
    rmdir(path + "/source")
    rmdir(path)
  }

  private func filesBelow(_ path: String) -> [String] {
    ["manifest.json", "program.nnet", "plan.txt", RunFolder.summariesName]
      + folderNames(path + "/source").map { "source/" + $0 }
  }
}

private func folderNames(_ path: String) -> [String] {
  guard let folder = opendir(path) else { return [] }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    names.append(
      withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      })
  }
  return names.filter { $0 != "." && $0 != ".." }
}

/// The system's `write`, which ``RunFolder`` has methods named like.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
