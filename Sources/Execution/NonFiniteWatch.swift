import CKernels
import Graphs
import Lowering

/// An instruction that wrote a number which is not finite.
package struct NonFiniteWrite: Sendable, Hashable {
  package var origin: Origin
  /// What it computes, in the field's words: `exp`, `divide`, `matrix product`.
  package var operation: String
  package var isNaN: Bool
  /// Whether it fills in a value that stands for nothing on purpose, as a mask does with −∞.
  package var isMask: Bool
}

extension Executable {
  /// Runs the program once, instruction by instruction, and tells of those that write a NaN or an infinity, in order.
  ///
  /// Meant for a plan that shares no memory (``LoweringOptions/unoptimized``): what an instruction leaves untouched
  /// between the elements that it writes is zero then.
  package func runWatching(iteration: UInt64, rows: UnsafePointer<Int32>?) -> [NonFiniteWrite] {
    arena.fill(0)
    var found: [NonFiniteWrite] = []
    for (index, instruction) in plan.instructions.enumerated() {
      runInstruction(index, iteration: iteration, rows: rows)
      var (isNaN, isInfinite) = (false, false)
      for region in instruction.writes where plan.buffers[region.buffer].dtype == .float32 {
        for value in floats(of: region) where !value.isFinite {
          if value.isNaN { isNaN = true } else { isInfinite = true }
        }
      }
      if isNaN || isInfinite {
        found.append(
          NonFiniteWrite(
            origin: instruction.origin, operation: instruction.operation, isNaN: isNaN,
            isMask: !isNaN && instruction.isSelection))
      }
    }
    return found
  }
}

extension Instruction {
  /// Whether it chooses between values.
  fileprivate var isSelection: Bool {
    switch kind {
    case .loop(let loop): if case .operation(.scalar(.select), _)? = loop.values.last { true } else { false }
    case .copy, .gather: true
    default: false
    }
  }

  /// What it computes, in a word or two.
  fileprivate var operation: String {
    switch kind {
    case .loop(let loop):
      switch loop.results.first {
      case .rowSum?, .columnSum?, .totalSum?: return "sum"
      case .rowMaximum?: return "maximum"
      default: break
      }
      guard case .operation(let function, _)? = loop.values.last else { return "copy" }
      switch function {
      case .scalar(let scalar): return scalar.words
      case .multiplyAdd: return "multiply and add"
      case .equalBits: return "equal"
      case .not: return "not"
      case .ceiling: return "ceiling"
      case .copy: return "copy"
      }
    case .multiply: return "matrix product"
    case .convolve: return "convolution"
    case .windows(let kernel):
      switch kernel.function {
      case .maximum, .maximumGradient: return "max_pool"
      case .average, .averageGradient: return "average_pool"
      case .fold: return "sum"
      }
    case .copy, .pack: return "copy"
    case .zero: return "zero"
    case .gather: return "gather"
    case .scatterAdd: return "sum"
    case .argMax: return "argmax"
    case .random: return "random draw"
    case .scan: return "scan"
    case .attention: return "attention"
    case .rows(let kernel):
      switch kernel.function {
      case .softmax, .softmaxGradient: return "softmax"
      case .logSoftmax, .logSoftmaxGradient: return "log_softmax"
      case .crossEntropy, .crossEntropyGradient, .crossEntropyBoth: return "cross_entropy"
      case .standardize, .standardizeGradient: return "standardization"
      }
    }
  }
}

extension ScalarFunction {
  /// The name in the words of the language: `squareRoot` is `square root`.
  fileprivate var words: String {
    rawValue.reduce(into: "") { text, letter in text += letter.isUppercase ? " \(letter.lowercased())" : "\(letter)" }
  }
}
