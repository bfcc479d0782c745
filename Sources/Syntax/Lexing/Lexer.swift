import Diagnostics

/// Cuts any bytes into tokens, in one pass and in linear time.
///
/// What cannot be a token becomes trivia with a ``TokenProblem``, so that one odd character is one error; a foreign
/// spelling becomes the token that it stands for.
struct Lexer {
  let bytes: UnsafeBufferPointer<UInt8>
  var offset = 0
  var tokens: [Token] = []
  var problems: [TokenProblem] = []
  var comments: [Comment] = []
  private var flags: Token.Flags = [.newlineBefore]
  private let words = WordTable.shared

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
    tokens.reserveCapacity(bytes.count / 4 + 16)
  }

  /// The byte at a distance from here; 0 beyond the end.
  func peek(_ distance: Int = 0) -> UInt8 {
    let place = offset + distance
    return place < bytes.count ? bytes[place] : 0
  }

  mutating func run() {
    if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { offset = 3 }
    while true {
      skipTrivia()
      guard offset < bytes.count else { break }
      lexToken()
    }
    add(.endOfFile, length: 0)
  }

  // MARK: Trivia

  /// comment = "//", { ? any but a line break ? } ;
  private mutating func skipTrivia() {
    while offset < bytes.count {
      switch bytes[offset] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
        offset += 1
      case UInt8(ascii: "\n"):
        flags.insert(.newlineBefore)
        offset += 1
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"):
        skipLine(from: offset)
      case UInt8(ascii: "#"):
        problems.append(.init(.foreignComment, offset, offset + 1))
        skipLine(from: offset)
      case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
        skipBlockComment()
      case UInt8(ascii: ";"):
        problems.append(.init(.semicolon, offset, offset + 1))
        flags.formUnion([.newlineBefore, .junkBefore])
        offset += 1
      default:
        guard skipJunk() else { return }
      }
    }
  }

  private mutating func skipLine(from start: Int) {
    while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") { offset += 1 }
    var end = offset
    while end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    comments.append(Comment(start: Int32(start), end: Int32(end)))
  }

  private mutating func skipBlockComment() {
    let start = offset
    offset += 2
    while offset < bytes.count, !(bytes[offset] == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
      if bytes[offset] == UInt8(ascii: "\n") { flags.insert(.newlineBefore) }
      offset += 1
    }
    offset = min(offset + 2, bytes.count)
    problems.append(.init(.blockComment, start, offset))
    comments.append(Comment(start: Int32(start), end: Int32(offset)))
  }

  /// Skips a run of bytes that no token can begin with; false at a token.
  private mutating func skipJunk() -> Bool {
    let start = offset
    while offset < bytes.count, let length = junkLength() { offset += length }
    guard offset > start else { return false }
    let isSpace = bytes[start] >= 0x80 && decodeScalar(bytes, at: start).map { isForeignSpace($0.scalar) } ?? false
    problems.append(.init(isSpace ? .foreignSpace : .character, start, offset))
    flags.insert(.junkBefore)
    return true
  }

  private func junkLength() -> Int? {
    let byte = bytes[offset]
    if byte >= 0x80 {
      guard let (scalar, length) = decodeScalar(bytes, at: offset) else { return 1 }
      if isForeignSpace(scalar) || isUnwritable(scalar) { return length }
      return nil
    }
    switch byte {
    case UInt8(ascii: "$"), UInt8(ascii: "?"), UInt8(ascii: "\\"), UInt8(ascii: "`"), UInt8(ascii: "~"), 0x7F: return 1
    case UInt8(ascii: "&"): return peek(1) == byte ? nil : 1
    case UInt8(ascii: "|"): return peek(1) == byte || peek(1) == UInt8(ascii: ">") ? nil : 1
    case 0x09, 0x0A, 0x0D: return nil
    case 0..<0x20: return 1
    default: return nil
    }
  }

  // MARK: Tokens

  mutating func add(_ kind: Token.Kind, keyword: Keyword = .none, length: Int, extra: Token.Flags = []) {
    if Int(tokens.last?.end ?? 0) < offset { flags.insert(.spaceBefore) }
    tokens.append(
      Token(
        kind: kind, keyword: keyword, flags: flags.union(extra), start: Int32(offset), end: Int32(offset + length)))
    offset += length
    flags = []
  }

  /// Another language's spelling of `kind`.
  mutating func addForeign(_ kind: Token.Kind, length: Int) {
    problems.append(.init(.foreignOperator, offset, offset + length, detail: Int32(kind.rawValue)))
    add(kind, length: length, extra: .foreign)
  }

  private mutating func lexToken() {
    let byte = bytes[offset]
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): lexWord()
    case UInt8(ascii: "0")...UInt8(ascii: "9"): lexNumber()
    case UInt8(ascii: "\""): lexString(quote: byte)
    case UInt8(ascii: "'"): lexString(quote: byte)
    case UInt8(ascii: "("): add(.leftParenthesis, length: 1)
    case UInt8(ascii: ")"): add(.rightParenthesis, length: 1)
    case UInt8(ascii: "["): add(.leftBracket, length: 1)
    case UInt8(ascii: "]"): add(.rightBracket, length: 1)
    case UInt8(ascii: "{"): add(.leftBrace, length: 1)
    case UInt8(ascii: "}"): add(.rightBrace, length: 1)
    case UInt8(ascii: ","): add(.comma, length: 1)
    case UInt8(ascii: "."): lexDots()
    case 0x80...: lexBeyondASCII()
    default: lexOperator(byte, peek(1), peek(2))
    }
  }

  private mutating func lexOperator(_ byte: UInt8, _ next: UInt8, _ third: UInt8) {
    let equals = UInt8(ascii: "=")
    let greater = UInt8(ascii: ">")
    switch byte {
    case UInt8(ascii: ":"): next == equals ? addForeign(.equals, length: 2) : add(.colon, length: 1)
    case equals where next == equals && third == equals: addForeign(.equalEqual, length: 3)
    case equals where next == equals: add(.equalEqual, length: 2)
    case equals where next == greater: addForeign(.arrow, length: 2)
    case equals: add(.equals, length: 1)
    case UInt8(ascii: "!") where next == equals && third == equals: addForeign(.notEqual, length: 3)
    case UInt8(ascii: "!") where next == equals: add(.notEqual, length: 2)
    case UInt8(ascii: "!"): addForeign(.not, length: 1)
    case UInt8(ascii: "<") where next == equals: add(.lessOrEqual, length: 2)
    case UInt8(ascii: "<") where next == greater: addForeign(.notEqual, length: 2)
    case UInt8(ascii: "<"): add(.less, length: 1)
    case greater where next == equals: add(.greaterOrEqual, length: 2)
    case greater: add(.greater, length: 1)
    case UInt8(ascii: "-") where next == greater: add(.arrow, length: 2)
    case UInt8(ascii: "-"): add(.minus, length: 1)
    case UInt8(ascii: "+"): add(.plus, length: 1)
    case UInt8(ascii: "*") where next == byte: addForeign(.caret, length: 2)
    case UInt8(ascii: "*"): add(.star, length: 1)
    case UInt8(ascii: "/"): add(.slash, length: 1)
    case UInt8(ascii: "%"): add(.percentSign, length: 1)
    case UInt8(ascii: "@"): add(.at, length: 1)
    case UInt8(ascii: "^"): add(.caret, length: 1)
    case UInt8(ascii: "&"): addForeign(.and, length: 2)
    case UInt8(ascii: "|"): addForeign(next == greater ? .arrow : .or, length: 2)
    default: preconditionFailure("byte \(byte) is neither junk nor a token")
    }
  }

  private mutating func lexDots() {
    let dot = UInt8(ascii: ".")
    if peek(1) == dot {
      switch peek(2) {
      case dot: add(.ellipsis, length: 3)
      case UInt8(ascii: "<"): add(.halfOpenRange, length: 3)
      case UInt8(ascii: "="): addForeign(.ellipsis, length: 3)
      default: addForeign(.halfOpenRange, length: 2)
      }
    } else if isDigit(peek(1)), !touchesOperand() {
      lexNumber()
    } else {
      add(.dot, length: 1)
    }
  }

  /// Whether the token before ends right here and could have a member.
  private func touchesOperand() -> Bool {
    guard let last = tokens.last, Int(last.end) == offset else { return false }
    return last.kind.isLeaf || last.kind == .rightParenthesis || last.kind == .rightBracket
  }

  private mutating func lexWord() {
    let start = offset
    var end = offset
    var isPlain = true
    while end < bytes.count {
      if isWordByte(bytes[end]) {
        end += 1
      } else if bytes[end] >= 0x80, let (scalar, length) = decodeScalar(bytes, at: end), isForeignLetter(scalar) {
        isPlain = false
        end += length
      } else {
        break
      }
    }
    guard isPlain else {
      problems.append(.init(.nameCharacter, start, end))
      return add(.word, length: end - start, extra: .malformed)
    }
    let length = end - start
    guard length <= 8 else { return add(.word, length: length) }
    var packed: UInt64 = 0
    for place in stride(from: end - 1, through: start, by: -1) { packed = packed << 8 | UInt64(bytes[place]) }
    let (kind, keyword) = words.look(packed)
    add(kind, keyword: keyword, length: length)
  }

  private mutating func lexBeyondASCII() {
    guard let (scalar, length) = decodeScalar(bytes, at: offset) else {
      preconditionFailure("bytes that are not UTF-8 are trivia")
    }
    if isForeignQuote(scalar) {
      lexTypographicString(length: length)
    } else if let kind = typographicOperators[scalar] {
      addForeign(kind, length: length)
    } else {
      lexWord()
    }
  }
}

/// A `//` comment, or a foreign one; the bytes from its mark to the end of its text.
package struct Comment: Sendable, Hashable {
  package var start: Int32
  package var end: Int32
  package var range: Range<Int> { Int(start)..<Int(end) }
}
