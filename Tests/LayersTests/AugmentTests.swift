import Declarations
import Foundation
import Graphs
import Layers
import Tensors
import Testing

/// `augment` against what its words say, pixel by pixel, from the same draws.
struct AugmentTests {
  private static let declaration = CallableDeclaration.augment
  private static let seed: UInt64 = 5
  private static let rows = [3, 17, 40]

  private struct Image {
    var size: [Int]
    var channels: Int
    var values: [Double]
    /// 0 outside, or the nearest pixel.
    func at(_ y: Int, _ x: Int, _ channel: Int, edge: Bool) -> Double {
      let isInside = (0..<size[0]).contains(y) && (0..<size[1]).contains(x)
      if !isInside && !edge { return 0 }
      let (row, column) = (min(max(y, 0), size[0] - 1), min(max(x, 0), size[1] - 1))
      return values[(row * size[1] + column) * channels + channel]
    }
  }

  /// The first eight uniform draws of an example.
  private func draws(iteration: Int, row: Int) -> [Double] {
    let generator = Philox(seed: Self.seed, path: "trial")
    return (0..<2).flatMap { block -> [Double] in
      let words = generator(UInt32(iteration), UInt32(row), 0, UInt32(block))
      return [words.0, words.1, words.2, words.3].map { Double(Philox.unit($0)) }
    }
  }

  /// The whole rule in the words of the manual, one pixel after the other.
  private func expected(_ image: Image, _ settings: Settings, _ u: [Double], isClass: Bool) -> [Double] {
    let pair = { (label: String) -> [Int] in
      switch settings[label] {
      case .integer(let size)?: [size.constant!, size.constant!]
      case .list(let sizes)?: sizes.map { if case .integer(let size) = $0 { size.constant! } else { 0 } }
      default: image.size
      }
    }
    let (shift, crop) = (pair("shift"), pair("crop"))
    let flip = settings.word("flip")
    let edge = settings.word("outside") == "edge"
    let angle = (2 * u[6] - 1) * settings.real("rotate") * Double.pi / 180
    var result: [Double] = []
    for row in 0..<crop[0] {
      for column in 0..<crop[1] {
        var place = [row, column]
        for axis in 0..<2 {
          place[axis] += Int(u[4 + axis] * Double(image.size[axis] - crop[axis] + 1))
          place[axis] -= Int(u[2 + axis] * Double(2 * shift[axis] + 1)) - shift[axis]
          let mirrors = flip == "both" || flip == ["vertical", "horizontal"][axis]
          if mirrors && u[axis] < 0.5 { place[axis] = image.size[axis] - 1 - place[axis] }
        }
        for channel in 0..<image.channels {
          if angle == 0 {
            result.append(image.at(place[0], place[1], channel, edge: edge))
            continue
          }
          let middle = image.size.map { Double($0 - 1) / 2 }
          let (p, q) = (Double(place[0]) - middle[0], Double(place[1]) - middle[1])
          let y = p * cos(angle) + q * sin(angle) + middle[0]
          let x = q * cos(angle) - p * sin(angle) + middle[1]
          if isClass {
            result.append(image.at(Int((y + 0.5).rounded(.down)), Int((x + 0.5).rounded(.down)), channel, edge: edge))
            continue
          }
          let (top, left) = (Int(y.rounded(.down)), Int(x.rounded(.down)))
          let (fy, fx) = (y - Double(top), x - Double(left))
          var sum = 0.0
          for (row, share) in [(top, 1 - fy), (top + 1, fy)] {
            sum += share * (1 - fx) * image.at(row, left, channel, edge: edge)
            sum += share * fx * image.at(row, left + 1, channel, edge: edge)
          }
          result.append(sum)
        }
      }
    }
    return result
  }

  private func run(_ trial: Trial, _ values: [Double], mode: Mode, iteration: Int) -> ReferenceTensor {
    let bench = Bench(Self.declaration, trial, mode: mode)
    let graph = bench.graph.finish(outputs: [("result", bench.result)], effects: [])
    let shape = [Self.rows.count] + trial.types[0].constantShape
    return ReferenceInterpreter.run(
      graph, inputs: ["0": ReferenceTensor(shape: shape, values)], parameters: [:], batch: Self.rows.count,
      seed: Self.seed, iteration: iteration, rows: Self.rows
    ).outputs["result"]!
  }

  @Test(arguments: 0..<12, [1, 2, 77])
  func pixelsComeFromWhereTheDrawsSay(_ index: Int, _ iteration: Int) {
    let cases: [(settings: [String: SettingValue], shape: [Int])] = [
      (["flip": .word("horizontal")], [4, 5, 2]), (["flip": .word("vertical")], [4, 5]),
      (["flip": .word("both"), "shift": .integer(2)], [5, 6, 1]),
      (["shift": .list([.integer(0), .integer(3)]), "outside": .word("edge")], [5, 4]),
      (["crop": .integer(3)], [6, 5, 3]),
      (["crop": .list([.integer(6), .integer(1)]), "shift": .integer(1)], [6, 5]),
      (["rotate": .real(40)], [7, 7, 1]), (["rotate": .real(180), "outside": .word("edge")], [6, 4, 2]),
      (["rotate": .real(15), "shift": .integer(2), "flip": .word("both"), "crop": .integer(5)], [8, 7, 2]),
      (["rotate": .real(90)], [5, 5]),
      (["flip": .word("both"), "crop": .integer(2), "outside": .word("edge")], [3, 3]),
      (["shift": .integer(3)], [4, 4, 1]),
    ]
    let (given, shape) = cases[index]
    for isClass in [false, true] {
      let trial = Trial(types: [isClass ? .classes(9, shape) : .numbers(shape)], settings: given)
      let count = shape.reduce(1, *)
      let values = (0..<count * Self.rows.count).map { (place: Int) -> Double in
        if isClass { return Double((place * 5 + 2) % 9) }
        return Double((place * 37 + 11) % 101) / 10 - 4
      }
      let result: ReferenceTensor = run(trial, values, mode: .training, iteration: iteration)
      let settings: Settings = filled(Self.declaration.settings, given)
      var wanted: [Double] = []
      for (example, row) in Self.rows.enumerated() {
        let own = Array(values[example * count..<(example + 1) * count])
        let image = Image(size: Array(shape.prefix(2)), channels: shape.count == 3 ? shape[2] : 1, values: own)
        wanted += expected(image, settings, draws(iteration: iteration, row: row), isClass: isClass)
      }
      #expect(result.values.count == wanted.count)
      let worst = zip(result.values, wanted).map { abs($0 - $1) }.max() ?? 0
      #expect(worst < 1e-9, "case \(index), class \(isClass): off by \(worst)")
    }
  }

  @Test func outsideOfTrainingOnlyTheMiddleIsCutOut() {
    let values = (0..<3 * 30).map(Double.init)
    let all = Trial(
      types: [.numbers([5, 6])], settings: ["flip": .word("both"), "shift": .integer(2), "noise": .real(1)])
    #expect(run(all, values, mode: .evaluation, iteration: 0).values == values)
    let part = Trial(types: [.numbers([5, 6])], settings: ["crop": .list([.integer(2), .integer(3)])])
    let result = run(part, values, mode: .evaluation, iteration: 0)
    #expect(Array(result.values.prefix(6)) == [7, 8, 9, 13, 14, 15])
  }

  @Test func drawsAreEven() {
    // Over many steps every shift from −1 to 1 and either side occurs as often as it should.
    var counts: [Double: Int] = [:]
    let trial = Trial(types: [.numbers([1, 7])], settings: ["shift": .list([.integer(0), .integer(1)])])
    let image = [0.0, 0, 0, 1, 0, 0, 0]
    for iteration in 0..<300 {
      let result = run(trial, image + image + image, mode: .training, iteration: iteration).values
      for example in 0..<3 {
        let place = (0..<7).first { result[example * 7 + $0] == 1 } ?? 0
        counts[Double(place), default: 0] += 1
      }
    }
    #expect(counts.keys.sorted() == [2, 3, 4])
    // 900 draws of probability 1/3: a deviation of 14 around 300.
    #expect(counts.values.allSatisfy { abs($0 - 300) < 70 })
  }
}
