import CKernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One attention with random operands: by the kernels and, in `Double`, by the formula.
private struct AttentionTrial {
  var attention: nnk_attention
  let shape: (batch: Int, queries: Int, keys: Int, heads: Int, groups: Int, width: Int)
  let q: [Float]
  let k: [Float]
  let v: [Float]
  let cotangent: [Float]
  let mask: [Float]?

  init(_ random: inout TestRandom) {
    let groups = 1 + random.below(2)
    let heads = groups * (1 + random.below(3))
    let isCausal = random.flip()
    let isLong = random.below(8) == 0
    let queries = random.size(isLong ? 150 : 40)
    shape = (
      1 + random.below(2), queries, isCausal ? queries : random.size(isLong ? 300 : 40), heads, groups, random.size(40)
    )
    attention = nnk_attention(
      batch: Int64(shape.batch), queries: Int64(queries), keys: Int64(shape.keys), heads: Int64(heads),
      groups: Int64(groups), width: Int64(shape.width), scale: Float(1 + random.below(4)) / 8, causal: isCausal)
    func draw(_ count: Int, _ random: inout TestRandom) -> [Float] {
      (0..<count).map { _ in Float(random.below(2001) - 1000) / 1000 }
    }
    q = draw(shape.batch * queries * heads * shape.width, &random)
    k = draw(shape.batch * shape.keys * groups * shape.width, &random)
    v = draw(k.count, &random)
    cotangent = draw(q.count, &random)
    let keys = shape.keys
    var drawn: [Float] = []
    for index in 0..<shape.batch * keys { drawn.append(index % keys == 0 || random.below(3) > 0 ? 1 : 0) }
    mask = random.flip() ? drawn : nil
  }

  /// Result, sums, and the derivatives by q, k and v, computed unit by unit in calls of `step` units; memory ends at guard
  /// pages.
  func run(step: Int) -> [[Float]] {
    let sizes = [q.count, shape.batch * shape.heads * shape.queries, q.count, k.count, k.count]
    let inputs = [q, k, v, cotangent, mask ?? [1]].map { values in
      let buffer = GuardedBuffer(capacity: values.count)
      for (index, value) in values.enumerated() { buffer.floats[index] = value }
      return buffer
    }
    let results = sizes.map { GuardedBuffer(capacity: $0) }
    defer { for buffer in inputs + results { buffer.free() } }
    var operands = nnk_attention_operands(
      q: inputs[0].floats, k: inputs[1].floats, v: inputs[2].floats, mask: mask == nil ? nil : inputs[4].floats,
      out: results[0].floats, sums: results[1].floats, dout: inputs[3].floats, dq: results[2].floats,
      dk: results[3].floats, dv: results[4].floats)
    var attention = attention
    let (heads, groups) = (shape.batch * shape.heads, shape.batch * shape.groups)
    for first in stride(from: 0, to: heads, by: step) {
      nnk_attention_units(&attention, &operands, Int64(first), Int64(min(first + step, heads)))
    }
    for first in stride(from: 0, to: groups, by: step) {
      nnk_attention_backward_units(&attention, &operands, Int64(first), Int64(min(first + step, groups)))
    }
    return zip(results, sizes).map { buffer, count in (0..<count).map { buffer.floats[$0] } }
  }

  /// The same by the formula.
  func exact() -> [[Double]] {
    let (keys, width) = (shape.keys, shape.width)
    var result = [q.count, shape.batch * shape.heads * shape.queries, q.count, k.count, k.count]
      .map { [Double](repeating: 0, count: $0) }
    for example in 0..<shape.batch {
      for head in 0..<shape.heads {
        for query in 0..<shape.queries {
          let row = ((example * shape.queries + query) * shape.heads + head) * width
          let place = { (key: Int) in
            ((example * keys + key) * shape.groups + head / (shape.heads / shape.groups)) * width
          }
          let dot = { (a: [Float], b: [Float], from: Int) in
            (0..<width).reduce(0.0) { $0 + Double(a[row + $1]) * Double(b[from + $1]) }
          }
          let scores = (0..<keys).map { key in
            (attention.causal && key > query) || mask?[example * keys + key] == 0
              ? -Double.infinity : Double(attention.scale) * dot(q, k, place(key))
          }
          let top = scores.max() ?? 0
          let sum = scores.reduce(0) { $0 + exp($1 - top) }
          result[1][(example * shape.heads + head) * shape.queries + query] = top + log(sum)
          let weights = scores.map { exp($0 - top) / sum }
          let slopes = (0..<keys).map { dot(cotangent, v, place($0)) }
          let mean = zip(weights, slopes).reduce(0) { $0 + $1.0 * $1.1 }
          for key in 0..<keys {
            let slope = weights[key] * (slopes[key] - mean) * Double(attention.scale)
            for index in 0..<width {
              result[0][row + index] += weights[key] * Double(v[place(key) + index])
              result[2][row + index] += slope * Double(k[place(key) + index])
              result[3][place(key) + index] += slope * Double(q[row + index])
              result[4][place(key) + index] += weights[key] * Double(cotangent[row + index])
            }
          }
        }
      }
    }
    return result
  }
}

extension KernelTests {
  @Test func attentionEqualsTheFormula() {
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: 31)
      for _ in 0..<60 {
        let trial = AttentionTrial(&random)
        let (values, exact) = (trial.run(step: 1000), trial.exact())
        for (name, (own, other)) in zip(["result", "sums", "dq", "dk", "dv"], zip(values, exact)) {
          let worst = zip(own, other).map { abs(Double($0) - $1) / max(1, abs($1)) }.max() ?? 0
          #expect(worst <= 4e-6, "\(isa) \(name) \(trial.shape)")
        }
      }
    }
  }

  @Test func splitsOfAnAttentionHaveTheSameBits() {
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: 32)
      for _ in 0..<10 {
        let trial = AttentionTrial(&random)
        let bits = { (step: Int) in trial.run(step: step).map { $0.map(\.bitPattern) } }
        let whole = bits(1000)
        for step in 1...2 { #expect(bits(step) == whole, "\(isa) \(trial.shape)") }
      }
    }
  }

  @Test func aQueryThatSeesNothingIsNaN() {
    var random = TestRandom(seed: 33)
    var attention = nnk_attention(
      batch: 1, queries: 3, keys: 2, heads: 1, groups: 1, width: 2, scale: 1, causal: false)
    let values = (0..<6).map { _ in Float(random.below(10)) }
    let mask: [Float] = [0, 0]
    var out = [Float](repeating: 0, count: 6)
    values.withUnsafeBufferPointer { x in
      mask.withUnsafeBufferPointer { mask in
        out.withUnsafeMutableBufferPointer { out in
          guard let x = x.baseAddress else { return }
          var operands = nnk_attention_operands(
            q: x, k: x, v: x, mask: mask.baseAddress, out: out.baseAddress, sums: nil, dout: nil, dq: nil, dk: nil,
            dv: nil)
          nnk_attention_units(&attention, &operands, 0, 1)
        }
      }
    }
    #expect(out.allSatisfy { $0.isNaN })
  }
}
