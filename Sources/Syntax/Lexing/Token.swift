import Diagnostics

/// One token: what it is and which bytes it covers. Its leading trivia (spaces, line breaks, comments, and bytes that
/// no token can begin with) are the bytes between the end of the token before it and its own start.
package struct Token: Sendable, Hashable {
  /// What a token is. A foreign spelling (`&&`) has the kind of the spelling that it stands for (`and`).
  package enum Kind: UInt8, Sendable {
    case endOfFile
    case word, integer, real, percent, string
    case `let`, and, or, not, `true`, `false`
    case leftParenthesis, rightParenthesis, leftBracket, rightBracket, leftBrace, rightBrace
    case comma, colon, dot, ellipsis, halfOpenRange, arrow, equals
    case plus, minus, star, slash, percentSign, at, caret
    case equalEqual, notEqual, less, lessOrEqual, greater, greaterOrEqual
  }

  /// Facts about a token that its bytes alone do not tell.
  package struct Flags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    /// A line break, or a semicolon, stands in its trivia.
    package static let newlineBefore = Flags(rawValue: 1)
    /// Its trivia is not empty.
    package static let spaceBefore = Flags(rawValue: 2)
    /// Bytes that no token can begin with stand in its trivia; they were reported.
    package static let junkBefore = Flags(rawValue: 4)
    /// Its spelling is wrong and was reported; it has no value.
    package static let malformed = Flags(rawValue: 8)
    /// Another language's spelling, which was reported.
    package static let foreign = Flags(rawValue: 16)
  }

  package var kind: Kind
  /// For a word, whether it can be a keyword where the grammar asks for one.
  package var keyword: Keyword
  package var flags: Flags
  package var start: Int32
  package var end: Int32

  package var range: Range<Int> { Int(start)..<Int(end) }
  /// Whether a line break stands before it.
  package var startsLine: Bool { flags.contains(.newlineBefore) }
  /// Whether nothing stands between it and the token before it.
  package var touchesPrevious: Bool { !flags.contains(.spaceBefore) }
}

/// The words that are keywords only where the grammar asks for one. Their order is that of the declarations.
package enum Keyword: UInt8, Sendable, CaseIterable {
  case none
  case `import`, `let`, data, layer, model, train, sweep, test
  case from, on, `as`, `where`, except, `in`
  case step, weight, scan, expect

  /// As it is written.
  package var text: String { self == .none ? "" : String(describing: self) }

  /// The keywords that begin a declaration.
  package static let declarations: [Keyword] = [.import, .let, .data, .layer, .model, .train, .sweep, .test]
}

extension Token.Kind {
  /// The one spelling of a token that has only one, or what to call it.
  package var text: String {
    switch self {
    case .endOfFile: "the end of the file"
    case .word: "a name"
    case .integer, .real, .percent: "a number"
    case .string: "a string"
    case .let: "let"
    case .and: "and"
    case .or: "or"
    case .not: "not"
    case .true: "true"
    case .false: "false"
    case .leftParenthesis: "("
    case .rightParenthesis: ")"
    case .leftBracket: "["
    case .rightBracket: "]"
    case .leftBrace: "{"
    case .rightBrace: "}"
    case .comma: ","
    case .colon: ":"
    case .dot: "."
    case .ellipsis: "..."
    case .halfOpenRange: "..<"
    case .arrow: "->"
    case .equals: "="
    case .plus: "+"
    case .minus: "-"
    case .star: "*"
    case .slash: "/"
    case .percentSign: "%"
    case .at: "@"
    case .caret: "^"
    case .equalEqual: "=="
    case .notEqual: "!="
    case .less: "<"
    case .lessOrEqual: "<="
    case .greater: ">"
    case .greaterOrEqual: ">="
    }
  }

  /// Whether it is a word that cannot name anything.
  package var isReserved: Bool {
    switch self {
    case .let, .and, .or, .not, .true, .false: true
    default: false
    }
  }

  package var isOpener: Bool { self == .leftParenthesis || self == .leftBracket || self == .leftBrace }
  package var isCloser: Bool { self == .rightParenthesis || self == .rightBracket || self == .rightBrace }

  /// The bracket that closes this one.
  package var closer: Token.Kind {
    switch self {
    case .leftParenthesis: .rightParenthesis
    case .leftBracket: .rightBracket
    default: .rightBrace
    }
  }

  /// Whether it is a whole expression by itself.
  package var isLeaf: Bool {
    switch self {
    case .word, .integer, .real, .percent, .string, .true, .false: true
    default: false
    }
  }
}
