import Declarations
import Tensors

extension InitializerDeclaration {
  /// Columns (or rows, where there are fewer) that are orthonormal.
  package static let orthogonal = InitializerDeclaration(
    "orthogonal",
    summary: "Makes columns orthonormal (rows, where there are fewer), so that a product with the weight keeps lengths",
    formula: "the Q of a QR decomposition of standard normals, with the signs of R's diagonal, times gain; axes before "
      + "the last are taken together [Saxe et al. 2014, Exact solutions to the nonlinear dynamics of learning; "
      + "Mezzadri 2007, How to generate random matrices from the classical compact groups]",
    settings: [.gain]
  ) { weight, settings, random in
    let shape = weight.shape
    let columns = shape.last ?? 1
    let rows = shape.dropLast().reduce(1, *)
    let gain = settings.real("gain")
    // Vectors to orthonormalise, the shorter side of the matrix; each as long as the longer side.
    let (count, length) = columns <= rows ? (columns, rows) : (rows, columns)
    let vectors = orthonormal(count: count, length: length, &random)
    var values = [Float](repeating: 0, count: rows * columns)
    for row in 0..<rows {
      for column in 0..<columns {
        let value = columns <= rows ? vectors[column * length + row] : vectors[row * length + column]
        values[row * columns + column] = Float(gain * value)
      }
    }
    return values
  }
}

/// Vectors of unit length, at right angles to each other, row-major. Gram–Schmidt applied twice to normal draws ("twice
/// is enough", Kahan) gives the Q of a QR decomposition whose R has a positive diagonal, which is uniformly distributed.
private func orthonormal(count: Int, length: Int, _ random: inout PhiloxSequence) -> [Double] {
  var vectors = random.normals(count * length)
  vectors.withUnsafeMutableBufferPointer { data in
    for i in 0..<count {
      let current = data.baseAddress! + i * length
      for _ in 0..<2 {
        for j in 0..<i {
          let other = data.baseAddress! + j * length
          var product = 0.0
          for k in 0..<length { product += current[k] * other[k] }
          for k in 0..<length { current[k] -= product * other[k] }
        }
      }
      var square = 0.0
      for k in 0..<length { square += current[k] * current[k] }
      let scale = 1 / square.squareRoot()
      for k in 0..<length { current[k] *= scale }
    }
  }
  return vectors
}
