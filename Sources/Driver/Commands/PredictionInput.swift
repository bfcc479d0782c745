import Datasets
import Runs

/// The rows for a prediction: a file, or what arrives on standard input, told by its first bytes.
struct PredictionInput {
  enum Format {
    case npy, safetensors
    /// A table, texts or pictures: what the program reads.
    case text
  }
  /// As messages name it.
  let path: String
  let format: Format
  let access: FileAccess
  /// The whole of standard input; nil for a file.
  let bytes: [UInt8]?

  init(_ given: String) throws {
    guard given == "-" else {
      path = given
      format = given.hasSuffix(".npy") ? .npy : given.hasSuffix(".safetensors") ? .safetensors : .text
      access = .commandLine()
      bytes = nil
      return
    }
    let outer = FileAccess.commandLine()
    let found = try outer.read(given, limit: outer.freeMemory)
    path = "standard input"
    format = Self.format(of: found)
    var memory = FileAccess(files: [path: found])
    memory.allowOutside = true
    access = memory
    bytes = found
  }

  /// npy begins with `\u{93}NUMPY`; safetensors with the length of a header that fits, and the header's brace.
  static func format(of bytes: [UInt8]) -> Format {
    if bytes.starts(with: [0x93] + Array("NUMPY".utf8)) { return .npy }
    guard bytes.count > 8, bytes[8] == UInt8(ascii: "{") else { return .text }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return length <= UInt64(bytes.count - 8) ? .safetensors : .text
  }
}
