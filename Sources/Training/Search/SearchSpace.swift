import Checking
import Tensors

/// The constants that a sweep searches. A point has one coordinate in 0 ..< 1 for each.
package struct SearchSpace: Sendable {
  package struct Parameter: Sendable {
    package var name: String
    package var range: CheckedSweep.Range
    /// Whether the values of a range are rounded to whole numbers.
    package var isWhole: Bool

    package init(name: String, range: CheckedSweep.Range, isWhole: Bool) {
      self.name = name
      self.range = range
      self.isWhole = isWhole
    }

    /// How many points of a grid it has.
    var gridCount: Int {
      switch range {
      case .values(let values): values.count
      case .linear(let low, let high):
        isWhole ? min(SearchSpace.gridPoints, Int(high - low) + 1) : SearchSpace.gridPoints
      case .logarithmic: SearchSpace.gridPoints
      }
    }

    /// The value at a coordinate, numbers with four significant digits.
    package func value(at place: Double) -> CheckedConstant.Value {
      switch range {
      case .values(let values): return values[min(Int(place * Double(values.count)), values.count - 1)]
      case .linear(let low, let high):
        if isWhole { return .integer(Int(low) + min(Int(place * (high - low + 1)), Int(high - low))) }
        return .real(rounded(low + place * (high - low)))
      case .logarithmic(let low, let high):
        let value = power(low, high, place)
        return isWhole ? .integer(Int(value.rounded())) : .real(rounded(value))
      }
    }

    /// The coordinate of a point of the grid; ranges include both of their ends.
    func gridPlace(_ index: Int) -> Double {
      switch range {
      case .values(let values): (Double(index) + 0.5) / Double(values.count)
      case .linear, .logarithmic: gridCount == 1 ? 0 : min(Double(index) / Double(gridCount - 1), 1 - 1e-12)
      }
    }

    /// What a model of the measure sees of a coordinate: a number in 0 ... 1, or one for each word of a list.
    func features(at place: Double) -> [Double] {
      guard case .values(let values) = range else { return [place] }
      let index = min(Int(place * Double(values.count)), values.count - 1)
      let areNumbers = values.allSatisfy { value in
        switch value {
        case .integer, .real: true
        default: false
        }
      }
      if areNumbers { return [values.count == 1 ? 0 : Double(index) / Double(values.count - 1)] }
      return values.indices.map { $0 == index ? 1 : 0 }
    }
  }

  package var parameters: [Parameter]
  package init(_ parameters: [Parameter]) { self.parameters = parameters }

  /// How many points a range has in a grid.
  static let gridPoints = 5

  package func values(at point: [Double]) -> [CheckedConstant.Value] {
    zip(parameters, point).map { $0.value(at: $1) }
  }

  func features(at point: [Double]) -> [Double] { zip(parameters, point).flatMap { $0.features(at: $1) } }

  /// The number of points of the grid, nil where it overflows.
  package var gridCount: Int? { checkedProduct(parameters.map(\.gridCount)) }

  /// A point of the grid; the last parameter changes fastest.
  package func gridPoint(_ index: Int) -> [Double] {
    var rest = index
    var result: [Double] = []
    for parameter in parameters.reversed() {
      result.insert(parameter.gridPlace(rest % parameter.gridCount), at: 0)
      rest /= parameter.gridCount
    }
    return result
  }

  /// The number of different points, where every parameter is a list.
  var discreteCount: Int? {
    let isDiscrete = parameters.allSatisfy { if case .values = $0.range { true } else { false } }
    return isDiscrete ? gridCount : nil
  }
}

/// `low · (high / low)^place`.
private func power(_ low: Double, _ high: Double, _ place: Double) -> Double { low * expOf(place * logOf(high / low)) }

/// Four significant digits, so that a value reads back from the command line as it was.
private func rounded(_ value: Double) -> Double {
  // Nothing is left to round of what lies so near 0 that the scale would overflow.
  guard abs(value) > 1e-300, value.isFinite else { return value }
  var scale = 1.0
  var magnitude = abs(value)
  while magnitude >= 10_000 {
    magnitude /= 10
    scale /= 10
  }
  while magnitude < 1_000 {
    magnitude *= 10
    scale *= 10
  }
  return (value * scale).rounded() / scale
}
