import Tensors

extension Dataset {
  /// The columns that are kept in double precision, by index.
  package var preciseColumns: Set<Int> { Set(columns.indices.filter { columns[$0].precise != nil }) }

  /// What ``fill(_:column:into:)`` gives, in double precision where the column is kept so.
  package func doubles(_ rows: UnsafeBufferPointer<Int32>, column index: Int) -> [Double] {
    let (dtype, shape) = columnType(index)
    let count = rows.count * shape.reduce(1, *)
    if let precise = columns[index].precise {
      let window = columns[index].window
      return rows.flatMap { row in precise[Int(row) + window.lowerBound..<Int(row) + window.upperBound] }
    }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, count * dtype.byteCount), alignment: 16)
    defer { memory.deallocate() }
    fill(rows, column: index, into: memory.baseAddress!)
    switch dtype {
    case .float32: return memory.bindMemory(to: Float.self).prefix(count).map(Double.init)
    case .int32: return memory.bindMemory(to: Int32.self).prefix(count).map(Double.init)
    case .uint8: return memory.bindMemory(to: UInt8.self).prefix(count).map(Double.init)
    }
  }
}

extension Dataset.Column {
  /// The rows that an example takes, counted from its own.
  package var window: Range<Int> {
    switch offsets {
    case nil: 0..<1
    case .at(let offset)?: offset..<(offset + 1)
    case .range(let range)?: range
    }
  }
}

extension TableColumn.Storage {
  /// The column as numbers, NaN where missing; nil for texts that are not all numbers, and for several numbers a row.
  var numbers: [Double]? {
    switch self {
    case .number(let values): return values
    case .text(let codes, let dictionary):
      let numbers = dictionary.map { Datasets.number(from: $0) }
      if numbers.contains(nil) { return nil }
      return codes.map { $0 < 0 ? .nan : numbers[Int($0)]! }
    case .tensor(let shape, let values): return shape.reduce(1, *) == 1 ? values.doubles : nil
    }
  }
}

/// Whether rounding to float32 errs by more than a 2¹⁴th of what numbers usually differ by from one row to the next:
/// timestamps, counters, and what else changes little and lies far from 0.
func needsDoublePrecision(_ values: [Double]) -> Bool {
  var error = 0.0
  for value in values {
    let rounded = Float(value)
    if rounded.isFinite { error = max(error, abs(Double(rounded) - value)) }
  }
  if error == 0 { return false }
  // The median of some thousand neighbours tells as much as that of all.
  var differences: [Double] = []
  for row in stride(from: 1, to: values.count, by: max(1, values.count / 4096)) {
    let difference = abs(values[row] - values[row - 1])
    if difference > 0 && difference.isFinite { differences.append(difference) }
  }
  guard !differences.isEmpty else { return false }
  differences.sort()
  return error > differences[differences.count / 2] / 16_384
}

/// An element of a row whose numbers float32 could not tell apart: rounding errs by more than a 64th of what they
/// usually differ by from one row to the next. Differences as small as double precision's own noise do not count.
func blurredElement(rows: Int, width: Int, _ value: (Int) -> Double) -> (value: Double, difference: Double)? {
  let step = max(1, rows / 4096)
  for element in 0..<width {
    var error = 0.0
    var differences: [Double] = []
    for row in stride(from: 1, to: rows, by: step) {
      let (last, next) = (value((row - 1) * width + element), value(row * width + element))
      let rounded = Double(Float(next))
      if rounded.isFinite { error = max(error, abs(rounded - next)) }
      let difference = abs(next - last)
      if difference > abs(next) * 1e-13 && difference.isFinite { differences.append(difference) }
    }
    guard error > 0, !differences.isEmpty else { continue }
    differences.sort()
    let usual = differences[differences.count / 2]
    if error > usual / 64 { return (value(element), usual) }
  }
  return nil
}
