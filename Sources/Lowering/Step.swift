import Graphs
import Tensors

/// What a step reads: a view of an earlier step's result, or one number everywhere.
enum Operand: Hashable {
  case view(View)
  case number(Double)

  var view: View? {
    if case .view(let view) = self { return view }
    return nil
  }
}

/// Memory that outlives a run.
enum Place: Hashable {
  case parameter(String)
  case input(String)
  case output(String)
  case constant(HostTensor)
  /// In the body of a loop: what one of the loop's operands is at the current step.
  case argument(Int)
}

/// One computation of a batched program: shapes are concrete, and every result is dense and row-major. Movements are no
/// steps but views.
struct Step: Hashable {
  enum Kind: Hashable {
    /// A parameter, an input or a constant; nothing is computed.
    case storage(Place)
    /// A scalar function of operands that have as many elements as the result.
    case map(ScalarFunction)
    /// The operand in order, converted to the step's element type.
    case convert
    case reduce(Reduction)
    /// The operand is [rows, columns].
    case argMax
    case contraction(Contraction)
    case convolve(Convolve)
    case windows(WindowKernel)
    case gather(Gather)
    case scatterAdd(ScatterAdd)
    case random(RandomDraw, perRow: Int, isShared: Bool)
    /// Memory that `part` steps fill, zero elsewhere where `isZeroed`.
    case assemble(isZeroed: Bool)
    /// Copies its operand to the elements of an `assemble` step's result that the view addresses.
    case part(View)
    /// Copies its operand to a parameter or an output.
    case store(Place)
    case composite(FusedComposite)
    /// Runs its body once for each step of a sequence.
    case scan(ScanStep)
  }

  var kind: Kind
  var operands: [Operand]
  var sizes: [Int]
  var dtype: DType
  var origin: Origin
  /// For `assemble`: the steps that fill it.
  var parts: [Int] = []

  var count: Int { sizes.reduce(1, *) }

  /// Whether element `i` of the result is a function of the elements `i` of the operands' views.
  var isElementwise: Bool {
    switch kind {
    case .map, .convert: true
    default: false
    }
  }

  /// Whether the step only takes effect, and has no result that others read.
  var isEffect: Bool {
    switch kind {
    case .part, .store: true
    default: false
    }
  }
}

/// A loop: its body reads and writes the step's operands as ``Place/argument(_:)``.
///
/// Operands: what is read, then what is written (a view of an `assemble` step's result for each result of the body).
struct ScanStep: Hashable {
  var body: [Step]
  var length: Int
  /// Whether the last row of what is stepped through comes first.
  var isReversed: Bool
  /// For each operand, whether its first axis is the steps; else it is the same at each.
  var isStepped: [Bool]
  /// How many operands are read; the others are written.
  var reads: Int

  /// Where an operand is at the first step that runs, and how far it moves from step to step, in elements.
  func path(_ operand: Int, _ view: View) -> (first: Int, distance: Int) {
    guard isStepped[operand] else { return (view.offset, 0) }
    let distance = view.strides[0]
    return isReversed ? (view.offset + (length - 1) * distance, -distance) : (view.offset, distance)
  }
}

/// A sum, multiplied by a scale, or a maximum over axes of the operand's view.
struct Reduction: Hashable {
  var isMaximum: Bool
  var axes: [Int]
  var scale: Float = 1
}

/// C[m, n] = A[m, k] · B[k, n], repeated over outer axes.
struct Contraction: Hashable {
  /// An axis over which the multiply repeats, with its strides in each operand.
  struct Axis: Hashable {
    var size: Int
    var a: Int
    var b: Int
    var c: Int
  }
  var outer: [Axis]
  var m: Int
  var n: Int
  var k: Int
  /// Distances between stored rows.
  var lda: Int
  var ldb: Int
  var ldc: Int
  var transposesA: Bool
  var transposesB: Bool
  /// The operand that is added to every row, and the one whose activation's derivative multiplies the result: indices
  /// into the step's operands.
  var bias: Int?
  var saved: Int?
  var activation: Activation?
  var gradient: Activation?

  var products: Int { outer.reduce(1) { $0 * $1.size } }
}

/// Functions that a multiply can apply to its result.
package enum Activation: String, Hashable, Sendable, CaseIterable {
  case relu, tanh, sigmoid, softplus
}

/// Rows of a table, repeated over `outer` tables.
struct Gather: Hashable {
  var outer: Int
  var tableStride: Int
  var indexStride: Int
  var tableRows: Int
  var rowStride: Int
  /// Indices for each table, and the elements of a row.
  var count: Int
  var width: Int
}

/// Sums of rows, repeated over `outer` results.
struct ScatterAdd: Hashable {
  var outer: Int
  var rows: Int
  var count: Int
  var width: Int
}
