import CKernels
import Testing

extension KernelTests {
  private func offsets(_ shape: [Int], _ strides: [Int]) -> [Int] {
    var result = [0]
    for (size, stride) in zip(shape, strides) {
      result = result.flatMap { base in (0..<size).map { base + $0 * stride } }
    }
    return result
  }

  private func contiguous(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for d in shape.indices.reversed().dropFirst() { strides[d] = strides[d + 1] * shape[d + 1] }
    return strides
  }

  private func words(_ values: [Int]) -> [Int64] { values.map(Int64.init) }

  @Test func stridedCopiesEqualNaiveOnes() {
    let (x, out) = (GuardedBuffer(capacity: 100_000), GuardedBuffer(capacity: 100_000))
    defer { freeAll([x, out]) }
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: 13)
      for round in 0..<10_000 {
        let rank = random.below(5)
        var shape = (0..<rank).map { _ in random.below(20) == 0 ? 0 : random.size(rank > 3 ? 7 : 12) }
        if round % 100 == 0 { shape = [1 + random.below(60), 1 + random.below(60)] }
        // The source is a permutation of a contiguous tensor, broadcast along some axes; the target has slack.
        var order = Array(shape.indices)
        order.shuffle(using: &random)
        let source = contiguous(order.map { shape[$0] })
        var xStrides = [Int](repeating: 0, count: shape.count)
        for (place, axis) in order.enumerated() where random.below(6) > 0 { xStrides[axis] = source[place] }
        let outStrides = contiguous(shape.map { $0 + (random.below(4) == 0 ? 1 : 0) })
        let (from, to) = (offsets(shape, xStrides), offsets(shape, outStrides))
        let (xCount, outCount) = ((from.max() ?? -1) + 1, (to.max() ?? -1) + 1)
        let (data, target) = (x.last(xCount), out.last(outCount))
        data.fillWithIntegers(xCount, &random)
        target.fillWithIntegers(outCount, &random)
        let accumulate = random.flip()
        var expected = (0..<outCount).map { target[$0] }
        for (i, j) in zip(from, to) { expected[j] = data[i] + (accumulate ? expected[j] : 0) }
        nnk_copy_strided(
          target, words(outStrides), data, words(xStrides), words(shape), Int32(shape.count), accumulate)
        #expect(expected == (0..<outCount).map { target[$0] }, "\(isa): \(shape), \(xStrides) to \(outStrides)")
      }
    }
  }

  @Test func reductionsOverAnyAxesEqualNaiveOnes() {
    let (x, out) = (GuardedBuffer(capacity: 100_000), GuardedBuffer(capacity: 100_000))
    defer { freeAll([x, out]) }
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: 14)
      for _ in 0..<10_000 {
        let rank = random.below(5)
        let shape = (0..<rank).map { _ in random.below(25) == 0 ? 0 : random.size(rank > 3 ? 7 : 20) }
        let axes = UInt32(random.below(1 << rank))
        let count = shape.reduce(1, *)
        let keptShape = shape.indices.map { axes >> UInt32($0) & 1 == 1 ? 1 : shape[$0] }
        let keptStrides = zip(contiguous(keptShape), shape.indices).map { axes >> UInt32($1) & 1 == 1 ? 0 : $0 }
        let kept = keptShape.reduce(1, *)
        let (data, target) = (x.last(count), out.last(kept))
        data.fillWithIntegers(count, &random)
        target.fillWithIntegers(kept, &random)
        let accumulate = random.flip()
        let scale: Float = random.flip() ? 1 : 2
        var sums = (0..<kept).map { accumulate ? target[$0] : 0 }
        var maxima = [Float](repeating: -.infinity, count: kept)
        for (i, j) in offsets(shape, keptStrides).enumerated() {
          sums[j] += data[i] * scale
          maxima[j] = max(maxima[j], data[i])
        }
        nnk_reduce_sum(target, data, words(shape), Int32(rank), axes, scale, accumulate)
        #expect(sums == (0..<kept).map { target[$0] }, "\(isa): sum of \(shape) over \(axes)")
        nnk_reduce_max(target, data, words(shape), Int32(rank), axes)
        #expect(maxima == (0..<kept).map { target[$0] }, "\(isa): maximum of \(shape) over \(axes)")
      }
    }
  }

  @Test func gathersAndScattersEqualNaiveOnes() {
    let (table, rows, indices) = (
      GuardedBuffer(capacity: 20_000), GuardedBuffer(capacity: 20_000), GuardedBuffer(capacity: 200)
    )
    defer { freeAll([table, rows, indices]) }
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: 15)
      for _ in 0..<10_000 {
        let (height, width, count) = (random.size(12), random.below(40), random.below(20))
        let ids = indices.lastInts(count)
        for i in 0..<count { ids[i] = Int32(random.below(height + 2) - 1) }
        let (t, x) = (table.last(height * width), rows.last(count * width))
        t.fillWithIntegers(height * width, &random)
        nnk_gather_rows(
          x, Int64(width), t, Int64(width), Int64(height), ids, Int64(count), Int64(width))
        for i in 0..<count {
          for j in 0..<width {
            let inside = ids[i] >= 0 && ids[i] < height
            let value = x[i * width + j]
            #expect(inside ? value == t[Int(ids[i]) * width + j] : value.isNaN, "\(isa): gather")
          }
        }
        x.fillWithIntegers(count * width, &random)
        var expected = (0..<height * width).map { t[$0] }
        for i in 0..<count where ids[i] >= 0 && ids[i] < height {
          for j in 0..<width { expected[Int(ids[i]) * width + j] += x[i * width + j] }
        }
        let cut = Int64(random.below(height + 1))
        for (first, last) in [(0, cut), (cut, Int64(height))] {
          nnk_scatter_add_rows(
            t, Int64(width), first, last, x, Int64(width), ids, Int64(count), Int64(width))
        }
        #expect(expected == (0..<height * width).map { t[$0] }, "\(isa): scatter")
        if width > 0 {
          let picked = (0..<count).map { _ in Float(0) }
          for i in 0..<count { ids[i] = Int32(random.below(width + 2) - 1) }
          var out = picked
          nnk_pick(&out, x, ids, Int64(count), Int64(width))
          for i in 0..<count {
            let inside = ids[i] >= 0 && ids[i] < width
            #expect(inside ? out[i] == x[i * width + Int(ids[i])] : out[i].isNaN, "\(isa): pick")
          }
          nnk_one_hot(x, ids, 3, Int64(count), Int64(width))
          for i in 0..<count * width {
            #expect(x[i] == (Int(ids[i / width]) == i % width ? 3 : 0), "\(isa): one_hot")
          }
        }
      }
    }
  }

  @Test func fillsAndCountsStopAtTheEnd() {
    let buffer = GuardedBuffer(capacity: 200)
    let other = GuardedBuffer(capacity: 200)
    defer { freeAll([buffer, other]) }
    onEveryInstructionSet { isa in
      for count in 0...150 {
        let (out, x) = (buffer.last(count), other.last(count))
        nnk_iota(out, 3, 0.5, Int64(count))
        #expect((0..<count).allSatisfy { out[$0] == 3 + Float($0) * 0.5 }, "\(isa)")
        nnk_fill(x, 2, Int64(count))
        nnk_copy(x, out, Int64(count), true)
        #expect((0..<count).allSatisfy { x[$0] == 5 + Float($0) * 0.5 }, "\(isa)")
        nnk_copy(x, out, Int64(count), false)
        #expect((0..<count).allSatisfy { x[$0] == out[$0] }, "\(isa)")
      }
    }
  }
}
