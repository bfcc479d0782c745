import Tensors

/// NumPy's npy format (NEP 1), versions 1 to 3: little-endian numbers in C order. Pickled objects are refused.
enum NPY {
  private enum Kind: String {
    case float32 = "<f4"
    case float64 = "<f8"
    case uint8 = "|u1"
    case int8 = "|i1"
    case boolean = "|b1"
    case int16 = "<i2"
    case uint16 = "<u2"
    case int32 = "<i4"
    case int64 = "<i8"
    var byteCount: Int {
      self == .float64 || self == .int64 ? 8 : rawValue.last == "1" ? 1 : rawValue.last == "2" ? 2 : 4
    }
  }

  static func read(_ source: ByteSource, limit: Int) throws(DataProblem) -> HostTensor {
    let path = source.path
    let start = try bytes(source, 8)
    if start.isEmpty { throw .empty(path) }
    guard start.starts(with: [0x93] + Array("NUMPY".utf8).prefix(max(0, start.count - 1))) else {
      throw .badHeader(path, "an npy file begins with `\\u{93}NUMPY`")
    }
    guard start.count == 8 else { throw .truncated(path, "the file ends inside the header") }
    guard (1...3).contains(start[6]) else { throw .badHeader(path, "version \(start[6]) of npy is not known") }
    let sizeBytes = try bytes(source, start[6] == 1 ? 2 : 4)
    let size = sizeBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard size <= 1 << 16 else { throw .badHeader(path, "the header is longer than 64 KiB") }
    let text = try bytes(source, size)
    guard text.count == size, size > 0 else { throw .truncated(path, "the file ends inside the header") }
    let (kind, shape) = try header(String(decoding: text, as: UTF8.self), path)
    guard let payload = checkedProduct(shape + [kind.byteCount]) else {
      throw .badHeader(path, "the sizes \(shape) are beyond any file")
    }
    guard payload > 0 else { throw .empty(path, "the header announces sizes \(shape): no values") }
    let buffer = try IDX.payloadBytes(source, payload, 8 + sizeBytes.count + size, limit: limit)
    let count = payload / kind.byteCount
    try requireFloat32(buffer, kind, rows: shape.first ?? 1, count, path)
    return HostTensor(shape: shape, storage: try decode(buffer, kind, count, path))
  }

  /// Values are kept as 32-bit numbers: what these could not tell apart is refused.
  private static func requireFloat32(
    _ buffer: ByteBuffer, _ kind: Kind, rows: Int, _ count: Int, _ path: String
  ) throws(DataProblem) {
    let raw = UnsafeRawPointer(buffer.memory)
    let value: (Int) -> Double
    switch kind {
    case .float64: value = { raw.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
    case .int32: value = { Double(Int32(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self))) }
    default: return
    }
    guard let found = blurredElement(rows: rows, width: count / rows, value) else { return }
    throw DataProblem(
      DataCodes.columnKind, path: path,
      reason: "the array holds numbers such as \(numberText(found.value)) that differ by "
        + "\(numberText(found.difference)), which float32 cannot tell apart; subtract an offset before you save them, "
        + "or save a csv file")
  }

  private static func bytes(_ source: ByteSource, _ count: Int) throws(DataProblem) -> [UInt8] {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, count), alignment: 8)
    defer { memory.deallocate() }
    return Array(memory[..<(try source.read(into: memory.baseAddress!, count: count))])
  }

  /// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, and nothing else.
  private static func header(_ text: String, _ path: String) throws(DataProblem) -> (Kind, [Int]) {
    func value(of key: String) throws(DataProblem) -> Substring {
      for quote in ["'", "\""] {
        let marker = "\(quote)\(key)\(quote):"
        let parts = text.split(separator: marker, maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { return parts[1].drop { $0 == " " } }
      }
      throw .badHeader(path, "the header has no `\(key)`")
    }
    let description = try value(of: "descr")
    guard let quote = description.first, quote == "'" || quote == "\"" else {
      throw .badHeader(path, "arrays of records are not read; save plain numbers")
    }
    let name = String(description.dropFirst().prefix { $0 != quote })
    guard let kind = Kind(rawValue: name) else {
      let reason =
        name.contains("O")
        ? "Python objects are never loaded; save plain numbers"
        : "numbers of type \(shownValue(name)) are not read; save float32"
      throw .badHeader(path, reason)
    }
    guard try value(of: "fortran_order").hasPrefix("False") else {
      throw .badHeader(path, "the array is in Fortran order; save `numpy.ascontiguousarray(a)`")
    }
    let list = try value(of: "shape")
    guard list.first == "(", let end = list.firstIndex(of: ")") else { throw .badHeader(path, "the shape is no tuple") }
    var shape: [Int] = []
    for part in list[list.index(after: list.startIndex)..<end].split(separator: ",") {
      let digits = part.filter { $0 != " " }
      if digits.isEmpty { continue }
      guard let size = Int(digits), size >= 0, digits.allSatisfy(\.isNumber) else {
        throw .badHeader(path, "\(shownValue(String(part))) is no size")
      }
      shape.append(size)
    }
    return (kind, shape)
  }

  private static func decode(_ buffer: ByteBuffer, _ kind: Kind, _ count: Int, _ path: String) throws(DataProblem)
    -> HostTensor.Storage
  {
    let raw = UnsafeRawPointer(buffer.memory)
    func at<T: FixedWidthInteger>(_ index: Int, _ type: T.Type) -> T {
      T(littleEndian: raw.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self))
    }
    switch kind {
    case .float32: return .float32((0..<count).map { Float(bitPattern: at($0, UInt32.self)) })
    case .float64: return .float32((0..<count).map { Float(Double(bitPattern: at($0, UInt64.self))) })
    case .uint8, .boolean: return .uint8(Array(UnsafeBufferPointer(start: buffer.bytes, count: count)))
    case .int8: return .int32((0..<count).map { Int32(Int8(bitPattern: buffer.bytes[$0])) })
    case .int16: return .int32((0..<count).map { Int32(at($0, Int16.self)) })
    case .uint16: return .int32((0..<count).map { Int32(at($0, UInt16.self)) })
    case .int32: return .int32((0..<count).map { at($0, Int32.self) })
    case .int64:
      var values = [Int32](repeating: 0, count: count)
      for index in 0..<count {
        guard let value = Int32(exactly: at(index, Int64.self)) else {
          throw .badHeader(path, "element \(index) is \(at(index, Int64.self)), beyond 32 bits")
        }
        values[index] = value
      }
      return .int32(values)
    }
  }
}
