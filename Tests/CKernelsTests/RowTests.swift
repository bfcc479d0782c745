import CKernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Guarded operands for kernels over rows and columns.
private struct RowMemory {
  let x = GuardedBuffer(capacity: 40_000)
  let y = GuardedBuffer(capacity: 40_000)
  let out = GuardedBuffer(capacity: 40_000)
  let small = (0..<6).map { _ in GuardedBuffer(capacity: 2_000) }

  func free() { for buffer in [x, y, out] + small { buffer.free() } }
}

extension KernelTests {
  /// Calls `body` with random row counts, widths and row distances on every instruction set.
  private func sweep(_ count: Int, seed: UInt64, _ body: (String, inout TestRandom, Int, Int, Int) -> Void) {
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: seed)
      for i in 0..<count {
        let wide = i % 50 == 0
        let (rows, cols) = (random.below(wide ? 8 : 14), wide ? random.below(1_400) : random.below(40))
        body(isa, &random, rows, cols, cols + (random.flip() ? 0 : random.below(4)))
      }
    }
  }

  private func extent(_ rows: Int, _ cols: Int, _ ld: Int) -> Int { rows == 0 ? 0 : (rows - 1) * ld + cols }

  @Test func sumsAndMaximaEqualNaiveOnes() {
    let memory = RowMemory()
    defer { memory.free() }
    sweep(10_000, seed: 8) { isa, random, rows, cols, ld in
      let x = memory.x.last(extent(rows, cols, ld))
      x.fillWithIntegers(extent(rows, cols, ld), &random)
      let (r, c, l) = (Int64(rows), Int64(cols), Int64(ld))
      let accumulate = random.flip()
      let scale: Float = random.flip() ? 1 : 0.5
      let perRow = memory.small[0].last(rows)
      let perColumn = memory.small[1].last(cols)
      perRow.fillWithIntegers(rows, &random)
      perColumn.fillWithIntegers(cols, &random)
      let oldRow = (0..<rows).map { perRow[$0] }
      let oldColumn = (0..<cols).map { perColumn[$0] }
      nnk_row_sum(perRow, x, r, c, l, scale, accumulate)
      nnk_column_sum(perColumn, x, r, c, l, scale, accumulate)
      let maxima = memory.small[2].last(rows)
      let places = memory.small[3].lastInts(rows)
      nnk_row_max(maxima, x, r, c, l)
      if cols > 0 { nnk_row_argmax(places, x, r, c, l) }
      for row in 0..<rows {
        let line = (0..<cols).map { x[row * ld + $0] }
        let sum = line.reduce(0, +) * scale + (accumulate ? oldRow[row] : 0)
        #expect(perRow[row] == sum, "\(isa): sum of row \(row) of [\(rows), \(cols)]")
        #expect(maxima[row] == line.max() ?? -.infinity, "\(isa): maximum of [\(rows), \(cols)]")
        if cols > 0 { #expect(Int(places[row]) == line.firstIndex(of: line.max()!), "\(isa): argmax") }
      }
      for column in 0..<cols {
        var sum: Float = 0
        for row in 0..<rows { sum += x[row * ld + column] }
        let expected = sum * scale + (accumulate ? oldColumn[column] : 0)
        #expect(perColumn[column] == expected, "\(isa): sum of column \(column) of [\(rows), \(cols)]")
      }
      if ld == cols {
        let squares = (0..<rows * cols).reduce(0.0) { $0 + Double(x[$1]) * Double(x[$1]) }
        #expect(nnk_sum_of_squares(x, Int64(rows * cols)) == squares, "\(isa)")
      }
    }
  }

  @Test func maximaCarryNaN() {
    onEveryInstructionSet { isa in
      for width in [1, 3, 16, 17, 40, 100] {
        for place in 0..<width {
          var row = (0..<width).map { Float($0 % 7) }
          row[place] = .nan
          var (maximum, index): (Float, Int32) = (0, -1)
          nnk_row_max(&maximum, row, 1, Int64(width), Int64(width))
          nnk_row_argmax(&index, row, 1, Int64(width), Int64(width))
          #expect(maximum.isNaN && Int(index) == place, "\(isa): NaN at \(place) of \(width)")
        }
      }
    }
  }

  /// Largest difference from a reference in double, relative to the largest magnitude (at least 1).
  private func difference(_ values: UnsafePointer<Float>, _ reference: [Double]) -> Double {
    var worst = 0.0
    let scale = reference.reduce(1.0) { max($0, abs($1)) }
    for (i, exact) in reference.enumerated() {
      let error = abs(Double(values[i]) - exact)
      worst = max(worst, error.isNaN ? .infinity : error)
    }
    return worst / scale
  }

  private func randomValues(_ to: UnsafeMutablePointer<Float>, _ count: Int, _ random: inout TestRandom) {
    for i in 0..<count { to[i] = Float.random(in: -3...3, using: &random) }
  }

  private func doubles(_ from: UnsafePointer<Float>, _ count: Int) -> [Double] { (0..<count).map { Double(from[$0]) } }

  /// softmax of each row in double.
  private func softmax(_ x: [Double], _ rows: Int, _ cols: Int) -> [Double] {
    var out = x
    for r in 0..<rows {
      let line = x[r * cols..<(r + 1) * cols]
      let top = line.max() ?? 0
      let total = line.reduce(0) { $0 + exp($1 - top) }
      for c in 0..<cols { out[r * cols + c] = exp(x[r * cols + c] - top) / total }
    }
    return out
  }

  /// Softmax depends on differences only: scores in the thousands, exact in single precision, change nothing.
  @Test func softmaxBearsLargeScores() {
    let memory = RowMemory()
    defer { memory.free() }
    sweep(500, seed: 29) { isa, random, rows, cols, _ in
      let count = rows * cols
      let (x, out) = (memory.x.last(count), memory.out.last(count))
      for i in 0..<count { x[i] = Float(random.below(257) - 128) / 32 }
      let exact = softmax(doubles(x, count), rows, cols)
      for shift in [Float(4096), -4096] {
        for i in 0..<count { x[i] += shift }
        nnk_softmax(out, x, Int64(rows), Int64(cols))
        #expect(difference(out, exact) < 1e-6, "\(isa): softmax [\(rows), \(cols)]")
        nnk_log_softmax(out, x, Int64(rows), Int64(cols))
        #expect(difference(out, exact.map { log($0) }) < 1e-5, "\(isa): log_softmax [\(rows), \(cols)]")
        for i in 0..<count { x[i] -= shift }
      }
    }
  }

  @Test func softmaxAgreesWithDouble() {
    let memory = RowMemory()
    defer { memory.free() }
    sweep(1_500, seed: 9) { isa, random, rows, cols, _ in
      let count = rows * cols
      let (x, dy, out) = (memory.x.last(count), memory.y.last(count), memory.out.last(count))
      randomValues(x, count, &random)
      randomValues(dy, count, &random)
      let p = softmax(doubles(x, count), rows, cols)
      let (r, c) = (Int64(rows), Int64(cols))
      let g = doubles(dy, count)
      nnk_softmax(out, x, r, c)
      #expect(difference(out, p) < 1e-6, "\(isa): softmax [\(rows), \(cols)]")
      var expected = p
      for row in 0..<rows {
        let range = row * cols..<(row + 1) * cols
        let dot = range.reduce(0.0) { $0 + p[$1] * g[$1] }
        for i in range { expected[i] = p[i] * (g[i] - dot) }
      }
      nnk_softmax_backward(dy, out, dy, r, c, false)
      #expect(difference(dy, expected) < 2e-6, "\(isa): softmax gradient [\(rows), \(cols)]")
      nnk_log_softmax(out, x, r, c)
      #expect(difference(out, p.map { log($0) }) < 2e-6, "\(isa): log_softmax [\(rows), \(cols)]")
      for (i, value) in g.enumerated() { dy[i] = Float(value) }
      for row in 0..<rows {
        let range = row * cols..<(row + 1) * cols
        let sum = range.reduce(0.0) { $0 + g[$1] }
        for i in range { expected[i] = g[i] - p[i] * sum + Double(x[i]) }
      }
      nnk_log_softmax_backward(x, out, dy, r, c, true)
      #expect(difference(x, expected) < 3e-6, "\(isa): log_softmax gradient [\(rows), \(cols)]")
    }
  }

  @Test func crossEntropyAgreesWithDouble() {
    let memory = RowMemory()
    defer { memory.free() }
    sweep(1_500, seed: 10) { isa, random, rows, cols, _ in
      guard cols > 0 else { return }
      let count = rows * cols
      let (x, out) = (memory.x.last(count), memory.out.last(count))
      let (loss, scale, labels) = (
        memory.small[0].last(rows), memory.small[1].last(rows), memory.small[2].lastInts(rows)
      )
      randomValues(x, count, &random)
      randomValues(scale, rows, &random)
      for r in 0..<rows { labels[r] = Int32(random.below(cols + 1)) }
      let p = softmax(doubles(x, count), rows, cols)
      let shared = random.flip()
      nnk_softmax_cross_entropy(loss, out, x, labels, rows > 0 ? scale : nil, shared ? 0 : 1, Int64(rows), Int64(cols))
      var expected = [Double](repeating: 0, count: count)
      for r in 0..<rows {
        let label = Int(labels[r])
        if label == cols {
          #expect(loss[r].isNaN, "\(isa): a label outside gives NaN")
          continue
        }
        let exact = -log(p[r * cols + label])
        #expect(abs(Double(loss[r]) - exact) < 2e-6 * max(1, exact), "\(isa): loss [\(rows), \(cols)]")
        for c in 0..<cols {
          expected[r * cols + c] = Double(scale[shared ? 0 : r]) * (p[r * cols + c] - (c == label ? 1 : 0))
        }
      }
      #expect(difference(out, expected) < 1e-6, "\(isa): gradient [\(rows), \(cols)]")
      let again = (0..<rows).map { loss[$0].bitPattern }
      nnk_softmax_cross_entropy(loss, nil, x, labels, nil, 0, Int64(rows), Int64(cols))
      #expect(again == (0..<rows).map { loss[$0].bitPattern }, "\(isa): the loss alone has the same bits")
    }
  }
}
