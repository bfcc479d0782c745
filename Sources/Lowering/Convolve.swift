import Graphs

/// A convolution over concrete shapes: one of the tensors x [batch, image, channels], w [kernel, channels / groups,
/// filters] and y [batch, output, filters] from the other two, with what follows it. Reads: the two operands in the order
/// x, w, y, then bias and saved value at the indices given. Writes: the result.
package struct Convolve: Hashable, Sendable {
  package var role: Convolution.Role
  package var window: Window
  package var batch: Int
  package var channels: Int
  package var filters: Int
  package var groups: Int
  /// From one example to the next; 0 where all share one, and for a weight that is summed over the batch.
  package var inputStride: Int
  package var weightStride: Int
  package var outputStride: Int
  package var bias: Int?
  package var saved: Int?
  package var activation: Activation?
  package var gradient: Activation?

  /// Multiplications and additions, padding included.
  package var flops: Int {
    2 * batch * (window.output + window.kernel).reduce(1, *) * (channels / groups) * filters
  }
}

/// A kernel over the windows of [images, image, channels].
package struct WindowKernel: Hashable, Sendable {
  package enum Function: String, Hashable, Sendable {
    /// x → y.
    case maximum = "max_pool"
    case average = "average_pool"
    /// x, dy → dx.
    case maximumGradient = "max_pool_gradient"
    /// dy → dx.
    case averageGradient = "average_pool_gradient"
    /// Windows → image.
    case fold
  }
  package var function: Function
  package var window: Window
  package var images: Int
  package var channels: Int
}

/// A step that multiplies and sums, and can apply bias and activation, or an activation's derivative, to its result.
protocol Product {
  /// Indices into the step's operands.
  var bias: Int? { get set }
  var saved: Int? { get set }
  var activation: Activation? { get set }
  var gradient: Activation? { get set }
  /// The size of the rows of the result, if a bias can be added to every row.
  var biasWidth: Int? { get }
}

extension Contraction: Product {
  var biasWidth: Int? { n > 0 && (outer.map(\.c) + [ldc]).allSatisfy { $0 % n == 0 } ? n : nil }
}

extension Convolve: Product {
  var biasWidth: Int? { role == .input ? channels : filters }
}

extension Step {
  /// The product that a step computes, if it can take what follows it.
  var product: (any Product)? {
    get {
      switch kind {
      case .contraction(let contraction): contraction
      case .convolve(let convolve): convolve.role == .weight ? nil : convolve
      default: nil
      }
    }
    set {
      switch newValue {
      case let contraction as Contraction: kind = .contraction(contraction)
      case let convolve as Convolve: kind = .convolve(convolve)
      default: preconditionFailure("a step's product is replaced by a product")
      }
    }
  }
}
