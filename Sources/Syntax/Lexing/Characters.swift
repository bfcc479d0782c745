@inline(__always) func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

@inline(__always) func isLetter(_ byte: UInt8) -> Bool {
  (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
}

@inline(__always) func isWordByte(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }

/// The scalar that begins at an offset and its length in bytes; nil if it is not well-formed UTF-8 (Unicode 16, table
/// 3-7).
func decodeScalar(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> (scalar: Unicode.Scalar, length: Int)? {
  let first = bytes[offset]
  if first < 0x80 { return (Unicode.Scalar(first), 1) }
  let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
  guard first >= 0xC2, first <= 0xF4, offset + length <= bytes.count else { return nil }
  var value = UInt32(first) & (length == 4 ? 0x07 : length == 3 ? 0x0F : 0x1F)
  for place in 1..<length {
    guard bytes[offset + place] & 0xC0 == 0x80 else { return nil }
    value = value << 6 | UInt32(bytes[offset + place] & 0x3F)
  }
  guard value >= (length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80) else { return nil }
  return Unicode.Scalar(value).map { ($0, length) }
}

/// The offset of the first byte that is not well-formed UTF-8.
func firstInvalidUTF8(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
  var offset = 0
  while offset < bytes.count {
    if offset + 8 <= bytes.count {
      // Eight bytes of ASCII at a time.
      let word = UnsafeRawPointer(bytes.baseAddress!).loadUnaligned(fromByteOffset: offset, as: UInt64.self)
      if word & 0x8080_8080_8080_8080 == 0 {
        offset += 8
        continue
      }
    }
    if bytes[offset] < 0x80 {
      offset += 1
    } else if let (_, length) = decodeScalar(bytes, at: offset) {
      offset += length
    } else {
      return offset
    }
  }
  return nil
}

/// Spaces and invisible characters that editors and web pages slip into code.
func isForeignSpace(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x85, 0xA0, 0x1680, 0x2000...0x200D, 0x2028, 0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF: true
  default: false
  }
}

/// Control characters beyond ASCII, and what is no character at all.
func isUnwritable(_ scalar: Unicode.Scalar) -> Bool {
  (0x80..<0xA0).contains(scalar.value) || scalar.value & 0xFFFE == 0xFFFE || (0xFFF9...0xFFFD).contains(scalar.value)
    || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
}

func isForeignQuote(_ scalar: Unicode.Scalar) -> Bool {
  (0x2018...0x201F).contains(scalar.value) || scalar.value == 0xAB || scalar.value == 0xBB
}

/// Whether a character beyond ASCII joins the word before it.
func isForeignLetter(_ scalar: Unicode.Scalar) -> Bool {
  !isForeignSpace(scalar) && !isUnwritable(scalar) && !isForeignQuote(scalar) && typographicOperators[scalar] == nil
}

/// Operators as books print them.
let typographicOperators: [Unicode.Scalar: Token.Kind] = [
  "→": .arrow, "⟶": .arrow, "−": .minus, "–": .minus, "—": .minus, "×": .star, "·": .star, "⋅": .star, "÷": .slash,
  "≤": .lessOrEqual, "≥": .greaterOrEqual, "≠": .notEqual, "…": .ellipsis,
]
