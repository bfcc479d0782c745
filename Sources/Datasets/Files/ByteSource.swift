#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Bytes in memory that grow as they arrive.
final class ByteBuffer {
  private(set) var memory: UnsafeMutableRawPointer
  private(set) var capacity: Int
  var count = 0

  init(capacity: Int) {
    self.capacity = max(capacity, 64)
    memory = malloc(self.capacity)!
  }

  deinit { free(memory) }

  var bytes: UnsafeMutablePointer<UInt8> { memory.assumingMemoryBound(to: UInt8.self) }

  func reserve(_ needed: Int) {
    guard needed > capacity else { return }
    capacity = max(needed, capacity + capacity / 2)
    memory = realloc(memory, capacity)!
  }
}

/// The contents of a file, unpacked where it is compressed (told by its first bytes).
package final class ByteSource {
  package let path: String
  package let isCompressed: Bool
  /// The bytes on disk; nil for a pipe.
  package let storedSize: Int?
  private let file: InputFile
  private let inflater: Inflater?
  private let input: UnsafeMutableRawBufferPointer
  private var inputStart = 0
  private var inputEnd = 0
  private var atEnd = false

  /// Deflate cannot pack better than 1 032 to 1: a match of 258 bytes takes at least 2 bits.
  static let greatestRatio = 1032

  package init(_ file: InputFile, zlib: Zlib?) throws(DataProblem) {
    self.file = file
    path = file.path
    storedSize = file.size
    input = .allocate(byteCount: 1 << 16, alignment: 16)
    let (count, problem) = Self.fill(file, input)
    inputEnd = count
    let isGzip = count >= 2 && input[0] == 0x1f && input[1] == 0x8b
    isCompressed = isGzip
    inflater = isGzip ? zlib.map { Inflater($0, .gzip) } : nil
    if let problem { throw problem }
    if isGzip, inflater == nil { throw .missingZlib(path) }
    if !isGzip, count > 0, path.hasSuffix(".gz") { throw .notGzip(path) }
  }

  deinit { input.deallocate() }

  private static func fill(_ file: InputFile, _ input: UnsafeMutableRawBufferPointer) -> (Int, DataProblem?) {
    do throws(DataProblem) { return (try file.read(into: input.baseAddress!, count: input.count), nil) } catch {
      return (0, error)
    }
  }

  /// Reads `count` bytes, fewer only at the end.
  package func read(into memory: UnsafeMutableRawPointer, count: Int) throws(DataProblem) -> Int {
    guard let inflater else { return try readPlain(into: memory, count: count) }
    var total = 0
    while total < count, !atEnd {
      if inputStart == inputEnd { try refill() }
      let (read, written, outcome) = inflater.step(
        input: input.baseAddress! + inputStart, inputCount: inputEnd - inputStart, output: memory + total,
        outputCount: count - total)
      inputStart += read
      total += written
      switch outcome {
      case .damaged(let reason): throw .damaged(path, reason)
      case .ended: try endMember(inflater)
      case .progress:
        if inputStart == inputEnd, read == 0, written == 0 {
          throw .truncated(path, "the compressed data end too early")
        }
      }
    }
    return total
  }

  private func readPlain(into memory: UnsafeMutableRawPointer, count: Int) throws(DataProblem) -> Int {
    let buffered = min(count, inputEnd - inputStart)
    if buffered > 0 {
      memory.copyMemory(from: input.baseAddress! + inputStart, byteCount: buffered)
      inputStart += buffered
    }
    return buffered == count ? count : buffered + (try file.read(into: memory + buffered, count: count - buffered))
  }

  private func refill() throws(DataProblem) {
    inputStart = 0
    inputEnd = try file.read(into: input.baseAddress!, count: input.count)
  }

  /// After a member: another one, padding of zeros (RFC 1952, section 2.2; `tar` pads), or the end.
  private func endMember(_ inflater: Inflater) throws(DataProblem) {
    while true {
      if inputStart == inputEnd { try refill() }
      if inputEnd == 0 {
        atEnd = true
        return
      }
      if input[inputStart] == 0x1f {
        inflater.restart()
        return
      }
      guard input[inputStart] == 0 else { throw .damaged(path, "something else follows the end of the data") }
      inputStart += 1
    }
  }

  /// The most bytes that a file of this stored size can unpack to.
  package var greatestSize: Int {
    guard let storedSize else { return Int.max }
    guard isCompressed else { return storedSize }
    let (value, overflow) = storedSize.multipliedReportingOverflow(by: Self.greatestRatio)
    return overflow ? Int.max : value
  }

  /// Reads the rest into memory. Compressed text may take 64 MiB, or 250 times its stored size, whichever is more:
  /// real text packs 3 to 30 to 1.
  ///
  /// `inspect` sees the bytes after the first piece (up to 16 MiB) and may refuse them.
  func readAll(
    limit: Int, inspect: (ByteBuffer) throws(DataProblem) -> Void = { (_) throws(DataProblem) in }
  ) throws(DataProblem) -> ByteBuffer {
    if !isCompressed, let storedSize, storedSize > limit { throw .tooLarge(path, needs: storedSize, limit: limit) }
    let expansion = isCompressed ? max(1 << 26, (storedSize ?? 1 << 20).multipliedClamping(by: 250)) : Int.max
    let piece = 1 << 24
    let buffer = ByteBuffer(capacity: min(isCompressed ? piece : (storedSize ?? piece), limit) + 1)
    var isFirst = true
    while true {
      let target = min(piece, max(1, buffer.capacity - 1 - buffer.count))
      buffer.reserve(buffer.count + target + 1)
      let got = try read(into: buffer.memory + buffer.count, count: target)
      buffer.count += got
      if buffer.count > expansion { throw .expands(path, stored: storedSize, beyond: expansion) }
      if buffer.count > limit { throw .tooLarge(path, needs: buffer.count, limit: limit) }
      if isFirst { try inspect(buffer) }
      isFirst = false
      if got < target { return buffer }
    }
  }
}

extension Int {
  fileprivate func multipliedClamping(by factor: Int) -> Int {
    let (value, overflow) = multipliedReportingOverflow(by: factor)
    return overflow ? Int.max : value
  }
}
