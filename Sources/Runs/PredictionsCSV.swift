import Training

/// Predictions as CSV (RFC 4180): one row for each example; a vector takes one column for each element.
package enum PredictionsCSV {
  package static func text(_ predictions: Predictions) -> String {
    var header: [String] = []
    for column in predictions.columns {
      let width = column.shape.reduce(1, *)
      if width == 1 {
        header.append(quoted(column.label))
      } else {
        header += (0..<width).map { quoted("\(column.label)_\($0)") }
      }
    }
    var text = header.joined(separator: ",") + "\n"
    for row in 0..<predictions.rows {
      var fields: [String] = []
      for column in predictions.columns {
        let width = column.shape.reduce(1, *)
        for element in 0..<width {
          let value = column.values[row * width + element]
          if let classes = column.classes {
            let index = Int(value)
            fields.append(classes.indices.contains(index) ? quoted(classes[index]) : "")
          } else {
            fields.append(number(value))
          }
        }
      }
      text += fields.joined(separator: ",") + "\n"
    }
    return text
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
