import Tensors

/// Columns in memory, ready for batches.
///
/// Numbers are `float32` (NaN where missing), categories `int32` codes (−1 where missing or not in the list), tensors
/// stay what they are (bytes stay bytes), except that whole numbers without a shape (labels) become `int32`.
package struct Dataset: Sendable {
  /// A value that the list of categories does not have.
  package struct Unseen: Sendable, Hashable {
    package var value: String
    package var rows: Int
    /// The first row that has it, from 1.
    package var firstRow: Int
    package init(value: String, rows: Int, firstRow: Int) {
      self.value = value
      self.rows = rows
      self.firstRow = firstRow
    }
  }

  package struct Column: Sendable {
    package var name: String
    package var role: ColumnUse.Role
    /// The shape in each row, without the axis of a window.
    package var shape: [Int]
    /// Which rows a window takes, counted from its own; nil for the row itself.
    package var offsets: ColumnUse.Offsets?
    package var values: HostTensor.Storage
    /// The same numbers in double precision, where float32 would blur how they differ from row to row.
    package var precise: [Double]?
    /// For categories.
    package var categories: CategoryList?
    /// False where it was not needed and not read; then there are no values.
    package var isPresent: Bool
    /// Rows without a value.
    package var missing: Int
    /// The values outside the list, the most frequent first.
    package var unseen: [Unseen]
    /// The class that stands for missing ones and for those outside the list, where one does.
    package var imputed: String?
  }

  package private(set) var columns: [Column]
  /// The file that it was read from, for messages.
  package let path: String
  /// All rows; those of a separate test source come last.
  package private(set) var rows: Int
  /// The rows of the source itself.
  package private(set) var ownRows: Int

  /// Reads the columns of a data block, and those of its separate test source behind them.
  package init(
    _ source: SourceDescription, _ uses: [ColumnUse], testSource: SourceDescription? = nil, _ access: FileAccess
  ) throws(DataProblem) {
    let table = try Self.table(source, uses, access)
    guard let testSource else {
      try self.init(table, uses, categories: nil, path: source.shownPath)
      return
    }
    let other = try Self.table(testSource, uses, access)
    let texts = uses.indices.map { uses[$0].tokens == nil ? nil : Self.texts([table, other], of: $0) }
    try self.init(table, uses, categories: texts, path: source.shownPath)
    try append(
      Dataset(
        other, uses, categories: columns.map(\.categories), precise: preciseColumns, path: testSource.shownPath),
      path: testSource.shownPath)
  }

  /// All texts of a column that is cut into tokens: those of test rows too, because only their pieces are fitted.
  private static func texts(_ tables: [Table], of column: Int) -> CategoryList? {
    var distinct: Set<String> = []
    for table in tables {
      guard case .text(_, let dictionary)? = table.columns[column]?.storage else { return nil }
      distinct.formUnion(dictionary)
    }
    return CategoryList(distinct: Array(distinct), mayBeNumeric: false)
  }

  /// The columns of the rows that the source's condition takes.
  private static func table(
    _ source: SourceDescription, _ uses: [ColumnUse], _ access: FileAccess
  ) throws(DataProblem) -> Table {
    let extra = (source.condition?.columns ?? []).map { name in
      ColumnUse(key: .name(name), role: Self.role(of: name, in: source.condition), span: source.span)
    }
    let table = try loadTable(source, uses: uses + extra, needed: nil, access).fulfilling(source)
    return Table(rows: table.rows, columns: Array(table.columns.prefix(uses.count)))
  }

  /// What a condition takes a column as.
  private static func role(of name: String, in condition: RowCondition?) -> ColumnUse.Role {
    switch condition {
    case .text(name, _, _)?: return .category
    case .all(let parts)?, .any(let parts)?:
      return parts.contains { role(of: name, in: $0) == .category } ? .category : .number
    case .not(let part)?: return role(of: name, in: part)
    default: return .number
    }
  }

  /// Reads columns for predictions: categories by the saved lists, columns that are not needed left out, those in
  /// double precision that the training read so.
  package init(
    reading source: SourceDescription, _ uses: [ColumnUse], needed: Set<Int>?, categories: [CategoryList?],
    precise: Set<Int> = [], _ access: FileAccess
  ) throws(DataProblem) {
    precondition(categories.count == uses.count, "a list or nil for each column")
    let table = try loadTable(source, uses: uses, needed: needed, access)
    try self.init(table, uses, categories: categories, precise: precise, path: source.shownPath)
  }

  /// Takes columns from tensors by name (from npy or safetensors files), rows first.
  ///
  /// Where none of the needed names is there and a single tensor of one row vector a row is given, its elements are
  /// the needed columns in their order.
  package init(
    tensors: [String: HostTensor], _ uses: [ColumnUse], needed: Set<Int>, categories: [CategoryList?],
    precise: Set<Int> = [], path: String
  ) throws(DataProblem) {
    let names = tensors.keys.sorted(by: precedes)
    var columns = [TableColumn?](repeating: nil, count: uses.count)
    var rows: Int?
    let wanted = needed.sorted()
    let isKnown = wanted.contains { if case .name(let name) = uses[$0].key { tensors[name] != nil } else { false } }
    if !isKnown, tensors.count == 1, let only = tensors.values.first, let count = only.shape.first {
      if wanted.count == 1 {
        columns[wanted[0]] = TableColumn(
          name: names[0], storage: .tensor(shape: Array(only.shape.dropFirst()), values: only.storage))
      } else {
        guard only.shape == [count, wanted.count] else {
          throw .columnKind(
            path, names[0], "has the shape \(only.shape), where \(wanted.count) columns need [rows, \(wanted.count)]")
        }
        let values = only.storage.doubles
        for index in wanted { try Self.requireExact(only, uses[index], precise.contains(index), path) }
        for (position, index) in wanted.enumerated() {
          let column = (0..<count).map { values[$0 * wanted.count + position] }
          columns[index] = TableColumn(name: names[0], storage: .number(column))
        }
      }
      rows = count
    } else {
      for index in wanted {
        guard case .name(let name) = uses[index].key, let tensor = tensors[name], let count = tensor.shape.first else {
          throw .missingColumn(path, uses[index].key, names: names)
        }
        if let rows, rows != count { throw .rowsDiffer(path, rows, name, count) }
        rows = count
        try Self.requireExact(tensor, uses[index], precise.contains(index), path)
        columns[index] = TableColumn(
          name: name, storage: .tensor(shape: Array(tensor.shape.dropFirst()), values: tensor.storage))
      }
    }
    try self.init(Table(rows: rows ?? 0, columns: columns), uses, categories: categories, precise: precise, path: path)
  }

  /// A column that the training kept in double precision is not to be had from floats, which are read as float32.
  private static func requireExact(
    _ tensor: HostTensor, _ use: ColumnUse, _ isPrecise: Bool, _ path: String
  ) throws(DataProblem) {
    guard isPrecise, case .float32 = tensor.storage else { return }
    throw DataProblem(
      DataCodes.columnKind, path: path,
      reason: "the training kept the column \(use.shownKey) in double precision, and tensors are read as float32; "
        + "give the rows as a csv file")
  }

  /// - Parameter precise: the columns to keep in double precision; those that need it where nothing is given.
  private init(
    _ table: Table, _ uses: [ColumnUse], categories: [CategoryList?]?, precise: Set<Int>? = nil, path: String
  ) throws(DataProblem) {
    columns = []
    self.path = path
    rows = table.rows
    ownRows = table.rows
    for (index, use) in uses.enumerated() {
      guard let column = table.columns[index] else {
        columns.append(
          Column(
            name: use.shownKey, role: use.role, shape: [], offsets: use.offsets, values: .float32([]),
            categories: categories?[index],
            isPresent: false, missing: 0, unseen: []))
        continue
      }
      var encoded = try encode(column, use.role, categories?[index], path)
      encoded.offsets = use.offsets
      if use.role == .number, let values = column.storage.numbers,
        precise?.contains(index) ?? needsDoublePrecision(values)
      {
        encoded.precise = values
      }
      columns.append(encoded)
    }
  }

  /// The element type, and the shape of what ``fill(_:column:into:)`` writes for each row.
  package func columnType(_ index: Int) -> (dtype: DType, shape: [Int]) {
    let column = columns[index]
    if case .range(let range)? = column.offsets { return (column.values.dtype, [range.count] + column.shape) }
    return (column.values.dtype, column.shape)
  }

  /// Gathers rows of a column, one after the other, into memory of `rows.count` × the elements of
  /// ``columnType(_:)``. A window takes the rows around each. Allocates nothing.
  package func fill(_ rows: UnsafeBufferPointer<Int32>, column index: Int, into memory: UnsafeMutableRawPointer) {
    let width = columns[index].shape.reduce(1, *)
    let window = columns[index].window
    switch columns[index].values {
    case .float32(let values): gather(values, rows, width, window, memory)
    case .int32(let values): gather(values, rows, width, window, memory)
    case .uint8(let values): gather(values, rows, width, window, memory)
    }
  }

  @inline(__always)
  private func gather<T>(
    _ values: [T], _ rows: UnsafeBufferPointer<Int32>, _ width: Int, _ window: Range<Int>,
    _ memory: UnsafeMutableRawPointer
  ) {
    let count = width == 0 ? 0 : values.count / width
    let size = width * window.count
    values.withUnsafeBufferPointer { source in
      let target = memory.assumingMemoryBound(to: T.self)
      for (index, row) in rows.enumerated() {
        let first = Int(row) + window.lowerBound
        precondition(first >= 0 && first + window.count <= count, "a row beyond the data")
        if size == 1 {
          target[index] = source[first]
        } else {
          (target + index * size).update(from: source.baseAddress! + first * width, count: size)
        }
      }
    }
  }

  /// A stratum for each own row: the code of a category, or the value of a label.
  package func strata(_ index: Int) -> [Int] {
    switch columns[index].values {
    case .int32(let values): values.prefix(ownRows).map(Int.init)
    case .uint8(let values): values.prefix(ownRows).map(Int.init)
    case .float32(let values): values.prefix(ownRows).map { Int($0.bitPattern) }
    }
  }

  /// Puts a class in place of missing ones and of those outside the list; the most frequent one of some rows (the first
  /// of equals) where none is given.
  package mutating func impute(_ index: Int, with value: String? = nil, rows: [Int32] = []) {
    guard let list = columns[index].categories, case .int32(var codes) = columns[index].values else { return }
    var code = Int32(-1)
    if let value {
      code = list.code(of: value)
    } else {
      var counts = [Int](repeating: 0, count: list.values.count)
      for row in rows where codes[Int(row)] >= 0 { counts[Int(codes[Int(row)])] += 1 }
      if let most = counts.max(), let first = counts.firstIndex(of: most) { code = Int32(first) }
    }
    guard list.values.indices.contains(Int(code)) else { return }
    for row in codes.indices where codes[row] < 0 { codes[row] = code }
    columns[index].values = .int32(codes)
    columns[index].missing = 0
    columns[index].imputed = list.values[Int(code)]
  }

  /// Gives a column that was not read its saved list.
  mutating func setCategories(_ index: Int, _ list: CategoryList?) { columns[index].categories = list }

  /// Puts tokens in place of the texts of a column.
  mutating func setTokens(_ index: Int, _ values: [Int32], _ length: Int, _ vocabulary: CategoryList) {
    columns[index].values = .int32(values)
    columns[index].shape = [length]
    columns[index].categories = vocabulary
  }

  private mutating func append(_ other: Dataset, path: String) throws(DataProblem) {
    for index in columns.indices {
      let (own, added) = (columns[index], other.columns[index])
      guard own.shape == added.shape else {
        throw .columnKind(
          path, own.name, "has the shape \(added.shape) in each row, and \(own.shape) in the first file")
      }
      switch (own.values, added.values) {
      case (.float32(let a), .float32(let b)): columns[index].values = .float32(a + b)
      case (.int32(let a), .int32(let b)): columns[index].values = .int32(a + b)
      case (.uint8(let a), .uint8(let b)): columns[index].values = .uint8(a + b)
      default: throw .columnKind(path, own.name, "holds other numbers than the first file")
      }
      columns[index].precise = own.precise.flatMap { own in added.precise.map { own + $0 } }
      columns[index].missing += added.missing
      columns[index].unseen = added.unseen
    }
    rows += other.rows
  }
}

extension SourceDescription {
  /// A path for messages.
  var shownPath: String { paths["path"] ?? paths.sorted { $0.key < $1.key }.first?.value ?? "" }
}

extension ColumnUse {
  var shownKey: String {
    switch key {
    case .name(let name): name
    case .position(let position): "column \(position)"
    }
  }
}
