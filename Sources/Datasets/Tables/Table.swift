import Tensors

/// The values of one column, row by row.
package struct TableColumn: Sendable, Hashable {
  package enum Storage: Sendable, Hashable {
    /// NaN where missing.
    case number([Double])
    /// Indices into the sorted list of distinct texts; −1 where missing.
    case text(codes: [Int32], dictionary: [String])
    /// A tensor in each row: its shape, and all of them one after the other.
    case tensor(shape: [Int], values: HostTensor.Storage)
  }
  /// The header's name, or `column 3` where there is no header.
  package var name: String
  package var storage: Storage
  /// Where each text of the dictionary first occurs (byte offset in the file); empty for other columns.
  package var firstOffsets: [Int]
  /// Whether its texts are the tokens of a text: `01` and `1` are two, though both spell a number.
  package var isTokens = false

  package init(name: String, storage: Storage, firstOffsets: [Int] = []) {
    self.name = name
    self.storage = storage
    self.firstOffsets = firstOffsets
  }
}

/// Columns of equal length. A nil column is one that was not needed and is not in the file.
package struct Table: Sendable {
  package var rows: Int
  package var columns: [TableColumn?]
  package init(rows: Int, columns: [TableColumn?]) {
    self.rows = rows
    self.columns = columns
  }
}

extension HostTensor.Storage {
  /// The number of elements.
  package var count: Int {
    switch self {
    case .float32(let values): values.count
    case .int32(let values): values.count
    case .uint8(let values): values.count
    }
  }

  package var dtype: DType {
    switch self {
    case .float32: .float32
    case .int32: .int32
    case .uint8: .uint8
    }
  }

  /// Every element in double precision.
  package var doubles: [Double] {
    switch self {
    case .float32(let values): values.map(Double.init)
    case .int32(let values): values.map(Double.init)
    case .uint8(let values): values.map(Double.init)
    }
  }
}

/// A number as a class's name: `3`, not `3.0`; else the shortest text that reads back as the same number.
package func numberText(_ value: Double) -> String {
  value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
}

/// The order of class and category lists: by Unicode scalars, which is the order of the UTF-8 bytes. (Swift's own order
/// takes canonical equivalents as equal.)
package func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
