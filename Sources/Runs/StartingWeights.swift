import Checking
import Datasets
import Elaboration
import Execution
import Tensors
import Training

/// Saved weights that a train block starts from.
package enum StartingWeights {
  /// Reads a run folder's weights, or a weights file.
  ///
  /// The path is looked up like a data file, then from the working folder, where runs are left.
  package static func read(_ path: String, _ access: FileAccess) throws -> Safetensors {
    let file = path.hasSuffix(".safetensors") ? path : path + "/" + RunFolder.weightsName("", isLast: true)
    let bytes: [UInt8]
    do throws(Datasets.DataProblem) {
      bytes = try access.read(file, limit: .max)
    } catch {
      guard error.code == DataCodes.missingFile else { throw error }
      var local = access
      local.folder = "."
      local.dataFolder = nil
      guard let found = try? local.read(file, limit: .max) else { throw error }
      bytes = found
    }
    return try Safetensors(decoding: bytes, path: file)
  }

  /// The shapes of the tensors by name.
  package static func shapes(in file: Safetensors) -> [String: [Int]] {
    Dictionary(file.tensors.map { ($0.name, $0.value.shape) }, uniquingKeysWith: { first, _ in first })
  }

  /// Copies what fits into the trainer's store; says what fitted and what did not.
  package static func load(_ file: Safetensors, for start: CheckedStart, into trainer: Trainer) throws -> StartMatch {
    let match = trainer.program.match(models: trainer.program.startModels(of: start), saved: shapes(in: file))
    let fitting = Set(match.fitting.map(\.path))
    var byName: [String: HostTensor] = [:]
    for (name, value) in file.tensors where fitting.contains(name) { byName[name] = value }
    for layout in trainer.layouts.values {
      guard var vector = trainer.store.tensor(layout.vectorPath)?.floats else { continue }
      for entry in layout.trainable {
        guard let value = byName[entry.request.path] else { continue }
        vector.replaceSubrange(entry.offset..<entry.offset + entry.count, with: value.floats)
      }
      try trainer.store.set(layout.vectorPath, HostTensor(shape: [layout.count], vector))
      for request in layout.statistics {
        guard let value = byName[request.path] else { continue }
        try trainer.store.set(request.path, value)
      }
    }
    return match
  }
}
