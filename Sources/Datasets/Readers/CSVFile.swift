#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A csv file in memory, its header read.
///
/// RFC 4180, and beyond it: any one-byte delimiter, CRLF or LF, a byte order mark, blank lines (skipped), and spaces
/// around fields (dropped where the field is not quoted).
struct CSVFile {
  let path: String
  let format: CSVFormat
  /// One for each column; `column 3` where there is no header or it is empty there.
  let names: [String]
  /// The index of each name (by bytes: Swift's strings take canonical equivalents as equal).
  private let indices: [[UInt8]: Int]
  /// Where the first row of values begins.
  let dataStart: Int
  let buffer: ByteBuffer

  static let longestRow = 1 << 24
  static let mostColumns = 100_000

  /// Reads all of the source. Text and its columns may need about twice the file's size.
  init(_ source: ByteSource, format: CSVFormat, limit: Int) throws(DataProblem) {
    let path = source.path
    if !source.isCompressed, let size = source.storedSize, size > limit / 2 {
      throw .tooLarge(path, needs: size > Int.max / 2 ? Int.max : size * 2, limit: limit)
    }
    let buffer = try source.readAll(limit: limit) { (first) throws(DataProblem) in
      if first.count >= Self.longestRow, memchr(first.memory, 10, first.count) == nil { throw .longLine(path, line: 1) }
    }
    if buffer.count == 0 { throw .empty(path) }
    try checkText(buffer, path: path)
    buffer.reserve(buffer.count + 1)
    buffer.bytes[buffer.count] = 10
    self.path = path
    self.format = format
    self.buffer = buffer
    let scanner = CSVScanner(path: path, bytes: buffer.bytes, count: buffer.count, delimiter: format.delimiter)
    var start =
      buffer.count >= 3 && buffer.bytes[0] == 0xef && buffer.bytes[1] == 0xbb && buffer.bytes[2] == 0xbf ? 3 : 0
    start = scanner.skipBlankLines(start)
    if start >= buffer.count { throw .empty(path, "the file holds only blank lines") }
    if memchr(buffer.memory, 10, buffer.count) == nil, let mark = memchr(buffer.memory, 13, buffer.count),
      mark - buffer.memory < buffer.count - 1
    {
      throw .oldLineEnds(path)
    }
    (names, dataStart) = try Self.header(scanner, start, format)
    indices = Dictionary(names.enumerated().map { (Array($1.utf8), $0) }, uniquingKeysWith: { first, _ in first })
    if !format.isDelimiterGiven, names.count == 1 { try Self.checkDelimiter(scanner, start) }
    if scanner.skipBlankLines(dataStart) >= buffer.count { throw .empty(path, "the file holds a header and no rows") }
  }

  private static func header(_ scanner: CSVScanner, _ start: Int, _ format: CSVFormat) throws(DataProblem) -> (
    [String], Int
  ) {
    var names: [String] = []
    var seen: [[UInt8]: Int] = [:]
    var at = start
    var scratch: [UInt8] = []
    while true {
      let field = try scanner.field(at: at)
      var name: [UInt8] = []
      if format.hasHeader {
        scanner.withText(of: field, &scratch) { name = Array($0) }
        if field.next - start > longestRow { throw .longLine(scanner.path, line: scanner.place(start).line) }
      }
      if !name.isEmpty, let earlier = seen.updateValue(names.count + 1, forKey: name) {
        throw .duplicateColumn(
          scanner.path, line: scanner.place(start).line, name: String(decoding: name, as: UTF8.self),
          positions: (earlier, names.count + 1))
      }
      names.append(name.isEmpty ? "column \(names.count + 1)" : String(decoding: name, as: UTF8.self))
      if names.count > mostColumns { throw .tooManyColumns(scanner.path, line: scanner.place(start).line) }
      at = field.next
      if field.endsRow { return (names, format.hasHeader ? at : start) }
    }
  }

  /// Whether another character divides the first two lines into equally many columns.
  private static func checkDelimiter(_ scanner: CSVScanner, _ start: Int) throws(DataProblem) {
    func counts(_ from: Int) -> ([Int], Int) {
      var counts = [0, 0, 0]
      var at = from
      while at < scanner.count, scanner.bytes[at] != 10 {
        for (index, byte) in [UInt8(59), 9, 124].enumerated() where scanner.bytes[at] == byte { counts[index] += 1 }
        at += 1
      }
      return (counts, at + 1)
    }
    let (first, next) = counts(start)
    let (second, _) = counts(next)
    for (index, name) in [";", "\t", "|"].enumerated() where first[index] > 0 && first[index] == second[index] {
      throw .otherDelimiter(scanner.path, line: scanner.place(start).line, name)
    }
  }

  /// The index of a column, or nil.
  func index(of key: ColumnUse.Key) -> Int? {
    switch key {
    case .name(let name): indices[Array(name.utf8)]
    case .position(let position): names.indices.contains(position - 1) ? position - 1 : nil
    }
  }
}

/// Where a field lies.
struct CSVField {
  /// The text without quotes and outer spaces.
  var start: Int
  var count: Int
  /// Whether double quotes inside are written twice.
  var hasEscapes: Bool
  /// Where the next field, or the next row, begins.
  var next: Int
  var endsRow: Bool
}

/// Finds fields. The byte after the last is a line feed, which ends every scan.
struct CSVScanner {
  let path: String
  let bytes: UnsafeMutablePointer<UInt8>
  let count: Int
  let delimiter: UInt8

  func place(_ offset: Int) -> TextPosition { TextPosition(of: offset, in: bytes) }

  func skipBlankLines(_ start: Int) -> Int {
    var at = start
    while at < count {
      if bytes[at] == 10 { at += 1 } else if bytes[at] == 13, bytes[at + 1] == 10 { at += 2 } else { break }
    }
    return at
  }

  @inline(__always)
  private func isSpace(_ byte: UInt8) -> Bool { (byte == 32 || byte == 9) && byte != delimiter }

  func field(at start: Int) throws(DataProblem) -> CSVField {
    var from = start
    while isSpace(bytes[from]) { from += 1 }
    if bytes[from] == 34 { return try quoted(at: from) }
    var end = from
    while bytes[end] != delimiter, bytes[end] != 10 { end += 1 }
    let stop = end
    if bytes[stop] == 10, end > from, bytes[end - 1] == 13 { end -= 1 }
    while end > from, isSpace(bytes[end - 1]) { end -= 1 }
    return CSVField(start: from, count: end - from, hasEscapes: false, next: stop + 1, endsRow: bytes[stop] == 10)
  }

  private func quoted(at open: Int) throws(DataProblem) -> CSVField {
    var at = open + 1
    var hasEscapes = false
    while true {
      while at < count, bytes[at] != 34 { at += 1 }
      if at >= count { throw .openQuote(path, at: place(open)) }
      if bytes[at + 1] == 34, at + 1 < count {
        hasEscapes = true
        at += 2
      } else {
        break
      }
    }
    let close = at
    at += 1
    while isSpace(bytes[at]) { at += 1 }
    if bytes[at] == 13, bytes[at + 1] == 10 { at += 1 }
    guard bytes[at] == delimiter || bytes[at] == 10 else { throw .strayQuote(path, at: place(at)) }
    return CSVField(
      start: open + 1, count: close - open - 1, hasEscapes: hasEscapes, next: at + 1, endsRow: bytes[at] == 10)
  }

  /// The text of a field, its doubled quotes undone in the scratch.
  @inline(__always)
  func withText(of field: CSVField, _ scratch: inout [UInt8], _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    if !field.hasEscapes {
      body(UnsafeBufferPointer(start: bytes + field.start, count: field.count))
      return
    }
    scratch.removeAll(keepingCapacity: true)
    var at = field.start
    while at < field.start + field.count {
      scratch.append(bytes[at])
      at += bytes[at] == 34 ? 2 : 1
    }
    scratch.withUnsafeBufferPointer(body)
  }
}
