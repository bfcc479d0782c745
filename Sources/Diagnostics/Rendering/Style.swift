/// Colours of the terminal, or none.
package struct Style: Sendable {
  package let isColored: Bool
  package init(isColored: Bool) { self.isColored = isColored }

  /// Select Graphic Rendition codes of ECMA-48.
  package enum Ink: String, Sendable {
    case bold = "1"
    case dim = "2"
    case red = "1;31"
    case yellow = "1;33"
    case green = "32"
    case blue = "1;34"
    case cyan = "1;36"
  }

  package func callAsFunction(_ text: String, _ ink: Ink) -> String {
    isColored && !text.isEmpty ? "\u{1B}[\(ink.rawValue)m\(text)\u{1B}[0m" : text
  }
}

extension Severity {
  var ink: Style.Ink {
    switch self {
    case .error: .red
    case .warning: .yellow
    case .note: .cyan
    }
  }
}

/// Text from a file made safe for a terminal: control characters become visible.
package func printable(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar.value {
    case 0x09: result += "  "
    case 0..<0x20, 0x7F..<0xA0, 0x202A...0x202E, 0x2066...0x2069: result += "\u{FFFD}"
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
