/// The portable grey and colour maps of netpbm: P2 and P3 as text, P5 and P6 as bytes; greatest value up to 65 535,
/// scaled to 0 … 255.
enum PNM {
  static func isOne(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 2 && bytes[0] == UInt8(ascii: "P") && [0x32, 0x33, 0x35, 0x36].contains(bytes[1])
  }

  static func read(_ bytes: [UInt8], path: String, limit: Int) throws(DataProblem) -> Picture {
    guard isOne(bytes) else { throw .badHeader(path, "the file is no grey or colour map of netpbm (P2, P3, P5, P6)") }
    var at = 2
    let width = try whole(bytes, &at, path)
    let height = try whole(bytes, &at, path)
    let greatest = try whole(bytes, &at, path)
    guard (1...65_535).contains(width), (1...65_535).contains(height), (1...65_535).contains(greatest) else {
      throw .badHeader(path, "a picture of \(width) × \(height) with values up to \(greatest) is not read")
    }
    let isText = bytes[1] < 0x35
    let channels = bytes[1] == 0x33 || bytes[1] == 0x36 ? 3 : 1
    let count = width * height * channels
    let sampleBytes = isText ? 2 : greatest > 255 ? 2 : 1
    // As text, a sample takes at least a digit and a space.
    guard count * sampleBytes - (isText ? 1 : 0) <= bytes.count - at else {
      throw .truncated(path, "\(width) × \(height) pixels need more than the \(byteText(bytes.count)) of the file")
    }
    if count > limit { throw .tooLarge(path, needs: count, limit: limit) }
    var pixels = [UInt8](repeating: 0, count: count)
    if !isText {
      guard at < bytes.count, isSpace(bytes[at]) else { throw .badHeader(path, "a space ends the header") }
      at += 1
      guard bytes.count - at >= count * sampleBytes else {
        throw .truncated(path, "the file ends inside the pixels")
      }
    }
    for index in 0..<count {
      let sample: Int
      if isText {
        sample = try whole(bytes, &at, path)
      } else if sampleBytes == 2 {
        sample = Int(bytes[at]) << 8 | Int(bytes[at + 1])
        at += 2
      } else {
        sample = Int(bytes[at])
        at += 1
      }
      guard sample <= greatest else {
        throw .damaged(path, "a value of \(sample) is greater than the greatest, \(greatest)")
      }
      pixels[index] = UInt8(greatest == 255 ? sample : (sample * 255 + greatest / 2) / greatest)
    }
    return Picture(height: height, width: width, channels: channels, pixels: pixels)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }

  /// A number after spaces and comments (`#` to the end of the line).
  private static func whole(_ bytes: [UInt8], _ at: inout Int, _ path: String) throws(DataProblem) -> Int {
    while at < bytes.count, isSpace(bytes[at]) || bytes[at] == 35 {
      if bytes[at] == 35 { while at < bytes.count, bytes[at] != 10 { at += 1 } } else { at += 1 }
    }
    if at == bytes.count { throw .truncated(path, "the file ends where a number is expected") }
    var value = 0
    let start = at
    while at < bytes.count, bytes[at] >= 48, bytes[at] <= 57 {
      value = min(value * 10 + Int(bytes[at] - 48), 1 << 20)
      at += 1
    }
    guard at > start else { throw .badHeader(path, "byte \(at) is not part of a number") }
    return value
  }
}
