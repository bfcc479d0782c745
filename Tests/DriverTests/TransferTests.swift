import Foundation
import Testing

/// Train blocks that start from saved weights, and blocks after one another.
@Suite struct TransferTests {
  private let data = """
    data Points from csv("points.csv") {
      let x: [2]      = [a, b] -> standardize
      let y: class(2) = label
      split: random(train: 60%, validation: 20%, test: 20%, seed: 1)
    }

    """
  private func tower(_ width: Int) -> String { "model Tower(x: [2]) -> [\(width)] { x -> dense(\(width)) -> tanh }\n" }
  private let first = """
    model First(x: [2]) -> [2] { Tower(x) -> dense(2) }
    train First on Points {
      loss:      cross_entropy(First(x), y)
      optimizer: adam(rate: 0.02)
      epochs:    2
    }

    """
  private func second(_ start: String, except: String = " except Tower") -> String {
    """
    model Second(x: [2]) -> scalar { Tower(x) -> dense(1) -> squeeze }
    train Second\(except) on Points {
      start:     \(start)
      loss:      binary_cross_entropy(Second(x), y == 1)
      optimizer: adam(rate: 0.02)
      epochs:    2
    }

    """
  }

  private func weights(_ scratch: Scratch, _ run: String) throws -> [String: [UInt8]] {
    let bytes = Array(try #require(FileManager.default.contents(atPath: "\(scratch.path)/\(run)/weights.safetensors")))
    let length = (0..<8).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
    let header = try #require(
      try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length])) as? [String: [String: Any]])
    return header.compactMapValues { entry in
      (entry["data_offsets"] as? [Int]).map { Array(bytes[(8 + length + $0[0])..<(8 + length + $0[1])]) }
    }
  }

  @Test func frozenWeightsComeFromTheRunAndStay() throws {
    let scratch = try Scratch()
    _ = try scratch.write("points.csv", pointsCSV())
    let pretrain = try scratch.write("first.nnet", data + tower(4) + first)
    #expect(nnc("run", pretrain, "--quiet", "--out", scratch.path + "/first").code == 0)
    let file = try scratch.write("second.nnet", data + tower(4) + second("saved(\"first\", Tower)"))
    let outcome = nnc("run", file, "--out", scratch.path + "/second")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("2 weights from first"))
    let before = try weights(scratch, "first")
    let after = try weights(scratch, "second")
    #expect(after["Tower.dense.weight"] == before["Tower.dense.weight"])
    #expect(before["Tower.dense.weight"]?.count == 32)

    // All that fits, where no model is named; trained on, where nothing is excepted.
    let tuned = try scratch.write("tuned.nnet", data + tower(4) + second("saved(\"first\")", except: ""))
    let tuning = nnc("run", tuned, "--out", scratch.path + "/tuned")
    #expect(tuning.output.contains("not taken: Second.dense.weight is not in it"), "\(tuning.errors)")
    #expect(try weights(scratch, "tuned")["Tower.dense.weight"] != before["Tower.dense.weight"])
    // A run folder stands alone: the weights that it started from may go.
    try FileManager.default.removeItem(atPath: scratch.path + "/first")
    #expect(nnc("eval", scratch.path + "/second").code == 0)
  }

  @Test func weightsThatDoNotFitAreRefused() throws {
    let scratch = try Scratch()
    _ = try scratch.write("points.csv", pointsCSV())
    let pretrain = try scratch.write("first.nnet", data + tower(4) + first)
    #expect(nnc("run", pretrain, "--quiet", "--out", scratch.path + "/first").code == 0)
    let wide = try scratch.write("wide.nnet", data + tower(6) + second("saved(\"first\", Tower)"))
    let outcome = nnc("check", wide)
    #expect(outcome.code == 1)
    #expect(outcome.output.contains("2 of 2 weights of `Tower` do not fit"), "\(outcome.output)")
    #expect(outcome.output.contains("`Tower.dense.weight` is [2, 4] there and [2, 6] here"))
    #expect(nnc("run", wide, "--out", scratch.path + "/run").code == 1 && !scratch.exists("run"))
    let gone = try scratch.write("gone.nnet", data + tower(4) + second("saved(\"none\", Tower)"))
    #expect(nnc("check", gone).output.contains("there are no weights in `none`"))
    #expect(nnc("check", "--no-data", gone).code == 0)
    let broken = try scratch.write("broken.safetensors", "no weights")
    let text = try scratch.write("bad.nnet", data + tower(4) + second("saved(\"broken.safetensors\", Tower)"))
    #expect(nnc("check", text).output.contains("not a safetensors file"), "\(broken)")
  }

  /// A block after another runs on its weights.
  @Test func phasesGoOn() throws {
    let scratch = try Scratch()
    _ = try scratch.write("points.csv", pointsCSV())
    let phases =
      data + tower(4) + first + """
        train First on Points as Still {
          loss:      cross_entropy(First(x), y)
          optimizer: sgd(rate: 1e-30)
          epochs:    1
        }

        """
    let file = try scratch.write("phases.nnet", phases)
    let outcome = nnc("run", file, "--quiet", "--out", scratch.path + "/run")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let read = { (name: String) in FileManager.default.contents(atPath: "\(scratch.path)/run/\(name).safetensors") }
    #expect(read("weights-First") != nil && read("weights-First") == read("weights"))
  }
}
