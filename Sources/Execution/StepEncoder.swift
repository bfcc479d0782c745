import CKernels
import Lowering
import Tensors

/// Translates instructions to the C loop's steps, with every operand an absolute address.
struct StepEncoder {
  /// The program's steps, without those in the bodies of loops.
  private(set) var steps: UnsafePointer<nnk_step>
  private(set) var count = 0
  /// How many steps there are with those in the bodies of loops.
  private(set) var total = 0
  private let plan: Plan
  private var addresses: [UnsafeMutableRawPointer] = []
  /// How many loops are around the instruction that is encoded.
  private var depth = 0
  private var programs: [OpaquePointer] = []
  var allocations: [UnsafeMutableRawPointer] = []
  /// Steps that draw random numbers, and their paths.
  private var draws: [(step: UnsafeMutablePointer<nnk_step>, path: String)] = []

  init(_ plan: Plan) {
    self.plan = plan
    let none = UnsafeMutablePointer<nnk_step>.allocate(capacity: 1)
    steps = UnsafePointer(none)
    allocations.append(UnsafeMutableRawPointer(none))
  }

  /// Encodes the plan, whose buffers are at these addresses.
  mutating func encode(at addresses: [UnsafeMutableRawPointer]) {
    self.addresses = addresses
    steps = UnsafePointer(encode(plan.instructions))
    count = plan.instructions.count
  }

  func destroy() {
    for program in programs { nnk_program_destroy(program) }
    for allocation in allocations { allocation.deallocate() }
  }

  func setSeed(_ seed: UInt64) {
    for (step, path) in draws { step.pointee.key = Philox.mix(seed: seed, path: path) }
  }

  mutating func allocate<Element>(_ values: [Element]) -> UnsafeMutablePointer<Element> {
    let memory = UnsafeMutablePointer<Element>.allocate(capacity: max(values.count, 1))
    for (index, value) in values.enumerated() { (memory + index).initialize(to: value) }
    allocations.append(UnsafeMutableRawPointer(memory))
    return memory
  }

  /// The steps of a list of instructions, one behind the other.
  private mutating func encode(_ instructions: [Instruction]) -> UnsafeMutablePointer<nnk_step> {
    let memory = allocate([nnk_step](repeating: nnk_step(), count: instructions.count))
    for (index, instruction) in instructions.enumerated() {
      let number = total
      total += 1
      encode(instruction, to: memory + index)
      memory[index].number = Int64(number)
    }
    return memory
  }

  private mutating func encode(_ instruction: Instruction, to place: UnsafeMutablePointer<nnk_step>) {
    func address(_ region: Region) -> UnsafeMutableRawPointer {
      addresses[region.buffer] + region.offset * plan.buffers[region.buffer].dtype.byteCount
    }
    let reads = instruction.reads.map { UnsafeRawPointer(address($0)) }
    let writes = instruction.writes.map(address)
    let elementSize = instruction.writes.first.map { plan.buffers[$0.buffer].dtype.byteCount } ?? 4
    var step = nnk_step()
    step.element_size = Int32(elementSize)
    step.x = reads.first
    step.y = reads.count > 1 ? reads[1] : nil
    step.z = reads.count > 2 ? reads[2] : nil
    step.out = writes.first
    step.out2 = writes.count > 1 ? writes[1] : nil
    switch instruction.kind {
    case .loop(let loop): encode(Self.padded(loop, instruction, plan), reads, writes, &step)
    case .multiply(let multiply): encode(multiply, reads, writes, &step)
    case .convolve(let convolve): encode(convolve, reads, writes, &step)
    case .windows(let kernel): encode(kernel, &step)
    case .copy(let copy): encode(copy, &step)
    case .zero(let count):
      step.kind = nnk_step_zero
      step.count = Int64(count)
    case .gather(let gather):
      step.kind = nnk_step_gather
      step.rows = Int64(gather.outer)
      step.stride_x = Int64(gather.tableStride)
      step.stride_y = Int64(gather.indexStride)
      step.cols = Int64(gather.tableRows)
      step.ld = Int64(gather.rowDistance)
      step.count = Int64(gather.count)
      step.width = Int64(gather.width)
    case .scatterAdd(let scatter):
      step.kind = nnk_step_scatter_add
      step.rows = Int64(scatter.outer)
      step.cols = Int64(scatter.tableRows)
      step.count = Int64(scatter.count)
      step.width = Int64(scatter.width)
    case .argMax(let rows, let columns, let distance):
      step.kind = nnk_step_argmax
      step.rows = Int64(rows)
      step.cols = Int64(columns)
      step.ld = Int64(distance)
    case .random(let draw):
      encode(draw, &step)
      draws.append((place, draw.draw.path))
    case .scan(let repeated): encode(repeated, instruction, &step)
    case .pack(let pack):
      step.kind = nnk_step_pack
      (step.rows, step.cols, step.ld) = (Int64(pack.rows), Int64(pack.columns), Int64(pack.distance))
      step.rank = pack.isTransposed ? 1 : 0
    case .rows(let kernel): encode(kernel, &step)
    case .attention(let attention): encode(attention, reads, writes, &step)
    }
    step.parts = nnk_step_parts(&step)
    place.pointee = step
  }

  /// A loop: its steps, and what each turn moves.
  private mutating func encode(_ repeated: RepeatedBody, _ instruction: Instruction, _ step: inout nnk_step) {
    step = nnk_step()
    step.kind = nnk_step_loop
    depth += 1
    defer { depth -= 1 }
    let body = encode(repeated.body)
    var addresses: [nnk_moving_address] = []
    var times: [nnk_moving_time] = []
    gather(repeated.body, body, level: depth - 1, &addresses, &times)
    let loop = nnk_step_loop_body(
      count: Int64(repeated.count), steps: UnsafePointer(body), step_count: Int64(repeated.body.count),
      addresses: UnsafePointer(allocate(addresses)), address_count: Int64(addresses.count),
      times: UnsafePointer(allocate(times)), time_count: Int64(times.count))
    step.loop = UnsafePointer(allocate([loop]))
  }

  /// What moves with the loop at a depth, in its body and in the loops inside.
  private func gather(
    _ instructions: [Instruction], _ steps: UnsafeMutablePointer<nnk_step>, level: Int,
    _ addresses: inout [nnk_moving_address], _ times: inout [nnk_moving_time]
  ) {
    for (index, instruction) in instructions.enumerated() {
      let step = steps + index
      if case .scan(let inner) = instruction.kind {
        guard let loop = step.pointee.loop else { preconditionFailure("a loop has a body") }
        gather(inner.body, UnsafeMutablePointer(mutating: loop.pointee.steps), level: level, &addresses, &times)
        continue
      }
      for (place, region) in Self.slots(instruction, step)
      where region.strides.indices.contains(level) && region.strides[level] != 0 {
        let distance = region.strides[level] * plan.buffers[region.buffer].dtype.byteCount
        addresses.append(
          nnk_moving_address(
            where: place.assumingMemoryBound(to: UnsafeRawPointer.self), distance: Int64(distance)))
      }
      if case .random(let draw) = instruction.kind, draw.timeStrides[level] != 0,
        let offset = MemoryLayout<nnk_step>.offset(of: \.time)
      {
        let place = (UnsafeMutableRawPointer(step) + offset).assumingMemoryBound(to: UInt32.self)
        times.append(nnk_moving_time(where: place, distance: UInt32(truncatingIfNeeded: draw.timeStrides[level])))
      }
    }
  }

  private func encode(_ copy: StridedCopy, _ step: inout nnk_step) {
    step.kind = nnk_step_copy
    step.element_size = Int32(copy.byteCount)
    step.rank = Int32(copy.sizes.count)
    precondition(copy.sizes.count <= 8, "a copy has at most 8 axes")
    for axis in copy.sizes.indices {
      withUnsafeMutableBytes(of: &step.shape) {
        $0.storeBytes(of: Int64(copy.sizes[axis]), toByteOffset: 8 * axis, as: Int64.self)
      }
      withUnsafeMutableBytes(of: &step.strides_x) {
        $0.storeBytes(of: Int64(copy.sourceStrides[axis]), toByteOffset: 8 * axis, as: Int64.self)
      }
      withUnsafeMutableBytes(of: &step.strides_out) {
        $0.storeBytes(of: Int64(copy.targetStrides[axis]), toByteOffset: 8 * axis, as: Int64.self)
      }
    }
  }

  private func encode(_ draw: Draw, _ step: inout nnk_step) {
    switch draw.draw.distribution {
    case .uniform: step.kind = nnk_step_uniform
    case .normal: step.kind = nnk_step_normal
    case .bernoulli(let probability):
      step.kind = nnk_step_bernoulli
      step.value = Float(probability)
    }
    step.rows = draw.isShared ? 0 : 1
    step.count = Int64(draw.count / max(draw.perRow, 1))
    step.width = Int64(draw.perRow)
    step.time = UInt32(truncatingIfNeeded: draw.firstTime)
  }

  private func encode(_ kernel: RowKernel, _ step: inout nnk_step) {
    step.rows = Int64(kernel.rows)
    step.cols = Int64(kernel.columns)
    switch kernel.function {
    case .softmax: step.kind = nnk_step_softmax
    case .logSoftmax: step.kind = nnk_step_log_softmax
    case .softmaxGradient: step.kind = nnk_step_softmax_backward
    case .logSoftmaxGradient: step.kind = nnk_step_log_softmax_backward
    case .crossEntropy:
      step.kind = nnk_step_cross_entropy
      step.out2 = step.out
      step.out = nil
    case .crossEntropyGradient(let isUniform), .crossEntropyBoth(let isUniform):
      step.kind = nnk_step_cross_entropy
      step.stride_y = isUniform ? 0 : 1
    case .standardize(let epsilon):
      step.kind = nnk_step_standardize
      step.value = epsilon
    case .standardizeGradient(let epsilon):
      step.kind = nnk_step_standardize_backward
      step.value = epsilon
    }
  }

  private func encode(
    _ multiply: Multiply, _ reads: [UnsafeRawPointer], _ writes: [UnsafeMutableRawPointer], _ step: inout nnk_step
  ) {
    step.kind = nnk_step_gemm
    var gemm = nnk_gemm()
    (gemm.m, gemm.n, gemm.k) = (Int64(multiply.m), Int64(multiply.n), Int64(multiply.k))
    (gemm.lda, gemm.ldb, gemm.ldc) = (Int64(multiply.lda), Int64(multiply.ldb), Int64(multiply.ldc))
    gemm.ldsaved = gemm.ldc
    gemm.transpose_a = multiply.transposesA
    gemm.transpose_b = multiply.transposesB && !multiply.isPacked
    gemm.packed_b = multiply.isPacked
    gemm.activation = activation(multiply.activation)
    gemm.gradient = activation(multiply.gradient)
    gemm.batch = 1
    if let last = multiply.outer.last {
      gemm.batch = Int64(last.size)
      (gemm.stride_a, gemm.stride_b, gemm.stride_c) = (Int64(last.a), Int64(last.b), Int64(last.c))
      gemm.stride_saved = gemm.stride_c
    }
    step.outer = (1, 1)
    let others = Array(multiply.outer.dropLast())
    precondition(others.count <= 2, "a multiply repeats over at most three axes")
    if let axis = others.last {
      (step.outer.1, step.outer_a.1, step.outer_b.1, step.outer_c.1) =
        (Int64(axis.size), Int64(axis.a), Int64(axis.b), Int64(axis.c))
    }
    if others.count == 2 {
      let axis = others[0]
      (step.outer.0, step.outer_a.0, step.outer_b.0, step.outer_c.0) =
        (Int64(axis.size), Int64(axis.a), Int64(axis.b), Int64(axis.c))
    }
    step.gemm = gemm
    func floats(_ index: Int) -> UnsafePointer<Float> { reads[index].assumingMemoryBound(to: Float.self) }
    step.operands.a = floats(0)
    step.operands.b = floats(1)
    step.operands.c = writes[0].assumingMemoryBound(to: Float.self)
    if multiply.hasBias { step.operands.bias = floats(2) }
    if multiply.gradient != nil { step.operands.saved = floats(reads.count - 1) }
  }

  func activation(_ activation: Activation?) -> nnk_activation {
    switch activation {
    case .relu: nnk_activation_relu
    case .tanh: nnk_activation_tanh
    case .sigmoid: nnk_activation_sigmoid
    case .softplus: nnk_activation_softplus
    case nil: nnk_activation_none
    }
  }

  /// The loop over whole vectors, where all it touches are whole buffers: each ends on a 64-byte boundary of its own, so
  /// that what lies behind its elements may be read and written, and no tail needs care.
  private static func padded(_ loop: Loop, _ instruction: Instruction, _ plan: Plan) -> Loop {
    let isPlain =
      loop.rows == 1
      && loop.values.allSatisfy { value in
        guard case .input(let access, let element) = value else { return true }
        return element == .float32 && (access == .contiguous || access == .scalar)
      }
      && loop.results.allSatisfy { if case .store(_, .float32) = $0 { true } else { false } }
    let isWhole = (instruction.reads + instruction.writes).allSatisfy { region in
      region.offset == 0 && region.extent == plan.buffers[region.buffer].count
        && (region.extent == 1 || region.extent == loop.columns)
    }
    guard isPlain, isWhole, loop.columns > 16 else { return loop }
    var result = loop
    result.columns = (loop.columns + 15) & ~15
    return result
  }

  /// The sum of a small matrix's rows or columns needs no program.
  private func encodePlainSum(_ loop: Loop, _ step: inout nnk_step) -> Bool {
    guard loop.rows * loop.columns <= 1 << 14, loop.values == [.input(.contiguous, .float32)], loop.results.count == 1
    else { return false }
    switch loop.results[0] {
    case .columnSum(_, let scale):
      step.kind = nnk_step_column_sum
      step.value = scale
    case .rowSum(_, let scale):
      step.kind = nnk_step_row_sum
      step.value = scale
    case .totalSum(_, let scale):
      step.kind = nnk_step_row_sum
      step.value = scale
      (step.rows, step.cols) = (1, Int64(loop.rows * loop.columns))
      return true
    default: return false
    }
    (step.rows, step.cols) = (Int64(loop.rows), Int64(loop.columns))
    return true
  }

  private mutating func encode(
    _ loop: Loop, _ reads: [UnsafeRawPointer], _ writes: [UnsafeMutableRawPointer], _ step: inout nnk_step
  ) {
    if encodePlainSum(loop, &step) { return }
    step.kind = nnk_step_program
    let program = LoopEncoder.program(loop)
    programs.append(program)
    step.program = program
    step.inputs = UnsafePointer(allocate(reads))
    step.outputs = UnsafePointer(allocate(writes as [UnsafeMutableRawPointer?]))
    let scratch = Int(nnk_program_scratch(program))
    if scratch > 0 {
      let memory = UnsafeMutableRawPointer.allocate(byteCount: scratch * 4, alignment: 64)
      allocations.append(memory)
      step.scratch = memory.bindMemory(to: Float.self, capacity: scratch)
    }
  }
}
