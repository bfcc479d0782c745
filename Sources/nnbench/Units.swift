import CKernels
import Dispatch
import Foundation

/// A function of one number with its exact value, and by how many units in the last place a kernel may miss it.
private struct ExactFunction: Sendable {
  var name: String
  var opcode: nnk_opcode
  var bound: Double
  /// Below −1/2 the function falls to 0, and the bound is an absolute one of 1e-7.
  var isGate = false
  var exact: @Sendable (Double) -> Double
}

private let functions: [ExactFunction] = [
  .init(name: "exp", opcode: nnk_op_exp, bound: 2, exact: exp),
  .init(name: "log", opcode: nnk_op_log, bound: 2, exact: log),
  .init(name: "tanh", opcode: nnk_op_tanh, bound: 2, exact: tanh),
  .init(name: "sigmoid", opcode: nnk_op_sigmoid, bound: 2) { 1 / (1 + exp(-$0)) },
  .init(name: "gelu", opcode: nnk_op_gelu, bound: 2, isGate: true) {
    $0 == -.infinity ? -0.0 : $0 * 0.5 * erfc(-$0 * 0.5.squareRoot())
  },
]

/// The greatest error of a function and the input where it stands.
private struct Worst: Sendable {
  var error = 0.0
  var input: Float = 0
  mutating func take(_ other: Worst) { if other.error > error { self = other } }
}

/// The error of a value in units in the last place of the exact result, infinite where one is a number and the other not.
private func units(_ value: Float, _ exact: Double) -> Double {
  let rounded = Float(exact)
  if value.isNaN || rounded.isNaN { return value.isNaN && rounded.isNaN ? 0 : .infinity }
  if value.isInfinite || rounded.isInfinite { return value == rounded ? 0 : .infinity }
  if value == 0 && rounded == 0 { return value.sign == rounded.sign ? 0 : .infinity }
  return abs(Double(value) - exact) / Double(max(rounded.ulp, .leastNonzeroMagnitude))
}

/// The worst of 2²⁰ inputs with consecutive words.
private func worst(of function: ExactFunction, block: Int) -> Worst {
  let count = 1 << 20
  let inputs = (0..<count).map { Float(bitPattern: UInt32(block << 20 | $0)) }
  let outputs = [Float](unsafeUninitializedCapacity: count) { buffer, size in
    nnk_map(function.opcode, buffer.baseAddress!, inputs, Int64(count))
    size = count
  }
  var worst = Worst()
  for (x, y) in zip(inputs, outputs) {
    let exact = function.exact(Double(x))
    let error = function.isGate && x < -0.5 ? abs(Double(y) - exact) / 1e-7 * function.bound : units(y, exact)
    worst.take(Worst(error: error, input: x))
  }
  return worst
}

/// `nnbench units [NAME…]`: the greatest error of each function over all 2³² inputs, in units in the last place; whether
/// all are within their bounds.
func measureUnits(_ arguments: [String]) -> Bool {
  let isa = String(cString: nnk_isa_name(nnk_selected()))
  var isWithin = true
  for function in functions where arguments.isEmpty || arguments.contains(function.name) {
    let lock = NSLock()
    nonisolated(unsafe) var whole = Worst()
    DispatchQueue.concurrentPerform(iterations: 1 << 12) { block in
      let part = worst(of: function, block: block)
      lock.withLock { whole.take(part) }
    }
    isWithin = isWithin && whole.error <= function.bound
    let error = (whole.error * 1000).rounded() / 1000
    print("\(isa) \(function.name): at most \(error) units, at \(whole.input); the bound is \(function.bound)")
  }
  return isWithin
}
