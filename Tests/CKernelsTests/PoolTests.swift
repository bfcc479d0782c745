import CKernels
import Testing

/// What a task sees: one counter for each index.
private struct Counters {
  let pool: OpaquePointer
  let counts: UnsafeMutablePointer<Int32>
  let inner: UnsafeMutablePointer<Int32>
}

extension KernelTests {
  @Test(arguments: [1, 2, 3, 8] as [Int32], [0, 50_000] as [Int64])
  func poolRunsEachIndexOnce(threads: Int32, spin: Int64) {
    let pool = nnk_pool_create(threads)
    defer { nnk_pool_destroy(pool) }
    nnk_pool_set_spin(pool, spin)
    #expect(nnk_pool_threads(pool) == threads)
    let most = 100
    var counters = Counters(
      pool: pool, counts: .allocate(capacity: most), inner: .allocate(capacity: most))
    defer {
      counters.counts.deallocate()
      counters.inner.deallocate()
    }
    var random = TestRandom(seed: 17)
    for _ in 0..<2_000 {
      let count = random.below(most + 1)
      counters.counts.initialize(repeating: 0, count: most)
      nnk_pool_run(
        pool, Int64(count),
        { context, index in
          context!.assumingMemoryBound(to: Counters.self).pointee.counts[Int(index)] += 1
        }, &counters)
      #expect((0..<most).allSatisfy { counters.counts[$0] == ($0 < count ? 1 : 0) })
    }
  }

  @Test func nestedRunsAreLoops() {
    let pool = nnk_pool_create(2)
    defer { nnk_pool_destroy(pool) }
    var counters = Counters(pool: pool, counts: .allocate(capacity: 100), inner: .allocate(capacity: 100))
    counters.counts.initialize(repeating: 0, count: 100)
    nnk_pool_run(
      pool, 10,
      { context, outer in
        let counters = context!.assumingMemoryBound(to: Counters.self)
        // Each task owns ten counters, so plain additions are safe.
        var own = Counters(
          pool: counters.pointee.pool, counts: counters.pointee.counts + Int(outer) * 10,
          inner: counters.pointee.inner)
        nnk_pool_run(
          own.pool, 10,
          { context, index in
            context!.assumingMemoryBound(to: Counters.self).pointee.counts[Int(index)] += 1
          }, &own)
      }, &counters)
    #expect((0..<100).allSatisfy { counters.counts[$0] == 1 })
    counters.counts.deallocate()
    counters.inner.deallocate()
  }

  @Test func threadsGiveTheSameBitsAndAllocateNothing() {
    let (m, n, k) = (150, 170, 300)
    var random = TestRandom(seed: 18)
    let a = (0..<m * k).map { _ in Float.random(in: -1...1, using: &random) }
    let b = (0..<n * k).map { _ in Float.random(in: -1...1, using: &random) }
    var gemm = nnk_gemm()
    (gemm.m, gemm.n, gemm.k) = (Int64(m), Int64(n), Int64(k))
    (gemm.lda, gemm.ldb, gemm.ldc) = (Int64(k), Int64(n), Int64(n))
    #expect(nnk_gemm_parts(&gemm) > 1)
    var results: [[Float]] = []
    for threads in [1, 2, 3] as [Int32] {
      let pool = nnk_pool_create(threads)
      defer { nnk_pool_destroy(pool) }
      var c = [Float](repeating: 0, count: m * n)
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          c.withUnsafeMutableBufferPointer { c in
            var operands = nnk_gemm_operands()
            (operands.a, operands.b, operands.c) = (a.baseAddress, b.baseAddress, c.baseAddress)
            nnk_pool_gemm(pool, &gemm, &operands)
            let before = nnk_allocation_count()
            for _ in 0..<20 { nnk_pool_gemm(pool, &gemm, &operands) }
            #expect(nnk_allocation_count() <= before + Int64(threads) - 1, "only threads that had not begun")
          }
        }
      }
      results.append(c)
    }
    #expect(results[0] == results[1] && results[1] == results[2])
  }
}
