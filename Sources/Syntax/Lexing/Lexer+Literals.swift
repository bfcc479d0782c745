import Diagnostics

extension Lexer {
  /// integer = digits ; real = digits, ".", digits, [ exponent ] | digits, exponent ;
  /// percent = ( integer | real ), "%" ; digits = digit, { [ "_" ], digit } ;
  /// exponent = ( "e" | "E" ), [ "+" | "-" ], digits ; digit = ? 0 to 9 ? ;
  mutating func lexNumber() {
    var end = offset
    let isHeadless = bytes[offset] == UInt8(ascii: ".")
    var isReal = isHeadless
    var isWellFormed = !isHeadless && scanDigits(&end)
    if at(end) == UInt8(ascii: "."), isDigit(at(end + 1)) {
      isReal = true
      end += 1
      isWellFormed = scanDigits(&end) && isWellFormed
    } else if at(end) == UInt8(ascii: "."), at(end + 1) != UInt8(ascii: "."), !isLetter(at(end + 1)), !isHeadless {
      isReal = true
      isWellFormed = false
      end += 1
    }
    if at(end) | 0x20 == UInt8(ascii: "e") {
      let sign = at(end + 1) == UInt8(ascii: "-") || at(end + 1) == UInt8(ascii: "+") ? 1 : 0
      if isDigit(at(end + 1 + sign)) {
        isReal = true
        end += 1 + sign
        isWellFormed = scanDigits(&end) && isWellFormed
      }
    }
    while isWordByte(at(end)) || (at(end) == UInt8(ascii: ".") && isDigit(at(end + 1))) {
      isWellFormed = false
      end += 1
    }
    let isPercent = at(end) == UInt8(ascii: "%") && !beginsOperand(at(end + 1))
    if isPercent { end += 1 }
    let kind: Token.Kind = isPercent ? .percent : isReal ? .real : .integer
    finishNumber(kind, end: end, isWellFormed: isWellFormed)
  }

  private mutating func finishNumber(_ kind: Token.Kind, end: Int, isWellFormed: Bool) {
    if !isWellFormed {
      problems.append(.init(.number, offset, end))
    } else if !fits(kind, end: end) {
      problems.append(.init(.numberTooLarge, offset, end))
    } else {
      return add(kind, length: end - offset)
    }
    add(kind, length: end - offset, extra: .malformed)
  }

  private func fits(_ kind: Token.Kind, end: Int) -> Bool {
    // Anything this short is in range without looking closer; an exponent has at least three characters more.
    if end - offset <= 17, kind == .integer { return true }
    let text = bytes[offset..<end]
    switch kind {
    case .integer: return integerValue(text) != nil
    case .percent: return percentValue(text) != nil
    default: return realValue(text).isFinite
    }
  }

  private func at(_ place: Int) -> UInt8 { place < bytes.count ? bytes[place] : 0 }

  private func beginsOperand(_ byte: UInt8) -> Bool { isWordByte(byte) || byte == UInt8(ascii: "(") }

  /// Moves over digits and single underscores between them; false if an underscore stands elsewhere.
  private func scanDigits(_ end: inout Int) -> Bool {
    var isWellFormed = isDigit(at(end))
    while isDigit(at(end)) || at(end) == UInt8(ascii: "_") {
      if at(end) == UInt8(ascii: "_"), !isDigit(at(end + 1)) { isWellFormed = false }
      end += 1
    }
    return isWellFormed
  }

  /// string = '"', { character | escape }, '"' ; character = ? any but a quote, a backslash and a line break ? ;
  /// escape = "\", ( "n" | "t" | "\" | '"' | "u{", ? one to six hexadecimal digits ?, "}" ) ;
  mutating func lexString(quote: UInt8) {
    let isForeign = quote != UInt8(ascii: "\"")
    var end = offset + 1
    var badEscape: Range<Int>?
    while end < bytes.count, bytes[end] != quote, bytes[end] != UInt8(ascii: "\n") {
      guard bytes[end] == UInt8(ascii: "\\") else {
        end += 1
        continue
      }
      let length = escapeLength(at: end)
      if length == nil, badEscape == nil { badEscape = end..<min(end + 2, bytes.count) }
      end += length ?? (at(end + 1) == UInt8(ascii: "\n") ? 1 : 2)
    }
    end = min(end, bytes.count)
    guard at(end) == quote else {
      if end > offset, at(end - 1) == UInt8(ascii: "\r") { end -= 1 }
      problems.append(.init(.unterminatedString, offset, end))
      return add(.string, length: end - offset, extra: .malformed)
    }
    if isForeign {
      problems.append(.init(.foreignQuotes, offset, end + 1))
      return add(.string, length: end + 1 - offset, extra: badEscape == nil ? .foreign : [.foreign, .malformed])
    }
    if let badEscape { problems.append(.init(.escape, badEscape.lowerBound, badEscape.upperBound)) }
    add(.string, length: end + 1 - offset, extra: badEscape == nil ? [] : .malformed)
  }

  /// The length of a valid escape that begins at a backslash.
  private func escapeLength(at place: Int) -> Int? {
    switch at(place + 1) {
    case UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "\\"), UInt8(ascii: "\""): return 2
    case UInt8(ascii: "'"): return at(offset) == UInt8(ascii: "'") ? 2 : nil
    case UInt8(ascii: "u"):
      return escapedScalar(bytes, at: place)?.length
    default: return nil
    }
  }

  /// A string between typographic quotes.
  mutating func lexTypographicString(length: Int) {
    var end = offset + length
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n") {
      guard let (scalar, step) = decodeScalar(bytes, at: end) else {
        end += 1
        continue
      }
      end += step
      if isForeignQuote(scalar) || scalar == "\"" {
        problems.append(.init(.foreignQuotes, offset, end))
        return add(.string, length: end - offset, extra: [.foreign, .malformed])
      }
    }
    problems.append(.init(.unterminatedString, offset, end))
    add(.string, length: end - offset, extra: .malformed)
  }
}

/// The scalar of `\u{…}` (one to six hexadecimal digits) and the length of the escape.
func escapedScalar(
  _ bytes: UnsafeBufferPointer<UInt8>, at place: Int
) -> (scalar: Unicode.Scalar, length: Int)? {
  guard place + 3 < bytes.count, bytes[place + 2] == UInt8(ascii: "{") else { return nil }
  var value: UInt32 = 0
  var end = place + 3
  while end < bytes.count, end - place <= 9, let digit = Character(Unicode.Scalar(bytes[end])).hexDigitValue {
    guard end - place < 9 else { return nil }
    value = value << 4 | UInt32(digit)
    end += 1
  }
  guard end > place + 3, end < bytes.count, bytes[end] == UInt8(ascii: "}") else { return nil }
  return Unicode.Scalar(value).map { ($0, end + 1 - place) }
}

/// The value of an integer literal; nil beyond 64 bits.
func integerValue(_ text: some Sequence<UInt8>) -> Int? {
  var value = 0
  for byte in text where byte != UInt8(ascii: "_") {
    let (product, overflow) = value.multipliedReportingOverflow(by: 10)
    let (sum, carry) = product.addingReportingOverflow(Int(byte &- UInt8(ascii: "0")))
    if overflow || carry { return nil }
    value = sum
  }
  return value
}

/// The value of a real literal, rounded to the nearest double; infinite if it is too large.
func realValue(_ text: some Sequence<UInt8>) -> Double {
  let digits = String(decoding: text.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
  return Double(digits) ?? .infinity
}

/// The exact value of a percentage as a fraction: 70 % is 70/100, 12.5 % is 125/1000; nil beyond 64 bits.
func percentValue(_ text: some Sequence<UInt8>) -> (numerator: Int, denominator: Int)? {
  var numerator = 0
  var decimals = 0
  var exponent = 0
  var isNegativeExponent = false
  var part = 0
  for byte in text {
    switch byte {
    case UInt8(ascii: "."): part = 1
    case UInt8(ascii: "e"), UInt8(ascii: "E"): part = 2
    case UInt8(ascii: "-"): isNegativeExponent = true
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      let digit = Int(byte - UInt8(ascii: "0"))
      if part == 2 {
        exponent = min(exponent * 10 + digit, 1_000)
      } else {
        let (product, overflow) = numerator.multipliedReportingOverflow(by: 10)
        let (sum, carry) = product.addingReportingOverflow(digit)
        if overflow || carry { return nil }
        numerator = sum
        decimals += part
      }
    default: break
    }
  }
  let shift = (isNegativeExponent ? -exponent : exponent) - decimals
  var denominator = 100
  for _ in 0..<abs(shift) {
    let (product, overflow) = (shift > 0 ? numerator : denominator).multipliedReportingOverflow(by: 10)
    if overflow { return nil }
    if shift > 0 { numerator = product } else { denominator = product }
  }
  return (numerator, denominator)
}
