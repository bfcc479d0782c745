import Tensors

/// What `check` knows of a column: read once, kept by content.
package struct ColumnSummary: Sendable, Hashable, Codable {
  package enum Kind: String, Sendable, Hashable, Codable {
    /// Every value that is not missing is a number.
    case number
    case text
    /// A tensor in each row (idx).
    case tensor
  }
  /// The header's name, or `column 3` where there is no header.
  package var name: String
  package var kind: Kind
  /// The shape in each row, for `tensor`; empty for others.
  package var shape: [Int]
  package var missing: Int
  package var minimum: Double?
  package var maximum: Double?
  package var mean: Double?
  package var standardDeviation: Double?
  /// Whether every number is whole.
  package var isWhole: Bool
  /// The distinct values, sorted (numbers by value, text by Unicode scalars), where there are at most 100 000.
  package var values: [String]?
  package var distinctCount: Int
  /// The first row (from 1) that holds each of ``values``, for numbers.
  package var firstRows: [Int]?
  /// The first rows (from 1) that hold the least and the greatest number.
  package var minimumRow: Int?
  package var maximumRow: Int?
  /// A value that is not a number and its line (from 1), in a column that otherwise holds mostly numbers.
  package var oddValue: String?
  package var oddLine: Int?
  package init(
    name: String, kind: Kind, shape: [Int] = [], missing: Int = 0, minimum: Double? = nil, maximum: Double? = nil,
    mean: Double? = nil, standardDeviation: Double? = nil, isWhole: Bool = false, values: [String]? = nil,
    distinctCount: Int = 0, firstRows: [Int]? = nil, minimumRow: Int? = nil, maximumRow: Int? = nil,
    oddValue: String? = nil, oddLine: Int? = nil
  ) {
    self.name = name
    self.kind = kind
    self.shape = shape
    self.missing = missing
    self.minimum = minimum
    self.maximum = maximum
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.isWhole = isWhole
    self.values = values
    self.distinctCount = distinctCount
    self.firstRows = firstRows
    self.minimumRow = minimumRow
    self.maximumRow = maximumRow
    self.oddValue = oddValue
    self.oddLine = oddLine
  }
}

/// What `check` knows of a source.
package struct DataSummary: Sendable, Hashable, Codable {
  package var rows: Int
  package var columns: [ColumnSummary]
  package var duplicateRows: Int
  /// Groups of columns (by index) that are equal in every row.
  package var equalColumns: [[Int]]
  package init(rows: Int, columns: [ColumnSummary], duplicateRows: Int = 0, equalColumns: [[Int]] = []) {
    self.rows = rows
    self.columns = columns
    self.duplicateRows = duplicateRows
    self.equalColumns = equalColumns
  }
}
