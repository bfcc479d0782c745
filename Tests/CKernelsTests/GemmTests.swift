import CKernels
import Testing

/// A random multiply with its operands in guarded memory, and the naive result.
private struct GemmCase {
  var gemm = nnk_gemm()
  let aCount: Int
  let bCount: Int
  let cCount: Int
  let savedCount: Int

  init(_ random: inout TestRandom, largest: Int, deepest: Int, batched: Bool) {
    let (m, n, k) = (random.size(largest), random.size(largest), random.below(8) == 0 ? 0 : random.size(deepest))
    gemm.m = Int64(m)
    gemm.n = Int64(n)
    gemm.k = Int64(k)
    gemm.transpose_a = random.flip()
    gemm.transpose_b = random.flip()
    let (aRows, aCols) = gemm.transpose_a ? (k, m) : (m, k)
    let (bRows, bCols) = gemm.transpose_b ? (n, k) : (k, n)
    let slack = random.below(3) == 0 ? random.below(5) : 0
    gemm.lda = Int64(aCols + slack)
    gemm.ldb = Int64(bCols + (slack + 1) / 2)
    gemm.ldc = Int64(n + slack / 2)
    gemm.ldsaved = Int64(n + slack)
    gemm.accumulate = random.below(3) == 0
    switch random.below(4) {
    case 0: gemm.activation = nnk_activation_relu
    case 1: gemm.gradient = nnk_activation_relu
    default: break
    }
    let batch = batched && random.below(4) == 0 ? random.size(4) : 1
    gemm.batch = Int64(batch)
    let extent = { (rows: Int, cols: Int, ld: Int64) in rows == 0 ? 0 : (rows - 1) * Int(ld) + cols }
    let sizes = (
      a: extent(aRows, aCols, gemm.lda), b: extent(bRows, bCols, gemm.ldb), c: extent(m, n, gemm.ldc),
      saved: extent(m, n, gemm.ldsaved)
    )
    gemm.stride_a = random.flip() ? 0 : Int64(sizes.a)
    gemm.stride_b = random.flip() ? 0 : Int64(sizes.b)
    gemm.stride_c = Int64(sizes.c)
    gemm.stride_saved = Int64(sizes.saved)
    aCount = sizes.a + (batch - 1) * Int(gemm.stride_a)
    bCount = sizes.b + (batch - 1) * Int(gemm.stride_b)
    cCount = sizes.c * batch
    savedCount = sizes.saved * batch
  }

  /// The textbook triple loop, in the order of k.
  func naive(_ operands: nnk_gemm_operands, into c: inout [Float]) {
    let g = gemm
    for i in 0..<Int(g.batch) {
      let a = operands.a! + i * Int(g.stride_a)
      let b = operands.b! + i * Int(g.stride_b)
      for row in 0..<Int(g.m) {
        for column in 0..<Int(g.n) {
          let at = i * Int(g.stride_c) + row * Int(g.ldc) + column
          var sum: Float = g.accumulate ? c[at] : 0
          if let bias = operands.bias { sum += bias[column] }
          for k in 0..<Int(g.k) {
            let left = g.transpose_a ? a[k * Int(g.lda) + row] : a[row * Int(g.lda) + k]
            let right = g.transpose_b ? b[column * Int(g.ldb) + k] : b[k * Int(g.ldb) + column]
            sum += left * right
          }
          if g.activation == nnk_activation_relu { sum = max(sum, 0) }
          if g.gradient == nnk_activation_relu {
            let saved = operands.saved![i * Int(g.stride_saved) + row * Int(g.ldsaved) + column]
            sum = saved > 0 ? sum : 0
          }
          c[at] = sum
        }
      }
    }
  }
}

/// Operand memory for many cases.
private struct GemmMemory {
  let a = GuardedBuffer(capacity: 600_000)
  let b = GuardedBuffer(capacity: 600_000)
  let c = GuardedBuffer(capacity: 600_000)
  let bias = GuardedBuffer(capacity: 2_000)
  let saved = GuardedBuffer(capacity: 600_000)
  let before = GuardedBuffer(capacity: 600_000)

  func free() { for buffer in [a, b, c, bias, saved, before] { buffer.free() } }

  func operands(_ test: GemmCase, _ random: inout TestRandom, integers: Bool) -> nnk_gemm_operands {
    func fill(_ pointer: UnsafeMutablePointer<Float>, _ count: Int) {
      if integers {
        pointer.fillWithIntegers(count, &random)
      } else {
        for i in 0..<count { pointer[i] = Float.random(in: -1...1, using: &random) }
      }
    }
    var operands = nnk_gemm_operands()
    let (a, b, c) = (a.last(test.aCount), b.last(test.bCount), c.last(test.cCount))
    fill(a, test.aCount)
    fill(b, test.bCount)
    fill(c, test.cCount)
    operands.a = UnsafePointer(a)
    operands.b = UnsafePointer(b)
    operands.c = c
    if random.flip() {
      let n = Int(test.gemm.n)
      fill(bias.last(n), n)
      operands.bias = UnsafePointer(bias.last(n))
    }
    if test.gemm.gradient != nnk_activation_none {
      fill(saved.last(test.savedCount), test.savedCount)
      operands.saved = UnsafePointer(saved.last(test.savedCount))
    }
    if random.below(4) == 0 { operands.preactivation = before.last(test.cCount) }
    return operands
  }
}

extension KernelTests {
  private func compareWithNaive(cases: Int, largest: Int, deepest: Int, seed: UInt64) {
    let memory = GemmMemory()
    defer { memory.free() }
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: seed)
      var wrong = 0
      for _ in 0..<cases {
        let test = GemmCase(&random, largest: largest, deepest: deepest, batched: deepest < 100)
        let operands = memory.operands(test, &random, integers: true)
        var expected = Array(UnsafeBufferPointer(start: operands.c!, count: test.cCount))
        test.naive(operands, into: &expected)
        var gemm = test.gemm
        withUnsafePointer(to: operands) { nnk_gemm_run(&gemm, $0) }
        if !expected.elementsEqual(UnsafeBufferPointer(start: operands.c!, count: test.cCount)) {
          wrong += 1
          if wrong < 4 { Issue.record("\(isa): \(test.gemm) differs from the naive product") }
        }
      }
      #expect(wrong == 0, "\(isa): \(wrong) of \(cases) products differ")
    }
  }

  @Test func smallMultipliesEqualNaiveOnes() { compareWithNaive(cases: 12_000, largest: 40, deepest: 40, seed: 1) }
  @Test func skinnyMultipliesEqualNaiveOnes() { compareWithNaive(cases: 1_000, largest: 5, deepest: 300, seed: 2) }
  @Test func packedMultipliesEqualNaiveOnes() { compareWithNaive(cases: 60, largest: 200, deepest: 700, seed: 3) }

  /// A second operand that was packed before gives the same bits as one that is read as it is stored.
  ///
  /// One column is among the shapes: its panels are no vector.
  @Test func packingBeforeChangesNoBit() {
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: 9)
      for (m, n, k) in [
        (2, 16, 64), (6, 1, 40), (5, 33, 17), (32, 512, 128), (40, 70, 300), (32, 128, 512), (130, 90, 260),
      ] {
        let a = (0..<m * k).map { _ in Float.random(in: -1...1, using: &random) }
        let b = (0..<k * n).map { _ in Float.random(in: -1...1, using: &random) }
        for isTransposed in [false, true] {
          var gemm = nnk_gemm()
          (gemm.m, gemm.n, gemm.k) = (Int64(m), Int64(n), Int64(k))
          (gemm.lda, gemm.ldb, gemm.ldc) = (Int64(k), Int64(isTransposed ? k : n), Int64(n))
          gemm.transpose_b = isTransposed
          var (plain, packed) = ([Float](repeating: 0, count: m * n), [Float](repeating: 1, count: m * n))
          var panels = [Float](repeating: .nan, count: k * ((n + 31) / 32 * 32))
          nnk_gemm_pack(&panels, b, gemm.ldb, isTransposed, gemm.k, gemm.n)
          run(gemm, a, b, &plain)
          (gemm.transpose_b, gemm.packed_b) = (false, true)
          run(gemm, a, panels, &packed)
          if n == 1 || isTransposed && m <= 4 && k >= 32 {
            // One column, or few rows, with both operands adjacent along k are summed on lanes: another order, the same sum.
            let distance = zip(plain, packed).map { abs($0 - $1) }.max() ?? 0
            #expect(distance < 1e-5, "\(isa) \(m)×\(k)·\(k)×\(n)")
          } else {
            #expect(plain.map(\.bitPattern) == packed.map(\.bitPattern), "\(isa) \(m)×\(k)·\(k)×\(n)")
          }
        }
      }
    }
  }

  /// All parts of a multiply of these operands.
  private func run(_ gemm: nnk_gemm, _ a: [Float], _ b: [Float], _ c: inout [Float]) {
    var gemm = gemm
    a.withUnsafeBufferPointer { left in
      b.withUnsafeBufferPointer { right in
        c.withUnsafeMutableBufferPointer { result in
          var operands = nnk_gemm_operands()
          (operands.a, operands.b, operands.c) = (left.baseAddress, right.baseAddress, result.baseAddress)
          for part in 0..<nnk_gemm_parts(&gemm) { nnk_gemm_part(&gemm, &operands, part) }
        }
      }
    }
  }

  /// Random numbers, not integers: any cut into rectangles and the module's own parts must give the same bits.
  @Test func splitsOfAMultiplyHaveTheSameBits() {
    let memory = GemmMemory()
    defer { memory.free() }
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: 4)
      for round in 0..<300 {
        let big = round % 10 == 0
        let test = GemmCase(&random, largest: big ? 250 : 50, deepest: big ? 600 : 50, batched: !big)
        let operands = memory.operands(test, &random, integers: false)
        let start = Array(UnsafeBufferPointer(start: operands.c!, count: test.cCount))
        var gemm = test.gemm
        func result(_ run: (UnsafePointer<nnk_gemm_operands>) -> Void) -> [UInt32] {
          for (i, value) in start.enumerated() { operands.c![i] = value }
          withUnsafePointer(to: operands, run)
          return (0..<test.cCount).map { operands.c![$0].bitPattern }
        }
        let whole = result { nnk_gemm_run(&gemm, $0) }
        let parts = result { operands in
          for part in 0..<nnk_gemm_parts(&gemm) { nnk_gemm_part(&gemm, operands, part) }
        }
        let (rowCut, columnCut) = (Int64(random.below(Int(gemm.m) + 1)), Int64(random.below(Int(gemm.n) + 1)))
        let rectangles = result { operands in
          for i in 0..<max(gemm.batch, 1) {
            for (top, bottom) in [(0, rowCut), (rowCut, gemm.m)] {
              for (left, right) in [(0, columnCut), (columnCut, gemm.n)] {
                nnk_gemm_range(&gemm, operands, i, top, bottom, left, right)
              }
            }
          }
        }
        #expect(whole == parts && whole == rectangles, "\(isa): \(gemm)")
      }
    }
  }

  /// Every activation and gradient of the epilogue, against the same functions applied afterwards.
  @Test func epiloguesApplyActivationsAndTheirGradients() {
    let activations: [(nnk_activation, nnk_opcode, nnk_opcode)] = [
      (nnk_activation_relu, nnk_op_relu, nnk_op_step), (nnk_activation_tanh, nnk_op_tanh, nnk_op_tanh_gradient),
      (nnk_activation_sigmoid, nnk_op_sigmoid, nnk_op_sigmoid_gradient),
      (nnk_activation_gelu, nnk_op_gelu, nnk_op_gelu_gradient),
      (nnk_activation_gelu_tanh, nnk_op_gelu_tanh, nnk_op_gelu_tanh_gradient),
      (nnk_activation_silu, nnk_op_silu, nnk_op_silu_gradient),
      (nnk_activation_softplus, nnk_op_softplus, nnk_op_sigmoid),
    ]
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: 5)
      for (activation, function, gradient) in activations {
        let (m, n, k) = (13, 21, 9)
        let values = { (count: Int) in (0..<count).map { _ in Float.random(in: -2...2, using: &random) } }
        let (a, b, saved) = (values(m * k), values(k * n), values(m * n))
        var (plain, applied, before, slope, expected) = (
          [Float](repeating: 0, count: m * n), [Float](repeating: 0, count: m * n),
          [Float](repeating: 0, count: m * n), [Float](repeating: 0, count: m * n),
          [Float](repeating: 0, count: m * n)
        )
        var gemm = nnk_gemm()
        (gemm.m, gemm.n, gemm.k) = (Int64(m), Int64(n), Int64(k))
        (gemm.lda, gemm.ldb, gemm.ldc, gemm.ldsaved) = (Int64(k), Int64(n), Int64(n), Int64(n))
        a.withUnsafeBufferPointer { a in
          b.withUnsafeBufferPointer { b in
            var operands = nnk_gemm_operands()
            (operands.a, operands.b) = (a.baseAddress, b.baseAddress)
            plain.withUnsafeMutableBufferPointer {
              operands.c = $0.baseAddress
              nnk_gemm_run(&gemm, &operands)
            }
            gemm.activation = activation
            before.withUnsafeMutableBufferPointer { before in
              applied.withUnsafeMutableBufferPointer {
                (operands.c, operands.preactivation) = ($0.baseAddress, before.baseAddress)
                nnk_gemm_run(&gemm, &operands)
              }
            }
            gemm.activation = nnk_activation_none
            gemm.gradient = activation
            operands.preactivation = nil
            slope.withUnsafeMutableBufferPointer { slope in
              saved.withUnsafeBufferPointer {
                (operands.c, operands.saved) = (slope.baseAddress, $0.baseAddress)
                nnk_gemm_run(&gemm, &operands)
              }
            }
          }
        }
        #expect(before == plain, "\(isa)")
        nnk_map(function, &expected, plain, Int64(m * n))
        #expect(applied == expected, "\(isa): activation \(activation.rawValue)")
        nnk_map(gradient, &expected, saved, Int64(m * n))
        let product = zip(plain, expected).map { $0 * $1 }
        #expect(slope == product, "\(isa): gradient \(activation.rawValue)")
      }
    }
  }
}
