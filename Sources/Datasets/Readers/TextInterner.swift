/// Gives each distinct text a code, in order of arrival; texts live one after the other in one buffer.
struct TextInterner {
  private var arena: [UInt8] = []
  /// Where text `i` begins; one more at the end.
  private var starts: [Int] = [0]
  private var hashes: [UInt64] = []
  /// Open addressing; codes plus 1, 0 where free; a power of two.
  private var slots = [Int32](repeating: 0, count: 64)
  /// Where each text first stood in the file.
  private(set) var firstOffsets: [Int] = []

  var count: Int { hashes.count }

  /// The code of a text.
  mutating func code(_ text: UnsafeBufferPointer<UInt8>, at offset: Int) -> Int32 {
    let hash = hashBytes(text.baseAddress, text.count)
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] != 0 {
      let code = Int(slots[slot]) - 1
      if hashes[code] == hash, equals(code, text) { return Int32(code) }
      slot = (slot + 1) & (slots.count - 1)
    }
    let code = Int32(hashes.count)
    arena.append(contentsOf: text)
    starts.append(arena.count)
    hashes.append(hash)
    firstOffsets.append(offset)
    slots[slot] = code + 1
    if hashes.count * 2 > slots.count { grow() }
    return code
  }

  private func equals(_ code: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
    let range = starts[code]..<starts[code + 1]
    guard range.count == text.count else { return false }
    return arena.withUnsafeBufferPointer { own in
      for index in 0..<text.count where own[range.lowerBound + index] != text[index] { return false }
      return true
    }
  }

  private mutating func grow() {
    slots = [Int32](repeating: 0, count: slots.count * 2)
    for (code, hash) in hashes.enumerated() {
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Int32(code + 1)
    }
  }

  /// The texts sorted by their bytes, and the new code of each old one.
  func sorted() -> (texts: [String], offsets: [Int], newCodes: [Int32]) {
    let order = arena.withUnsafeBufferPointer { bytes in
      (0..<count).sorted { a, b in
        bytes[starts[a]..<starts[a + 1]].lexicographicallyPrecedes(bytes[starts[b]..<starts[b + 1]])
      }
    }
    var newCodes = [Int32](repeating: 0, count: count)
    for (new, old) in order.enumerated() { newCodes[old] = Int32(new) }
    let texts = order.map { String(decoding: arena[starts[$0]..<starts[$0 + 1]], as: UTF8.self) }
    return (texts, order.map { firstOffsets[$0] }, newCodes)
  }
}

/// A 64-bit hash of bytes, eight at a time; multiply and fold as in wyhash. Not against an adversary.
func hashBytes(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> UInt64 {
  var hash = 0x9e37_79b9_7f4a_7c15 ^ UInt64(count)
  guard let bytes else { return hash }
  let raw = UnsafeRawPointer(bytes)
  var at = 0
  while at + 8 <= count {
    hash = foldedProduct(hash ^ raw.loadUnaligned(fromByteOffset: at, as: UInt64.self), 0xa076_1d64_78bd_642f)
    at += 8
  }
  var rest: UInt64 = 0
  while at < count {
    rest = rest << 8 | UInt64(bytes[at])
    at += 1
  }
  return foldedProduct(hash ^ rest, 0xe703_7ed1_a0b4_28db)
}

/// Both halves of the 128-bit product, joined.
@inline(__always)
func foldedProduct(_ a: UInt64, _ b: UInt64) -> UInt64 {
  let (high, low) = a.multipliedFullWidth(by: b)
  return high ^ low
}
