import Declarations
import Layers
import Tensors
import Testing

/// The statistics of what initialisers draw, and that draws depend on nothing but seed and path.
struct InitializerTests {
  private func draw(
    _ name: String, _ shape: [Int], _ given: [String: SettingValue] = [:], seed: UInt64 = 5
  ) throws -> [Double] {
    let declaration = try #require(Catalog.initializer[name])
    var random = PhiloxSequence(seed: seed, path: "Net.dense.weight")
    let values = declaration.sample(WeightForm(shape), filled(declaration.settings, given), &random)
    #expect(values.count == shape.reduce(1, *))
    return values.map(Double.init)
  }

  private func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return (mean, square.squareRoot())
  }

  @Test func fans() {
    #expect(Fans([]) == Fans([7]))
    #expect(Fans([7]).inputs == 1)
    #expect(Fans([20, 30]).inputs == 20 && Fans([20, 30]).outputs == 30)
    #expect(Fans([3, 3, 16, 32]).inputs == 144 && Fans([3, 3, 16, 32]).outputs == 288)
  }

  /// 60 000 draws: their deviation is within 1.5 % of the wanted one, their mean within 2 % of it of 0.
  @Test(arguments: [
    ("glorot", 500.0), ("he", 100.0), ("lecun", 200.0),
  ]) func variancesFollowTheFans(name: String, divisor: Double) throws {
    // variance = 2 / (fan_in + fan_out), 2 / fan_in, 1 / fan_in with fans 200 and 300.
    let wanted = (name == "glorot" ? 2 / divisor : 1 / divisor).squareRoot()
    for distribution in ["uniform", "normal"] {
      for gain in [1.0, 2.5] {
        let values = try draw(
          name, [200, 300], ["distribution": .word(distribution), "gain": .real(gain)])
        let (mean, deviation) = moments(values)
        #expect(abs(deviation / (gain * wanted) - 1) < 0.015, "\(name) \(distribution): \(deviation)")
        #expect(abs(mean) < 0.02 * gain * wanted)
        let bound = 3.0.squareRoot() * gain * wanted * 1.000001
        #expect(values.allSatisfy { abs($0) <= bound } == (distribution == "uniform"))
      }
    }
  }

  @Test func normalAndUniform() throws {
    let normal = moments(try draw("normal", [60_001], ["mean": .real(3), "deviation": .real(0.5)]))
    #expect(abs(normal.mean - 3) < 0.01 && abs(normal.deviation - 0.5) < 0.0075)
    let uniform = try draw("uniform", [60_000], ["low": .real(-1), "high": .real(3)])
    #expect(uniform.allSatisfy { $0 >= -1 && $0 <= 3 })
    #expect(abs(moments(uniform).mean - 1) < 0.02 && abs(moments(uniform).deviation - 4 / 12.0.squareRoot()) < 0.02)
    // Share of a normal distribution within one deviation.
    let standard = try draw("normal", [60_000])
    let within = Double(standard.filter { abs($0) < 1 }.count) / 60_000
    #expect(abs(within - 0.6827) < 0.006)
  }

  @Test func truncatedNormal() throws {
    let values = try draw("truncated_normal", [60_000], ["deviation": .real(0.02)])
    #expect(values.allSatisfy { abs($0) <= 0.04 + 1e-9 })
    // The deviation of a standard normal cut at ±2 is 0.8796.
    #expect(abs(moments(values).deviation / (0.02 * 0.8796) - 1) < 0.015)
  }

  @Test(arguments: [[6, 6], [9, 4], [4, 9], [3, 3, 2, 5], [1, 7], [7, 1]])
  func orthogonal(shape: [Int]) throws {
    let values = try draw("orthogonal", shape, ["gain": .real(1.5)])
    let columns = shape.last!
    let rows = values.count / columns
    let isTall = columns <= rows
    for i in 0..<(isTall ? columns : rows) {
      for j in 0..<(isTall ? columns : rows) {
        let product = (0..<(isTall ? rows : columns)).reduce(0.0) { sum, k in
          sum
            + (isTall
              ? values[k * columns + i] * values[k * columns + j] : values[i * columns + k] * values[j * columns + k])
        }
        #expect(abs(product - (i == j ? 2.25 : 0)) < 1e-5, "\(shape): \(i), \(j)")
      }
    }
  }

  @Test func constants() throws {
    #expect(try draw("zeros", [2, 2]) == [0, 0, 0, 0])
    #expect(try draw("ones", [3]) == [1, 1, 1])
    #expect(try draw("constant", [2], ["value": .real(0.25)]) == [0.25, 0.25])
    #expect(try draw("normal", []).count == 1)
  }

  @Test func drawsDependOnTheSeed() throws {
    #expect(try draw("glorot", [4, 4], seed: 1) == draw("glorot", [4, 4], seed: 1))
    #expect(try draw("glorot", [4, 4], seed: 1) != draw("glorot", [4, 4], seed: 2))
  }
}
