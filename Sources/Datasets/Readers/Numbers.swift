/// 10⁰ to 10²², which doubles hold exactly.
private let exactPowers: [Double] = (0...22).map { power in (0..<power).reduce(1.0) { value, _ in value * 10 } }

/// Reads decimal numbers from bytes.
struct NumberReader {
  private let powers: UnsafeMutablePointer<Double>

  init() {
    powers = .allocate(capacity: exactPowers.count)
    powers.initialize(from: exactPowers, count: exactPowers.count)
  }

  func free() { powers.deallocate() }

  /// Reads `-12.5e3` from `start` and returns where it ends, or nil where there is no number or where rounding needs
  /// the slow way. Bytes after the number must end it (no digit, point or letter), which the caller's sentinel does.
  ///
  /// A mantissa below 2⁵³ times or by a power up to 10²² is rounded once, so it is right (Clinger 1990).
  @inline(__always)
  func fast(_ start: UnsafePointer<UInt8>, _ value: inout Double) -> UnsafePointer<UInt8>? {
    var at = start
    let isNegative = at.pointee == 45
    if isNegative || at.pointee == 43 { at += 1 }
    let digits = at
    var mantissa: UInt64 = 0
    while true {
      let digit = at.pointee &- 48
      if digit > 9 { break }
      mantissa = mantissa &* 10 &+ UInt64(digit)
      at += 1
    }
    var length = at - digits
    var exponent = 0
    if at.pointee == 46 {
      at += 1
      let fraction = at
      while true {
        let digit = at.pointee &- 48
        if digit > 9 { break }
        mantissa = mantissa &* 10 &+ UInt64(digit)
        at += 1
      }
      exponent = fraction - at
      length -= exponent
    }
    if length == 0 || length > 18 { return nil }
    if at.pointee | 32 == 101 {
      at += 1
      let isDown = at.pointee == 45
      if isDown || at.pointee == 43 { at += 1 }
      let first = at
      var power = 0
      while at - first < 5 {
        let digit = at.pointee &- 48
        if digit > 9 { break }
        power = power &* 10 &+ Int(digit)
        at += 1
      }
      if at == first || at - first == 5 { return nil }
      exponent += isDown ? -power : power
    }
    guard mantissa <= 1 << 53, exponent >= -22, exponent <= 22 else { return nil }
    let magnitude = exponent < 0 ? Double(mantissa) / powers[-exponent] : Double(mantissa) * powers[exponent]
    value = isNegative ? -magnitude : magnitude
    return at
  }
}

/// The number that a whole text spells, or nil: digits with an optional sign, point and exponent; finite.
package func number(from text: String) -> Double? {
  var text = text
  return text.withUTF8 { number(fromBytes: $0) }
}

/// As ``number(from:)``, for bytes.
func number(fromBytes bytes: UnsafeBufferPointer<UInt8>) -> Double? {
  var at = 0
  func skipDigits() -> Int {
    let start = at
    while at < bytes.count, bytes[at] >= 48, bytes[at] <= 57 { at += 1 }
    return at - start
  }
  func skipSign() { if at < bytes.count, bytes[at] == 43 || bytes[at] == 45 { at += 1 } }
  skipSign()
  var digits = skipDigits()
  if at < bytes.count, bytes[at] == 46 {
    at += 1
    digits += skipDigits()
  }
  guard digits > 0 else { return nil }
  if at < bytes.count, bytes[at] | 32 == 101 {
    at += 1
    skipSign()
    guard skipDigits() > 0 else { return nil }
  }
  guard at == bytes.count, let value = Double(String(decoding: bytes, as: UTF8.self)), value.isFinite else {
    return nil
  }
  return value
}
