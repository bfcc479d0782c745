import Tensors

/// Weights, optimizer state and running statistics by path: float32, row-major, each on a 64-byte boundary.
///
/// Executables keep addresses into the store, so a parameter is never moved or freed while the store lives.
package final class ParameterStore {
  package struct Entry {
    package let shape: [Int]
    package let values: UnsafeMutableBufferPointer<Float>
    fileprivate let memory: AlignedMemory
  }
  package private(set) var entries: [String: Entry] = [:]

  package init() {}

  /// All paths, sorted.
  package var paths: [String] { entries.keys.sorted() }

  /// Makes room for a parameter, all zeros. Allocating a path again with the same shape leaves it as it is.
  ///
  /// - Throws: ``ExecutionError`` where memory does not suffice, or where the path has another shape.
  @discardableResult
  package func allocate(_ path: String, shape: [Int]) throws -> UnsafeMutableBufferPointer<Float> {
    if let entry = entries[path] {
      guard entry.shape == shape else {
        throw ExecutionError.mismatchedParameter(path, expected: shape, found: entry.shape)
      }
      return entry.values
    }
    guard let count = checkedProduct(shape), let bytes = checkedProduct([count, 4]), bytes <= availableMemory() else {
      throw ExecutionError.outOfMemory(needed: checkedProduct(shape + [4]) ?? .max, free: availableMemory())
    }
    let memory = try AlignedMemory(byteCount: bytes)
    let start = memory.start.bindMemory(to: Float.self, capacity: max(count, 1))
    let values = UnsafeMutableBufferPointer(start: start, count: count)
    entries[path] = Entry(shape: shape, values: values, memory: memory)
    return values
  }

  /// The values of a parameter, for reading and writing in place.
  package func values(_ path: String) -> UnsafeMutableBufferPointer<Float>? { entries[path]?.values }

  package func shape(_ path: String) -> [Int]? { entries[path]?.shape }

  /// A copy of a parameter.
  package func tensor(_ path: String) -> HostTensor? {
    entries[path].map { HostTensor(shape: $0.shape, Array($0.values)) }
  }

  /// Overwrites a parameter.
  ///
  /// - Throws: ``ExecutionError`` where the path is unknown or has another shape.
  package func set(_ path: String, _ tensor: HostTensor) throws {
    guard let entry = entries[path] else { throw ExecutionError.missingParameter(path) }
    guard entry.shape == tensor.shape else {
      throw ExecutionError.mismatchedParameter(path, expected: entry.shape, found: tensor.shape)
    }
    _ = entry.values.update(from: tensor.floats)
  }

  /// A copy of everything.
  package func snapshot() -> [String: HostTensor] {
    entries.mapValues { HostTensor(shape: $0.shape, Array($0.values)) }
  }

  /// Writes a snapshot back; parameters that it does not hold keep their values.
  ///
  /// - Throws: ``ExecutionError`` where it holds a path or a shape that the store does not; nothing has changed then.
  package func restore(_ snapshot: [String: HostTensor]) throws {
    for (path, tensor) in snapshot {
      guard let entry = entries[path] else { throw ExecutionError.missingParameter(path) }
      guard entry.shape == tensor.shape else {
        throw ExecutionError.mismatchedParameter(path, expected: entry.shape, found: tensor.shape)
      }
    }
    for (path, tensor) in snapshot { try set(path, tensor) }
  }
}
