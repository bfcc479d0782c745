#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A place in a text: line and column from 1, the column in characters.
struct TextPosition: Equatable {
  var line: Int
  var column: Int

  /// The place of a byte. Linear in the offset: for messages only.
  init(of offset: Int, in bytes: UnsafePointer<UInt8>) {
    line = 1
    var start = 0
    for index in 0..<offset where bytes[index] == 10 {
      line += 1
      start = index + 1
    }
    if line == 1, offset >= 3, bytes[0] == 0xef, bytes[1] == 0xbb, bytes[2] == 0xbf { start = 3 }
    column = 1
    for index in start..<max(start, offset) where bytes[index] & 0xc0 != 0x80 { column += 1 }
  }
}

/// The offset of the first byte that is not part of well-formed UTF-8 (RFC 3629), or nil.
func firstInvalidUTF8(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int? {
  let raw = UnsafeRawPointer(bytes)
  var at = 0
  func continues(_ offset: Int, _ low: UInt8 = 0x80, _ high: UInt8 = 0xbf) -> Bool {
    offset < count && bytes[offset] >= low && bytes[offset] <= high
  }
  while at < count {
    if at + 8 <= count, raw.loadUnaligned(fromByteOffset: at, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 {
      at += 8
      continue
    }
    let lead = bytes[at]
    switch lead {
    case 0..<0x80: at += 1
    case 0xc2...0xdf:
      guard continues(at + 1) else { return at }
      at += 2
    case 0xe0...0xef:
      guard continues(at + 1, lead == 0xe0 ? 0xa0 : 0x80, lead == 0xed ? 0x9f : 0xbf), continues(at + 2) else {
        return at
      }
      at += 3
    case 0xf0...0xf4:
      guard continues(at + 1, lead == 0xf0 ? 0x90 : 0x80, lead == 0xf4 ? 0x8f : 0xbf), continues(at + 2),
        continues(at + 3)
      else { return at }
      at += 4
    default: return at
    }
  }
  return nil
}

/// Refuses text that is not UTF-8: other encodings, NUL bytes.
func checkText(_ buffer: ByteBuffer, path: String) throws(DataProblem) {
  let bytes = buffer.bytes
  if buffer.count >= 2, (bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff) {
    throw .encoding(path, at: nil, byte: nil, "the file is UTF-16, not UTF-8", from: "UTF-16")
  }
  if let found = memchr(buffer.memory, 0, buffer.count) {
    let offset = found - buffer.memory
    throw .encoding(
      path, at: TextPosition(of: offset, in: bytes), byte: offset, "a NUL byte, which no text file holds", from: nil)
  }
  if let offset = firstInvalidUTF8(bytes, buffer.count) {
    let code = String(bytes[offset], radix: 16, uppercase: true)
    throw .encoding(
      path, at: TextPosition(of: offset, in: bytes), byte: offset,
      "the byte 0x\(code) is not UTF-8; the file may be Latin-1 (Windows-1252)", from: "WINDOWS-1252")
  }
}

extension DataProblem {
  static func encoding(_ path: String, at place: TextPosition?, byte: Int?, _ reason: String, from: String?)
    -> DataProblem
  {
    DataProblem(
      DataCodes.encoding, path: path, line: place?.line, column: place?.column,
      reason: byte.map { "\(reason) (byte \($0) of the file)" } ?? reason,
      hint: from.map { "convert it: `iconv -f \($0) -t UTF-8 FILE > NEW`" })
  }
}
