import CKernels
import Testing

/// A matrix in double with the few operations that normalisations need.
private struct Matrix {
  var values: [Double]
  let rows: Int
  let cols: Int

  init(_ rows: Int, _ cols: Int, _ value: (Int, Int) -> Double) {
    self.rows = rows
    self.cols = cols
    values = []
    for r in 0..<rows { for c in 0..<cols { values.append(value(r, c)) } }
  }

  subscript(_ r: Int, _ c: Int) -> Double { values[r * cols + c] }
  func rowMean(_ r: Int) -> Double { (0..<cols).reduce(0.0) { $0 + self[r, $1] } / Double(cols) }
  func columnSum(_ c: Int) -> Double { (0..<rows).reduce(0.0) { $0 + self[$1, c] } }
  var transposed: Matrix { Matrix(cols, rows) { self[$1, $0] } }
}

extension KernelTests {
  private func worst(_ values: [Float], _ exact: [Double]) -> Double {
    #expect(values.count == exact.count)
    let scale = exact.reduce(1.0) { max($0, abs($1)) }
    return zip(values, exact).reduce(0.0) { $1.0.isNaN ? .infinity : max($0, abs(Double($1.0) - $1.1)) } / scale
  }

  private func guarded(_ values: [Float], _ body: (UnsafeMutablePointer<Float>) -> Void) -> [Float] {
    let buffer = GuardedBuffer(capacity: values.count)
    defer { buffer.free() }
    for (i, value) in values.enumerated() { buffer.floats[i] = value }
    body(buffer.floats)
    return (0..<values.count).map { buffer.floats[$0] }
  }

  private func shapes(_ count: Int, seed: UInt64, _ body: (String, inout TestRandom, Int, Int) -> Void) {
    onEveryInstructionSet { isa in
      var random = TestRandom(seed: seed)
      for i in 0..<count {
        body(isa, &random, 1 + random.below(12), i % 20 == 0 ? 1 + random.below(900) : 1 + random.below(40))
      }
    }
  }

  /// dx of a row normalisation: rstd (g − mean(g) − x̂ mean(g x̂)); without centring the mean of g stays.
  private func rowGradient(_ g: Matrix, _ normal: Matrix, _ rstd: [Double], centres: Bool) -> Matrix {
    let product = Matrix(g.rows, g.cols) { g[$0, $1] * normal[$0, $1] }
    return Matrix(g.rows, g.cols) { r, c in
      rstd[r] * (g[r, c] - (centres ? g.rowMean(r) : 0) - normal[r, c] * product.rowMean(r))
    }
  }

  @Test func rowNormsAgreeWithDouble() {
    shapes(600, seed: 11) { isa, random, rows, cols in
      func values(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -2...2, using: &random) } }
      let (x, dy, gamma, beta) = (values(rows * cols), values(rows * cols), values(cols), values(cols))
      let (r, c) = (Int64(rows), Int64(cols))
      let m = Matrix(rows, cols) { Double(x[$0 * cols + $1]) }
      let epsilon = 1e-3
      for centres in [true, false] {
        let means = (0..<rows).map { centres ? m.rowMean($0) : 0 }
        let rstds = (0..<rows).map { row in
          1
            / ((0..<cols).reduce(0.0) { $0 + (m[row, $1] - means[row]) * (m[row, $1] - means[row]) } / Double(cols)
            + epsilon).squareRoot()
        }
        let normal = Matrix(rows, cols) { (m[$0, $1] - means[$0]) * rstds[$0] }
        let g = Matrix(rows, cols) { Double(dy[$0 * cols + $1]) * Double(gamma[$1]) }
        let what = "\(isa): \(centres ? "layer" : "rms")_norm [\(rows), \(cols)]"
        var mean = [Float](repeating: 0, count: rows)
        var rstd = mean
        let y = guarded(x) { at in
          if centres {
            nnk_layer_norm(at, &mean, &rstd, at, gamma, beta, Float(epsilon), r, c)
          } else {
            nnk_rms_norm(at, &rstd, at, gamma, Float(epsilon), r, c)
          }
        }
        let exact = Matrix(rows, cols) { normal[$0, $1] * Double(gamma[$1]) + (centres ? Double(beta[$1]) : 0) }
        #expect(worst(y, exact.values) < 3e-6, "\(what)")
        #expect(worst(mean, means) < 1e-6 && worst(rstd, rstds) < 3e-6, "\(what)")
        let dx = guarded(x) { at in
          if centres {
            nnk_layer_norm_backward(at, dy, x, mean, rstd, gamma, r, c, true)
          } else {
            nnk_rms_norm_backward(at, dy, x, rstd, gamma, r, c, true)
          }
        }
        let gradient = rowGradient(g, normal, rstds, centres: centres)
        #expect(worst(dx, zip(gradient.values, m.values).map { $0 + $1 }) < 1e-5, "\(what): gradient")
        var dbeta = [Float](repeating: 0, count: cols)
        let dgamma = guarded(gamma) {
          nnk_layer_norm_backward_weights($0, &dbeta, dy, x, mean, rstd, r, c, c, false)
        }
        let product = Matrix(rows, cols) { Double(dy[$0 * cols + $1]) * normal[$0, $1] }
        #expect(worst(dgamma, (0..<cols).map(product.columnSum)) < 1e-5, "\(what): dgamma")
        let sums = (0..<cols).map { column in (0..<rows).reduce(0.0) { $0 + Double(dy[$1 * cols + column]) } }
        #expect(worst(dbeta, sums) < 1e-5, "\(what): dbeta")
      }
    }
  }

  @Test func batchNormAgreesWithDouble() {
    shapes(600, seed: 12) { isa, random, cols, rows in
      func values(_ count: Int) -> [Float] { (0..<count).map { _ in Float.random(in: -2...2, using: &random) } }
      let (x, dy, gamma, beta) = (values(rows * cols), values(rows * cols), values(cols), values(cols))
      let (r, c) = (Int64(rows), Int64(cols))
      // Columns of the matrix are rows of its transpose, so the gradient is the row formula.
      let m = Matrix(cols, rows) { Double(x[$1 * cols + $0]) }
      let means = (0..<cols).map(m.rowMean)
      let variances = (0..<cols).map { column in
        (0..<rows).reduce(0.0) { $0 + (m[column, $1] - means[column]) * (m[column, $1] - means[column]) } / Double(rows)
      }
      let rstds = variances.map { 1 / ($0 + 1e-3).squareRoot() }
      var variance = [Float](repeating: 0, count: cols)
      let what = "\(isa): batch_norm [\(rows), \(cols)]"
      let mean = guarded(gamma) { nnk_column_statistics($0, &variance, x, r, c, c) }
      #expect(worst(mean, means) < 1e-6 && worst(variance, variances) < 3e-6, "\(what)")
      let rstd = variance.map { 1 / ($0 + 1e-3).squareRoot() }
      let y = guarded(x) { nnk_batch_norm($0, $0, mean, rstd, gamma, beta, r, c) }
      let normal = Matrix(cols, rows) { (m[$0, $1] - means[$0]) * rstds[$0] }
      let exact = Matrix(cols, rows) { normal[$0, $1] * Double(gamma[$0]) + Double(beta[$0]) }
      #expect(worst(y, exact.transposed.values) < 1e-5, "\(what)")
      var dbeta = [Float](repeating: 0, count: cols)
      let dgamma = guarded(gamma) { nnk_batch_norm_backward_sums($0, &dbeta, dy, x, mean, rstd, r, c, c) }
      let g = Matrix(cols, rows) { Double(dy[$1 * cols + $0]) }
      let product = Matrix(cols, rows) { g[$0, $1] * normal[$0, $1] }
      #expect(worst(dgamma, (0..<cols).map { product.rowMean($0) * Double(rows) }) < 2e-5, "\(what): dgamma")
      #expect(worst(dbeta, (0..<cols).map { g.rowMean($0) * Double(rows) }) < 1e-5, "\(what): dbeta")
      let dx = guarded(dy) {
        nnk_batch_norm_backward($0, $0, x, mean, rstd, gamma, dgamma, dbeta, r, r, c, false)
      }
      let scaled = Matrix(cols, rows) { g[$0, $1] * Double(gamma[$0]) }
      let gradient = rowGradient(scaled, normal, rstds, centres: true)
      #expect(worst(dx, gradient.transposed.values) < 2e-5, "\(what): gradient")
    }
  }
}
