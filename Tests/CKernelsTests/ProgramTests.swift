import CKernels
import Testing

/// Whole-number functions with their naive versions; arguments in order.
private struct NaiveFunction: Sendable {
  let opcode: nnk_opcode
  let apply: @Sendable (Float, Float, Float) -> Float
}

/// Limits growth, so that everything stays exact.
private func wrapped(_ x: Float) -> Float { x > 512 || x < -512 ? 1 : x }

private let functions: [NaiveFunction] = [
  .init(opcode: nnk_op_copy) { a, _, _ in a }, .init(opcode: nnk_op_add) { a, b, _ in a + b },
  .init(opcode: nnk_op_sub) { a, b, _ in a - b }, .init(opcode: nnk_op_mul) { a, b, _ in a * b },
  .init(opcode: nnk_op_min) { a, b, _ in min(a, b) }, .init(opcode: nnk_op_max) { a, b, _ in max(a, b) },
  .init(opcode: nnk_op_eq) { a, b, _ in a == b ? 1 : 0 }, .init(opcode: nnk_op_ne) { a, b, _ in a != b ? 1 : 0 },
  .init(opcode: nnk_op_lt) { a, b, _ in a < b ? 1 : 0 }, .init(opcode: nnk_op_le) { a, b, _ in a <= b ? 1 : 0 },
  .init(opcode: nnk_op_gt) { a, b, _ in a > b ? 1 : 0 }, .init(opcode: nnk_op_ge) { a, b, _ in a >= b ? 1 : 0 },
  .init(opcode: nnk_op_fma) { a, b, c in a * b + c }, .init(opcode: nnk_op_select) { a, b, c in a != 0 ? b : c },
  .init(opcode: nnk_op_neg) { a, _, _ in -a }, .init(opcode: nnk_op_abs) { a, _, _ in abs(a) },
  .init(opcode: nnk_op_sign) { a, _, _ in a > 0 ? 1 : a < 0 ? -1 : 0 },
  .init(opcode: nnk_op_square) { a, _, _ in a * a }, .init(opcode: nnk_op_floor) { a, _, _ in a.rounded(.down) },
  .init(opcode: nnk_op_ceil) { a, _, _ in a.rounded(.up) },
  .init(opcode: nnk_op_round) { a, _, _ in a.rounded(.toNearestOrEven) },
  .init(opcode: nnk_op_relu) { a, _, _ in max(a, 0) }, .init(opcode: nnk_op_step) { a, _, _ in a > 0 ? 1 : 0 },
  .init(opcode: nnk_op_isnan) { _, _, _ in 0 }, .init(opcode: nnk_op_isfinite) { _, _, _ in 1 },
  .init(opcode: nnk_op_not) { a, _, _ in a == 0 ? 1 : 0 },
  .init(opcode: nnk_op_tanh_gradient) { a, _, _ in 1 - a * a },
  .init(opcode: nnk_op_sigmoid_gradient) { a, _, _ in a * (1 - a) },
]

/// A random program beside the naive value of each of its registers at every element.
private final class ProgramCase {
  let rows: Int
  let cols: Int
  let program: OpaquePointer
  private var values: [[Float]] = []
  private var registers: [Int32] = []
  var inputs: [UnsafeRawPointer] = []
  var outputs: [UnsafeMutableRawPointer] = []
  /// What each output must hold afterwards, as floats, and how to read it.
  private var expected: [(values: [Float], type: nnk_type)] = []
  private var buffers: [GuardedBuffer] = []

  var count: Int { rows * cols }
  private(set) var text = ""

  init(_ random: inout TestRandom, rows: Int, cols: Int) {
    self.rows = rows
    self.cols = cols
    program = nnk_program_create(Int64(rows), Int64(cols))
    text = "[\(rows), \(cols)]"
    for _ in 0...random.below(4) { addInput(&random) }
    for _ in 0..<random.below(8) { addOperation(&random) }
    for _ in 0...random.below(3) { addOutput(&random) }
    nnk_program_seal(program)
  }

  func free() {
    nnk_program_destroy(program)
    freeAll(buffers)
  }

  private func floats(_ count: Int, _ random: inout TestRandom) -> UnsafeMutablePointer<Float> {
    let buffer = GuardedBuffer(capacity: count)
    buffers.append(buffer)
    buffer.floats.fillWithIntegers(count, &random)
    return buffer.floats
  }

  /// `count` elements of a type that end at a guard page, and their values.
  private func typed(_ count: Int, _ random: inout TestRandom) -> (UnsafeRawPointer, [Float], nnk_type) {
    let data = floats(count, &random)
    let values = (0..<count).map { data[$0] }
    switch random.below(4) {
    case 0:
      let words = UnsafeMutableRawPointer(data).bindMemory(to: Int32.self, capacity: count)
      for (i, value) in values.enumerated() { words[i] = Int32(value) }
      return (UnsafeRawPointer(words), values, nnk_type_int32)
    case 1:
      let end = UnsafeMutableRawPointer(data + count)
      let bytes = (end - count).bindMemory(to: UInt8.self, capacity: count)
      for (i, value) in values.enumerated() { bytes[i] = UInt8(abs(value)) }
      return (UnsafeRawPointer(bytes), values.map { abs($0) }, nnk_type_uint8)
    default:
      return (UnsafeRawPointer(data), values, nnk_type_float)
    }
  }

  private func add(_ register: Int32, _ value: (Int) -> Float, _ name: String) {
    registers.append(register)
    values.append((0..<count).map(value))
    text += " \(name)"
  }

  private func divisor(_ random: inout TestRandom) -> Int {
    let divisors = [1, cols, rows, count].filter { $0 > 0 }
    return divisors[random.below(divisors.count)]
  }

  private func addInput(_ random: inout TestRandom) {
    switch random.below(8) {
    case 0:
      let data = floats(1, &random)
      inputs.append(UnsafeRawPointer(data))
      add(nnk_program_input_scalar(program), { _ in data[0] }, "scalar")
    case 1:
      let value = Float(random.below(9) - 4)
      add(nnk_program_constant(program, value), { _ in value }, "constant")
    case 2:
      let period = divisor(&random)
      let (data, known, type) = typed(period, &random)
      inputs.append(data)
      add(
        nnk_program_input_periodic(program, Int64(period), type), { known[$0 % period] }, "periodic(\(period))")
    case 3:
      let times = divisor(&random)
      let (data, known, type) = typed(max(1, count / times), &random)
      inputs.append(data)
      add(nnk_program_input_repeated(program, Int64(times), type), { known[$0 / times] }, "repeated(\(times))")
    case 4:
      // [rows, cols] read from a transposed or broadcast matrix.
      let strides = [random.flip() ? 0 : 1, random.flip() ? 0 : rows]
      let extent = count == 0 ? 0 : 1 + (rows - 1) * strides[0] + (cols - 1) * strides[1]
      let (data, known, type) = typed(extent, &random)
      inputs.append(data)
      let register = nnk_program_input_strided(
        program, 2, [Int64(rows), Int64(cols)], strides.map(Int64.init), type)
      add(register, { known[$0 / cols * strides[0] + $0 % cols * strides[1]] }, "strided(\(strides))")
    case 5:
      let (period, divisor) = (max(1, divisor(&random)), 1 + random.below(3))
      add(
        nnk_program_index(program, Int64(period), Int64(divisor)), { wrapped(Float($0 % period / divisor)) },
        "index(\(period), \(divisor))")
      // Large indices leave the exact range of later products.
      let limit = nnk_program_constant(program, 512)
      let one = nnk_program_constant(program, 1)
      let large = nnk_program_op(program, nnk_op_gt, registers.last!, limit, 0)
      registers[registers.count - 1] = nnk_program_op(program, nnk_op_select, large, one, registers.last!)
    default:
      let (data, known, type) = typed(count, &random)
      inputs.append(data)
      add(nnk_program_input(program, type), { known[$0] }, "contiguous")
    }
  }

  private func addOperation(_ random: inout TestRandom) {
    let function = functions[random.below(functions.count)]
    let pick = { (random: inout TestRandom) in random.below(self.registers.count) }
    let (a, b, c) = (pick(&random), pick(&random), pick(&random))
    let raw = nnk_program_op(program, function.opcode, registers[a], registers[b], registers[c])
    // Keeps magnitudes small by dropping to 1 where they are not.
    let limit = nnk_program_constant(program, 512)
    let one = nnk_program_constant(program, 1)
    let size = nnk_program_op(program, nnk_op_abs, raw, 0, 0)
    let large = nnk_program_op(program, nnk_op_gt, size, limit, 0)
    let register = nnk_program_op(program, nnk_op_select, large, one, raw)
    let (x, y, z) = (values[a], values[b], values[c])
    add(register, { wrapped(function.apply(x[$0], y[$0], z[$0])) }, "\(function.opcode.rawValue)(\(a), \(b), \(c))")
  }

  private func addOutput(_ random: inout TestRandom) {
    let at = random.below(registers.count)
    let value = values[at]
    guard random.flip() else {
      addReduction(&random, registers[at], value)
      return
    }
    let small = value.allSatisfy { $0 >= 0 && $0 < 256 }
    let type = [nnk_type_float, nnk_type_float, nnk_type_int32, small ? nnk_type_uint8 : nnk_type_float][
      random.below(4)]
    nnk_program_output(program, registers[at], type)
    let data = floats(count, &random)
    if type == nnk_type_uint8 {
      outputs.append(UnsafeMutableRawPointer(data + count) - count)
    } else {
      outputs.append(UnsafeMutableRawPointer(data))
    }
    expected.append((value, type))
    text += " → output \(at)"
  }

  private func addReduction(_ random: inout TestRandom, _ register: Int32, _ value: [Float]) {
    let reduction = [
      nnk_reduction_row_sum, nnk_reduction_row_max, nnk_reduction_column_sum, nnk_reduction_total_sum,
    ][random.below(4)]
    let length = [rows, rows, cols, 1][Int(reduction.rawValue)]
    let accumulate = random.flip() && reduction != nnk_reduction_row_max
    let data = floats(length, &random)
    let scale: Float = random.flip() ? 1 : 2
    nnk_program_reduce(program, register, reduction, scale, accumulate)
    outputs.append(UnsafeMutableRawPointer(data))
    var result = [Float](repeating: reduction == nnk_reduction_row_max ? -.infinity : 0, count: length)
    for (i, x) in value.enumerated() {
      switch reduction {
      case nnk_reduction_row_max: result[i / cols] = max(result[i / cols], x)
      case nnk_reduction_row_sum: result[i / cols] += x
      case nnk_reduction_column_sum: result[i % cols] += x
      default: result[0] += x
      }
    }
    if reduction != nnk_reduction_row_max {
      for i in 0..<length { result[i] = result[i] * scale + (accumulate ? data[i] : 0) }
    }
    expected.append((result, nnk_type_float))
    text += " → reduction \(reduction.rawValue)"
  }

  /// Whether the outputs hold what they must.
  func agrees() -> Bool {
    zip(outputs, expected).allSatisfy { pointer, wanted in
      wanted.values.enumerated().allSatisfy { i, value in
        switch wanted.type {
        case nnk_type_int32: pointer.load(fromByteOffset: 4 * i, as: Int32.self) == Int32(value)
        case nnk_type_uint8: pointer.load(fromByteOffset: i, as: UInt8.self) == UInt8(value)
        default: pointer.load(fromByteOffset: 4 * i, as: Float.self) == value
        }
      }
    }
  }

  /// Runs all parts, in the given order.
  func run(backwards: Bool) {
    var scratch = [Float](repeating: .nan, count: Int(nnk_program_scratch(program)))
    scratch.withUnsafeMutableBufferPointer { buffer in
      if !backwards {
        nnk_program_run(program, inputs, outputs, buffer.baseAddress)
      } else {
        for part in (0..<nnk_program_parts(program)).reversed() {
          nnk_program_part(program, inputs, outputs, buffer.baseAddress, part)
        }
        nnk_program_finish(program, outputs, buffer.baseAddress)
      }
    }
  }
}

extension KernelTests {
  @Test func programsEqualNaiveEvaluation() {
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: 19)
      for round in 0..<10_000 {
        var (rows, cols) = (random.below(30), random.below(30))
        if round % 40 == 0 { (rows, cols) = (random.size(30), random.size(1_500)) }
        if round % 40 == 1 { (rows, cols) = (random.size(3_000), random.size(20)) }
        let test = ProgramCase(&random, rows: rows, cols: cols)
        test.run(backwards: random.flip())
        #expect(test.agrees(), "\(isa): \(test.text)")
        test.free()
      }
    }
  }

  /// An input's memory may also be the output's, even where the input is read again after the output is known or is a
  /// result itself.
  @Test func outputsMayReplaceInputs() {
    onEveryInstructionSet { isa in
      for count in [1, 5, 16, 100, 512, 513, 3_000] {
        let program = nnk_program_create(1, Int64(count))
        defer { nnk_program_destroy(program) }
        let x = nnk_program_input(program, nnk_type_float)
        let y = nnk_program_input(program, nnk_type_float)
        let sum = nnk_program_op(program, nnk_op_add, x, y, 0)
        let difference = nnk_program_op(program, nnk_op_sub, x, y, 0)
        nnk_program_output(program, sum, nnk_type_float)
        nnk_program_output(program, difference, nnk_type_float)
        nnk_program_output(program, x, nnk_type_float)
        nnk_program_reduce(program, y, nnk_reduction_total_sum, 1, false)
        nnk_program_seal(program)
        var random = TestRandom(seed: UInt64(count))
        let (a, b, c) = (
          GuardedBuffer(capacity: count), GuardedBuffer(capacity: count), GuardedBuffer(capacity: count)
        )
        let scratch = UnsafeMutablePointer<Float>.allocate(capacity: max(1, Int(nnk_program_scratch(program))))
        defer { scratch.deallocate() }
        var total: Float = 0
        a.floats.fillWithIntegers(count, &random)
        b.floats.fillWithIntegers(count, &random)
        let first = (0..<count).map { a.floats[$0] }
        let second = (0..<count).map { b.floats[$0] }
        withUnsafeMutablePointer(to: &total) { total in
          nnk_program_run(
            program, [UnsafeRawPointer(a.floats), UnsafeRawPointer(b.floats)],
            [
              UnsafeMutableRawPointer(a.floats), UnsafeMutableRawPointer(b.floats),
              UnsafeMutableRawPointer(c.floats), UnsafeMutableRawPointer(total),
            ], scratch)
        }
        #expect(
          (0..<count).allSatisfy { i in
            a.floats[i] == first[i] + second[i] && b.floats[i] == first[i] - second[i] && c.floats[i] == first[i]
          }, "\(isa): \(count)")
        #expect(total == second.reduce(0, +), "\(isa): \(count)")
        freeAll([a, b, c])
      }
    }
  }

  @Test func rawWordsAreComparedAsTheyAre() {
    onEveryInstructionSet { isa in
      let program = nnk_program_create(1, 20)
      defer { nnk_program_destroy(program) }
      let x = nnk_program_input(program, nnk_type_bits)
      let y = nnk_program_input(program, nnk_type_bits)
      nnk_program_output(program, nnk_program_op(program, nnk_op_eq_bits, x, y, 0), nnk_type_float)
      nnk_program_output(program, nnk_program_op(program, nnk_op_copy, x, 0, 0), nnk_type_bits)
      nnk_program_seal(program)
      // As floats, these are denormals and NaNs that differ in their last bit only.
      let a = (0..<20).map { Int32(bitPattern: $0 % 2 == 0 ? 0x7fc0_0001 : UInt32(16_777_217 + $0)) }
      let b = a.enumerated().map { $0 % 3 == 0 ? $1 : $1 ^ 1 }
      var (equal, copy) = ([Float](repeating: -1, count: 20), [Int32](repeating: 0, count: 20))
      a.withUnsafeBytes { a in
        b.withUnsafeBytes { b in
          equal.withUnsafeMutableBytes { equal in
            copy.withUnsafeMutableBytes { copy in
              nnk_program_run(
                program, [a.baseAddress!, b.baseAddress!], [equal.baseAddress!, copy.baseAddress!], nil)
            }
          }
        }
      }
      #expect(equal == (0..<20).map { $0 % 3 == 0 ? 1 : 0 }, "\(isa)")
      #expect(copy == a, "\(isa)")
    }
  }

  @Test func comparisonsAndExtremesFollowNaN() {
    onEveryInstructionSet { isa in
      let program = nnk_program_create(1, 3)
      defer { nnk_program_destroy(program) }
      let x = nnk_program_input(program, nnk_type_float)
      let y = nnk_program_input(program, nnk_type_float)
      let opcodes = [
        nnk_op_min, nnk_op_max, nnk_op_relu, nnk_op_eq, nnk_op_ne, nnk_op_lt, nnk_op_le, nnk_op_gt, nnk_op_ge,
        nnk_op_isnan, nnk_op_isfinite, nnk_op_sign,
      ]
      for opcode in opcodes { nnk_program_output(program, nnk_program_op(program, opcode, x, y, 0), nnk_type_float) }
      nnk_program_seal(program)
      let results = opcodes.map { _ in UnsafeMutablePointer<Float>.allocate(capacity: 3) }
      defer { for result in results { result.deallocate() } }
      let (a, b): ([Float], [Float]) = ([.nan, 1, .nan], [1, .nan, .nan])
      a.withUnsafeBytes { a in
        b.withUnsafeBytes { b in
          nnk_program_run(
            program, [a.baseAddress!, b.baseAddress!], results.map { UnsafeMutableRawPointer($0) }, nil)
        }
      }
      for i in 0..<3 {
        #expect(results[0][i].isNaN && results[1][i].isNaN, "\(isa): min and max")
        #expect(results[2][i].isNaN == (i != 1), "\(isa): relu")
        for (j, wanted) in [0, 1, 0, 0, 0, 0].enumerated() { #expect(results[3 + j][i] == Float(wanted), "\(isa)") }
        #expect(results[9][i] == (i == 1 ? 0 : 1) && results[10][i] == (i == 1 ? 1 : 0), "\(isa)")
        #expect(results[11][i].isNaN == (i != 1), "\(isa): sign")
      }
    }
  }
}
