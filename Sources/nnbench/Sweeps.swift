import CKernels

/// The fastest of several runs of `body`, in nanoseconds a call, over at least `milliseconds`.
func fastest(milliseconds: Int64 = 60, calls: Int, _ body: () -> Void) -> Double {
  body()
  var best = Double.infinity
  let start = nnk_nanoseconds()
  repeat {
    let before = nnk_nanoseconds()
    for _ in 0..<calls { body() }
    best = min(best, Double(nnk_nanoseconds() - before) / Double(calls))
  } while nnk_nanoseconds() - start < milliseconds * 1_000_000
  return best
}

private func rounded(_ value: Double, _ digits: Double = 10) -> Double { (value * digits).rounded() / digits }

/// Memory for `count` floats with numbers in it, on a cache line of its own.
func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
  let memory = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1) * 4, alignment: 64)
  let floats = memory.bindMemory(to: Float.self, capacity: count)
  for i in 0..<count { floats[i] = Float(i * 37 % 1_000) / 500 - 1 }
  return floats
}

/// `nnbench gemm [ISA]`: multiplies of the shapes that models have and square ones, in all four layouts, as JSON lines:
/// nanoseconds, GFLOP/s, and the share of the core's measured peak.
func benchmarkGemm(_ arguments: [String]) {
  select(arguments)
  let shapes: [(Int, Int, Int)] = [
    (16, 16, 4), (16, 16, 16), (16, 3, 16), (64, 128, 784), (784, 128, 64), (64, 10, 128), (768, 128, 128),
    (768, 512, 128), (1, 512, 512), (512, 1, 512), (32, 32, 32), (64, 64, 64), (100, 100, 100), (128, 128, 128),
    (256, 256, 256), (512, 512, 512), (1_024, 1_024, 1_024),
  ]
  let isa = String(cString: nnk_isa_name(nnk_selected()))
  let peak = nnk_peak_flops(200)
  print("{\"bench\": \"peak\", \"isa\": \"\(isa)\", \"gflops\": \(rounded(peak / 1e9))}")
  for (m, n, k) in shapes {
    let (a, b, c) = (floats(m * k), floats(k * n), floats(m * n))
    defer { for memory in [a, b, c] { memory.deallocate() } }
    for (name, transposeA, transposeB) in [
      ("nn", false, false), ("nt", false, true), ("tn", true, false), ("tt", true, true),
    ] {
      var gemm = nnk_gemm()
      (gemm.m, gemm.n, gemm.k) = (Int64(m), Int64(n), Int64(k))
      (gemm.transpose_a, gemm.transpose_b) = (transposeA, transposeB)
      (gemm.lda, gemm.ldb, gemm.ldc) = (Int64(transposeA ? m : k), Int64(transposeB ? k : n), Int64(n))
      var operands = nnk_gemm_operands()
      (operands.a, operands.b, operands.c) = (UnsafePointer(a), UnsafePointer(b), c)
      let flops = 2 * Double(m) * Double(n) * Double(k)
      let time = fastest(calls: max(1, Int(2e6 / flops))) { nnk_gemm_run(&gemm, &operands) }
      print(
        "{\"bench\": \"gemm\", \"isa\": \"\(isa)\", \"layout\": \"\(name)\", \"m\": \(m), \"n\": \(n), \"k\": \(k), "
          + "\"ns\": \(rounded(time)), \"gflops\": \(rounded(flops / time)), "
          + "\"of_peak\": \(rounded(flops / time * 1e9 / peak, 1_000))}")
    }
  }
}

/// `nnbench elementwise [ISA]`: each function of one argument, an addition and an Adam update over growing buffers, as
/// JSON lines: nanoseconds a call and an element, and bytes a second.
func benchmarkElementwise(_ arguments: [String]) {
  select(arguments)
  let functions: [(String, nnk_opcode)] = [
    ("copy", nnk_op_copy), ("relu", nnk_op_relu), ("sqrt", nnk_op_sqrt), ("exp", nnk_op_exp), ("log", nnk_op_log),
    ("tanh", nnk_op_tanh), ("sigmoid", nnk_op_sigmoid), ("softplus", nnk_op_softplus), ("erf", nnk_op_erf),
    ("gelu", nnk_op_gelu), ("gelu_tanh", nnk_op_gelu_tanh), ("silu", nnk_op_silu), ("sin", nnk_op_sin),
  ]
  for count in [16, 256, 4_096, 65_536, 1_048_576] {
    let memory = (0..<4).map { _ in floats(count) }
    defer { for one in memory { one.deallocate() } }
    let calls = max(1, 100_000 / count)
    for (name, opcode) in functions {
      let time = fastest(milliseconds: 20, calls: calls) { nnk_map(opcode, memory[1], memory[0], Int64(count)) }
      report(name, count, streams: 2, time)
    }
    time(addition(count), "program: add", streams: 3, memory, outputs: [2], calls, count)
    time(adam(count), "program: adam", streams: 7, memory, outputs: [0, 2, 3], calls, count)
  }
}

/// Selects the instruction set that the arguments name, if any.
func select(_ arguments: [String]) {
  for isa in [nnk_isa_portable, nnk_isa_neon, nnk_isa_avx2, nnk_isa_avx512]
  where arguments.contains(String(cString: nnk_isa_name(isa))) {
    if !nnk_select(isa) { print("{\"bench\": \"skipped\", \"isa\": \"\(String(cString: nnk_isa_name(isa)))\"}") }
  }
}

private func report(_ name: String, _ count: Int, streams: Int, _ time: Double) {
  let isa = String(cString: nnk_isa_name(nnk_selected()))
  print(
    "{\"bench\": \"elementwise\", \"isa\": \"\(isa)\", \"function\": \"\(name)\", \"count\": \(count), "
      + "\"ns\": \(rounded(time)), \"ns_per_element\": \(rounded(time / Double(count), 1_000)), "
      + "\"gbytes_per_s\": \(rounded(Double(4 * count * streams) / time))}")
}

private func time(
  _ program: OpaquePointer, _ name: String, streams: Int, _ memory: [UnsafeMutablePointer<Float>], outputs: [Int],
  _ calls: Int, _ count: Int
) {
  defer { nnk_program_destroy(program) }
  let inputs = memory.map { UnsafeRawPointer($0) }
  let results = outputs.map { UnsafeMutableRawPointer(memory[$0]) }
  let time = inputs.withUnsafeBufferPointer { inputs in
    results.withUnsafeBufferPointer { results in
      fastest(milliseconds: 20, calls: calls) {
        nnk_program_run(program, inputs.baseAddress, results.baseAddress!, nil)
      }
    }
  }
  report(name, count, streams: streams, time)
}

private func addition(_ count: Int) -> OpaquePointer {
  let program = nnk_program_create(1, Int64(count))
  let x = nnk_program_input(program, nnk_type_float)
  let y = nnk_program_input(program, nnk_type_float)
  nnk_program_output(program, nnk_program_op(program, nnk_op_add, x, y, 0), nnk_type_float)
  nnk_program_seal(program)
  return program
}

/// Weights, gradient, first and second moment in; weights and moments out.
private func adam(_ count: Int) -> OpaquePointer {
  let program = nnk_program_create(1, Int64(count))
  let (w, g) = (nnk_program_input(program, nnk_type_float), nnk_program_input(program, nnk_type_float))
  let (m, v) = (nnk_program_input(program, nnk_type_float), nnk_program_input(program, nnk_type_float))
  func constant(_ value: Float) -> Int32 { nnk_program_constant(program, value) }
  func op(_ opcode: nnk_opcode, _ a: Int32, _ b: Int32 = 0, _ c: Int32 = 0) -> Int32 {
    nnk_program_op(program, opcode, a, b, c)
  }
  let newM = op(nnk_op_fma, m, constant(0.9), op(nnk_op_mul, g, constant(0.1)))
  let newV = op(nnk_op_fma, v, constant(0.999), op(nnk_op_mul, op(nnk_op_square, g), constant(0.001)))
  let root = op(nnk_op_add, op(nnk_op_sqrt, newV), constant(1e-8))
  let step = op(nnk_op_mul, op(nnk_op_div, newM, root), constant(1e-5))
  nnk_program_output(program, op(nnk_op_sub, w, step), nnk_type_float)
  nnk_program_output(program, newM, nnk_type_float)
  nnk_program_output(program, newV, nnk_type_float)
  nnk_program_seal(program)
  return program
}
