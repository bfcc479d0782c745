import Tensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Data made on the spot, for examples and tests: a function of their settings and the seed.
package enum Toy: String, CaseIterable {
  /// Two bits with noise around them; `label` is whether one of them is set.
  case xor
  /// Two half circles that reach into each other.
  case moons
  /// Two arms of a spiral.
  case spirals
  /// `y` is the sine of `x` in −π … π.
  case sine
  /// `bits`, and whether an odd number of them is set (`label`).
  case parity
  /// A sequence of numbers in 0 … 1 with a mark at two of them, and their `sum` (Hochreiter and Schmidhuber 1997).
  case addition
  /// Sums of two whole numbers as text, for a reader and a writer: `question` is `123+45 `, `answer` its sum with a
  /// space at the end, both filled up with spaces to one length, character by character.
  case sums

  func load(_ options: [String: String]) throws(DataProblem) -> [(rows: Int, column: TableColumn)] {
    let rows = try Self.whole("rows", options, default: 1000, 1...10_000_000)
    let seed = try Self.whole("seed", options, default: 0, 0...Int.max)
    var noise = self == .xor || self == .moons || self == .spirals || self == .sine ? 0.1 : 0
    if let text = options["noise"] {
      guard let value = number(from: text), value >= 0, value <= 1e6 else {
        throw .option("", "`noise` is a number from 0, not \(shownValue(text))")
      }
      noise = value
    }
    var random = PhiloxSequence(seed: UInt64(seed), path: rawValue)
    switch self {
    case .xor, .moons, .spirals, .sine:
      return points(rows, noise, &random).map { (rows, $0) }
    case .parity:
      let length = try Self.whole("length", options, default: 8, 1...10_000)
      return Self.parity(rows, try Self.fitting(rows, length), &random).map { (rows, $0) }
    case .sums:
      let digits = try Self.whole("digits", options, default: 3, 1...9)
      // No question comes twice, so that those of the test are new.
      let limit = (0..<digits).reduce(1) { product, _ in product * 10 }
      guard rows <= limit * limit / 2 else {
        throw .option("", "there are \(limit * limit) sums of two numbers of \(digits) digits; \(rows) are too many")
      }
      _ = try Self.fitting(rows, 3 * digits + 3)
      return Self.sums(rows, digits: digits, below: limit, &random).map { (rows, $0) }
    case .addition:
      let length = try Self.whole("length", options, default: 20, 2...10_000)
      return Self.addition(rows, try Self.fitting(rows, length), &random).map { (rows, $0) }
    }
  }

  private static func whole(_ label: String, _ options: [String: String], default usual: Int, _ range: ClosedRange<Int>)
    throws(DataProblem) -> Int
  {
    guard let text = options[label] else { return usual }
    guard let value = Int(text.filter { $0 != "_" }), range.contains(value) else {
      throw .option("", "`\(label)` is a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// The length, if all rows together are not too much.
  private static func fitting(_ rows: Int, _ length: Int) throws(DataProblem) -> Int {
    guard rows * length <= 1 << 28 else { throw .option("", "\(rows) rows of \(length) values are too much") }
    return length
  }

  private func points(_ rows: Int, _ noise: Double, _ random: inout PhiloxSequence) -> [TableColumn] {
    var (xs, ys, labels): ([Double], [Double], [Double]) = ([], [], [])
    for row in 0..<rows {
      let kind = row % 2
      var (x, y, label) = (0.0, 0.0, Double(kind))
      switch self {
      case .xor:
        let (a, b) = (random.below(2), random.below(2))
        (x, y, label) = (Double(a), Double(b), Double(a ^ b))
      case .moons:
        let angle = Double.pi * random.unit()
        (x, y) = kind == 0 ? (cos(angle), sin(angle)) : (1 - cos(angle), 0.5 - sin(angle))
      case .spirals:
        // Uniform along the arm: the radius grows with the angle, so that the angle is a square root.
        let angle = 3 * Double.pi * random.unit().squareRoot()
        let side = kind == 0 ? 1.0 : -1.0
        (x, y) = (side * angle * cos(angle) / Double.pi, side * angle * sin(angle) / Double.pi)
      default:
        x = (2 * random.unit() - 1) * Double.pi
        y = sin(x)
      }
      let (dx, dy) = Self.normal(&random)
      xs.append(self == .sine ? x : x + noise * dx)
      ys.append(y + noise * dy)
      labels.append(label)
    }
    let columns = [TableColumn(name: "x", storage: .number(xs)), TableColumn(name: "y", storage: .number(ys))]
    return self == .sine ? columns : columns + [TableColumn(name: "label", storage: .number(labels))]
  }

  /// Two independent standard normal numbers (Box and Muller 1958).
  private static func normal(_ random: inout PhiloxSequence) -> (Double, Double) {
    let radius = (-2 * log(1 - random.unit())).squareRoot()
    let angle = 2 * Double.pi * random.unit()
    return (radius * cos(angle), radius * sin(angle))
  }

  private static func parity(_ rows: Int, _ length: Int, _ random: inout PhiloxSequence) -> [TableColumn] {
    var bits: [Float] = []
    var labels: [Double] = []
    for _ in 0..<rows {
      var odd = false
      for _ in 0..<length {
        let bit = random.nextWord() & 1 == 1
        odd = odd != bit
        bits.append(bit ? 1 : 0)
      }
      labels.append(odd ? 1 : 0)
    }
    return [
      TableColumn(name: "bits", storage: .tensor(shape: [length], values: .float32(bits))),
      TableColumn(name: "label", storage: .number(labels)),
    ]
  }

  /// Codes: 0 is the space, 1 … 10 the digits, 11 the plus.
  private static func sums(
    _ rows: Int, digits: Int, below limit: Int, _ random: inout PhiloxSequence
  ) -> [TableColumn] {
    func codes(_ text: String, _ length: Int) -> [Int32] {
      let written = text.unicodeScalars.map { $0 == "+" ? Int32(11) : Int32($0.value) - 47 }
      return written + [Int32](repeating: 0, count: length - written.count)
    }
    var (questions, answers): ([Int32], [Int32]) = ([], [])
    var seen: Set<Int> = []
    while seen.count < rows {
      let (a, b) = (random.below(limit), random.below(limit))
      if !seen.insert(a * limit + b).inserted { continue }
      questions += codes("\(a)+\(b)", 2 * digits + 1)
      answers += codes("\(a + b)", digits + 2)
    }
    return [
      TableColumn(name: "question", storage: .tensor(shape: [2 * digits + 1], values: .int32(questions))),
      TableColumn(name: "answer", storage: .tensor(shape: [digits + 2], values: .int32(answers))),
    ]
  }

  private static func addition(_ rows: Int, _ length: Int, _ random: inout PhiloxSequence) -> [TableColumn] {
    var values: [Float] = []
    var sums: [Double] = []
    for _ in 0..<rows {
      let first = random.below(length / 2)
      let second = length / 2 + random.below(length - length / 2)
      var sum = 0.0
      for position in 0..<length {
        let value = Float(random.unit())
        let isMarked = position == first || position == second
        values += [value, isMarked ? 1 : 0]
        if isMarked { sum += Double(value) }
      }
      sums.append(sum)
    }
    return [
      TableColumn(name: "sequence", storage: .tensor(shape: [length, 2], values: .float32(values))),
      TableColumn(name: "sum", storage: .number(sums)),
    ]
  }
}
