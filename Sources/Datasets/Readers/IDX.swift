import Tensors

/// The idx format of the MNIST files (Y. LeCun, http://yann.lecun.com/exdb/mnist): two zero bytes, a type code, the
/// number of dimensions, the dimensions as big-endian 32-bit numbers, then the values, big-endian, row-major.
enum IDX {
  private enum Kind: UInt8 {
    case unsignedByte = 0x08
    case signedByte = 0x09
    case short = 0x0b
    case int = 0x0c
    case float = 0x0d
    case double = 0x0e
    var byteCount: Int {
      switch self {
      case .unsignedByte, .signedByte: 1
      case .short: 2
      case .int, .float: 4
      case .double: 8
      }
    }
  }

  /// Reads a file: rows, the shape of each, and the values. Bytes stay bytes.
  static func read(_ source: ByteSource, limit: Int) throws(DataProblem) -> (
    rows: Int, shape: [Int], values: HostTensor.Storage
  ) {
    let path = source.path
    var head = [UInt8](repeating: 0, count: 4)
    let got = try read(source, &head)
    if got == 0 { throw .empty(path) }
    guard got == 4 else { throw .truncated(path, "the header of an idx file has at least 4 bytes, the file \(got)") }
    guard head[0] == 0, head[1] == 0 else { throw .badHeader(path, "an idx file begins with two zero bytes") }
    guard let kind = Kind(rawValue: head[2]) else {
      throw .badHeader(path, "0x\(String(head[2], radix: 16)) is no type of an idx file")
    }
    guard (1...8).contains(head[3]) else {
      throw .badHeader(path, "\(head[3]) dimensions, where an idx file has 1 to 8")
    }
    var sizes = [UInt8](repeating: 0, count: 4 * Int(head[3]))
    guard try read(source, &sizes) == sizes.count else {
      throw .truncated(path, "the file ends inside the header")
    }
    let shape = (0..<Int(head[3])).map { index in
      sizes[(4 * index)..<(4 * index + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
    guard let payload = checkedProduct(shape + [kind.byteCount]) else {
      throw .badHeader(path, "the sizes \(shape) are beyond any file")
    }
    guard shape[0] > 0, payload > 0 else { throw .empty(path, "the header announces sizes \(shape): no values") }
    guard shape[0] < Int(Int32.max) else { throw .badHeader(path, "\(shape[0]) rows are too many") }
    let headerSize = 4 + sizes.count
    let values = try payloadBytes(source, payload, headerSize, limit: limit)
    return (shape[0], Array(shape.dropFirst()), decode(values, kind, payload))
  }

  private static func read(_ source: ByteSource, _ bytes: inout [UInt8]) throws(DataProblem) -> Int {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 8)
    defer { memory.deallocate() }
    let got = try source.read(into: memory, count: bytes.count)
    for index in 0..<got { bytes[index] = memory.load(fromByteOffset: index, as: UInt8.self) }
    return got
  }

  /// Reads exactly the announced bytes, refusing sizes that cannot be before memory is taken.
  static func payloadBytes(_ source: ByteSource, _ payload: Int, _ headerSize: Int, limit: Int) throws(DataProblem)
    -> ByteBuffer
  {
    let path = source.path
    if payload > source.greatestSize {
      let holds =
        source.isCompressed
        ? "\(byteText(source.storedSize ?? 0)) of compressed data cannot hold that"
        : "the file has \(byteText(source.storedSize ?? 0))"
      throw .truncated(path, "the header announces \(byteText(payload)) of values; \(holds)")
    }
    if payload > limit { throw .tooLarge(path, needs: payload, limit: limit) }
    if !source.isCompressed, let size = source.storedSize, size - headerSize != payload {
      if size - headerSize > payload { throw .trailingBytes(path, expected: headerSize + payload, found: size) }
      throw .truncated(path, "the header announces \(headerSize + payload) bytes, the file has \(size)")
    }
    // A compressed file may lie about its size, so that memory grows with what really arrives.
    let buffer = ByteBuffer(capacity: source.isCompressed || source.storedSize == nil ? min(payload, 1 << 24) : payload)
    while buffer.count < payload {
      let target = min(1 << 24, payload - buffer.count)
      if buffer.count + target > buffer.capacity {
        buffer.reserve(min(payload, max(buffer.count + target, 2 * buffer.count)))
      }
      let got = try source.read(into: buffer.memory + buffer.count, count: target)
      buffer.count += got
      if got < target {
        throw .truncated(
          path, "the header announces \(headerSize + payload) bytes, the file has \(headerSize + buffer.count)")
      }
    }
    buffer.reserve(payload + 1)
    if try source.read(into: buffer.memory + payload, count: 1) > 0 {
      throw .trailingBytes(path, expected: headerSize + payload, found: nil)
    }
    return buffer
  }

  private static func decode(_ buffer: ByteBuffer, _ kind: Kind, _ payload: Int) -> HostTensor.Storage {
    let count = payload / kind.byteCount
    let raw = UnsafeRawPointer(buffer.memory)
    switch kind {
    case .unsignedByte: return .uint8(Array(UnsafeBufferPointer(start: buffer.bytes, count: count)))
    case .signedByte: return .int32((0..<count).map { Int32(Int8(bitPattern: buffer.bytes[$0])) })
    case .short:
      return .int32(
        (0..<count).map { Int32(Int16(bigEndian: raw.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self))) })
    case .int:
      return .int32((0..<count).map { Int32(bigEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: Int32.self)) })
    case .float:
      return .float32(
        (0..<count).map {
          Float(bitPattern: UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
        })
    case .double:
      return .float32(
        (0..<count).map {
          Float(Double(bitPattern: UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self))))
        })
    }
  }
}
