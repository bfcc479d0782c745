import Foundation
import Runs
import Tensors
import Testing

/// Columns far from 0 that change little from row to row: what is computed from them is held against plain sums in
/// double precision.
@Suite struct PreciseColumnTests {
  private let program = """
    data Rows from csv("rows.csv") {
      let counter:  [1]    = [counter] -> standardize
      let part:     scalar = counter -> scale
      let middle:   scalar = counter -> robust_scale
      let time:     scalar = time -> standardize
      let step:     scalar = time - time[-1]
      let times:    [3]    = time[-3 ..< 0] -> standardize
      let steps:    [2]    = time[-1 ..< 1] - time[-2 ..< 0]
      let y:        scalar = y
      split: chronological(train: 80%, test: 20%)
    }
    model Net(x: [1]) -> scalar { x -> dense(1) -> squeeze }
    train Net on Rows {
      loss:      mean_squared_error(Net(counter), y)
      optimizer: adam(rate: 0.01)
      epochs:    1
      outputs:   (counter: counter, part: part, middle: middle, time: time, step: step, times: times, steps: steps)
    }

    """
  private static let count = 100
  private let counters = (0..<count).map { 1e8 + Double($0) }
  private let times = (0..<count).map { 1_700_000_000 + 60 * Double($0 * $0) }

  private func deviation(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, (squares / Double(values.count)).squareRoot())
  }

  /// The outputs of a row, in the order of the columns.
  private func expected(_ row: Int) -> [Double] {
    let train = Array(3..<80)
    let counter = deviation(train.map { counters[$0] })
    let time = deviation(train.map { times[$0] })
    let windows = deviation(train.flatMap { row in (row - 3..<row).map { times[$0] } })
    // Rows 3 … 79 train: the least is the third, the middle one the 41st, the quartiles lie 38 apart.
    var result: [Double] = [(counters[row] - counter.mean) / counter.deviation]
    result.append((counters[row] - counters[3]) / 76)
    result.append((counters[row] - counters[41]) / 38)
    result.append((times[row] - time.mean) / time.deviation)
    result.append(times[row] - times[row - 1])
    for past in row - 3..<row { result.append((times[past] - windows.mean) / windows.deviation) }
    result.append(times[row - 1] - times[row - 2])
    result.append(times[row] - times[row - 1])
    return result
  }

  private func expectRows(_ text: String, _ rows: Range<Int>) {
    let lines = text.split(separator: "\n").dropFirst()
    #expect(lines.count == rows.count, "\(text)")
    for (line, row) in zip(lines, rows) {
      let found = line.split(separator: ",").compactMap { Double($0) }
      let right = expected(row)
      #expect(found.count == right.count, "\(line)")
      for (a, b) in zip(found, right) { #expect(abs(a - b) <= 1e-6 * max(1, abs(b)), "row \(row): \(a) is not \(b)") }
    }
  }

  @Test func smallStepsFarFromZeroAreNotRounded() throws {
    let scratch = try Scratch()
    func csv(_ rows: Range<Int>) -> String {
      "counter,time,y\n" + rows.map { "\(Int(counters[$0])),\(Int(times[$0])),\($0 % 7)\n" }.joined()
    }
    _ = try scratch.write("rows.csv", csv(0..<Self.count))
    let file = try scratch.write("rows.nnet", program)
    let run = scratch.path + "/run"
    let outcome = nnc("run", file, "--out", run)
    #expect(outcome.code == 0, "\(outcome.errors)")
    expectRows(try scratch.read("run/predictions.csv"), 80..<Self.count)
    // A file of its own: too short to tell by itself that its numbers lie close together.
    let predicted = nnc("predict", run, try scratch.write("new.csv", csv(89..<93)))
    #expect(predicted.code == 0, "\(predicted.errors)")
    expectRows(predicted.output, 92..<93)
    let whole = Safetensors(tensors: [
      ("counter", HostTensor(shape: [4], storage: .int32((89..<93).map { Int32(counters[$0]) }))),
      ("time", HostTensor(shape: [4], storage: .int32((89..<93).map { Int32(times[$0]) }))),
    ])
    let tensors = nnc("predict", run, try scratch.write("new.safetensors", whole.encoded()))
    #expect(tensors.code == 0, "\(tensors.errors)")
    expectRows(tensors.output, 92..<93)
    // Floats are read as float32, which cannot tell these apart.
    let blurred = Safetensors(tensors: [
      ("counter", HostTensor(shape: [4], (89..<93).map { Float(counters[$0]) })),
      ("time", HostTensor(shape: [4], (89..<93).map { Float(times[$0]) })),
    ])
    let refused = nnc("predict", run, try scratch.write("floats.safetensors", blurred.encoded()))
    #expect(refused.code == 1 && refused.errors.contains("double precision"), "\(refused)")
  }

  @Test func othersStayInSinglePrecision() throws {
    let scratch = try Scratch()
    var random = SystemRandomNumberGenerator()
    let rows = (0..<50).map { "\(Double.random(in: 4...7, using: &random)),\($0 % 2)\n" }
    _ = try scratch.write("rows.csv", "a,y\n" + rows.joined())
    let file = try scratch.write(
      "rows.nnet",
      """
      data Rows from csv("rows.csv") {
        let a: [1]    = [a] -> standardize
        let y: scalar = y
      }
      model Net(a: [1]) -> scalar { a -> dense(1) -> squeeze }
      train Net on Rows {
        loss:      mean_squared_error(Net(a), y)
        optimizer: adam(rate: 0.01)
        epochs:    1
      }

      """)
    let outcome = nnc("run", file, "--out", scratch.path + "/run")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let weights = try Data(contentsOf: URL(fileURLWithPath: scratch.path + "/run/weights.safetensors"))
    #expect(weights.range(of: Data("mean\"".utf8)) != nil && weights.range(of: Data("_rest".utf8)) == nil)
  }
}
