import Diagnostics
import Foundation
import Runs
import Testing

/// Rows that a run cannot predict are refused; none gives NaN.
@Suite struct PredictionInputTests {
  private func program(_ field: String, _ body: String) -> String {
    """
    data Rows from csv("rows.csv") {
      let k: \(field)
      let y: [1] = [t] -> standardize
      split: random(train: 70%, validation: 10%, test: 20%, seed: 1)
    }
    model Net(k: \(field.prefix { $0 != "=" })) -> [1] { k -> \(body) }
    train Net on Rows {
      let guess = Net(k)
      loss:      mean_squared_error(guess, y)
      optimizer: adam(rate: 0.02)
      epochs:    2
      outputs:   (t: restore(guess, as: y))
    }

    """
  }

  private func run(_ scratch: Scratch, _ text: String, holes: Bool = false) throws -> String {
    var rows = "cat,t\n"
    for row in 0..<60 {
      let name = row % 2 == 0 ? "ant" : row % 3 == 0 ? "bee" : "cow"
      rows += "\(holes && row % 9 == 4 ? "" : name),\((row * 37) % 61)\n"
    }
    _ = try scratch.write("rows.csv", rows)
    let outcome = nnc("run", try scratch.write("rows.nnet", text), "--out", scratch.path + "/run")
    #expect(outcome.code == 0, "\(outcome.errors)")
    return scratch.path + "/run"
  }

  @Test func unknownClassesAreRefusedByATable() throws {
    let scratch = try Scratch()
    let run = try run(scratch, program("class(3) = cat", "embed(4) -> dense(1)"))
    for (rows, part) in [("ant\ndog\n", "cat is dog in 1 row"), ("ant\n\"\"\n", "cat lacks a value in 1 of 2 rows")] {
      let outcome = nnc("predict", run, try scratch.write("new.csv", "cat\n" + rows))
      #expect(outcome.code == 1 && outcome.errors.contains(part) && outcome.output.isEmpty, "\(outcome.errors)")
    }
    #expect(nnc("predict", run, try scratch.write("new.csv", "cat\nbee\n")).code == 0)
  }

  @Test(arguments: [("class(3) = cat", "one_hot -> dense(1)"), ("[3] = cat -> one_hot", "dense(1)")])
  func zerosStandForUnknownClassesInOneHot(_ field: String, _ body: String) throws {
    let scratch = try Scratch()
    let run = try run(scratch, program(field, body))
    let outcome = nnc("predict", run, try scratch.write("new.csv", "cat\nant\ndog\n\"\"\n"))
    #expect(outcome.code == 0 && outcome.errors.contains("cat is dog in 1 row"), "\(outcome.errors)")
    let rows = outcome.output.split(separator: "\n")
    #expect(rows.count == 4 && rows[2] == rows[3] && !outcome.output.contains("nan"), "\(outcome.output)")
  }

  @Test func theMostFrequentClassStandsForOthersWhereTheProgramImputes() throws {
    let scratch = try Scratch()
    let run = try run(scratch, program("class(3) = cat -> impute", "embed(4) -> dense(1)"), holes: true)
    let outcome = nnc("predict", run, try scratch.write("new.csv", "cat\nant\ndog\n\"\"\nbee\n"))
    #expect(outcome.code == 0 && outcome.errors.contains("cat is dog in 1 row"), "\(outcome.errors)")
    let rows = outcome.output.split(separator: "\n")
    #expect(rows.count == 5 && rows[1] == rows[2] && rows[1] == rows[3] && rows[1] != rows[4], "\(outcome.output)")
    #expect(nnc("eval", run).code == 0)
  }

  /// An npy file of float32 (format 1.0).
  private func npy(_ shape: [Int], _ values: [Float]) -> [UInt8] {
    let sizes = shape.map { "\($0), " }.joined()
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(sizes)), }"
    while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
    header += "\n"
    let size = header.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(size & 255), UInt8(size >> 8)] + Array(header.utf8)
      + values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
  }

  /// A safetensors file with one tensor.
  private func tensor(_ name: String, _ shape: [Int], _ values: [Float]) -> [UInt8] {
    let header = "{\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[0,\(values.count * 4)]}}"
    return (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) } + Array(header.utf8)
      + values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
  }

  @Test func tensorsOfOtherSizesAreRefused() throws {
    let scratch = try Scratch()
    let count = 40
    let values = (0..<count * 5).map { Float(($0 * 37) % 61) / 61 }
    _ = try scratch.write("x.npy", npy([count, 5], values))
    _ = try scratch.write("y.npy", npy([count, 1], (0..<count).map { values[$0 * 5] }))
    let file = try scratch.write(
      "rows.nnet",
      """
      data Rows from npy(x: "x.npy", y: "y.npy") {
        let v: [5] = x
        let w: [1] = y
        split: random(train: 70%, validation: 10%, test: 20%, seed: 1)
      }
      model Net(v: [5]) -> [1] { v -> dense(1) }
      train Net on Rows {
        let guess = Net(v)
        loss:      mean_squared_error(guess, w)
        optimizer: adam(rate: 0.02)
        epochs:    2
        outputs:   (w: guess)
      }

      """)
    let run = scratch.path + "/run"
    let trained = nnc("run", file, "--out", run)
    #expect(trained.code == 0, "\(trained.errors)")
    let refused: [(String, [UInt8], String)] = [
      ("a.npy", npy([7, 4], [Float](repeating: 0, count: 28)), "is [4] a row, the run was trained on [5]"),
      ("b.npy", npy([35], [Float](repeating: 0, count: 35)), "the run was trained on [5]"),
      ("c.safetensors", tensor("x", [7, 4], [Float](repeating: 0, count: 28)), "the run was trained on [5]"),
      ("d.safetensors", tensor("other", [7, 5], [Float](repeating: 0, count: 35)), "there is no tensor x"),
    ]
    for (name, bytes, part) in refused {
      let outcome = nnc("predict", run, try scratch.write(name, bytes))
      #expect(outcome.code == 1 && outcome.errors.contains(part) && outcome.errors.contains("E05"), "\(outcome.errors)")
    }
    for (name, bytes) in [
      ("e.npy", npy([2, 5], [Float](repeating: 0, count: 10))),
      ("f.safetensors", tensor("x", [2, 5], [Float](repeating: 0, count: 10))),
      ("g.safetensors", tensor("v", [2, 5], [Float](repeating: 0, count: 10))),
    ] {
      let outcome = nnc("predict", run, try scratch.write(name, bytes))
      #expect(outcome.code == 0 && outcome.output.split(separator: "\n").count == 3, "\(outcome.errors)")
    }
  }
}
