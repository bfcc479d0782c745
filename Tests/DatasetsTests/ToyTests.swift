import Datasets
import Tensors
import Testing

@Suite struct ToyTests {
  private func toy(_ kind: String, _ options: [String: String] = [:], _ uses: [ColumnUse]) throws(DataProblem)
    -> Dataset
  {
    try Dataset(
      SourceDescription(kind: kind, paths: [:], options: options, span: anywhere), uses, FileAccess(files: [:]))
  }

  private let plane = [use("x", .number), use("y", .number), use("label", .category)]

  @Test func pointsLieWhereTheyShould() throws {
    let xor = try toy("xor", ["noise": "0", "rows": "400"], plane)
    for row in 0..<400 {
      #expect((floats(xor, 0)[row] != floats(xor, 1)[row]) == (codes(xor, 2)[row] == 1))
    }
    let moons = try toy("moons", ["noise": "0"], plane)
    for row in 0..<moons.rows {
      let (x, y) = (floats(moons, 0)[row], floats(moons, 1)[row])
      let isFirst = codes(moons, 2)[row] == 0
      #expect(abs((isFirst ? x * x + y * y : (x - 1) * (x - 1) + (y - 0.5) * (y - 0.5)) - 1) < 1e-5)
      #expect(isFirst ? y >= 0 : y <= 0.5)
    }
    let spirals = try toy("spirals", ["noise": "0"], plane)
    #expect(
      (0..<spirals.rows).allSatisfy { row in
        let (x, y) = (floats(spirals, 0)[row], floats(spirals, 1)[row])
        return x * x + y * y <= 9.0001
      })
    let sine = try toy("sine", ["noise": "0.5", "rows": "20000"], [use("x", .number), use("y", .number)])
    let errors = zip(floats(sine, 0), floats(sine, 1)).map { Double($1) - Double(sinOf($0)) }
    let variance = errors.reduce(0) { $0 + $1 * $1 } / 20000
    // The variance of 20 000 normal numbers with deviation 0.5: 0.25 ± 0.0025.
    #expect(abs(variance - 0.25) < 0.0125)
  }

  @Test func sumsAreRightAndNeverAskedTwice() throws {
    let sums = try toy(
      "sums", ["rows": "2000", "digits": "2", "seed": "3"], [use("question", .tensor), use("answer", .tensor)])
    #expect(sums.columnType(0).shape == [5] && sums.columnType(1).shape == [4])
    let (questions, answers) = (codes(sums, 0), codes(sums, 1))
    func text(_ codes: ArraySlice<Int32>) -> String {
      let written = codes.map { $0 == 0 ? " " : $0 == 11 ? "+" : "\($0 - 1)" }.joined()
      return String(written.reversed().drop { $0 == " " }.reversed())
    }
    var seen: Set<String> = []
    for row in 0..<2000 {
      let question = text(questions[row * 5..<row * 5 + 5])
      let numbers = question.split(separator: "+").compactMap { Int($0) }
      #expect(numbers.count == 2 && text(answers[row * 4..<row * 4 + 4]) == "\(numbers.reduce(0, +))")
      seen.insert(question)
    }
    #expect(seen.count == 2000)
    #expect(throws: DataProblem.self) { try toy("sums", ["rows": "60", "digits": "1"], [use("answer", .tensor)]) }
  }

  /// Taylor's series, enough for −π … π.
  private func sinOf(_ x: Float) -> Float {
    var (term, sum) = (Double(x), Double(x))
    for n in 1..<14 {
      term *= -Double(x) * Double(x) / Double(2 * n * (2 * n + 1))
      sum += term
    }
    return Float(sum)
  }

  @Test func sequencesAddUp() throws {
    let parity = try toy("parity", ["length": "5", "rows": "200"], [use("bits", .tensor), use("label", .number)])
    #expect(parity.columnType(0) == (.float32, [5]))
    for row in 0..<200 {
      let ones = floats(parity, 0)[(row * 5)..<(row * 5 + 5)].reduce(0, +)
      #expect(floats(parity, 1)[row] == ones.truncatingRemainder(dividingBy: 2))
    }
    let addition = try toy(
      "addition", ["length": "6", "rows": "200"], [use("sequence", .tensor), use("sum", .number)])
    #expect(addition.columnType(0) == (.float32, [6, 2]))
    for row in 0..<200 {
      let values = Array(floats(addition, 0)[(row * 12)..<(row * 12 + 12)])
      let marks = (0..<6).filter { values[2 * $0 + 1] == 1 }
      #expect(marks.count == 2 && marks[0] < 3 && marks[1] >= 3)
      #expect(abs(marks.reduce(0) { $0 + values[2 * $1] } - floats(addition, 1)[row]) < 1e-6)
    }
  }

  @Test func toysAreFunctionsOfTheSeed() throws {
    for (kind, column) in [("xor", "x"), ("moons", "x"), ("spirals", "x"), ("sine", "x"), ("parity", "label")] {
      let uses = [use(column, .number)]
      let first = try toy(kind, ["seed": "1"], uses)
      #expect(first.rows == 1000)
      #expect(floats(first, 0) == floats(try toy(kind, ["seed": "1"], uses), 0))
      #expect(floats(first, 0) != floats(try toy(kind, ["seed": "2"], uses), 0))
    }
  }

  @Test func refusesBadSettings() {
    for (kind, options) in [
      ("xor", ["rows": "0"]), ("xor", ["rows": "many"]), ("moons", ["noise": "-1"]), ("parity", ["length": "0"]),
      ("addition", ["rows": "10000000", "length": "10000"]),
    ] {
      let found = problem { () throws(DataProblem) in _ = try toy(kind, options, [use("x", .number)]) }
      #expect(found?.code == DataCodes.option, "\(kind) \(options)")
    }
    #expect(problem { () throws(DataProblem) in _ = try toy("sql", [:], plane) }?.code == DataCodes.option)
    #expect(problem { () throws(DataProblem) in _ = try toy("sine", [:], plane) }?.code == DataCodes.missingColumn)
  }
}
