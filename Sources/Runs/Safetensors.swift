import Diagnostics
import Tensors

/// Tensors by name with a few texts, in the safetensors format: eight bytes with the length of a JSON header, the
/// header, then the numbers, little-endian and row-major (huggingface/safetensors, `Format`).
package struct Safetensors: Sendable {
  /// In the order in which they are written.
  package var tensors: [(name: String, value: HostTensor)]
  package var metadata: [String: String]

  package init(tensors: [(name: String, value: HostTensor)] = [], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  package subscript(_ name: String) -> HostTensor? { tensors.first { $0.name == name }?.value }

  /// The file's bytes; equal tensors and metadata give equal bytes.
  package func encoded() -> [UInt8] {
    var offset = 0
    var members: [(String, JSON)] = []
    if !metadata.isEmpty {
      members.append(("__metadata__", .object(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })))
    }
    for (name, value) in tensors {
      let size = value.count * value.dtype.byteCount
      members.append(
        (
          name,
          .object([
            ("dtype", .string(Safetensors.code(value.dtype))), ("shape", .array(value.shape.map(JSON.integer))),
            ("data_offsets", .array([.integer(offset), .integer(offset + size)])),
          ])
        ))
      offset += size
    }
    var header = Array(JSON.object(members).text().utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + header.count + offset)
    withUnsafeBytes(of: UInt64(header.count).littleEndian) { bytes += $0 }
    bytes += header
    for (_, value) in tensors {
      switch value.storage {
      case .float32(let values): values.withUnsafeBytes { bytes += $0 }
      case .int32(let values): values.withUnsafeBytes { bytes += $0 }
      case .uint8(let values): bytes += values
      }
    }
    return bytes
  }

  private static func code(_ dtype: DType) -> String {
    switch dtype {
    case .float32: "F32"
    case .int32: "I32"
    case .uint8: "U8"
    }
  }

  // MARK: Reading

  /// The longest header that is read; the reference implementation has the same limit.
  private static let headerLimit = 100_000_000

  /// Reads a file's bytes; everything is checked before it is used. `path` is for the messages.
  package init(decoding bytes: [UInt8], path: String) throws(FileFailure) {
    let refuse = { (reason: String) in
      FileFailure(path: path, reason: "not a safetensors file: " + reason, isOfContents: true)
    }
    guard bytes.count >= 8 else { throw refuse("it has \(bytes.count) bytes, and the header's length alone takes 8") }
    let length = (0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[$1]) }
    guard length <= UInt64(min(Safetensors.headerLimit, bytes.count - 8)) else {
      throw refuse("the header claims \(length) bytes, and \(bytes.count - 8) follow")
    }
    let end = 8 + Int(length)
    let header: [(name: String, entry: HeaderEntry)]
    (header, metadata) = try Safetensors.header(Array(bytes[8..<end]), refuse)
    tensors = []
    var expected = 0
    for (name, entry) in header.sorted(by: { $0.entry.begin < $1.entry.begin }) {
      guard entry.begin == expected else {
        throw refuse("the numbers of \"\(name)\" begin at byte \(entry.begin), and \(expected) was expected")
      }
      guard let count = checkedProduct(entry.shape), let size = checkedProduct([count, entry.width]),
        entry.end - entry.begin == size
      else { throw refuse("the shape of \"\(name)\" does not fit its \(entry.end - entry.begin) bytes") }
      guard entry.end <= bytes.count - end else { throw refuse("the numbers of \"\(name)\" end behind the file's end") }
      tensors.append((name, entry.tensor(bytes[(end + entry.begin)..<(end + entry.end)], count: count)))
      expected = entry.end
    }
    guard expected == bytes.count - end else {
      throw refuse("\(bytes.count - end - expected) bytes follow the last tensor")
    }
  }

  private struct HeaderEntry {
    var dtype: String
    var shape: [Int]
    var begin: Int
    var end: Int
    var width: Int { Safetensors.widths[dtype] ?? 0 }

    /// The numbers as one of our dtypes; wider floats are rounded, wider integers clamped.
    func tensor(_ bytes: ArraySlice<UInt8>, count: Int) -> HostTensor {
      bytes.withUnsafeBytes { raw in
        func load<T>(_ type: T.Type) -> [T] {
          (0..<count).map { raw.loadUnaligned(fromByteOffset: $0 * width, as: T.self) }
        }
        switch dtype {
        case "F64": return HostTensor(shape: shape, load(Double.self).map(Float.init))
        case "F16", "BF16": return HostTensor(shape: shape, load(UInt16.self).map { half($0) })
        case "I32": return HostTensor(shape: shape, storage: .int32(load(Int32.self)))
        case "I64": return HostTensor(shape: shape, storage: .int32(load(Int64.self).map { Int32(clamping: $0) }))
        case "U8", "BOOL": return HostTensor(shape: shape, storage: .uint8(load(UInt8.self)))
        default: return HostTensor(shape: shape, load(Float.self))
        }
      }
    }

    /// IEEE 754 binary16, or bfloat16 (the upper half of a float).
    private func half(_ bits: UInt16) -> Float {
      if dtype == "BF16" { return Float(bitPattern: UInt32(bits) << 16) }
      let sign: Float = bits >> 15 == 1 ? -1 : 1
      let exponent = Int(bits >> 10 & 31)
      let fraction = Float(bits & 1023)
      switch exponent {
      case 0: return sign * fraction * 0x1p-24
      case 31: return fraction == 0 ? sign * .infinity : .nan
      default: return sign * (1 + fraction / 1024) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
      }
    }
  }

  private static let widths = ["F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "U8": 1, "BOOL": 1]

  private static func header(
    _ bytes: [UInt8], _ refuse: (String) -> FileFailure
  ) throws(FileFailure) -> ([(name: String, entry: HeaderEntry)], [String: String]) {
    guard String(validating: bytes, as: UTF8.self) != nil else { throw refuse("the header is not UTF-8") }
    guard case .object(let members)? = JSONReader.read(bytes) else { throw refuse("the header is not a JSON object") }
    var metadata: [String: String] = [:]
    var entries: [(name: String, entry: HeaderEntry)] = []
    var seen: Set<String> = []
    for (name, value) in members {
      guard seen.insert(name).inserted else { throw refuse("\"\(name)\" occurs twice") }
      if name == "__metadata__" {
        guard case .object(let texts) = value else { throw refuse("the metadata are not an object") }
        for case (let key, .string(let text)) in texts { metadata[key] = text }
        continue
      }
      guard case .object(let fields) = value else { throw refuse("\"\(name)\" is not described by an object") }
      var described: [String: JSON] = [:]
      for (key, value) in fields { described[key] = value }
      guard case .string(let dtype)? = described["dtype"], widths[dtype] != nil else {
        throw refuse("\"\(name)\" has no dtype that can be read")
      }
      guard case .array(let shape)? = described["shape"], case .array(let offsets)? = described["data_offsets"],
        let sizes = integers(shape), let bounds = integers(offsets), bounds.count == 2, bounds[0] <= bounds[1]
      else { throw refuse("\"\(name)\" has no shape or offsets that can be read") }
      entries.append((name, HeaderEntry(dtype: dtype, shape: sizes, begin: bounds[0], end: bounds[1])))
    }
    return (entries, metadata)
  }

  private static func integers(_ values: [JSON]) -> [Int]? {
    var result: [Int] = []
    for value in values {
      guard case .integer(let number) = value, number >= 0 else { return nil }
      result.append(number)
    }
    return result
  }
}
