import Tensors

extension Dataset {
  /// How far windows reach before and after their row.
  package var reach: (before: Int, after: Int) {
    var reach = (before: 0, after: 0)
    for column in columns {
      let range = column.window
      if range.isEmpty { continue }
      reach.before = max(reach.before, -range.lowerBound)
      reach.after = max(reach.after, range.upperBound - 1)
    }
    return reach
  }

  /// Whether rows stand for windows.
  package var hasWindows: Bool { columns.contains { $0.offsets != nil } }

  /// The parts of a split of these rows; the rows of a separate test source are the test part.
  ///
  /// With windows, a row of the result is the row that offset 0 of a window names, and every `every`-th is taken. A
  /// window belongs to the part that holds its row. What it looks forward to must lie in the same part, so that nothing
  /// is trained on rows of a later part; it may look back into an earlier part, as it may when it predicts.
  package func split(_ description: SplitDescription, strata: [Int]? = nil, every: Int = 1) throws(DataProblem)
    -> [SplitRows]
  {
    precondition(every >= 1, "a stride is at least 1")
    var parts =
      hasWindows || every > 1
      ? try splitWindows(description, strata, every)
      : try Datasets.split(description, rows: ownRows, strata: strata)
    if rows > ownRows {
      let test = windowRows(in: ownRows..<rows, of: ownRows..<rows, every)
      if test.isEmpty { throw windowProblem("test source", rows - ownRows) }
      for index in parts.indices { parts[index].test = test }
    }
    return parts
  }

  private func splitWindows(_ description: SplitDescription, _ strata: [Int]?, _ every: Int) throws(DataProblem)
    -> [SplitRows]
  {
    let whole = 0..<ownRows
    switch description.method {
    case .none, .random, .folds:
      let all = windowRows(in: whole, of: whole, every)
      if all.isEmpty { throw windowProblem("file", ownRows) }
      let chosen = strata.map { strata in all.map { strata[Int($0)] } }
      let parts = try Datasets.split(description, rows: all.count, strata: chosen)
      return parts.map { part in
        SplitRows(
          train: part.train.map { all[Int($0)] }, validation: part.validation.map { all[Int($0)] },
          test: part.test.map { all[Int($0)] })
      }
    case .chronological:
      let positions = try Datasets.split(description, rows: ownRows)[0]
      func windows(_ part: [Int32], _ name: String) throws(DataProblem) -> [Int32] {
        guard let first = part.first, let last = part.last else { return [] }
        let found = windowRows(in: Int(first)..<(Int(last) + 1), of: whole, every)
        if found.isEmpty { throw windowProblem("\(name) part", part.count) }
        return found
      }
      return [
        SplitRows(
          train: try windows(positions.train, "train"), validation: try windows(positions.validation, "validation"),
          test: try windows(positions.test, "test"))
      ]
    }
  }

  /// Every `every`-th row of a part whose window stays in it ahead, and in the file behind.
  private func windowRows(in part: Range<Int>, of file: Range<Int>, _ every: Int) -> [Int32] {
    let reach = reach
    let first = max(part.lowerBound, file.lowerBound + reach.before)
    return stride(from: first, to: max(first, part.upperBound - reach.after), by: every).map { Int32($0) }
  }

  /// The rows for which the needed columns have all that they reach to; with windows of the past only, the last one is
  /// the row behind the file, which is yet to come.
  package func predictionRows(needed: Set<Int>) -> [Int32] {
    var first = 0
    var end = hasWindows && !needed.isEmpty ? rows + 1 : rows
    for index in needed {
      switch columns[index].offsets {
      case nil: end = min(end, rows)
      case .at(let offset)?:
        first = max(first, -offset)
        end = min(end, rows - offset)
      case .range(let range)?:
        first = max(first, -range.lowerBound)
        end = min(end, rows + 1 - range.upperBound)
      }
    }
    return first < end ? Array(Int32(first)..<Int32(end)) : []
  }

  private func windowProblem(_ name: String, _ rows: Int) -> DataProblem {
    let reach = reach
    return .split("the \(name) has \(rows) rows; a window spans \(reach.before + reach.after + 1)")
  }
}
