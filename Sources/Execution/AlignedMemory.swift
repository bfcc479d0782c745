import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Bytes on a 64-byte boundary, zero at first, freed with the object.
package final class AlignedMemory {
  package let start: UnsafeMutableRawPointer
  package let byteCount: Int

  /// - Throws: ``ExecutionError/outOfMemory(needed:free:)`` where the system refuses.
  package init(byteCount: Int) throws {
    let rounded = max(64, (byteCount + 63) & ~63)
    guard let pointer = nnk_allocate_pages(rounded) else {
      throw ExecutionError.outOfMemory(needed: byteCount, free: availableMemory())
    }
    memset(pointer, 0, rounded)
    start = pointer
    self.byteCount = rounded
  }

  deinit { free(start) }

  /// Sets every byte.
  package func fill(_ byte: UInt8) { memset(start, Int32(byte), byteCount) }
}

/// What the environment refused.
package enum ExecutionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Bytes wanted, and bytes that were free.
  case outOfMemory(needed: Int, free: Int)
  /// The store has no parameter under a path that the plan names, or one of another size.
  case missingParameter(String)
  case mismatchedParameter(String, expected: [Int], found: [Int])

  package var description: String {
    switch self {
    case .outOfMemory(let needed, let free):
      "this needs \(gibibytes(needed)) GiB of memory, \(gibibytes(free)) GiB are free"
    case .missingParameter(let path): "there are no weights '\(path)'"
    case .mismatchedParameter(let path, let expected, let found):
      "the weights '\(path)' have the shape \(found) where the program has \(expected)"
    }
  }

  private func gibibytes(_ bytes: Int) -> String {
    let hundredths = Int((Double(bytes) / Double(1 << 30) * 100).rounded())
    return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
  }
}

/// Bytes that can be allocated without making the machine swap.
package func availableMemory() -> Int {
  #if canImport(Glibc)
    if let available = memoryInformation("MemAvailable:") { return available }
    return sysconf(Int32(_SC_AVPHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
  #else
    return sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE)
  #endif
}

#if canImport(Glibc)
  /// A figure of `/proc/meminfo`, in bytes.
  private func memoryInformation(_ key: String) -> Int? {
    guard let file = fopen("/proc/meminfo", "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, 256, file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      guard text.hasPrefix(key) else { continue }
      return Int(text.dropFirst(key.count).filter(\.isNumber)).map { $0 * 1024 }
    }
    return nil
  }
#endif
