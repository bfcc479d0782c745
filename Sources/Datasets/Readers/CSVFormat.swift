import Diagnostics

/// How a csv file is written.
struct CSVFormat: Sendable, Hashable {
  var delimiter = UInt8(ascii: ",")
  var isDelimiterGiven = false
  var hasHeader = true
  /// What stands for a missing value, besides nothing at all.
  var missing: [String] = CSVFormat.usualMissing

  static let usualMissing = ["NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "?"]

  init() {}

  /// From the settings of a source, as written. Several values of `missing` are joined by U+001F.
  init(options: [String: String], path: String) throws(DataProblem) {
    for (label, value) in options.sorted(by: { $0.key < $1.key }) {
      switch label {
      case "delimiter":
        delimiter = try Self.delimiter(value, path)
        isDelimiterGiven = true
      case "header":
        switch value {
        case "none", "false", "no": hasHeader = false
        case "first", "true", "yes": hasHeader = true
        default: throw .option(path, "`header` takes `none` or `first`, not \(shownValue(value))")
        }
      case RowCondition.label: break
      case "missing": missing = value.split(separator: "\u{1f}").map(String.init)
      default: throw .option(path, "a csv source has no setting \(shownValue(label))")
      }
    }
  }

  private static func delimiter(_ text: String, _ path: String) throws(DataProblem) -> UInt8 {
    switch text {
    case "tab", "\\t": return 9
    case "comma": return 44
    case "semicolon": return 59
    default:
      // Not a byte that numbers and quotes are made of.
      let taken = Array("0123456789+-.eE\"".utf8)
      guard text.utf8.count == 1, let byte = text.utf8.first, byte == 9 || (byte >= 32 && byte < 127),
        !taken.contains(byte)
      else {
        throw .option(path, "`delimiter` takes one character such as `;` or a tab, not \(shownValue(text))")
      }
      return byte
    }
  }
}

// What can be wrong with a csv file.
extension DataProblem {
  static func option(_ path: String, _ reason: String) -> DataProblem {
    DataProblem(DataCodes.option, path: path, reason: reason)
  }

  static func raggedRow(_ path: String, at place: TextPosition, fields: Int, expected: Int, hasHeader: Bool)
    -> DataProblem
  {
    let first = hasHeader ? "the header has" : "the first row has"
    return DataProblem(
      DataCodes.raggedRow, path: path, line: place.line, column: place.column,
      reason: "this row has \(fields) field\(fields == 1 ? "" : "s"), \(first) \(expected)",
      hint: fields > expected
        ? "a field that holds the delimiter stands in double quotes" : "an empty field is a missing value")
  }

  static func openQuote(_ path: String, at place: TextPosition) -> DataProblem {
    DataProblem(
      DataCodes.quote, path: path, line: place.line, column: place.column,
      reason: "the quoted field that begins here does not end", hint: "a double quote inside is written twice")
  }

  static func strayQuote(_ path: String, at place: TextPosition) -> DataProblem {
    DataProblem(
      DataCodes.quote, path: path, line: place.line, column: place.column,
      reason: "something follows the end of a quoted field", hint: "a double quote inside is written twice")
  }

  static func duplicateColumn(_ path: String, line: Int, name: String, positions: (Int, Int)) -> DataProblem {
    let isData = number(from: name) != nil
    return DataProblem(
      DataCodes.duplicateColumn, path: path, line: line,
      reason: "columns \(positions.0) and \(positions.1) are both named \(shownValue(name))",
      hint: isData ? "if the file has no header, write `header: none` and `column(1)`, `column(2)`, …" : nil)
  }

  static func otherDelimiter(_ path: String, line: Int, _ delimiter: String) -> DataProblem {
    let written = delimiter == "\t" ? "tab" : "\"\(delimiter)\""
    let shown = delimiter == "\t" ? "a tab" : "`\(delimiter)`"
    return DataProblem(
      DataCodes.delimiter, path: path, line: line,
      reason: "the line is one column, and holds \(shown): the columns seem to be divided by it",
      hint: "write `delimiter: \(written)`")
  }

  static func missingColumn(_ path: String, _ key: ColumnUse.Key, names: [String]) -> DataProblem {
    switch key {
    case .position(let position):
      return DataProblem(
        DataCodes.missingColumn, path: path,
        reason: "there is no column \(position); the file has \(names.count) column\(names.count == 1 ? "" : "s")")
    case .name(let name):
      let listed = names.prefix(12).map(shownValue).joined(separator: ", ")
      let all = names.count > 12 ? "\(listed) and \(names.count - 12) more" : listed
      let close = closestName(to: name, among: names.prefix(2000))
      return DataProblem(
        DataCodes.missingColumn, path: path, reason: "there is no column \(shownValue(name))",
        hint: (close.map { "did you mean \(shownValue($0))? " } ?? "") + "the columns are \(all)")
    }
  }

  static func notANumber(_ path: String, at place: TextPosition, column: String, value: String) -> DataProblem {
    DataProblem(
      DataCodes.notANumber, path: path, line: place.line, column: place.column,
      reason: "\(shownValue(value)) in column \(shownValue(column)) is not a number", hint: hint(for: value))
  }

  private static func hint(for value: String) -> String {
    let without = { (removed: Set<Character>) in String(value.filter { !removed.contains($0) }) }
    if value.contains(","), number(from: without([","])) != nil {
      let parts = value.split(separator: ",", omittingEmptySubsequences: false)
      return parts.count == 2 && parts[1].count != 3
        ? "a decimal point is written `.`" : "numbers are written without separators: \(shownValue(without([","])))"
    }
    if let last = value.last, "%$€£".contains(last) || "$€£".contains(value.first!),
      number(from: without(["%", "$", "€", "£", " "])) != nil
    {
      return "write the number alone"
    }
    if ["inf", "infinity"].contains(value.lowercased().filter { $0 != "-" && $0 != "+" }) {
      return "only finite numbers can be learned from"
    }
    return "if it stands for a missing value, write `missing: \"\(value.prefix(40))\"`; if it names a class, use the "
      + "column as a category"
  }

  static func longLine(_ path: String, line: Int) -> DataProblem {
    DataProblem(
      DataCodes.limits, path: path, line: line,
      reason: "the line is longer than \(byteText(CSVFile.longestRow))")
  }

  static func tooManyColumns(_ path: String, line: Int) -> DataProblem {
    DataProblem(
      DataCodes.limits, path: path, line: line, reason: "the line has more than \(CSVFile.mostColumns) columns")
  }

  static func oldLineEnds(_ path: String) -> DataProblem {
    DataProblem(
      DataCodes.limits, path: path, line: 1, reason: "the lines end in a carriage return alone",
      hint: "convert it: `tr '\\r' '\\n' < FILE > NEW`")
  }
}
