import Datasets
import Diagnostics
import Foundation

let anywhere = Span(file: FileID(0), start: 0, end: 0)

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

func csv(_ path: String = "a.csv", _ options: [String: String] = [:]) -> SourceDescription {
  SourceDescription(kind: "csv", paths: ["path": path], options: options, span: anywhere)
}

func use(_ name: String, _ role: ColumnUse.Role) -> ColumnUse {
  ColumnUse(key: .name(name), role: role, span: anywhere)
}

func use(_ position: Int, _ role: ColumnUse.Role) -> ColumnUse {
  ColumnUse(key: .position(position), role: role, span: anywhere)
}

/// A data set from the text of a csv file.
func dataset(_ text: String, _ uses: [ColumnUse], options: [String: String] = [:]) throws(DataProblem) -> Dataset {
  try Dataset(csv("a.csv", options), uses, FileAccess(files: ["a.csv": bytes(text)]))
}

/// The problem that a reading meets, or nil.
func problem(_ body: () throws(DataProblem) -> Void) -> DataProblem? {
  do throws(DataProblem) {
    try body()
    return nil
  } catch {
    return error
  }
}

func summaryProblem(_ text: String, _ options: [String: String] = [:]) -> DataProblem? {
  problem { () throws(DataProblem) in
    _ = try summarize(csv("a.csv", options), FileAccess(files: ["a.csv": bytes(text)]))
  }
}

func floats(_ set: Dataset, _ column: Int) -> [Float] {
  guard case .float32(let values) = set.columns[column].values else { return [] }
  return values
}

func codes(_ set: Dataset, _ column: Int) -> [Int32] {
  guard case .int32(let values) = set.columns[column].values else { return [] }
  return values
}

/// A new folder, removed when the test ends.
final class Folder {
  let path: String
  init() {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("datasets-\(UUID().uuidString)").path
    try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ bytes: [UInt8]) {
    let full = path + "/" + name
    try! FileManager.default.createDirectory(
      atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try! Data(bytes).write(to: URL(fileURLWithPath: full))
  }
}

/// CRC-32 as in RFC 1952, section 8.
func crc32(_ bytes: [UInt8]) -> UInt32 {
  var crc = UInt32.max
  for byte in bytes {
    crc ^= UInt32(byte)
    for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
  }
  return ~crc
}

func littleEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

/// A gzip member of stored blocks (RFC 1951, 3.2.4).
func gzip(_ bytes: [UInt8]) -> [UInt8] {
  var result: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
  var start = 0
  repeat {
    let count = min(65535, bytes.count - start)
    let isLast: UInt8 = start + count == bytes.count ? 1 : 0
    result += [isLast, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8 & 255)]
    result += bytes[start..<(start + count)]
    start += count
  } while start < bytes.count
  return result + littleEndian(crc32(bytes)) + littleEndian(UInt32(bytes.count))
}

/// A gzip member that repeats `1` and a line feed, `258 · repeats + 2` bytes, at 1032 to 1: one block with codes of its
/// own (RFC 1951, 3.2.7), in which a match of length 258 and distance 2 takes two bits. Its checksum is wrong.
func bomb(repeats: Int) -> [UInt8] {
  var result: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]
  var pending: UInt8 = 0
  var count = 0
  func put(_ value: Int, _ bits: Int) {
    for bit in 0..<bits {
      pending |= UInt8(value >> bit & 1) << count
      count += 1
      if count == 8 {
        result.append(pending)
        (pending, count) = (0, 0)
      }
    }
  }
  put(1, 1)
  put(2, 2)
  put(286 - 257, 5)
  put(2 - 1, 5)
  put(18 - 4, 4)
  // Lengths of the codes for 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1; their codes, from the
  // shortest: 18 `0`, 3 `10`, 1 `110`, 2 `1110`, 17 `1111`.
  for length in [0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 4, 0, 3] { put(length, 3) }
  func code(_ bits: String) { for bit in bits { put(bit == "1" ? 1 : 0, 1) } }
  func zeros(_ run: Int) {
    code(run <= 10 ? "1111" : "0")
    put(run <= 10 ? run - 3 : run - 11, run <= 10 ? 3 : 7)
  }
  zeros(10)
  code("10")  // line feed: 3 bits
  zeros(38)
  code("10")  // `1`: 3 bits
  zeros(138)
  zeros(68)
  code("1110")  // end of block: 2 bits
  zeros(28)
  code("110")  // length 258: 1 bit
  code("110")  // distance 1: 1 bit
  code("110")  // distance 2: 1 bit
  code("111")
  code("110")
  for _ in 0..<repeats { code("01") }
  code("10")
  while count != 0 { put(0, 1) }
  return result + littleEndian(0) + littleEndian(0)
}

/// An idx file of bytes.
func idx(_ shape: [Int], _ values: [UInt8], kind: UInt8 = 8) -> [UInt8] {
  var result: [UInt8] = [0, 0, kind, UInt8(shape.count)]
  for size in shape { result += littleEndian(UInt32(size)).reversed() }
  return result + values
}
