import Checking
import Datasets
import Diagnostics
import Runs
import Training

/// A run that was interrupted, opened to go on with.
struct ResumedRun {
  let path: String
  let manifest: RunManifest
  let checkpoint: RunCheckpoint

  init(_ path: String) throws {
    guard isFolder(path) else { throw FileFailure(path: path, reason: "there is no such run folder") }
    self.path = path
    manifest = try RunManifest(ofRun: path)
    checkpoint = try RunFolder.checkpoint(in: path)
  }

  /// The command line with what the run was given, as far as it does not say so itself.
  func completed(_ invocation: Invocation) -> Invocation {
    var result = invocation
    func fill(_ flag: String, _ values: [String]) {
      if result.values[flag] == nil && !values.isEmpty { result.values[flag] = values }
    }
    fill("set", manifest.constants)
    fill("seed", manifest.seed.map { ["\($0)"] } ?? [])
    fill("epochs", manifest.epochs.map { ["\($0)"] } ?? [])
    fill("data", manifest.dataFolder.map { [$0] } ?? [])
    fill("allow-outside", manifest.allowsOutside ? [""] : [])
    return result
  }

  /// Refuses another program, other data or other settings than those of the run.
  func requireSame(_ new: RunManifest, _ console: Console) throws(CommandFailure) {
    var differing: [String] = []
    if new.constants != manifest.constants { differing.append("--set") }
    if new.seed != manifest.seed { differing.append("--seed") }
    if new.epochs != manifest.epochs { differing.append("--epochs") }
    if new.hashes.count == manifest.hashes.count {
      differing += zip(new.hashes, manifest.hashes).filter { $0.hash != $1.hash }.map(\.0.path)
    } else {
      differing.append("the files of the program and its data")
    }
    guard !differing.isEmpty else { return }
    console.fail(
      "\(path) cannot go on: not as they were when it began: \(differing.joined(separator: ", "))",
      hint: "without --resume a new run begins")
    throw CommandFailure(code: .rejected)
  }
}
