/// The reserved words and keywords by their bytes: a hash table with open addressing, because every word of a file is
/// looked up once.
struct WordTable {
  private var keys: [UInt64]
  private var values: [(kind: Token.Kind, keyword: Keyword)]

  static let shared = WordTable()

  private init() {
    keys = [UInt64](repeating: 0, count: 64)
    values = [(kind: Token.Kind, keyword: Keyword)](repeating: (.word, .none), count: 64)
    let reserved: [(String, Token.Kind)] = [
      ("and", .and), ("or", .or), ("not", .not), ("true", .true), ("false", .false),
    ]
    for (word, kind) in reserved { insert(word, kind, .none) }
    for keyword in Keyword.allCases where keyword != .none {
      insert(keyword.text, keyword == .let ? .let : .word, keyword)
    }
  }

  private mutating func insert(_ word: String, _ kind: Token.Kind, _ keyword: Keyword) {
    precondition(word.utf8.count <= 8, "words are packed into eight bytes")
    var packed: UInt64 = 0
    for byte in word.utf8.reversed() { packed = packed << 8 | UInt64(byte) }
    var slot = Self.slot(packed)
    while keys[slot] != 0 { slot = (slot + 1) & 63 }
    keys[slot] = packed
    values[slot] = (kind, keyword)
  }

  /// Multiplicative hashing (Knuth, volume 3, 6.4).
  private static func slot(_ packed: UInt64) -> Int { Int((packed &* 0x9E37_79B9_7F4A_7C15) >> 58) }

  /// What a word of at most eight bytes is, the first in the lowest byte.
  func look(_ packed: UInt64) -> (kind: Token.Kind, keyword: Keyword) {
    var slot = Self.slot(packed)
    while keys[slot] != 0 {
      if keys[slot] == packed { return values[slot] }
      slot = (slot + 1) & 63
    }
    return (.word, .none)
  }
}
