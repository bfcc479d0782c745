import Graphs
import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The angle of a position for pair `pair` of `width` numbers: `position / 10000^(2 · pair / width)`.
private func angle(_ position: Int, pair: Int, width: Int) -> Double {
  Double(position) / pow(10_000, 2 * Double(pair) / Double(width))
}

/// Sines at even places, cosines at odd ones: `[length, width]` [Vaswani et al. 2017, section 3.5].
func sinusoids(length: Int, width: Int) -> HostTensor {
  var values: [Float] = []
  values.reserveCapacity(length * width)
  for position in 0..<length {
    for place in 0..<width {
      let angle = angle(position, pair: place / 2, width: width)
      values.append(Float(place % 2 == 0 ? sin(angle) : cos(angle)))
    }
  }
  return HostTensor(shape: [length, width], values)
}

extension GraphBuilder {
  /// Turns each pair (i, i + width / 2) of the last axis of `[T, …, width]` by an angle that grows with the position
  /// [Su et al. 2021, RoFormer; pairs as in the LLaMA models].
  func rotated(_ x: ValueID) -> ValueID {
    let shape = self.shape(of: x)
    let (length, width) = (shape[0], shape[shape.count - 1])
    let half = width / 2
    func table(_ function: (Double) -> Double) -> ValueID {
      let values = (0..<length).flatMap { position in
        (0..<half).map { Float(function(angle(position, pair: $0, width: width))) }
      }
      let between = shape.dropFirst().dropLast().map { _ in 1 }
      return constant(HostTensor(shape: [length] + between + [half], values))
    }
    let (cosines, sines) = (table(cos), table(sin))
    let first = slice(x, axis: shape.count - 1, 0..<half)
    let second = slice(x, axis: shape.count - 1, half..<width)
    return concat(
      [
        subtract(multiply(first, cosines), multiply(second, sines)),
        add(multiply(second, cosines), multiply(first, sines)),
      ], axis: shape.count - 1)
  }
}
