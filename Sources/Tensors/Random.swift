/// Philox 4×32-10, the counter-based generator of Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3"
/// (SC 2011). A draw is a pure function of key and counter, so that it depends on neither threads nor history.
package struct Philox: Sendable {
  package let key: (UInt32, UInt32)

  package init(key: UInt64) { self.key = (UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32)) }

  /// Key from a seed and the path of the place that draws (`GPT.repeat[3].dropout`), by 64-bit FNV-1a.
  package init(seed: UInt64, path: String) { self.init(key: Philox.mix(seed: seed, path: path)) }

  package static func mix(seed: UInt64, path: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for shift in stride(from: 0, to: 64, by: 8) { hash = (hash ^ ((seed >> UInt64(shift)) & 0xff)) &* 0x100_0000_01b3 }
    for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return hash
  }

  /// Four words for a counter.
  package func callAsFunction(_ c0: UInt32, _ c1: UInt32, _ c2: UInt32, _ c3: UInt32) -> (
    UInt32, UInt32, UInt32, UInt32
  ) {
    var (x0, x1, x2, x3) = (c0, c1, c2, c3)
    var (k0, k1) = key
    for _ in 0..<10 {
      let p0 = UInt64(0xD251_1F53) &* UInt64(x0)
      let p1 = UInt64(0xCD9E_8D57) &* UInt64(x2)
      (x0, x1, x2, x3) = (
        UInt32(truncatingIfNeeded: p1 >> 32) ^ x1 ^ k0, UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ x3 ^ k1, UInt32(truncatingIfNeeded: p0)
      )
      k0 = k0 &+ 0x9E37_79B9
      k1 = k1 &+ 0xBB67_AE85
    }
    return (x0, x1, x2, x3)
  }

  /// A word as a float in [0, 1), in steps of 2⁻²⁴.
  package static func unit(_ word: UInt32) -> Float { Float(word >> 8) * 0x1p-24 }
}

/// A sequence of draws from one Philox key, for host code (initialisers, shuffles).
package struct PhiloxSequence: RandomNumberGenerator, Sendable {
  private let generator: Philox
  private var counter: UInt64 = 0
  private var spare: [UInt32] = []

  package init(seed: UInt64, path: String) { generator = Philox(seed: seed, path: path) }

  package mutating func nextWord() -> UInt32 {
    if spare.isEmpty {
      let (a, b, c, d) = generator(UInt32(truncatingIfNeeded: counter), UInt32(truncatingIfNeeded: counter >> 32), 0, 0)
      counter += 1
      spare = [d, c, b, a]
    }
    return spare.removeLast()
  }

  package mutating func next() -> UInt64 { UInt64(nextWord()) | UInt64(nextWord()) << 32 }

  /// Uniform in [0, 1), 53 bits.
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A whole number in 0 ..< bound, without bias (Lemire 2019).
  package mutating func below(_ bound: Int) -> Int { Int(next(upperBound: UInt64(bound))) }

  /// A permutation of 0 ..< count (Fisher–Yates).
  package mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    var i = count - 1
    while i > 0 {
      order.swapAt(i, below(i + 1))
      i -= 1
    }
    return order
  }
}
