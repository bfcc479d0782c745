/// One picture: rows from the top, pixels from the left, channels together.
struct Picture: Equatable {
  var height: Int
  var width: Int
  /// 1 grey, 2 grey and alpha, 3 red green blue, 4 with alpha.
  var channels: Int
  var pixels: [UInt8]
}

/// Portable Network Graphics (ISO/IEC 15948): every colour type and depth, without interlacing. Depths below 8 are
/// scaled up to 0 … 255, 16 bits keep their upper 8. Checksums are verified.
enum PNG {
  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  private struct Header {
    var width: Int
    var height: Int
    var depth: Int
    var colour: Int
    /// Values for each pixel as stored.
    var samples: Int { [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][colour]! }
    var rowBytes: Int { (width * samples * depth + 7) / 8 }
  }

  static func read(_ bytes: [UInt8], path: String, zlib: Zlib?, limit: Int) throws(DataProblem) -> Picture {
    guard bytes.starts(with: signature) else {
      throw signature.starts(with: bytes)
        ? .truncated(path, "the file ends inside the header")
        : .badHeader(path, "a png file begins with `\\u{89}PNG`")
    }
    guard let zlib else { throw .missingZlib(path) }
    var at = 8
    var header: Header?
    var palette: [UInt8] = []
    var packed: [UInt8] = []
    while true {
      guard at + 12 <= bytes.count else { throw .truncated(path, "the file ends before its last chunk") }
      let length = word(bytes, at)
      let kind = String(decoding: bytes[(at + 4)..<(at + 8)], as: UTF8.self)
      guard length <= bytes.count - at - 12 else {
        throw .truncated(path, "a chunk announces \(byteText(length)), the file has \(byteText(bytes.count - at - 12))")
      }
      guard checksum(bytes[(at + 4)..<(at + 8 + length)]) == UInt32(word(bytes, at + 8 + length)) else {
        throw .damaged(path, "the checksum of a chunk is wrong")
      }
      let body = bytes[(at + 8)..<(at + 8 + length)]
      at += 12 + length
      if header == nil, kind != "IHDR" { throw .badHeader(path, "the first chunk of a png file is IHDR") }
      switch kind {
      case "IHDR":
        guard header == nil else { throw .badHeader(path, "a png file has one header") }
        header = try parse(Array(body), path)
      case "PLTE": palette = Array(body)
      case "IDAT": packed += body
      case "IEND":
        guard let header else { throw .badHeader(path, "the first chunk of a png file is IHDR") }
        let rows = try unpack(packed, header, path, zlib, limit)
        return try decode(rows, header, palette, path)
      default:
        // An upper-case first letter: the picture cannot be shown without it.
        if body.startIndex >= 4, bytes[body.startIndex - 4] & 0x20 == 0 {
          throw .badHeader(path, "the chunk \(shownValue(kind)) is not known")
        }
      }
    }
  }

  private static func word(_ bytes: [UInt8], _ at: Int) -> Int {
    bytes[at..<(at + 4)].reduce(0) { $0 << 8 | Int($1) }
  }

  private static func parse(_ body: [UInt8], _ path: String) throws(DataProblem) -> Header {
    guard body.count == 13 else { throw .badHeader(path, "the header of a png file has 13 bytes") }
    let header = Header(width: word(body, 0), height: word(body, 4), depth: Int(body[8]), colour: Int(body[9]))
    let depths: [Int: [Int]] = [0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]]
    guard depths[header.colour]?.contains(header.depth) == true, body[10] == 0, body[11] == 0 else {
      throw .badHeader(path, "colour type \(header.colour) with \(header.depth) bits is not known")
    }
    guard body[12] == 0 else { throw .badHeader(path, "interlaced pictures are not read; save it without") }
    guard (1...65_535).contains(header.width), (1...65_535).contains(header.height) else {
      throw .badHeader(path, "a picture of \(header.width) × \(header.height) is not read")
    }
    return header
  }

  /// The filtered rows: exactly as many bytes as the header says.
  private static func unpack(_ packed: [UInt8], _ header: Header, _ path: String, _ zlib: Zlib, _ limit: Int)
    throws(DataProblem) -> [UInt8]
  {
    let size = header.height * (header.rowBytes + 1)
    if size > packed.count * ByteSource.greatestRatio {
      throw .truncated(path, "\(byteText(packed.count)) of compressed data cannot hold \(byteText(size)) of pixels")
    }
    if size > limit { throw .tooLarge(path, needs: size, limit: limit) }
    var rows = [UInt8](repeating: 0, count: size + 1)
    let inflater = Inflater(zlib, .zlib)
    var (read, written) = (0, 0)
    while true {
      let step = packed.withUnsafeBytes { input in
        rows.withUnsafeMutableBytes { output in
          inflater.step(
            input: input.baseAddress! + read, inputCount: input.count - read, output: output.baseAddress! + written,
            outputCount: output.count - written)
        }
      }
      read += step.read
      written += step.written
      if written > size { throw .damaged(path, "there are more pixels than the header says") }
      switch step.outcome {
      case .damaged(let reason): throw .damaged(path, reason)
      case .ended:
        guard written == size else { throw .truncated(path, "there are fewer pixels than the header says") }
        rows.removeLast()
        return rows
      case .progress:
        if step.read == 0, step.written == 0 { throw .truncated(path, "the compressed pixels end too early") }
      }
    }
  }

  /// Undoes the filter of each row (section 9) and spreads samples out to bytes.
  private static func decode(_ filtered: [UInt8], _ header: Header, _ palette: [UInt8], _ path: String)
    throws(DataProblem) -> Picture
  {
    let channels = header.colour == 3 ? 3 : header.samples
    var pixels: [UInt8] = []
    pixels.reserveCapacity(header.width * header.height * channels)
    let step = max(1, header.samples * header.depth / 8)
    var above = [UInt8](repeating: 0, count: header.rowBytes)
    for y in 0..<header.height {
      let start = y * (header.rowBytes + 1)
      var row = Array(filtered[(start + 1)..<(start + 1 + header.rowBytes)])
      guard filtered[start] <= 4 else { throw .damaged(path, "row \(y) has the unknown filter \(filtered[start])") }
      unfilter(&row, above, Int(filtered[start]), step)
      for x in 0..<(header.width * header.samples) {
        let sample = sample(row, x, header.depth)
        if header.colour == 3 {
          guard 3 * sample + 2 < palette.count else {
            throw .damaged(path, "a pixel names a colour beyond the palette")
          }
          pixels += palette[(3 * sample)..<(3 * sample + 3)]
        } else {
          pixels.append(UInt8(header.depth < 8 ? sample * 255 / ((1 << header.depth) - 1) : sample))
        }
      }
      above = row
    }
    return Picture(height: header.height, width: header.width, channels: channels, pixels: pixels)
  }

  private static func sample(_ row: [UInt8], _ index: Int, _ depth: Int) -> Int {
    if depth >= 8 { return Int(row[index * depth / 8]) }
    let bit = index * depth
    return Int(row[bit / 8] >> UInt8(8 - depth - bit % 8)) & ((1 << depth) - 1)
  }

  private static func unfilter(_ row: inout [UInt8], _ above: [UInt8], _ filter: Int, _ step: Int) {
    guard filter > 0 else { return }
    for x in row.indices {
      let left = x >= step ? Int(row[x - step]) : 0
      let up = Int(above[x])
      let corner = x >= step ? Int(above[x - step]) : 0
      let predicted =
        switch filter {
        case 1: left
        case 2: up
        case 3: (left + up) / 2
        default: paeth(left, up, corner)
        }
      row[x] = row[x] &+ UInt8(truncatingIfNeeded: predicted)
    }
  }

  /// The neighbour closest to left + up − corner (A. W. Paeth 1991).
  private static func paeth(_ left: Int, _ up: Int, _ corner: Int) -> Int {
    let estimate = left + up - corner
    let (a, b, c) = (abs(estimate - left), abs(estimate - up), abs(estimate - corner))
    return a <= b && a <= c ? left : b <= c ? up : corner
  }

  private static let table: [UInt32] = (0..<256).map { start in
    (0..<8).reduce(UInt32(start)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xedb8_8320 : value >> 1 }
  }

  /// CRC-32 (annex D).
  private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var crc = UInt32.max
    for byte in bytes { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ crc >> 8 }
    return ~crc
  }
}
