import Graphs
import Tensors

/// Elements of a buffer, from an offset (in elements) on.
package struct Region: Hashable, Sendable {
  package var buffer: Int
  package var offset: Int
  /// How many elements are addressed, first to last.
  package var extent: Int
  /// How far it moves, in elements, with each step of the loops around it, the outermost first; none where it does not.
  package var strides: [Int] = []
}

/// One instruction of a plan: a kernel, its operands, and where it comes from.
package struct Instruction: Sendable {
  package enum Kind: Sendable {
    case loop(Loop)
    case multiply(Multiply)
    case convolve(Convolve)
    case windows(WindowKernel)
    case copy(StridedCopy)
    case zero(count: Int)
    case gather(RowGather)
    case scatterAdd(RowScatter)
    case argMax(rows: Int, columns: Int, rowDistance: Int)
    case random(Draw)
    case rows(RowKernel)
    case attention(Attention)
    case scan(RepeatedBody)
    case pack(PackedColumns)
  }
  package var kind: Kind
  /// Operands in the order that the kind's documentation gives.
  package var reads: [Region]
  package var writes: [Region]
  package var origin: Origin
  package var flops: Int
  package var bytes: Int
}

/// Instructions that run once for each step of a loop. Reads and writes: all that the steps together read and write.
package struct RepeatedBody: Sendable {
  package var count: Int
  package var body: [Instruction]
}

/// A fused chain of scalar functions over an index space, with outputs and reductions. Reads: one region for each
/// `input` value. Writes: one for each result.
package struct Loop: Hashable, Sendable {
  package enum Access: Hashable, Sendable {
    case contiguous, scalar
    /// Element `i mod period`.
    case periodic(Int)
    /// Element `i / times`.
    case repeated(Int)
    case strided(sizes: [Int], strides: [Int])
  }
  package enum Element: Hashable, Sendable {
    case float32, int32, uint8
    /// 32-bit words as they are.
    case bits
  }
  package enum Value: Hashable, Sendable {
    case input(Access, Element)
    case constant(Float)
    case operation(LoopFunction, [Int])
  }
  package enum Result: Hashable, Sendable {
    case store(value: Int, Element)
    /// As `store`, with this distance between rows.
    case storeRows(value: Int, Element, distance: Int)
    /// Sums are multiplied by a scale.
    case rowSum(value: Int, scale: Float)
    case rowMaximum(value: Int)
    case columnSum(value: Int, scale: Float)
    case totalSum(value: Int, scale: Float)
  }
  package var rows: Int
  package var columns: Int
  package var values: [Value]
  package var results: [Result]
}

/// The functions of a loop: the scalar functions of graphs and what lowering adds.
package enum LoopFunction: Hashable, Sendable {
  case scalar(ScalarFunction)
  /// a·b + c.
  case multiplyAdd
  /// Whether two words are equal.
  case equalBits
  case not
  case ceiling
  case copy
}

/// C = activation(A·B + bias), or A·B times the derivative of an activation; repeated over up to three outer axes.
/// Reads: A, B, then the bias and the saved value where there are any. Writes: C.
package struct Multiply: Hashable, Sendable {
  package struct Axis: Hashable, Sendable {
    package var size: Int
    package var a: Int
    package var b: Int
    package var c: Int
  }
  package var outer: [Axis]
  package var m: Int
  package var n: Int
  package var k: Int
  package var lda: Int
  package var ldb: Int
  package var ldc: Int
  package var transposesA: Bool
  package var transposesB: Bool
  package var hasBias: Bool
  /// B is the result of a `pack`.
  package var isPacked = false
  package var activation: Activation?
  package var gradient: Activation?
}

/// Brings the second operand of a multiply, [rows, columns], into the order in which the kernel reads it. Reads one
/// region, writes one.
package struct PackedColumns: Hashable, Sendable {
  package var rows: Int
  package var columns: Int
  package var distance: Int
  package var isTransposed: Bool
  /// Elements of the result: columns in whole panels.
  package var count: Int { rows * ((columns + 31) / 32 * 32) }
}

/// Copies a view to another of the same sizes. Reads one region, writes one.
package struct StridedCopy: Hashable, Sendable {
  package var sizes: [Int]
  package var sourceStrides: [Int]
  package var targetStrides: [Int]
  package var byteCount: Int
}

/// Reads: table, indices. Writes: rows.
package struct RowGather: Hashable, Sendable {
  package var outer: Int
  package var tableStride: Int
  package var indexStride: Int
  package var tableRows: Int
  package var rowDistance: Int
  package var count: Int
  package var width: Int
}

/// Reads: indices, updates. Writes: the table, zeroed first.
package struct RowScatter: Hashable, Sendable {
  package var outer: Int
  package var tableRows: Int
  package var count: Int
  package var width: Int
}

/// Draws of random numbers. Writes one region.
package struct Draw: Hashable, Sendable {
  package var draw: RandomDraw
  package var count: Int
  package var perRow: Int
  package var isShared: Bool
  /// The step of the loops around it at which the first draw is made, and how far it moves with each step of each loop,
  /// the outermost first.
  package var firstTime = 0
  package var timeStrides: [Int] = []
}

/// A kernel over the rows of a matrix.
package struct RowKernel: Hashable, Sendable {
  package enum Function: Hashable, Sendable {
    /// x → y.
    case softmax, logSoftmax
    /// y, dy → dx.
    case softmaxGradient, logSoftmaxGradient
    /// logits, labels → loss.
    case crossEntropy
    /// logits, labels, scale → gradient; one scale for all rows where `isUniform`.
    case crossEntropyGradient(isUniform: Bool)
    /// logits, labels, scale → gradient, loss.
    case crossEntropyBoth(isUniform: Bool)
    /// x → y, (x − mean) / √(variance + ε).
    case standardize(epsilon: Float)
    /// x, dy → dx, with two scratch numbers for each row.
    case standardizeGradient(epsilon: Float)
  }
  package var function: Function
  package var rows: Int
  package var columns: Int
}
