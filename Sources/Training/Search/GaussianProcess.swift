/// Regression by a Gaussian process with a Matérn kernel of smoothness 5/2 (Rasmussen and Williams 2006, chapters 2 and
/// 5): what Bayesian search believes about points that it has not tried.
struct GaussianProcess {
  private let points: [[Double]]
  private let mean: Double
  private let deviation: Double
  private let scale: Double
  /// The lower Cholesky factor of the covariance of the points.
  private let factor: [[Double]]
  /// The covariance's inverse times the standardised values.
  private let weights: [Double]

  /// The share of the variance that is taken for noise.
  private static let noise = 1e-3
  /// The length scales among which the likelihood chooses, in units of a coordinate's range.
  private static let scales = [0.1, 0.2, 0.4, 0.8, 1.6]

  /// Fits values at points; at least one of each.
  init(points: [[Double]], values: [Double]) {
    precondition(!points.isEmpty && points.count == values.count, "a value for each point")
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let deviation = variance > 0 ? variance.squareRoot() : 1
    let standardized = values.map { ($0 - mean) / deviation }
    var best: (likelihood: Double, scale: Double, factor: [[Double]], weights: [Double])?
    for scale in GaussianProcess.scales {
      let factor = GaussianProcess.cholesky(points, scale)
      let weights = GaussianProcess.solve(factor, standardized)
      // −½ yᵀ K⁻¹ y − ½ log |K|, without the constant.
      let fit = zip(standardized, weights).reduce(0) { $0 + $1.0 * $1.1 }
      let likelihood = -0.5 * fit - factor.indices.reduce(0) { $0 + logOf(factor[$1][$1]) }
      if best.map({ likelihood > $0.likelihood }) ?? true { best = (likelihood, scale, factor, weights) }
    }
    self.points = points
    self.mean = mean
    self.deviation = deviation
    (scale, factor, weights) = (best!.scale, best!.factor, best!.weights)
  }

  /// The mean and the standard deviation of what is believed at a point.
  func prediction(at point: [Double]) -> (mean: Double, deviation: Double) {
    let covariances = points.map { GaussianProcess.kernel($0, point, scale) }
    let centre = zip(covariances, weights).reduce(0) { $0 + $1.0 * $1.1 }
    let half = GaussianProcess.forward(factor, covariances)
    let variance = max(1e-12, 1 - half.reduce(0) { $0 + $1 * $1 })
    return (mean + deviation * centre, deviation * variance.squareRoot())
  }

  /// How much less than `best` a value at the point is expected to be, counting only what is less (Jones, Schonlau and
  /// Welch 1998).
  func expectedImprovement(at point: [Double], below best: Double) -> Double {
    let (mean, deviation) = prediction(at: point)
    let z = (best - mean) / deviation
    let density = expOf(-0.5 * z * z) / (2 * Double.pi).squareRoot()
    let share = 0.5 * erfcOf(-z / 2.0.squareRoot())
    return deviation * (z * share + density)
  }

  private static func kernel(_ a: [Double], _ b: [Double], _ scale: Double) -> Double {
    let square = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let r = (5 * square).squareRoot() / scale
    return (1 + r + r * r / 3) * expOf(-r)
  }

  private static func cholesky(_ points: [[Double]], _ scale: Double) -> [[Double]] {
    var factor = points.map { _ in [Double](repeating: 0, count: points.count) }
    for row in points.indices {
      for column in 0...row {
        var sum = kernel(points[row], points[column], scale) + (row == column ? noise : 0)
        for k in 0..<column { sum -= factor[row][k] * factor[column][k] }
        factor[row][column] = row == column ? max(sum, 1e-10).squareRoot() : sum / factor[column][column]
      }
    }
    return factor
  }

  /// Solves `L x = b`.
  private static func forward(_ factor: [[Double]], _ b: [Double]) -> [Double] {
    var x = b
    for row in x.indices {
      for k in 0..<row { x[row] -= factor[row][k] * x[k] }
      x[row] /= factor[row][row]
    }
    return x
  }

  /// Solves `L Lᵀ x = b`.
  private static func solve(_ factor: [[Double]], _ b: [Double]) -> [Double] {
    var x = forward(factor, b)
    for row in x.indices.reversed() {
      for k in (row + 1)..<x.count { x[row] -= factor[k][row] * x[k] }
      x[row] /= factor[row][row]
    }
    return x
  }
}
