import Diagnostics

extension Diagnostic {
  static func windowInWindow(_ span: Span) -> Diagnostic {
    Diagnostic(CheckingCodes.window, "a window stands inside a window", at: Label(span, "one range of rows is enough"))
  }

  static func windowOfAxes(_ span: Span, count: Int) -> Diagnostic {
    Diagnostic(
      CheckingCodes.window, "a window takes one range of rows, not \(count)",
      at: Label(span, "write `load[-96 ..< 0]`"))
  }

  static func windowTooWide(_ span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.window, "no data have so many rows",
      at: Label(span, "offsets go from -1_000_000_000 to 1_000_000_000"))
  }

  static func windowBeyondRows(_ span: Span, span width: Int, rows: Int, part: String?) -> Diagnostic {
    let place = part.map { "the \($0) part has" } ?? "the data have"
    return Diagnostic(
      CheckingCodes.window, "a window needs \(width) rows, but \(place) \(rows)",
      at: Label(span, "reaches beyond them"))
  }

  static func moreTokens(_ count: Int, declared: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.moreClasses, "the text has \(count) different tokens, but \(declared) are declared",
      at: Label(span, "\(count) are needed"))
  }

  static func fewerTokens(_ count: Int, declared: Int, at span: Span) -> Diagnostic {
    Diagnostic(
      CheckingCodes.fewerClasses, "the text has \(count) different tokens, but \(declared) are declared",
      at: Label(span, "the others never occur"))
  }

  static func shuffledWindows(_ span: Span, overlap: Bool) -> Diagnostic {
    Diagnostic(
      CheckingCodes.shuffledWindows,
      overlap
        ? "windows that share rows are dealt by lot, so that training sees much of what is tested"
        : "rows in order are dealt by lot, so that training sees what comes after what is tested",
      at: Label(span, "`chronological(…)` keeps the order"))
  }
}
