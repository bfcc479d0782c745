import Tensors

/// Where summaries are kept, by a key of the content; both closures may fail silently.
package struct SummaryCache: Sendable {
  package var load: @Sendable (_ key: String) -> [UInt8]?
  package var store: @Sendable (_ key: String, _ bytes: [UInt8]) -> Void
  package init(
    load: @escaping @Sendable (_ key: String) -> [UInt8]?,
    store: @escaping @Sendable (_ key: String, _ bytes: [UInt8]) -> Void
  ) {
    self.load = load
    self.store = store
  }
}

/// The greatest number of distinct values that a summary lists.
package let mostListedValues = 100_000

/// Reads a source once and says what is in it. With a cache, a source whose bytes were seen before is only hashed.
package func summarize(_ source: SourceDescription, _ access: FileAccess, cache: SummaryCache? = nil)
  throws(DataProblem) -> DataSummary
{
  guard let cache else { return try summarizeTable(source, access) }
  let key = try contentKey(source, access)
  if let bytes = cache.load(key), let known = try? SummaryCoding.decode(DataSummary.self, bytes) { return known }
  let summary = try summarizeTable(source, access)
  if let bytes = SummaryCoding.encode(summary) { cache.store(key, bytes) }
  return summary
}

/// A key that changes with the bytes of the files, with the settings that say how to read them, and with what
/// a summary holds.
func contentKey(_ source: SourceDescription, _ access: FileAccess) throws(DataProblem) -> String {
  var text = "summary 2 \(source.kind)\n"
  for (label, value) in source.options.sorted(by: { $0.key < $1.key }) {
    text += "\(label)=\(value.utf8.count):\(value)\n"
  }
  for (label, path) in source.paths.sorted(by: { $0.key < $1.key }) {
    if source.kind == "images" || source.kind == "lines" {
      let files = source.kind == "images" ? try pictureFiles(path, access) : try lineFiles(path, access)
      for file in files {
        text += "\(file.utf8.count):\(file)=\(try fileHash(file, access))\n"
      }
      continue
    }
    text += "\(label)=\(path.hasSuffix(".gz"))\(try fileHash(path, access))\n"
  }
  return SHA256.hex(Array(text.utf8))
}

/// What changes with the content of a path of a source: a file, or all files of a folder.
package func sourceHash(_ path: String, of source: SourceDescription, _ access: FileAccess) throws(DataProblem)
  -> String
{
  ["images", "lines"].contains(source.kind) ? try contentKey(source, access) : try fileHash(path, access)
}

private func summarizeTable(_ source: SourceDescription, _ access: FileAccess) throws(DataProblem) -> DataSummary {
  if source.kind == "csv" {
    let file = try openCSV(source, access)
    let (rows, found) = try file.columns([CSVUse](repeating: .either, count: file.names.count))
    let table = try Table(rows: rows, columns: found).fulfilling(source)
    return summary(table.rows, table.columns.compactMap { $0 }) { TextPosition(of: $0, in: file.buffer.bytes).line }
  }
  if source.kind == "text" || source.kind == "lines" || source.kind == "images" || Toy(rawValue: source.kind) != nil {
    let found: [(rows: Int, column: TableColumn)]
    switch source.kind {
    case "text": found = [try loadText(source, access)]
    case "images": found = try loadImages(source, access)
    case "lines": found = try loadLines(source, access)
    default: found = try Toy(rawValue: source.kind)!.load(source.options)
    }
    let table = try Table(rows: found[0].rows, columns: found.map(\.column)).fulfilling(source)
    var result = summary(table.rows, table.columns.compactMap { $0 }) { _ in 0 }
    // The tokens of a text repeat, and may be numbers: that is no sign of a mistake.
    if source.kind == "text" {
      result.duplicateRows = 0
      result.columns[0].oddValue = nil
      result.columns[0].oddLine = nil
    }
    return result
  }
  let uses = source.paths.keys.sorted().map { ColumnUse(key: .name($0), role: .tensor, span: source.span) }
  let table = try loadTable(source, uses: uses, needed: nil, access).fulfilling(source)
  return summary(table.rows, table.columns.compactMap { $0 }) { _ in 0 }
}

private func summary(_ rows: Int, _ columns: [TableColumn], line: (Int) -> Int) -> DataSummary {
  var hashes = [UInt64](repeating: 0, count: rows)
  var columnHashes: [UInt64] = []
  for column in columns { columnHashes.append(mixRows(column, rows, into: &hashes)) }
  var distinct = WordSet()
  for hash in hashes { distinct.insert(hash) }
  return DataSummary(
    rows: rows, columns: columns.map { summary(of: $0, line: line) }, duplicateRows: rows - distinct.words.count,
    equalColumns: equalColumns(columns, columnHashes))
}

/// Mixes each value of a column into the hash of its row; returns the hash of the column.
private func mixRows(_ column: TableColumn, _ rows: Int, into hashes: inout [UInt64]) -> UInt64 {
  var whole: UInt64 = 0x9e37_79b9_7f4a_7c15
  func mix(_ row: Int, _ word: UInt64) {
    hashes[row] = foldedProduct(hashes[row] ^ word ^ 0x9e37_79b9_7f4a_7c15, 0xa076_1d64_78bd_642f) &+ word
    whole = foldedProduct(whole ^ word, 0xe703_7ed1_a0b4_28db) &+ word
  }
  switch column.storage {
  case .number(let values):
    for row in 0..<rows { mix(row, values[row].isNaN ? UInt64.max : (values[row] + 0).bitPattern) }
  case .text(let codes, let dictionary):
    for row in 0..<rows { mix(row, UInt64(truncatingIfNeeded: Int(codes[row]) + 1) &+ 1 << 40) }
    for text in dictionary { whole = foldedProduct(whole ^ UInt64(text.utf8.count), 0xe703_7ed1_a0b4_28db) }
  case .tensor(let shape, let values):
    let width = shape.reduce(1, *)
    func all<T>(_ values: [T]) {
      values.withUnsafeBytes { raw in
        let bytes = raw.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let size = width * MemoryLayout<T>.stride
        for row in 0..<rows { mix(row, hashBytes(bytes.map { $0 + row * size }, size)) }
      }
    }
    switch values {
    case .float32(let values): all(values)
    case .int32(let values): all(values)
    case .uint8(let values): all(values)
    }
  }
  return whole
}

/// Groups of columns with the same values; equal hashes are verified.
private func equalColumns(_ columns: [TableColumn], _ hashes: [UInt64]) -> [[Int]] {
  var groups: [UInt64: [[Int]]] = [:]
  for index in columns.indices {
    var same = groups[hashes[index]] ?? []
    if let known = same.firstIndex(where: { areEqual(columns[$0[0]].storage, columns[index].storage) }) {
      same[known].append(index)
    } else {
      same.append([index])
    }
    groups[hashes[index]] = same
  }
  return groups.values.flatMap { $0 }.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
}

private func areEqual(_ a: TableColumn.Storage, _ b: TableColumn.Storage) -> Bool {
  if case .number(let a) = a, case .number(let b) = b {
    return a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
  }
  return a == b
}

private func summary(of column: TableColumn, line: (Int) -> Int) -> ColumnSummary {
  switch column.storage {
  case .number(let values): return numberSummary(column.name, .number, values, shape: [])
  case .tensor(let shape, .uint8(let bytes)) where shape.reduce(1, *) != 1:
    return byteSummary(column.name, bytes, shape)
  case .tensor(let shape, let values): return numberSummary(column.name, .tensor, values.doubles, shape: shape)
  case .text(let codes, let dictionary):
    var result = ColumnSummary(name: column.name, kind: .text)
    result.missing = codes.count { $0 < 0 }
    result.distinctCount = dictionary.count
    result.values = dictionary.count <= mostListedValues ? dictionary : nil
    let isNumber = dictionary.map { number(from: $0) != nil }
    let numbers = codes.count { $0 >= 0 && isNumber[Int($0)] }
    if numbers * 2 > codes.count - result.missing,
      !column.firstOffsets.isEmpty,
      let odd = dictionary.indices.filter({ !isNumber[$0] }).min(by: {
        column.firstOffsets[$0] < column.firstOffsets[$1]
      })
    {
      result.oddValue = dictionary[odd]
      result.oddLine = line(column.firstOffsets[odd])
    }
    if result.oddValue == nil, !column.firstOffsets.isEmpty {
      let foreign = dictionary.indices.filter { isForeignNumber(dictionary[$0]) }
      if foreign.count * 2 > dictionary.count,
        let odd = foreign.min(by: { column.firstOffsets[$0] < column.firstOffsets[$1] })
      {
        result.oddValue = dictionary[odd]
        result.oddLine = line(column.firstOffsets[odd])
      }
    }
    return result
  }
}

/// Whether a text is a number with a decimal comma, or a percentage: `1,288`, `12%`.
private func isForeignNumber(_ text: String) -> Bool {
  let plain = text.hasSuffix("%") ? String(text.dropLast()) : text
  let pointed = plain.replacing(",", with: ".")
  return pointed != text && number(from: pointed) != nil
}

/// As ``numberSummary``, from how often each byte occurs.
private func byteSummary(_ name: String, _ bytes: [UInt8], _ shape: [Int]) -> ColumnSummary {
  var counts = [Int](repeating: 0, count: 256)
  for byte in bytes { counts[Int(byte)] += 1 }
  var result = ColumnSummary(name: name, kind: .tensor, shape: shape, isWhole: true)
  let found = counts.indices.filter { counts[$0] > 0 }
  guard let low = found.first, let high = found.last else { return result }
  let total = Double(bytes.count)
  let mean = Double(found.reduce(0) { $0 + $1 * counts[$1] }) / total
  let squares = found.reduce(0.0) { $0 + Double(counts[$1]) * (Double($1) - mean) * (Double($1) - mean) }
  result.minimum = Double(low)
  result.maximum = Double(high)
  result.mean = mean
  result.standardDeviation = (squares / total).squareRoot()
  return result
}

/// The rows (from 1) that bring new numbers, as many as there are distinct ones: the order of ``distinctNumbers(_:)``.
private func firstRows(_ values: [Double], count: Int) -> [Int] {
  var set = WordSet()
  var rows: [Int] = []
  rows.reserveCapacity(count)
  for (index, value) in values.enumerated() where !value.isNaN {
    set.insert((value + 0).bitPattern)
    if set.words.count > rows.count { rows.append(index + 1) }
    if rows.count == count { break }
  }
  return rows
}

/// Mean and standard deviation (over n) in two passes.
private func numberSummary(_ name: String, _ kind: ColumnSummary.Kind, _ values: [Double], shape: [Int])
  -> ColumnSummary
{
  var result = ColumnSummary(name: name, kind: kind, shape: shape)
  var count = 0
  var (low, high, sum) = (Double.infinity, -Double.infinity, 0.0)
  var isWhole = true
  var (lowIndex, highIndex) = (0, 0)
  for (index, value) in values.enumerated() where !value.isNaN {
    count += 1
    if value < low { (low, lowIndex) = (value, index) }
    if value > high { (high, highIndex) = (value, index) }
    sum += value
    if value != value.rounded() { isWhole = false }
  }
  result.missing = values.count - count
  result.isWhole = isWhole && count > 0
  guard count > 0 else { return result }
  let mean = sum / Double(count)
  var squares = 0.0
  for value in values where !value.isNaN { squares += (value - mean) * (value - mean) }
  let width = max(shape.reduce(1, *), 1)
  result.minimum = low
  result.maximum = high
  result.minimumRow = lowIndex / width + 1
  result.maximumRow = highIndex / width + 1
  result.mean = mean
  result.standardDeviation = (squares / Double(count)).squareRoot()
  // The pixels of images are no classes: only single values are listed.
  if shape.reduce(1, *) == 1 {
    let distinct = distinctNumbers(values)
    result.distinctCount = distinct.words.count
    // Sorting and spelling what is not listed would take longer than reading it.
    if distinct.words.count <= mostListedValues {
      let numbers = distinct.words.map { Double(bitPattern: $0) }
      let order = numbers.indices.sorted { numbers[$0] < numbers[$1] }
      result.values = order.map { numberText(numbers[$0]) }
      let rows = firstRows(values, count: numbers.count)
      result.firstRows = order.map { rows[$0] }
    }
  }
  return result
}
