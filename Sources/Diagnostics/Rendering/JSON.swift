/// A JSON value, written by hand so that the order of keys is ours and stable (RFC 8259).
package indirect enum JSON: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSON])
  case object([(String, JSON)])

  /// The text; numbers that are not finite become null. `indent` nil writes one line.
  package func text(indent: Int? = nil) -> String {
    var result = ""
    write(to: &result, indent: indent, depth: 0)
    return result
  }

  private func write(to out: inout String, indent: Int?, depth: Int) {
    let newline = { (depth: Int) in indent.map { "\n" + String(repeating: " ", count: $0 * depth) } ?? "" }
    switch self {
    case .null: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .integer(let value): out += String(value)
    case .number(let value): out += value.isFinite ? JSON.shortest(value) : "null"
    case .string(let value): out += JSON.quoted(value)
    case .array(let values):
      if values.isEmpty {
        out += "[]"
        return
      }
      out += "["
      for (index, value) in values.enumerated() {
        out += (index > 0 ? "," : "") + newline(depth + 1)
        value.write(to: &out, indent: indent, depth: depth + 1)
      }
      out += newline(depth) + "]"
    case .object(let members):
      if members.isEmpty {
        out += "{}"
        return
      }
      out += "{"
      for (index, (key, value)) in members.enumerated() {
        out += (index > 0 ? "," : "") + newline(depth + 1) + JSON.quoted(key) + (indent == nil ? ":" : ": ")
        value.write(to: &out, indent: indent, depth: depth + 1)
      }
      out += newline(depth) + "}"
    }
  }

  private static func shortest(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15
      ? String(Int(value)) + (value == 0 && value.sign == .minus ? ".0" : "") : "\(value)"
  }

  /// A string literal with everything escaped that must be.
  package static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F || scalar.value == 0x2028 || scalar.value == 0x2029 {
          let hex = String(scalar.value, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }
}
