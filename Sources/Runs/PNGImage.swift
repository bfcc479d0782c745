/// Eight-bit images as PNG files (ISO/IEC 15948): grey or red, green and blue.
package struct PNGImage: Sendable {
  package let width: Int
  package let height: Int
  /// 1 or 3.
  package let channels: Int
  /// Row-major, channels last.
  package var pixels: [UInt8]

  /// An image of one grey.
  package init(width: Int, height: Int, channels: Int, filled value: UInt8) {
    precondition(channels == 1 || channels == 3, "grey or colours")
    self.width = width
    self.height = height
    self.channels = channels
    pixels = [UInt8](repeating: value, count: width * height * channels)
  }

  /// The bytes of the file. Pixels are stored as they are: a grid of samples is small.
  package func encoded() -> [UInt8] {
    var rows: [UInt8] = []
    rows.reserveCapacity(pixels.count + height)
    for row in 0..<height {
      rows.append(0)
      rows += pixels[row * width * channels..<(row + 1) * width * channels]
    }
    let header = bigEndian(width) + bigEndian(height) + [8, channels == 1 ? 0 : 2, 0, 0, 0]
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", stored(rows))
      + chunk("IEND", [])
  }

  /// A zlib stream of stored blocks (RFC 1950 and 1951).
  private func stored(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = [0x78, 0x01]
    var start = 0
    repeat {
      let end = min(start + 65_535, bytes.count)
      let count = UInt16(end - start)
      result.append(end == bytes.count ? 1 : 0)
      result += [UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)]
      result += bytes[start..<end]
      start = end
    } while start < bytes.count
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      a = (a + UInt32(byte)) % 65_521
      b = (b + a) % 65_521
    }
    return result + bigEndian(Int(b << 16 | a))
  }

  private func chunk(_ kind: String, _ bytes: [UInt8]) -> [UInt8] {
    let body = Array(kind.utf8) + bytes
    return bigEndian(bytes.count) + body + bigEndian(Int(PNGImage.checksum(body)))
  }

  /// CRC-32 with the polynomial of the standard's annex D.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes { sum = table[Int((sum ^ UInt32(byte)) & 255)] ^ (sum >> 8) }
    return ~sum
  }

  private static let table: [UInt32] = (0..<256).map { start in
    (0..<8).reduce(UInt32(start)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }

  private func bigEndian(_ value: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }
}
