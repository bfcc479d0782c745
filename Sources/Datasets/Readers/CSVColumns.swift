/// What becomes of a column of a csv file.
enum CSVUse {
  case skip
  /// Numbers; anything else is an error.
  case number
  case text
  /// Numbers if all are, else text.
  case either
}

/// Collects one column.
private struct Sink {
  var use: CSVUse
  var numbers: [Double] = []
  var codes: [Int32] = []
  var interner = TextInterner()
  /// Whether an ``CSVUse/either`` column met a text.
  var isText = false

  init(_ use: CSVUse, rows: Int) {
    self.use = use
    switch use {
    case .number, .either: numbers.reserveCapacity(rows)
    case .text: codes.reserveCapacity(rows)
    case .skip: break
    }
  }
}

extension CSVFile {
  /// Reads columns; the result has one for each use, nil for those skipped. Rows are checked whole in any case.
  func columns(_ uses: [CSVUse]) throws(DataProblem) -> (rows: Int, columns: [TableColumn?]) {
    precondition(uses.count == names.count, "one use for each column")
    var (rows, columns, texts) = try pass(uses)
    if !texts.isEmpty {
      let again = uses.indices.map { texts.contains($0) ? CSVUse.text : .skip }
      let (sameRows, found, _) = try pass(again)
      precondition(rows == sameRows, "a second pass sees the same rows")
      for index in texts { columns[index] = found[index] }
    }
    return (rows, columns)
  }

  /// One pass over the file; also says which columns turned out to be text.
  private func pass(_ uses: [CSVUse]) throws(DataProblem) -> (Int, [TableColumn?], Set<Int>) {
    let width = names.count
    let estimate = min(4096, (buffer.count - dataStart) / (2 * width) + 1)
    let sinks = UnsafeMutablePointer<Sink>.allocate(capacity: width)
    for index in 0..<width { (sinks + index).initialize(to: Sink(uses[index], rows: estimate)) }
    defer {
      sinks.deinitialize(count: width)
      sinks.deallocate()
    }
    let rows = try readRows(sinks, width)
    var texts: Set<Int> = []
    let columns = (0..<width).map { index -> TableColumn? in
      switch sinks[index].use {
      case .skip:
        if sinks[index].isText { texts.insert(index) }
        return nil
      case .number, .either: return TableColumn(name: names[index], storage: .number(sinks[index].numbers))
      case .text:
        let (dictionary, offsets, newCodes) = sinks[index].interner.sorted()
        for row in sinks[index].codes.indices where sinks[index].codes[row] >= 0 {
          sinks[index].codes[row] = newCodes[Int(sinks[index].codes[row])]
        }
        return TableColumn(
          name: names[index], storage: .text(codes: sinks[index].codes, dictionary: dictionary), firstOffsets: offsets)
      }
    }
    return (rows, columns, texts)
  }

  private func readRows(_ sinks: UnsafeMutablePointer<Sink>, _ width: Int) throws(DataProblem) -> Int {
    let scanner = CSVScanner(path: path, bytes: buffer.bytes, count: buffer.count, delimiter: format.delimiter)
    let bytes = UnsafePointer(scanner.bytes)
    let delimiter = format.delimiter
    let reader = NumberReader()
    defer { reader.free() }
    let missing = MissingMarks(format.missing)
    let mayBeFast = !format.missing.contains { number(from: $0) != nil }
    var scratch: [UInt8] = []
    var rows = 0
    var at = dataStart
    while true {
      at = scanner.skipBlankLines(at)
      if at >= scanner.count { return rows }
      let rowStart = at
      var column = 0
      var endsRow = false
      while true {
        let use = sinks[column].use
        var value = 0.0
        if mayBeFast, use == .number || use == .either, let stop = reader.fast(bytes + at, &value),
          stop.pointee == delimiter || stop.pointee == 10 || (stop.pointee == 13 && stop[1] == 10)
        {
          sinks[column].numbers.append(value)
          endsRow = stop.pointee != delimiter
          at = stop - bytes + (stop.pointee == 13 ? 2 : 1)
        } else {
          let field = try scanner.field(at: at)
          if use != .skip { try take(field, into: &sinks[column], column, scanner, reader, missing, &scratch) }
          endsRow = field.endsRow
          at = field.next
        }
        column += 1
        if endsRow || column == width { break }
      }
      if column != width || !endsRow { throw try ragged(scanner, rowStart, column, at, endsRow) }
      if at - rowStart > Self.longestRow { throw .longLine(path, line: scanner.place(rowStart).line) }
      rows += 1
      if rows >= Int(Int32.max) {
        throw .tooLarge(path, needs: buffer.count, limit: Int(Int32.max))
      }
    }
  }

  /// A field that is not simply a number: text, missing, quoted, padded, or a mistake.
  private func take(
    _ field: CSVField, into sink: inout Sink, _ column: Int, _ scanner: CSVScanner, _ reader: NumberReader,
    _ missing: MissingMarks, _ scratch: inout [UInt8]
  ) throws(DataProblem) {
    var bad: String?
    scanner.withText(of: field, &scratch) { text in
      let isMissing = missing.matches(text)
      if sink.use == .text {
        sink.codes.append(isMissing ? -1 : sink.interner.code(text, at: field.start))
      } else if isMissing {
        sink.numbers.append(.nan)
      } else if let value = number(fromBytes: text) {
        sink.numbers.append(value)
      } else {
        bad = sink.use == .number ? String(decoding: text, as: UTF8.self) : nil
        if sink.use == .either {
          sink.use = .skip
          sink.isText = true
          sink.numbers = []
        }
      }
    }
    if let bad {
      throw .notANumber(path, at: scanner.place(field.start), column: names[column], value: bad)
    }
  }

  private func ragged(_ scanner: CSVScanner, _ rowStart: Int, _ found: Int, _ next: Int, _ endsRow: Bool)
    throws(DataProblem) -> DataProblem
  {
    var fields = found
    var at = next
    var isDone = endsRow
    while !isDone {
      let field = try scanner.field(at: at)
      fields += 1
      at = field.next
      isDone = field.endsRow
    }
    // More fields: the place of the first surplus one. Fewer: the row.
    let place = scanner.place(fields > found ? next : rowStart)
    return .raggedRow(path, at: place, fields: fields, expected: names.count, hasHeader: format.hasHeader)
  }
}

/// The texts that stand for a missing value.
private struct MissingMarks {
  private let marks: [[UInt8]]
  private let longest: Int

  init(_ texts: [String]) {
    marks = texts.map { Array($0.utf8) }
    longest = marks.map(\.count).max() ?? 0
  }

  @inline(__always)
  func matches(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    if text.isEmpty { return true }
    if text.count > longest { return false }
    for mark in marks where mark.count == text.count && mark.elementsEqual(text) { return true }
    return false
  }
}
