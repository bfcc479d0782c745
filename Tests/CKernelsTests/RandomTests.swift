import CKernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Philox 4×32-10 one counter at a time, written from the paper.
private func philox(_ key: UInt64, _ counter: [UInt32]) -> [UInt32] {
  var x = counter
  var (k0, k1) = (UInt32(truncatingIfNeeded: key), UInt32(key >> 32))
  for _ in 0..<10 {
    let p0 = UInt64(x[0]) * 0xD251_1F53
    let p1 = UInt64(x[2]) * 0xCD9E_8D57
    x = [
      UInt32(p1 >> 32) ^ x[1] ^ k0, UInt32(truncatingIfNeeded: p1), UInt32(p0 >> 32) ^ x[3] ^ k1,
      UInt32(truncatingIfNeeded: p0),
    ]
    k0 &+= 0x9E37_79B9
    k1 &+= 0xBB67_AE85
  }
  return x
}

extension KernelTests {
  /// The known answers of the generator's authors (Random123, kat_vectors).
  @Test func philoxGivesTheKnownAnswers() {
    #expect(philox(0, [0, 0, 0, 0]) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    #expect(
      philox(0x299f_31d0_a409_3822, [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344])
        == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
  }

  @Test func drawsEqualNaiveOnes() {
    let (out, data, rowBuffer) = (
      GuardedBuffer(capacity: 10_000), GuardedBuffer(capacity: 10_000), GuardedBuffer(capacity: 100)
    )
    defer { freeAll([out, data, rowBuffer]) }
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: 16)
      for _ in 0..<2_000 {
        let (batch, perRow) = (random.below(9), random.below(70))
        let count = batch * perRow
        let key = random.next()
        let (iteration, time) = (UInt32(random.below(1000)), UInt32(random.below(5)))
        let source = nnk_random(key: key, iteration: iteration, time: time)
        let given = random.flip()
        let rows = rowBuffer.lastInts(batch)
        for r in 0..<batch { rows[r] = Int32(random.below(60_000)) }
        func words(_ r: Int, _ quad: Int) -> [UInt32] {
          philox(key, [iteration, given ? UInt32(rows[r]) : UInt32(r), time, UInt32(quad)])
        }
        let uniform = (0..<count).map { i in
          Float(words(i / perRow, i % perRow / 4)[i % perRow % 4] >> 8) * 0x1p-24
        }
        let (o, x) = (out.last(count), data.last(count))
        func result() -> [Float] { (0..<count).map { o[$0] } }
        let (b, p, ids) = (Int64(batch), Int64(perRow), given ? UnsafePointer(rows) : nil)
        nnk_random_uniform(o, b, p, source, ids)
        #expect(result() == uniform, "\(isa): uniform [\(batch), \(perRow)]")
        nnk_random_bernoulli(o, 0.3, 2, b, p, source, ids)
        #expect(result() == uniform.map { $0 < 0.3 ? 2 : 0 }, "\(isa): bernoulli")
        x.fillWithIntegers(count, &random)
        nnk_fill(o, 1, Int64(count))
        nnk_dropout(o, x, 0.5, b, p, source, ids, true)
        #expect(result() == (0..<count).map { 1 + (uniform[$0] >= 0.5 ? 2 * x[$0] : 0) }, "\(isa): dropout")
        nnk_dropout(o, x, 0.75, b, p, source, ids, false)
        let kept: [Float] = (0..<count).map { i in uniform[i] >= 0.75 ? 4 * x[i] : 0 }
        #expect(result() == kept, "\(isa): dropout of most")
        nnk_random_normal(o, b, p, source, ids)
        for i in 0..<count {
          let four = words(i / perRow, i % perRow / 4)
          let pair = i % perRow % 4 / 2 * 2
          let u = Double((four[pair] >> 8) + 1) * 0x1p-24
          let angle = 2 * Double.pi * Double(four[pair + 1] >> 8) * 0x1p-24
          let exact = (-2 * log(u)).squareRoot() * (i % perRow % 2 == 0 ? cos(angle) : sin(angle))
          #expect(abs(Double(o[i]) - exact) < 3e-6, "\(isa): normal \(i)")
        }
      }
    }
  }

  @Test func normalDrawsHaveTheRightMoments() {
    let count = 1_000_000
    var values = [Float](repeating: 0, count: count)
    nnk_random_normal(&values, 10, Int64(count / 10), nnk_random(key: 5, iteration: 1, time: 0), nil)
    var moments = [0.0, 0.0, 0.0, 0.0]
    for value in values {
      var power = 1.0
      for i in 0..<4 {
        power *= Double(value)
        moments[i] += power / Double(count)
      }
    }
    for (moment, expected) in zip(moments, [0.0, 1, 0, 3]) { #expect(abs(moment - expected) < 0.03) }
  }
}
