import CKernels
import Testing

/// A random convolution, and the textbook's loops over it.
private struct ConvCase {
  var conv: nnk_conv
  let inputCount: Int
  let weightCount: Int
  let outputCount: Int
  /// Whether every example has a weight of its own.
  let ownWeights: Bool

  /// Sizes up to `largest`, groups of up to `most` channels and filters, of which one are at most `few` and the others a
  /// multiple of `unit`.
  init(
    _ random: inout TestRandom, role: nnk_conv_role, largest: Int, channels most: Int, few: Int = .max, unit: Int = 1,
    isDepthwise: Bool
  ) {
    var conv = nnk_conv()
    conv.role = role
    let batch = random.size(5)
    conv.batch = Int64(batch)
    func pair(_ value: () -> Int) -> (Int64, Int64) { (Int64(value()), Int64(value())) }
    func extents() -> (Int, Int) {
      conv.image = pair { random.size(largest) }
      conv.kernel = pair { random.size(5) }
      conv.stride = pair { random.flip() ? 1 : random.size(4) }
      conv.dilation = pair { random.below(3) > 0 ? 1 : random.size(3) }
      conv.low = pair { random.flip() ? 0 : random.below(4) }
      let high = (random.below(3), random.below(3))
      func count(_ image: Int64, _ kernel: Int64, _ stride: Int64, _ dilation: Int64, _ low: Int64, _ high: Int) -> Int
      {
        let room = image + low + Int64(high) - dilation * (kernel - 1) - 1
        return room < 0 ? 0 : Int(room / stride) + 1
      }
      return (
        count(conv.image.0, conv.kernel.0, conv.stride.0, conv.dilation.0, conv.low.0, high.0),
        count(conv.image.1, conv.kernel.1, conv.stride.1, conv.dilation.1, conv.low.1, high.1)
      )
    }
    var output = extents()
    while output.0 == 0 || output.1 == 0 { output = extents() }
    conv.output = (Int64(output.0), Int64(output.1))
    let groups = isDepthwise ? 1 + random.size(most) : random.below(3) > 0 ? 1 : random.size(3)
    conv.groups = Int64(groups)
    let hasFewFilters = few < .max && random.flip()
    let many = groups * unit * random.size(most / unit)
    let fewer = groups * random.size(min(few, most))
    conv.channels = Int64(isDepthwise ? groups : hasFewFilters ? many : fewer)
    conv.filters = Int64(isDepthwise ? groups : hasFewFilters ? fewer : many)
    ownWeights = random.below(5) == 0
    let perWeight = Int(conv.kernel.0 * conv.kernel.1 * (conv.channels / conv.groups) * conv.filters)
    inputCount = batch * Int(conv.image.0 * conv.image.1 * conv.channels)
    outputCount = batch * Int(conv.output.0 * conv.output.1 * conv.filters)
    weightCount = perWeight * (ownWeights ? batch : 1)
    conv.stride_input = Int64(inputCount / batch)
    conv.stride_output = Int64(outputCount / batch)
    conv.stride_weight = ownWeights ? Int64(perWeight) : 0
    if role != nnk_conv_weight {
      switch random.below(4) {
      case 0: conv.activation = nnk_activation_relu
      case 1: conv.gradient = nnk_activation_relu
      default: break
      }
    }
    self.conv = conv
  }

  var resultCount: Int {
    conv.role == nnk_conv_output ? outputCount : conv.role == nnk_conv_input ? inputCount : weightCount
  }

  /// How many products the textbook's loops add up.
  var work: Int64 {
    conv.batch * conv.output.0 * conv.output.1 * conv.kernel.0 * conv.kernel.1 * conv.channels / conv.groups
      * conv.filters
  }

  /// Calls back for each triple of elements (of the input, the weight and the output) whose product counts.
  func forEachTriple(_ body: (Int, Int, Int) -> Void) {
    let c = conv
    let (inner, outer) = (Int(c.channels / c.groups), Int(c.filters / c.groups))
    for n in 0..<Int(c.batch) {
      for i in 0..<Int(c.output.0) {
        for j in 0..<Int(c.output.1) {
          for a in 0..<Int(c.kernel.0) {
            for b in 0..<Int(c.kernel.1) {
              let y = i * Int(c.stride.0) + a * Int(c.dilation.0) - Int(c.low.0)
              let x = j * Int(c.stride.1) + b * Int(c.dilation.1) - Int(c.low.1)
              guard y >= 0, y < Int(c.image.0), x >= 0, x < Int(c.image.1) else { continue }
              let pixel = n * Int(c.stride_input) + (y * Int(c.image.1) + x) * Int(c.channels)
              let window = n * Int(c.stride_output) + (i * Int(c.output.1) + j) * Int(c.filters)
              let place = n * Int(c.stride_weight) + (a * Int(c.kernel.1) + b) * inner * Int(c.filters)
              for filter in 0..<Int(c.filters) {
                let group = filter / outer
                for channel in 0..<inner {
                  body(pixel + group * inner + channel, place + channel * Int(c.filters) + filter, window + filter)
                }
              }
            }
          }
        }
      }
    }
  }

  func naive(_ operands: nnk_gemm_operands) -> [Float] {
    var result = [Float](repeating: 0, count: resultCount)
    let (a, b) = (operands.a!, operands.b!)
    switch conv.role {
    case nnk_conv_output: forEachTriple { result[$2] += a[$0] * b[$1] }
    case nnk_conv_input: forEachTriple { result[$0] += a[$1] * b[$2] }
    default: forEachTriple { result[$1] += a[$0] * b[$2] }
    }
    let width = Int(conv.role == nnk_conv_input ? conv.channels : conv.filters)
    for index in result.indices {
      if let bias = operands.bias { result[index] += bias[index % width] }
      if conv.activation == nnk_activation_relu { result[index] = max(result[index], 0) }
      if conv.gradient == nnk_activation_relu { result[index] = operands.saved![index] > 0 ? result[index] : 0 }
    }
    return result
  }
}

/// Operand memory for many cases.
private struct ConvMemory {
  let a = GuardedBuffer(capacity: 1_000_000)
  let b = GuardedBuffer(capacity: 1_000_000)
  let c = GuardedBuffer(capacity: 1_000_000)
  let bias = GuardedBuffer(capacity: 2_000)
  let saved = GuardedBuffer(capacity: 1_000_000)
  let scratch = GuardedBuffer(capacity: 2_000_000)

  func free() { freeAll([a, b, c, bias, saved, scratch]) }

  func operands(_ test: ConvCase, _ random: inout TestRandom, integers: Bool) -> nnk_gemm_operands {
    func filled(_ buffer: GuardedBuffer, _ count: Int) -> UnsafePointer<Float> {
      let pointer = buffer.last(count)
      if integers {
        pointer.fillWithIntegers(count, &random)
      } else {
        for i in 0..<count { pointer[i] = Float.random(in: -1...1, using: &random) }
      }
      return UnsafePointer(pointer)
    }
    var operands = nnk_gemm_operands()
    let role = test.conv.role
    operands.a = role == nnk_conv_input ? filled(a, test.weightCount) : filled(a, test.inputCount)
    operands.b = role == nnk_conv_output ? filled(b, test.weightCount) : filled(b, test.outputCount)
    operands.c = c.last(test.resultCount)
    for i in 0..<test.resultCount { operands.c![i] = .nan }
    if role != nnk_conv_weight {
      if random.flip() {
        operands.bias = filled(bias, Int(role == nnk_conv_input ? test.conv.channels : test.conv.filters))
      }
      if test.conv.gradient != nnk_activation_none { operands.saved = filled(saved, test.resultCount) }
    }
    return operands
  }
}

extension KernelTests {
  private func compareWithNaive(
    cases: Int, work: Int64, largest: Int, channels: Int, seed: UInt64, few: Int = .max, unit: Int = 1,
    isDepthwise: Bool = false
  ) {
    let memory = ConvMemory()
    defer { memory.free() }
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: seed)
      var wrong = 0
      for index in 0..<cases {
        let role = nnk_conv_role(UInt32(index % 3))
        let draw = {
          ConvCase(
            &random, role: role, largest: largest, channels: channels, few: few, unit: unit,
            isDepthwise: isDepthwise)
        }
        var test = draw()
        while test.work > work { test = draw() }
        let operands = memory.operands(test, &random, integers: true)
        let expected = test.naive(operands)
        var conv = test.conv
        let scratch = memory.scratch.last(Int(nnk_conv_scratch(&conv)))
        withUnsafePointer(to: operands) { nnk_conv_run(&conv, $0, scratch) }
        if !expected.elementsEqual(UnsafeBufferPointer(start: operands.c!, count: test.resultCount)) {
          wrong += 1
          if wrong < 4 { Issue.record("\(isa): \(test.conv) differs from the naive convolution") }
        }
      }
      #expect(wrong == 0, "\(isa): \(wrong) of \(cases) convolutions differ")
    }
  }

  @Test func smallConvolutionsEqualNaiveOnes() {
    compareWithNaive(cases: 2_000, work: 10_000, largest: 9, channels: 5, seed: 11)
  }
  @Test func wideConvolutionsEqualNaiveOnes() {
    compareWithNaive(cases: 60, work: 1_000_000, largest: 14, channels: 120, seed: 12)
  }
  @Test func largeConvolutionsEqualNaiveOnes() {
    compareWithNaive(cases: 50, work: 1_000_000, largest: 80, channels: 8, seed: 13)
  }
  @Test func convolutionsOfFewFiltersOrChannelsEqualNaiveOnes() {
    compareWithNaive(cases: 600, work: 300_000, largest: 12, channels: 90, seed: 19, few: 13)
  }
  @Test func convolutionsOfOneFilterOrChannelEqualNaiveOnes() {
    compareWithNaive(cases: 300, work: 300_000, largest: 40, channels: 70, seed: 20, few: 1)
    compareWithNaive(cases: 300, work: 300_000, largest: 40, channels: 64, seed: 21, few: 1, unit: 16)
  }
  @Test func convolutionsOfFewFiltersAndQuadsOfChannelsEqualNaiveOnes() {
    compareWithNaive(cases: 400, work: 300_000, largest: 20, channels: 60, seed: 22, few: 12, unit: 4)
  }
  @Test func convolutionsOfFewFiltersAndEightsOfChannelsEqualNaiveOnes() {
    compareWithNaive(cases: 400, work: 300_000, largest: 24, channels: 24, seed: 23, few: 12, unit: 8)
  }
  @Test func depthwiseConvolutionsEqualNaiveOnes() {
    compareWithNaive(cases: 400, work: 30_000, largest: 14, channels: 40, seed: 14, isDepthwise: true)
  }

  /// A window as wide as the scratch memory allows, and wider: the sums run place by place then.
  @Test func convolutionsWithHugeWindowsEqualNaiveOnes() {
    let memory = ConvMemory()
    defer { memory.free() }
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: 15)
      for (dilation, groups) in [(5_000, 1), (13_000, 1), (13_000, 12)] {
        for role in [nnk_conv_output, nnk_conv_input, nnk_conv_weight] {
          var test = ConvCase(&random, role: role, largest: 1, channels: 1, isDepthwise: false)
          test.conv = nnk_conv()
          test.conv.role = role
          (test.conv.batch, test.conv.channels, test.conv.filters, test.conv.groups) = (1, 12, 12, Int64(groups))
          (test.conv.image, test.conv.kernel, test.conv.stride) = ((1, 30_000), (1, 3), (1, 2))
          (test.conv.dilation, test.conv.low) = ((1, Int64(dilation)), (0, 3))
          test.conv.output = (1, (30_000 + 3 - 2 * Int64(dilation) - 1) / 2 + 1)
          test.conv.stride_input = 360_000
          test.conv.stride_output = test.conv.output.1 * 12
          let fixed = ConvCase(test.conv)
          let operands = memory.operands(fixed, &random, integers: true)
          let expected = fixed.naive(operands)
          var conv = fixed.conv
          let scratch = memory.scratch.last(Int(nnk_conv_scratch(&conv)))
          withUnsafePointer(to: operands) { nnk_conv_run(&conv, $0, scratch) }
          let found = UnsafeBufferPointer(start: operands.c!, count: fixed.resultCount)
          #expect(
            expected.elementsEqual(found), "\(isa): dilation \(dilation), \(groups) groups, role \(role.rawValue)")
        }
      }
    }
  }

  /// Units of a single column, because a window of two fills the scratch memory: what lies before the first derivative
  /// takes no part.
  @Test func weightsOfEightChannelsSeeNothingBeforeTheFirstPixel() {
    onEveryInstructionSet { isa in
      var conv = nnk_conv()
      conv.role = nnk_conv_weight
      (conv.batch, conv.channels, conv.filters, conv.groups) = (1, 8, 4, 1)
      (conv.image, conv.kernel, conv.stride) = ((1, 16_388), (1, 2), (1, 1))
      (conv.dilation, conv.output) = ((1, 16_383), (1, 5))
      (conv.stride_input, conv.stride_output) = (16_388 * 8, 5 * 4)
      let x = [Float](repeating: 1, count: 16_388 * 8)
      let y = [Float](repeating: .nan, count: 16) + [Float](repeating: 2, count: 20)
      var found = [Float](repeating: 0, count: 2 * 8 * 4)
      var scratch = [Float](repeating: 0, count: max(1, Int(nnk_conv_scratch(&conv))))
      x.withUnsafeBufferPointer { x in
        y.withUnsafeBufferPointer { y in
          found.withUnsafeMutableBufferPointer { found in
            var operands = nnk_gemm_operands()
            (operands.a, operands.b, operands.c) = (x.baseAddress, y.baseAddress! + 16, found.baseAddress)
            nnk_conv_run(&conv, &operands, &scratch)
          }
        }
      }
      #expect(found.allSatisfy { $0 == 10 }, "\(isa): \(found.prefix(4))")
    }
  }

  /// Random numbers, not integers: parts in any order give the same bits as a run on one thread.
  @Test func partsOfAConvolutionHaveTheSameBits() {
    let memory = ConvMemory()
    defer { memory.free() }
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: 16)
      for round in 0..<90 {
        let role = nnk_conv_role(UInt32(round % 3))
        let test = ConvCase(
          &random, role: role, largest: 40, channels: 40, few: round % 2 == 0 ? 8 : .max, isDepthwise: round % 5 == 0)
        let operands = memory.operands(test, &random, integers: false)
        var conv = test.conv
        let scratch = memory.scratch.last(Int(nnk_conv_scratch(&conv)))
        func result(_ run: (UnsafePointer<nnk_gemm_operands>) -> Void) -> [UInt32] {
          withUnsafePointer(to: operands, run)
          return (0..<test.resultCount).map { operands.c![$0].bitPattern }
        }
        let whole = result { nnk_conv_run(&conv, $0, scratch) }
        let backwards = result { operands in
          for part in (0..<nnk_conv_parts(&conv)).reversed() { nnk_conv_part(&conv, operands, scratch, part) }
          nnk_conv_finish(&conv, operands, scratch)
        }
        #expect(whole == backwards, "\(isa): \(conv)")
      }
    }
  }
}

extension ConvCase {
  /// A described convolution with one weight for all.
  fileprivate init(_ conv: nnk_conv) {
    self.conv = conv
    inputCount = Int(conv.batch * conv.stride_input)
    outputCount = Int(conv.batch * conv.stride_output)
    weightCount = Int(conv.kernel.0 * conv.kernel.1 * (conv.channels / conv.groups) * conv.filters)
    ownWeights = false
  }
}

extension KernelTests {
  /// A random window over small images, as pooling takes it.
  private func window(_ random: inout TestRandom) -> nnk_conv {
    var window = ConvCase(&random, role: nnk_conv_output, largest: 9, channels: 40, isDepthwise: true).conv
    window.activation = nnk_activation_none
    window.gradient = nnk_activation_none
    if random.below(3) == 0 {
      // Squares of two by two, for which the kernels have loops of their own.
      window.image = (Int64(1 + random.size(8)), Int64(1 + random.size(8)))
      window.output = (window.image.0 / 2, window.image.1 / 2)
      (window.kernel, window.stride, window.dilation, window.low) = ((2, 2), (2, 2), (1, 1), (0, 0))
      window.stride_input = window.image.0 * window.image.1 * window.channels
      window.stride_output = window.output.0 * window.output.1 * window.channels
    }
    return window
  }

  /// For each window and channel, the elements of the image that it sees, in order, with their places in the kernel.
  private func seen(_ w: nnk_conv) -> [(result: Int, elements: [(place: Int, at: Int)])] {
    var all: [(result: Int, elements: [(place: Int, at: Int)])] = []
    for n in 0..<Int(w.batch) {
      for i in 0..<Int(w.output.0) {
        for j in 0..<Int(w.output.1) {
          for c in 0..<Int(w.channels) {
            var elements: [(place: Int, at: Int)] = []
            for place in 0..<Int(w.kernel.0 * w.kernel.1) {
              let (a, b) = (place / Int(w.kernel.1), place % Int(w.kernel.1))
              let y = i * Int(w.stride.0) + a * Int(w.dilation.0) - Int(w.low.0)
              let x = j * Int(w.stride.1) + b * Int(w.dilation.1) - Int(w.low.1)
              guard y >= 0, y < Int(w.image.0), x >= 0, x < Int(w.image.1) else { continue }
              elements.append((place, ((n * Int(w.image.0) + y) * Int(w.image.1) + x) * Int(w.channels) + c))
            }
            all.append((((n * Int(w.output.0) + i) * Int(w.output.1) + j) * Int(w.channels) + c, elements))
          }
        }
      }
    }
    return all
  }

  @Test func poolingEqualsLoopsOverWindows() {
    let buffers = (0..<4).map { _ in GuardedBuffer(capacity: 100_000) }
    defer { freeAll(buffers) }
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: 17)
      for _ in 0..<200 {
        var w = window(&random)
        let (pixels, windows) = (Int(w.batch * w.stride_input), Int(w.batch * w.stride_output))
        let (x, dy) = (buffers[0].last(pixels), buffers[1].last(windows))
        let (y, dx) = (buffers[2].last(windows), buffers[3].last(pixels))
        x.fillWithIntegers(pixels, &random)
        dy.fillWithIntegers(windows, &random)
        if random.below(4) == 0 { x[random.below(pixels)] = .nan }
        // Where no window begins outside the image, which counts as the least there is.
        if random.flip(), w.low == (0, 0) { for _ in 0..<pixels { x[random.below(pixels)] = -.infinity } }
        let all = seen(w)
        var greatest = [Float](repeating: -.infinity, count: windows)
        var gradient = [Float](repeating: 0, count: pixels)
        var mean = [Float](repeating: 0, count: windows)
        var shares = gradient
        for (result, elements) in all {
          let isNaN = elements.first { x[$0.at].isNaN }
          let top = elements.map { x[$0.at] }.max { $0 < $1 }
          greatest[result] = isNaN != nil ? .nan : top ?? -.infinity
          if let winner = isNaN ?? elements.first(where: { x[$0.at] == top }) { gradient[winner.at] += dy[result] }
          mean[result] = elements.reduce(0) { $0 + x[$1.at] } / Float(elements.count)
          for element in elements { shares[element.at] += dy[result] / Float(elements.count) }
        }
        func same(_ a: [Float], _ b: UnsafeMutablePointer<Float>) -> Bool {
          a.indices.allSatisfy { a[$0] == b[$0] || a[$0].isNaN && b[$0].isNaN }
        }
        nnk_max_pool(&w, y, x, 0, w.batch)
        #expect(same(greatest, y), "\(isa): max of \(w)")
        nnk_max_pool_backward(&w, dx, x, dy, 0, w.batch)
        #expect(same(gradient, dx), "\(isa): gradient of max of \(w)")
        nnk_average_pool(&w, y, x, 0, w.batch)
        #expect(same(mean, y), "\(isa): mean of \(w)")
        nnk_average_pool_backward(&w, dx, dy, 0, w.batch)
        #expect(same(shares, dx), "\(isa): gradient of mean of \(w)")
      }
    }
  }

  @Test func foldAddsWindowsAtTheirPlaces() {
    let buffers = (0..<2).map { _ in GuardedBuffer(capacity: 600_000) }
    defer { freeAll(buffers) }
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: 18)
      for _ in 0..<100 {
        var w = window(&random)
        let places = Int(w.kernel.0 * w.kernel.1)
        let (pixels, windows) = (Int(w.batch * w.stride_input), Int(w.batch * w.stride_output) * places)
        let (x, out) = (buffers[0].last(windows), buffers[1].last(pixels))
        x.fillWithIntegers(windows, &random)
        var expected = [Float](repeating: 0, count: pixels)
        let channels = Int(w.channels)
        for (result, elements) in seen(w) {
          for (place, at) in elements {
            expected[at] += x[(result / channels * places + place) * channels + result % channels]
          }
        }
        nnk_fold(&w, out, x, 0, w.batch)
        #expect(expected.elementsEqual(UnsafeBufferPointer(start: out, count: pixels)), "\(isa): \(w)")
      }
    }
  }
}
