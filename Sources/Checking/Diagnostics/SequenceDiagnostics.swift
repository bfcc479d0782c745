import Diagnostics
import Syntax

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

// Text drawn from models.
extension Diagnostic {
  static func generateOutsideSamples(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.formPlace, "`generate` stands in `samples:` of a train block",
      at: Label(name.span, "write `samples: (text: generate(…))`"))
  }

  static func generateInput(_ model: Name, _ inputs: [String]) -> Diagnostic {
    Diagnostic(
      CheckingCodes.generate, "`generate` needs a model of one text of any length, such as `token(65)[T <= 64]`",
      at: Label(model.span, "`\(model.text)` takes \(inputs.joined(separator: " and "))"))
  }

  static func generateResult(_ model: Name, _ result: String, tokens: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.generate,
      "`generate` needs a logit for each of the \(tokens) tokens, at every position or for the next one",
      at: Label(model.span, "`\(model.text)` gives \(result)"))
  }

  static func generateTokens(_ model: Name, _ tokens: String, data: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.generate, "no field of `\(data)` is a text of the \(tokens) tokens that `\(model.text)` reads",
      at: Label(model.span, "reads `token(\(tokens))`"))
  }

  static func generateStart(_ span: Span, unknown: String?) -> Diagnostic {
    Diagnostic(
      CheckingCodes.generate,
      unknown.map { "the data never have \"\($0)\", so that nothing can go on from it" }
        ?? "`generate` needs a text to go on from",
      at: Label(span, unknown == nil ? "this is empty" : "not among the tokens"))
  }
}

// Texts as tokens.
extension Diagnostic {
  static func tokenizeNeedsChain(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.tokenize, "`tokenize` is fitted where it stands in a chain",
      at: Label(name.span, "write `review -> tokenize(…)`"))
  }

  static func tokenizeWithoutType(_ name: Name) -> Diagnostic {
    Diagnostic(
      CheckingCodes.tokenize, "`tokenize` needs to know how many tokens there are and how long a text may be",
      at: Label(name.span, "declare the field: `token(20_000)[T <= 200]`"))
  }

  static func tokenizeFixedLength(_ name: Name, _ length: Int) -> Diagnostic {
    Diagnostic(
      CheckingCodes.tokenize, "`tokenize` gives as many tokens as a text has: the length differs from text to text",
      at: Label(name.span, "write `[T <= \(length)]`"))
  }

  static func tokenizeInput(_ span: Span, _ text: String, _ type: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.tokenize, "`tokenize` cuts the texts of a column, but `\(text)` is \(type)",
      at: Label(span, "no column of texts"))
  }

  static func tokenizeCount(_ span: Span, _ text: String, declared: Int) -> Diagnostic {
    Diagnostic(
      CheckingCodes.tokenize, "the field declares \(declared) tokens, but `tokenize` makes \(text)",
      at: Label(span, "not \(declared)"))
  }

  static func tokenizeSharedLength(_ name: Name, _ length: String, other: String) -> Diagnostic {
    Diagnostic(
      CheckingCodes.tokenize, "`\(length)` is the length of `\(other)`, which is declared otherwise",
      at: Label(name.span, "write both lengths alike, or give this one a name of its own"))
  }
}
