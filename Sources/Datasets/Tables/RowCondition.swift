import Tensors

/// Which rows of a source a data block takes: `where: label >= 5 and kind != "spoiled"`.
package indirect enum RowCondition: Sendable, Hashable, Codable {
  package enum Comparison: String, Sendable, Hashable, Codable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
  }
  /// A value of a column against a number; no row without a value fulfils it.
  case number(column: String, Comparison, Double)
  /// A value of a column against a text, `==` or `!=`; no row without a value fulfils it.
  case text(column: String, Comparison, String)
  case all([RowCondition])
  case any([RowCondition])
  case not(RowCondition)

  /// The option of a source that holds its condition.
  static let label = "where"

  /// The columns that it reads, each once, in the order of first use.
  package var columns: [String] {
    var found: [String] = []
    func walk(_ condition: RowCondition) {
      switch condition {
      case .number(let column, _, _), .text(let column, _, _): if !found.contains(column) { found.append(column) }
      case .all(let parts), .any(let parts): parts.forEach(walk)
      case .not(let part): walk(part)
      }
    }
    walk(self)
    return found
  }

  /// Whether each row fulfils it.
  func rows(_ count: Int, _ columns: [String: TableColumn], path: String) throws(DataProblem) -> [Bool] {
    switch self {
    case .number(let name, let comparison, let value):
      return try column(name, columns, path).numbers(path).map { comparison.holds($0, value) }
    case .text(let name, let comparison, let value):
      let texts = try column(name, columns, path).texts(path)
      let isWanted = comparison == .equal
      return texts.map { text in text.map { $0.utf8.elementsEqual(value.utf8) == isWanted } ?? false }
    case .all(let parts): return try combined(parts, count, columns, path, from: true) { $0 && $1 }
    case .any(let parts): return try combined(parts, count, columns, path, from: false) { $0 || $1 }
    case .not(let part): return try part.rows(count, columns, path: path).map { !$0 }
    }
  }

  private func combined(
    _ parts: [RowCondition], _ count: Int, _ columns: [String: TableColumn], _ path: String, from start: Bool,
    _ join: (Bool, Bool) -> Bool
  ) throws(DataProblem) -> [Bool] {
    var result = [Bool](repeating: start, count: count)
    for part in parts {
      for (row, flag) in try part.rows(count, columns, path: path).enumerated() {
        result[row] = join(result[row], flag)
      }
    }
    return result
  }

  private func column(_ name: String, _ columns: [String: TableColumn], _ path: String) throws(DataProblem)
    -> TableColumn
  {
    guard let column = columns[name] else {
      throw .missingColumn(path, .name(name), names: columns.keys.sorted(by: precedes))
    }
    return column
  }
}

extension RowCondition.Comparison {
  /// False of a missing value.
  fileprivate func holds(_ a: Double, _ b: Double) -> Bool {
    switch self {
    case .equal: a == b
    case .notEqual: a != b && !a.isNaN
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    }
  }
}

extension SourceDescription {
  /// Which rows are taken; nil for all.
  package var condition: RowCondition? {
    get { options[RowCondition.label].flatMap { try? SummaryCoding.decode(RowCondition.self, Array($0.utf8)) } }
    set {
      options[RowCondition.label] = newValue.flatMap { SummaryCoding.encode($0) }.map {
        String(decoding: $0, as: UTF8.self)
      }
    }
  }
}

extension TableColumn {
  /// A number for each row, NaN where missing.
  fileprivate func numbers(_ path: String) throws(DataProblem) -> [Double] {
    switch storage {
    case .number(let values): return values
    case .tensor(let shape, let values) where shape.reduce(1, *) == 1: return values.doubles
    case .tensor: throw .columnKind(path, name, "holds a tensor in each row, which is not compared with a number")
    case .text(let codes, let dictionary):
      let numbers = dictionary.map { number(from: $0) }
      if let bad = numbers.firstIndex(of: nil) {
        throw .columnKind(path, name, "holds \(shownValue(dictionary[bad])), which is not compared with a number")
      }
      return codes.map { $0 < 0 ? .nan : numbers[Int($0)] ?? .nan }
    }
  }

  /// A text for each row, nil where missing.
  fileprivate func texts(_ path: String) throws(DataProblem) -> [String?] {
    guard case .text(let codes, let dictionary) = storage else {
      throw .columnKind(path, name, "holds numbers, which are not compared with a text")
    }
    return codes.map { $0 < 0 ? nil : dictionary[Int($0)] }
  }

  /// The column of some of its rows; texts that are left over leave the list of texts.
  func taking(_ rows: [Int]) -> TableColumn {
    var result = self
    switch storage {
    case .number(let values): result.storage = .number(rows.map { values[$0] })
    case .tensor(let shape, let values):
      let width = shape.reduce(1, *)
      func taken<T>(_ values: [T]) -> [T] {
        var result: [T] = []
        result.reserveCapacity(rows.count * width)
        for row in rows { result += values[row * width..<(row + 1) * width] }
        return result
      }
      switch values {
      case .float32(let values): result.storage = .tensor(shape: shape, values: .float32(taken(values)))
      case .int32(let values): result.storage = .tensor(shape: shape, values: .int32(taken(values)))
      case .uint8(let values): result.storage = .tensor(shape: shape, values: .uint8(taken(values)))
      }
    case .text(let codes, let dictionary):
      var isUsed = [Bool](repeating: false, count: dictionary.count)
      for row in rows where codes[row] >= 0 { isUsed[Int(codes[row])] = true }
      let kept = dictionary.indices.filter { isUsed[$0] }
      var newCodes = [Int32](repeating: -1, count: dictionary.count)
      for (code, index) in kept.enumerated() { newCodes[index] = Int32(code) }
      result.storage = .text(
        codes: rows.map { codes[$0] < 0 ? -1 : newCodes[Int(codes[$0])] }, dictionary: kept.map { dictionary[$0] })
      if !firstOffsets.isEmpty { result.firstOffsets = kept.map { firstOffsets[$0] } }
    }
    return result
  }
}

extension Table {
  /// The rows that fulfil a source's condition; all without one.
  func fulfilling(_ source: SourceDescription) throws(DataProblem) -> Table {
    guard let condition = source.condition else { return self }
    let named = Dictionary(columns.compactMap { $0 }.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let flags = try condition.rows(rows, named, path: source.shownPath)
    let kept = flags.indices.filter { flags[$0] }
    if kept.isEmpty { throw .empty(source.shownPath, "none of its \(rows) rows fulfils the condition of `where`") }
    return Table(rows: kept.count, columns: columns.map { $0?.taking(kept) })
  }
}
