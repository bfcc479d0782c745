import Graphs
import Tensors

extension Simplifier {
  /// The most elements for which a constant is computed ahead.
  private static let largestConstant = 1 << 16

  /// The value of a function whose operands are all known.
  mutating func fold(
    _ op: Operator, _ inputs: [ValueID], _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    guard type.isShared || !inputs.isEmpty else { return nil }
    switch op {
    case .map(let function):
      if let folded = foldNumbers(function, inputs, type, origin) { return folded }
      return foldConstants(inputs, type, origin) { apply(function, $0) }
    case .cast(let dtype):
      if let number = number(inputs[0]) { return filled(converted(number, dtype), type, origin) }
      return foldConstants(inputs, type, origin) { converted($0[0], dtype) }
    default:
      return nil
    }
  }

  private mutating func foldNumbers(
    _ function: ScalarFunction, _ inputs: [ValueID], _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    var arguments: [Double] = []
    for input in inputs {
      guard let number = number(input) else { return nil }
      arguments.append(number)
    }
    return filled(rounded(apply(function, arguments), type.dtype), type, origin)
  }

  private mutating func foldConstants(
    _ inputs: [ValueID], _ type: ValueType, _ origin: Origin, _ function: ([Double]) -> Double
  ) -> ValueID? {
    guard type.isShared, type.count <= Self.largestConstant, type.dtype != .uint8 else { return nil }
    var columns: [[Double]] = []
    for input in inputs {
      if let number = number(input) {
        columns.append([Double](repeating: number, count: type.count))
      } else if case .constant(let tensor) = graph[input].op {
        columns.append(tensor.doubles)
      } else {
        return nil
      }
    }
    let values = (0..<type.count).map { index in function(columns.map { $0[index] }) }
    let storage: HostTensor.Storage
    switch type.dtype {
    case .float32: storage = .float32(values.map { Float($0) })
    case .int32:
      guard values.allSatisfy({ abs($0) < 0x1p31 }) else { return nil }
      storage = .int32(values.map { Int32($0) })
    case .uint8: return nil
    }
    return add(.constant(HostTensor(shape: type.shape, storage: storage)), [], type, origin)
  }
}

extension HostTensor {
  /// The values as doubles, exactly.
  var doubles: [Double] {
    switch storage {
    case .float32(let values): values.map(Double.init)
    case .int32(let values): values.map(Double.init)
    case .uint8(let values): values.map(Double.init)
    }
  }
}

/// A scalar function of its arguments, in double precision.
func apply(_ function: ScalarFunction, _ x: [Double]) -> Double {
  function.definition.value(x[0], x[x.count > 1 ? 1 : 0], x[x.count > 2 ? 2 : 0])
}

private func rounded(_ number: Double, _ dtype: DType) -> Double {
  dtype == .float32 ? Double(Float(number)) : number
}

private func converted(_ number: Double, _ dtype: DType) -> Double {
  dtype == .float32 ? Double(Float(number)) : number.rounded(.towardZero)
}
