import CKernels
import Testing

/// The update of weights by the moments of their gradient, as a program.
private struct MomentProgram {
  let program: OpaquePointer

  /// `form`: bit 0, whether the mean moves towards the gradient; bit 1, whether the root is scaled rather than what is
  /// under it; bit 2, whether gradient and weights have factors. `isWatched`: whether the step is an output too.
  init(count: Int, form: Int, isWatched: Bool) {
    program = nnk_program_create(1, Int64(count))
    let program = program
    func constant(_ value: Float) -> Int32 { nnk_program_constant(program, value) }
    func op(_ opcode: nnk_opcode, _ a: Int32, _ b: Int32 = 0, _ c: Int32 = 0) -> Int32 {
      nnk_program_op(program, opcode, a, b, c)
    }
    let (w, g) = (nnk_program_input(program, nnk_type_float), nnk_program_input(program, nnk_type_float))
    let (m, v) = (nnk_program_input(program, nnk_type_float), nnk_program_input(program, nnk_type_float))
    let rate = nnk_program_input_scalar(program)
    let gradient = form & 4 != 0 ? op(nnk_op_mul, g, constant(0.7)) : g
    let mean =
      form & 1 != 0
      ? op(nnk_op_fma, op(nnk_op_sub, gradient, m), constant(0.1), m)
      : op(nnk_op_fma, m, constant(0.9), op(nnk_op_mul, gradient, constant(0.1)))
    let square = op(nnk_op_mul, op(nnk_op_square, gradient), constant(0.001))
    let variance = op(nnk_op_fma, v, constant(0.999), square)
    let root =
      form & 2 != 0
      ? op(nnk_op_fma, op(nnk_op_sqrt, variance), constant(1.3), constant(1e-8))
      : op(nnk_op_add, op(nnk_op_sqrt, op(nnk_op_mul, variance, constant(1.3))), constant(1e-8))
    let ratio = op(nnk_op_div, form & 2 != 0 ? mean : op(nnk_op_mul, mean, constant(1.7)), root)
    let old = form & 4 != 0 ? op(nnk_op_mul, w, constant(0.99)) : w
    let weights = op(nnk_op_fma, ratio, op(nnk_op_neg, rate), old)
    for value in [weights, mean, variance] { nnk_program_output(program, value, nnk_type_float) }
    if isWatched { nnk_program_output(program, ratio, nnk_type_float) }
    nnk_program_seal(program)
  }

  /// The bits of the new weights and moments, written over the old ones.
  func run(_ buffers: [GuardedBuffer], count: Int, seed: UInt64) -> [UInt32] {
    var random = TestRandom(seed: seed)
    let memory = buffers.map { $0.last(count) }
    for index in 0..<count {
      for buffer in 0..<3 { memory[buffer][index] = Float.random(in: -1...1, using: &random) }
      memory[3][index] = Float.random(in: 0...1, using: &random)
    }
    var rate: Float = 0.01
    withUnsafePointer(to: &rate) { rate in
      let inputs: [UnsafeRawPointer] = memory[..<4].map { UnsafeRawPointer($0) } + [UnsafeRawPointer(rate)]
      let outputs = [memory[0], memory[2], memory[3], memory[4]].map { UnsafeMutableRawPointer($0) }
      inputs.withUnsafeBufferPointer { inputs in
        outputs.withUnsafeBufferPointer { outputs in
          nnk_program_run(program, inputs.baseAddress, outputs.baseAddress!, nil)
        }
      }
    }
    return [0, 2, 3].flatMap { buffer in (0..<count).map { memory[buffer][$0].bitPattern } }
  }
}

extension KernelTests {
  /// One loop over the elements gives the bits of the instructions that it stands for: a program with one more output is
  /// not recognised.
  @Test func updatesByMomentsHaveTheBitsOfTheirInstructions() {
    let buffers = (0..<5).map { _ in GuardedBuffer(capacity: 70_000) }
    defer { freeAll(buffers) }
    onEveryInstructionSet { isa in
      for form in 0..<8 {
        for count in [1, 7, 16, 33, 500, 513, 4_000, 65_537] {
          let (fused, plain) = (
            MomentProgram(count: count, form: form, isWatched: false),
            MomentProgram(count: count, form: form, isWatched: true)
          )
          defer { for one in [fused, plain] { nnk_program_destroy(one.program) } }
          let (a, b) = (
            fused.run(buffers, count: count, seed: UInt64(count)), plain.run(buffers, count: count, seed: UInt64(count))
          )
          #expect(a == b, "\(isa): form \(form), \(count) elements")
        }
      }
    }
  }
}
