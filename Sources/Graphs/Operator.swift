import Tensors

/// The closed set of operators. Everything else composes of them and gets its gradient for nothing.
///
/// Shapes are per example. A value is *shared* (weights, whole-batch values: no batch axis) or *per example*; inputs of
/// one node agree in this except where stated. Each payload's file under `Operators/` says what the operator computes,
/// and holds its shape rule, its gradient, its reference evaluation and its samples.
package enum Operator: Sendable, Hashable {
  // Leaves.
  /// A named input of the program, per example or shared as its node's type says.
  case input(String)
  /// A weight or a running statistic, shared, by its path.
  case parameter(String)
  /// Numbers known when the graph is built; shared.
  case constant(HostTensor)
  /// One number in every element; shared.
  case fill(Double)
  /// 0, 1, 2, … along an axis; shared; float32 or int32.
  case iota(axis: Int)
  /// The number of examples in the batch as a shared float32 scalar.
  case batchCount
  /// Draws that depend on the program's seed, the path, the iteration and the row only.
  case random(RandomDraw)

  // Elementwise.
  /// One scalar function applied elementwise; all inputs have one shape.
  case map(ScalarFunction)
  /// Another dtype.
  case cast(DType)

  // Movement.
  case reshape([Int])
  /// Result axis `i` is input axis `order[i]`.
  case permute([Int])
  /// Input axis `i` becomes result axis `axes[i]`; the other axes of `shape` repeat. `axes` ascends.
  case broadcast(shape: [Int], axes: [Int])
  /// Elements `starts, starts + steps, … < stops` of each axis.
  case slice(starts: [Int], stops: [Int], steps: [Int])
  /// Zeros: `low` before, `high` after, `interior` between neighbours, on each axis. Adjoint of slice.
  case pad(low: [Int], high: [Int], interior: [Int])
  case concat(axis: Int)
  /// `(table [V, S…], indices int32 [I…]) → [I…, S…]`; the table may be shared where the indices are per example. An
  /// index outside 0 ..< V gives NaN.
  case gather
  /// `(indices int32 [I…], updates [I…, S…]) → [rows, S…]`, adding where indices repeat; with `sumsBatch` over the
  /// examples too, and the result is shared. Adjoint of gather.
  case scatterAdd(rows: Int, sumsBatch: Bool)

  // Reductions: the axes are dropped.
  case reduceSum(axes: [Int])
  case reduceMax(axes: [Int])
  /// int32 index of the first greatest element along an axis.
  case argMax(axis: Int)

  // Contractions.
  /// `[…, M, K] @ […, K, N] → […, M, N]`, either operand transposed first. Leading axes agree, or one operand has rank 2.
  /// Operands may be shared or per example in any mix; with `sumsBatch` both are per example and the result is shared,
  /// summed over the examples (and over the leading axes where `sumsLeading`).
  case matmul(Matmul)

  /// A two-dimensional convolution in one of its three roles: each is linear in both operands, and the gradients of one
  /// are the other two.
  case convolution(Convolution)

  // Windows.
  /// `[H, W, C] → [H', W', kh, kw, C]`: what each place of a window sees; `padding` outside. Adjoint of fold.
  case windows(Window, padding: Double)
  /// `[H', W', kh, kw, C] → [H, W, C]`: the sum of the windows at their places.
  case fold(Window)

  // Crossings between shared and per example.
  /// A shared value for every example. Adjoint of batchSum.
  case lift
  /// The sum over the examples of the batch, shared.
  case batchSum
  /// `[S…] → [batch, S…]` shared: the examples of a batch of exactly this many. Adjoint of ownRow.
  case batchStack(count: Int)
  /// `[batch, S…]` shared `→ [S…]`: to each example its row.
  case ownRow(count: Int)

  // Structure.
  /// A body for each step of a sequence, with states handed from step to step.
  case scan(Scan)
  case stopGradient
  /// A named body with an optional fused kernel; the body is its meaning.
  case composite(Composite)
  /// Writes a shared value to a parameter's storage when the program has run; an effect.
  case assign(String)
}

/// A draw of random numbers.
package struct RandomDraw: Sendable, Hashable {
  package enum Distribution: Sendable, Hashable {
    /// Uniform in [0, 1).
    case uniform
    /// Standard normal.
    case normal
    /// 1 with this probability, else 0.
    case bernoulli(Double)
  }
  package var distribution: Distribution
  /// The application's path: the key of the stream.
  package var path: String
  package init(_ distribution: Distribution, path: String) {
    self.distribution = distribution
    self.path = path
  }
}

package struct Matmul: Sendable, Hashable {
  package var transposeA: Bool
  package var transposeB: Bool
  /// Sums over the batch and over all leading axes: the gradient of a shared operand.
  package var sumsBatch: Bool
  package init(transposeA: Bool = false, transposeB: Bool = false, sumsBatch: Bool = false) {
    self.transposeA = transposeA
    self.transposeB = transposeB
    self.sumsBatch = sumsBatch
  }
}

/// Where the windows over an image of height and width stand: all pairs are (height, width).
package struct Window: Sendable, Hashable {
  /// The size of the image.
  package var image: [Int]
  package var kernel: [Int]
  package var strides: [Int]
  package var dilations: [Int]
  /// Padding before the first row and column, and after the last.
  package var low: [Int]
  package var high: [Int]
  package init(
    image: [Int], kernel: [Int], strides: [Int] = [1, 1], dilations: [Int] = [1, 1], low: [Int] = [0, 0],
    high: [Int] = [0, 0]
  ) {
    self.image = image
    self.kernel = kernel
    self.strides = strides
    self.dilations = dilations
    self.low = low
    self.high = high
  }
}

/// The form `Σ x[i·stride + a·dilation − low, …, c]·w[a, b, c, o]·y[i, j, o]` solved for one of `x` (input `[H, W, C]`),
/// `w` (weight `[kh, kw, C / groups, O]`) and `y` (output `[H', W', O]`), given the other two in this order.
package struct Convolution: Sendable, Hashable {
  package enum Role: String, Sendable, Hashable, CaseIterable {
    /// `(x, w) → y`: a layer's convolution.
    case output
    /// `(w, y) → x`: the gradient by the image, and a layer's transposed convolution.
    case input
    /// `(x, y) → w`: the gradient by the weight.
    case weight
  }
  package var role: Role
  package var window: Window
  package var groups: Int
  /// For the weight's role: both operands are per example, and the result is shared, summed over the examples.
  package var sumsBatch: Bool
  package init(_ role: Role, _ window: Window, groups: Int = 1, sumsBatch: Bool = false) {
    self.role = role
    self.window = window
    self.groups = groups
    self.sumsBatch = sumsBatch
  }
}

/// A loop over the leading axis of sequences.
///
/// The node's inputs, and the body's `.input("0")`, `.input("1")`, …, are in this order: the initial states; the
/// sequences `[length, S…]`, of which the body sees one element; captures, which the body sees whole. The body's outputs
/// are the next states, then whatever else is to be kept. The node's value is flat: for each output of the body its
/// values at all steps, `[length, S…]`, one output after another (see ``Scan/parts``).
package struct Scan: Sendable, Hashable {
  package var body: Graph
  package var length: Int
  package var states: Int
  package var sequences: Int
  /// Whether the steps run from the last to the first; step `t` reads and writes row `t` either way.
  package var isReversed: Bool
  package init(body: Graph, length: Int, states: Int, sequences: Int, isReversed: Bool = false) {
    self.body = body
    self.length = length
    self.states = states
    self.sequences = sequences
    self.isReversed = isReversed
  }

  /// Where each output of the body stands in the node's flat value, and its shape with the steps as first axis.
  package var parts: [(start: Int, shape: [Int])] {
    var start = 0
    return body.outputs.map { output in
      let shape = [length] + body[output.value].type.shape
      defer { start += shape.reduce(1, *) }
      return (start, shape)
    }
  }
}

/// A body that a fused kernel may replace. The body's inputs are `.input("0")`, `.input("1")`, …
package struct Composite: Sendable, Hashable {
  package var name: String
  package var attributes: [String: Double]
  package var body: Graph
  package init(name: String, attributes: [String: Double] = [:], body: Graph) {
    self.name = name
    self.attributes = attributes
    self.body = body
  }
}

/// The scalar functions of ``Operator/map(_:)``. Comparisons give 0 and 1; `select(c, a, b)` is `a` where `c ≠ 0`.
package enum ScalarFunction: String, Sendable, Hashable, CaseIterable {
  case add, subtract, multiply, divide, power, minimum, maximum
  case negate, absolute, sign, floor, square, squareRoot, reciprocalSquareRoot, reciprocal
  case exp, log, log1p, expm1, sin, cos, tanh, sigmoid, softplus, erf, relu
  case equal, notEqual, less, lessOrEqual
  case select, isNaN

  /// Whether computing it takes longer than reading its value from memory.
  package var takesLong: Bool {
    switch self {
    case .power, .exp, .log, .log1p, .expm1, .sin, .cos, .tanh, .sigmoid, .softplus, .erf: true
    default: false
    }
  }

  package var arity: Int {
    switch self {
    case .add, .subtract, .multiply, .divide, .power, .minimum, .maximum, .equal, .notEqual, .less, .lessOrEqual: 2
    case .select: 3
    default: 1
    }
  }
}
