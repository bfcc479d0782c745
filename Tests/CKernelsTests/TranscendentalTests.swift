import CKernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The distance of `value` from the exact result, in units in the last place of the exact result rounded to float.
private func ulps(_ value: Float, _ exact: Double) -> Double {
  let rounded = Float(exact)
  if value.isNaN || rounded.isNaN { return value.isNaN && rounded.isNaN ? 0 : .infinity }
  if value.isInfinite || rounded.isInfinite { return value == rounded ? 0 : .infinity }
  if value == 0 && rounded == 0 { return value.sign == rounded.sign ? 0 : .infinity }
  return abs(Double(value) - exact) / Double(max(rounded.ulp, .leastNonzeroMagnitude))
}

/// Every exponent with a few mantissas of both signs, special values, and a million random words.
private func sampleInputs() -> [Float] {
  var inputs: [Float] = [0, -0.0, .infinity, -.infinity, .nan, 1, -1, .leastNonzeroMagnitude, .greatestFiniteMagnitude]
  for exponent in UInt32(0)..<256 {
    for mantissa in [0, 1, 0x400000, 0x7fffff, 0x3504f3, 0x2aaaaa] as [UInt32] {
      for sign in [0, 0x8000_0000] as [UInt32] { inputs.append(Float(bitPattern: sign | exponent << 23 | mantissa)) }
    }
  }
  var random = TestRandom(seed: 6)
  for i in 0..<1_000_000 {
    let word = random.next()
    // Half of them where the functions bend, half anywhere.
    inputs.append(
      i % 2 == 0
        ? Float(bitPattern: UInt32(truncatingIfNeeded: word))
        : Float(Double(word >> 11) * 0x1p-53 * 32 - 16))
  }
  return inputs
}

private struct Transcendental: Sendable {
  let name: String
  let opcode: nnk_opcode
  let bound: Double
  let exact: @Sendable (Double) -> Double
}

private let transcendentals: [Transcendental] = [
  .init(name: "exp", opcode: nnk_op_exp, bound: 2, exact: exp),
  .init(name: "expm1", opcode: nnk_op_expm1, bound: 2, exact: expm1),
  .init(name: "log", opcode: nnk_op_log, bound: 2, exact: log),
  .init(name: "log1p", opcode: nnk_op_log1p, bound: 2, exact: log1p),
  .init(name: "tanh", opcode: nnk_op_tanh, bound: 2, exact: tanh),
  .init(name: "sigmoid", opcode: nnk_op_sigmoid, bound: 2) { 1 / (1 + exp(-$0)) },
  .init(name: "softplus", opcode: nnk_op_softplus, bound: 2) { $0 > 0 ? $0 + log1p(exp(-$0)) : log1p(exp($0)) },
  .init(name: "erf", opcode: nnk_op_erf, bound: 2, exact: erf),
  .init(name: "sin", opcode: nnk_op_sin, bound: 2, exact: sin),
  .init(name: "cos", opcode: nnk_op_cos, bound: 2, exact: cos),
  .init(name: "sqrt", opcode: nnk_op_sqrt, bound: 0.5) { $0.squareRoot() },
  .init(name: "rsqrt", opcode: nnk_op_rsqrt, bound: 1.5) { 1 / $0.squareRoot() },
  .init(name: "reciprocal", opcode: nnk_op_reciprocal, bound: 0.5) { 1 / $0 },
]

/// Functions that fall to 0 on the left: bounded in units above −1/2, absolutely below.
private let gates: [Transcendental] = [
  .init(name: "gelu", opcode: nnk_op_gelu, bound: 2) {
    $0 == -.infinity ? -0.0 : $0 * 0.5 * erfc(-$0 * 0.5.squareRoot())
  },
  .init(name: "gelu_tanh", opcode: nnk_op_gelu_tanh, bound: 3) {
    $0 == -.infinity ? -0.0 : $0 / (1 + exp(-2 * (2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0)))
  },
  .init(name: "silu", opcode: nnk_op_silu, bound: 3) { $0 == -.infinity ? -0.0 : $0 / (1 + exp(-$0)) },
]

extension KernelTests {
  private func map(_ opcode: nnk_opcode, _ inputs: [Float]) -> [Float] {
    [Float](unsafeUninitializedCapacity: inputs.count) { buffer, count in
      nnk_map(opcode, buffer.baseAddress!, inputs, Int64(inputs.count))
      count = inputs.count
    }
  }

  @Test func transcendentalsAreWithinTwoUnits() {
    let inputs = sampleInputs()
    for function in transcendentals {
      let exact = inputs.map { function.exact(Double($0)) }
      onEveryInstructionSet { isa in
        let outputs = map(function.opcode, inputs)
        var (worst, at) = (0.0, 0)
        for i in 0..<inputs.count {
          let error = ulps(outputs[i], exact[i])
          if error > worst { (worst, at) = (error, i) }
        }
        #expect(
          worst <= function.bound,
          "\(isa): \(function.name)(\(inputs[at])) = \(outputs[at]), exactly \(exact[at]): \(worst) units")
      }
    }
  }

  @Test func gatesAreWithinTheirBounds() {
    let inputs = sampleInputs()
    for function in gates {
      let exact = inputs.map { function.exact(Double($0)) }
      onEveryInstructionSet { isa in
        let outputs = map(function.opcode, inputs)
        var (worst, at) = (0.0, 0)
        for i in 0..<inputs.count {
          let error =
            inputs[i] < -0.5
            ? abs(Double(outputs[i]) - exact[i]) / 1e-7 * function.bound : ulps(outputs[i], exact[i])
          if error > worst { (worst, at) = (error, i) }
        }
        #expect(
          worst <= function.bound, "\(isa): \(function.name)(\(inputs[at])) = \(outputs[at]), exactly \(exact[at])")
      }
    }
  }

  /// Derivatives against central differences of the exact functions.
  @Test func gateGradientsAgreeWithDifferences() {
    let inputs = (-2_000...2_000).map { Float($0) * 0.01 }
    for (function, opcode) in zip(gates, [nnk_op_gelu_gradient, nnk_op_gelu_tanh_gradient, nnk_op_silu_gradient]) {
      onEveryInstructionSet { isa in
        for (x, y) in zip(inputs, map(opcode, inputs)) {
          let difference = (function.exact(Double(x) + 1e-5) - function.exact(Double(x) - 1e-5)) / 2e-5
          #expect(abs(Double(y) - difference) < 1e-6, "\(isa): \(function.name)'(\(x)) = \(y)")
        }
      }
    }
    onEveryInstructionSet { isa in
      let ends = map(nnk_op_gelu_gradient, [-.infinity, .infinity, .nan, 0])
      #expect(ends[0] == 0 && ends[1] == 1 && ends[2].isNaN && abs(ends[3] - 0.5) < 1e-7, "\(isa)")
    }
  }

  @Test func powersAreWithinTwoUnits() {
    var random = TestRandom(seed: 7)
    let special: [Float] = [
      0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -1e38, 7,
    ]
    var bases: [Float] = []
    var exponents: [Float] = []
    for x in special {
      for y in special {
        bases.append(x)
        exponents.append(y)
      }
    }
    for i in 0..<200_000 {
      bases.append(
        i % 2 == 0
          ? Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) : Float.random(in: 0...8, using: &random))
      exponents.append(i % 3 == 0 ? Float(random.below(21) - 10) : Float.random(in: -20...20, using: &random))
    }
    let count = bases.count
    let program = nnk_program_create(1, Int64(count))
    defer { nnk_program_destroy(program) }
    let x = nnk_program_input(program, nnk_type_float)
    let y = nnk_program_input(program, nnk_type_float)
    nnk_program_output(program, nnk_program_op(program, nnk_op_pow, x, y, 0), nnk_type_float)
    nnk_program_seal(program)
    onEveryInstructionSet { isa in
      var results = [Float](repeating: 0, count: count)
      run(program, [bases, exponents], &results)
      var (worst, at) = (0.0, 0)
      for i in 0..<count {
        let error = ulps(results[i], pow(Double(bases[i]), Double(exponents[i])))
        if error > worst { (worst, at) = (error, i) }
      }
      #expect(worst <= 2, "\(isa): \(bases[at]) to the \(exponents[at]) gave \(results[at])")
    }
  }

  /// Runs a program of float inputs and one output.
  private func run(_ program: OpaquePointer, _ inputs: [[Float]], _ output: inout [Float]) {
    let copies = inputs.map { input in
      let copy = UnsafeMutablePointer<Float>.allocate(capacity: max(input.count, 1))
      copy.initialize(from: input, count: input.count)
      return copy
    }
    defer { for copy in copies { copy.deallocate() } }
    let pointers = copies.map { UnsafeRawPointer($0) }
    output.withUnsafeMutableBufferPointer { buffer in
      let outputs = [UnsafeMutableRawPointer(buffer.baseAddress!)]
      nnk_program_run(program, pointers, outputs, nil)
    }
  }
}
