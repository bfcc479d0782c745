import Tensors

/// How the values of a sample's input are drawn.
package enum SampleDomain: Sendable, Hashable {
  /// Uniform between two numbers.
  case uniform(Double, Double)
  /// `offset + 0.1·k` between two numbers: keeps its distance from kinks that lie between the grid's points.
  case grid(Double, Double, offset: Double)
  /// Pairwise distinct values at least 0.05 apart, in random order.
  case distinct
  /// Whole numbers from 0.
  case indices(below: Int)
  /// One of these.
  case choices([Double])

  /// Values for a number of elements, each of them a float32 number, so that plans can be given the same.
  package func draw(_ count: Int, using random: inout PhiloxSequence) -> [Double] {
    drawExactly(count, using: &random).map { Double(Float($0)) }
  }

  private func drawExactly(_ count: Int, using random: inout PhiloxSequence) -> [Double] {
    switch self {
    case .uniform(let low, let high):
      return (0..<count).map { _ in low + (high - low) * random.unit() }
    case .grid(let low, let high, let offset):
      let steps = max(1, Int(((high - low) / 0.1).rounded()))
      return (0..<count).map { _ in low + offset + 0.1 * Double(random.below(steps)) }
    case .distinct:
      return random.permutation(count).map { 0.1 * (Double($0) - Double(count) / 2) + 0.05 * random.unit() }
    case .indices(let bound):
      return (0..<count).map { _ in Double(random.below(max(1, bound))) }
    case .choices(let values):
      return (0..<count).map { _ in values[random.below(values.count)] }
    }
  }
}

/// One input of a sample.
package struct SampleInput: Sendable, Hashable {
  package var type: ValueType
  package var domain: SampleDomain
  package init(_ shape: [Int], isShared: Bool = false, _ domain: SampleDomain = .uniform(-2, 2)) {
    type = ValueType(.float32, shape, isShared: isShared)
    self.domain = domain
  }
  package init(type: ValueType, _ domain: SampleDomain) {
    self.type = type
    self.domain = domain
  }
  /// int32 indices.
  package static func indices(_ shape: [Int], below bound: Int, isShared: Bool = false) -> SampleInput {
    SampleInput(type: ValueType(.int32, shape, isShared: isShared), .indices(below: bound))
  }
}

/// One use of an operator or a composite, small enough for finite differences.
package struct OperatorSample: Sendable {
  package var name: String
  package var inputs: [SampleInput]
  /// The relative error that gradients may have against central differences in `Double`.
  package var tolerance: Double
  /// Whether second derivatives exist near the drawn values.
  package var isSmooth: Bool
  package var build: @Sendable (GraphBuilder, [ValueID]) -> ValueID

  package init(
    _ name: String, _ inputs: [SampleInput], tolerance: Double = 1e-6, isSmooth: Bool = true,
    build: @escaping @Sendable (GraphBuilder, [ValueID]) -> ValueID
  ) {
    self.name = name
    self.inputs = inputs
    self.tolerance = tolerance
    self.isSmooth = isSmooth
    self.build = build
  }
}

/// Shapes that samples are made over: ranks 0 to 4, sizes 0 and 1, odd ones, powers of two.
package enum SampleShapes {
  package static let common: [[Int]] = [
    [], [0], [1], [2], [3], [7], [8], [16], [17], [31],
    [1, 1], [1, 5], [5, 1], [0, 3], [3, 0], [2, 3], [4, 4], [7, 3],
    [2, 3, 4], [3, 1, 2], [1, 7, 1], [2, 0, 3], [2, 2, 3, 2], [1, 3, 1, 3],
  ]
  /// Those of at least this rank.
  package static func ranked(atLeast rank: Int) -> [[Int]] {
    let shapes = common.filter { $0.count >= rank }
    return rank > 0 ? shapes + extra.filter { $0.count >= rank } : shapes
  }
  private static let extra: [[Int]] = [
    [13], [4, 1], [1, 0], [3, 5], [6, 2], [5, 5], [3, 3, 3], [1, 1, 1], [2, 1, 5], [0, 2, 2], [4, 2, 1], [2, 5, 2],
    [1, 1, 2, 1],
  ]

  /// One sample for each shape; every third has a shared input.
  static func samples(
    _ name: String, over shapes: [[Int]] = common, _ domain: SampleDomain = .uniform(-2, 2), isSmooth: Bool = true,
    build: @escaping @Sendable (GraphBuilder, ValueID) -> ValueID
  ) -> [OperatorSample] {
    shapes.enumerated().map { index, shape in
      OperatorSample(
        "\(name) \(shape)", [SampleInput(shape, isShared: index % 3 == 2, domain)], isSmooth: isSmooth
      ) { build($0, $1[0]) }
    }
  }
}
