import Declarations
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The numbers of inputs and outputs that one element of a weight connects.
package struct Fans: Sendable, Hashable {
  package let inputs: Int
  package let outputs: Int

  /// Of a weight `[field…, in, out]`: the axes before the last two are a receptive field and multiply both; vectors and
  /// scalars have fan 1.
  package init(_ shape: [Int]) {
    guard shape.count >= 2 else {
      inputs = 1
      outputs = 1
      return
    }
    let field = shape.dropLast(2).reduce(1, *)
    inputs = max(1, field * shape[shape.count - 2])
    outputs = max(1, field * shape[shape.count - 1])
  }
}

extension WeightForm {
  /// The number of inputs that an output sums.
  var inputs: Double { fanIn ?? Double(Fans(shape).inputs) }
}

extension PhiloxSequence {
  /// Uniform in [low, high).
  mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * unit() }

  /// Standard normal numbers in pairs: G. E. P. Box and M. E. Muller, "A Note on the Generation of Random Normal
  /// Deviates" (1958).
  mutating func normals(_ count: Int) -> [Double] {
    var values: [Double] = []
    values.reserveCapacity(count + 1)
    while values.count < count {
      let radius = (-2 * log(1 - unit())).squareRoot()
      let angle = 2 * Double.pi * unit()
      values.append(radius * cos(angle))
      values.append(radius * sin(angle))
    }
    if values.count > count { values.removeLast() }
    return values
  }

  /// Floats uniform in (−limit, limit).
  mutating func uniform(_ shape: [Int], within limit: Double) -> [Float] {
    (0..<shape.reduce(1, *)).map { _ in Float(uniform(-limit, limit)) }
  }

  /// Normal floats around 0.
  mutating func normal(_ shape: [Int], deviation: Double) -> [Float] {
    normals(shape.reduce(1, *)).map { Float($0 * deviation) }
  }

  /// Floats of mean 0 and this variance from the distribution that a `distribution:` setting names.
  mutating func scaled(_ shape: [Int], variance: Double, distribution: String) -> [Float] {
    distribution == "uniform"
      ? uniform(shape, within: (3 * variance).squareRoot()) : normal(shape, deviation: variance.squareRoot())
  }
}

extension SettingDeclaration {
  /// `distribution: uniform` or `normal`, for initialisers that fix a variance.
  static func distribution(default word: String) -> SettingDeclaration {
    SettingDeclaration(
      "distribution", .word(["uniform", "normal"]), default: .word(word),
      doc: "The distribution to draw from; both have the same variance.")
  }
  /// `gain:` multiplies the deviation.
  static let gain = SettingDeclaration(
    "gain", .real(.positive), default: .real(1), doc: "Multiplies the deviation of the values.")
}
