import Training

/// Predictions as CSV (RFC 4180): one row for each example; a vector takes one column for each element, restored tokens
/// one for their text. What lies behind the end of an example is left empty.
package enum PredictionsCSV {
  package static func text(_ predictions: Predictions) -> String {
    var header: [String] = []
    for column in predictions.columns {
      let count = cells(of: column)
      if count == 1 {
        header.append(quoted(column.label))
      } else {
        header += (0..<count).map { quoted("\(column.label)_\($0)") }
      }
    }
    var text = header.joined(separator: ",") + "\n"
    for row in 0..<predictions.rows {
      text += predictions.columns.flatMap { fields(of: $0, row: row) }.joined(separator: ",") + "\n"
    }
    return text
  }

  /// How many columns of the file an output takes.
  private static func cells(of column: Predictions.Column) -> Int {
    (column.tokenizer == nil ? column.shape[...] : column.shape.dropLast()).reduce(1, *)
  }

  /// What a row says of an output.
  private static func fields(of column: Predictions.Column, row: Int) -> [String] {
    let width = column.shape.reduce(1, *)
    let values = column.values[row * width..<(row + 1) * width]
    let real = column.lengths.map { $0[row] * width / max(column.shape[0], 1) } ?? width
    let count = cells(of: column)
    let size = width / max(count, 1)
    return (0..<count).map { cell in
      let start = cell * size
      if start >= real { return "" }
      let own = values.dropFirst(start).prefix(min(size, real - start))
      if let tokenizer = column.tokenizer { return quoted(tokenizer.decode(own.map { Int32($0) })) }
      return own.first.map { self.text($0, of: column) } ?? ""
    }
  }

  /// One value: the name of a class, or a number.
  private static func text(_ value: Float, of column: Predictions.Column) -> String {
    guard let classes = column.classes else { return number(value) }
    let index = Int(value)
    return classes.indices.contains(index) ? quoted(classes[index]) : ""
  }

  /// The shortest text that reads back to the same float.
  private static func number(_ value: Float) -> String {
    value == value.rounded() && abs(value) < 1e7 ? String(Int(value)) : "\(value)"
  }

  private static func quoted(_ text: String) -> String {
    let needsQuotes = text.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
    return needsQuotes ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
  }
}
