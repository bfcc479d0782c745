import Diagnostics
import Driver
import Foundation
import Runs
import Testing

@Suite struct RunCommandTests {
  @Test func runsEvaluatesAndPredicts() throws {
    let scratch = try Scratch()
    let file = try scratch.write("points.nnet", pointsProgram)
    _ = try scratch.write("points.csv", pointsCSV())
    let run = scratch.path + "/run"
    let outcome = nnc("run", file, "--out", run)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let last = try #require(outcome.output.split(separator: "\n").last { $0.hasPrefix("test") })
    #expect(last.contains("accuracy") && last.hasSuffix("%"))
    for name in [
      "weights.safetensors", "metrics.jsonl", "plan.txt", "program.nnet", "manifest.json", "predictions.csv",
    ] {
      #expect(scratch.exists("run/" + name), "\(name)")
    }
    // metrics.jsonl holds what was printed, unrounded, with its split.
    let lines = try scratch.read("run/metrics.jsonl").split(separator: "\n")
    let test = try #require(lines.compactMap { JSONReader.read(Array($0.utf8)) }.last { $0["split"]?.string == "test" })
    guard case .number(let accuracy)? = test["accuracy"] else {
      guard case .integer(let whole)? = test["accuracy"] else {
        Issue.record("no accuracy")
        return
      }
      #expect(last.contains("\(whole * 100).0%"))
      return
    }
    #expect(last.contains("\((accuracy * 1000).rounded() / 10)%"))

    let evaluated = nnc("eval", run)
    #expect(evaluated.code == 0)
    let percentage = try #require(evaluated.output.split { $0.isWhitespace }.first { $0.hasSuffix("%") })
    #expect(last.contains(percentage))
    // The target column is not needed, and rows come from any csv file.
    let input = try scratch.write("new.csv", "b,a\n10,50\n50,10\n")
    let predicted = nnc("predict", run, input)
    #expect(predicted.code == 0, "\(predicted.errors)")
    let rows = predicted.output.split(separator: "\n")
    #expect(rows.count == 3 && rows[0] == "label")
    #expect(rows.dropFirst().allSatisfy { ["above", "below"].contains($0) })
    // A missing number is refused where the program fills none; changed data are told of.
    let holes = try scratch.write("holes.csv", "a,b\n1,2\n,3\n")
    let refused = nnc("predict", run, holes)
    #expect(refused.code == 1 && refused.output.isEmpty && refused.errors.contains("column a lacks a value"))
    #expect(!evaluated.errors.contains("has changed"))
    _ = try scratch.write("points.csv", pointsCSV(rows: 59))
    #expect(nnc("eval", run).errors.contains("points.csv has changed since the run"))
    _ = try scratch.write("points.csv", pointsCSV())
    // Another file of weights with the same names gives the same.
    let copy = scratch.path + "/copy.safetensors"
    try FileManager.default.copyItem(atPath: run + "/weights.safetensors", toPath: copy)
    #expect(nnc("predict", run, input, "--weights", copy).output == predicted.output)
  }

  @Test func sameSeedGivesTheSameFiles() throws {
    let scratch = try Scratch()
    let file = try scratch.write("points.nnet", pointsProgram)
    _ = try scratch.write("points.csv", pointsCSV())
    for (name, flags) in [("a", ["--threads", "1"]), ("b", ["--threads", "2"]), ("c", ["--seed", "5"])] {
      let words = ["run", file, "--quiet", "--out", scratch.path + "/" + name] + flags
      let console = Console(
        style: Style(isColored: false), isTerminal: false, width: 80, output: { _ in }, error: { _ in })
      #expect(runCommandLine(words, console: console) == .fine)
    }
    let weights = { (name: String) in
      FileManager.default.contents(atPath: scratch.path + "/\(name)/weights.safetensors")
    }
    #expect(weights("a") != nil)
    #expect(weights("a") == weights("b"))
    #expect(weights("a") != weights("c"))
  }

  @Test func constantsCanBeSet() throws {
    let scratch = try Scratch()
    let file = try scratch.write(
      "points.nnet", "let width = 8\n" + pointsProgram.replacing("dense(8)", with: "dense(width)"))
    _ = try scratch.write("points.csv", pointsCSV())
    #expect(nnc("summary", file).output.contains("[2, 8]"))
    #expect(nnc("summary", file, "--set", "width=32").output.contains("[2, 32]"))
    #expect(nnc("summary", file, "--set", "width").code == 2)
    #expect(nnc("summary", file, "--set", "widht=3").code == 1)
  }

  /// Bad input: a clear message, the right exit code, nothing half-written.
  @Test(arguments: [
    ("missing file", "points.csv", "gone.csv", nil, 1, "no such file"),
    ("missing column", "[a, b]", "[a, c]", nil, 1, "`c`"),
    ("text among numbers", "", "", "a,b,label\n1,2,above\n3,x,below\n4,5,above\n6,7,below\n8,9,above\n", 1, "x"),
    ("more classes", "", "", "a,b,label\n1,2,u\n3,4,v\n5,6,w\n1,2,u\n3,4,v\n5,6,w\n", 1, "3"),
    ("ragged rows", "", "", "a,b,label\n1,2,u\n3,4\n5,6,v\n", 1, "3"),
    ("empty data", "", "", "", 1, "empty"),
    ("outside", "points.csv", "../points.csv", nil, 1, "outside"),
    ("absolute", "points.csv", "/etc/hostname", nil, 1, "outside"),
    ("folder", "points.csv", ".", nil, 1, "folder"),
  ])
  func badInput(_ name: String, _ old: String, _ new: String, _ csv: String?, _ code: Int, _ word: String) throws {
    let scratch = try Scratch()
    let text = old.isEmpty ? pointsProgram : pointsProgram.replacing(old, with: new)
    let file = try scratch.write("points.nnet", text)
    _ = try scratch.write("points.csv", csv ?? pointsCSV())
    let outcome = nnc("run", file, "--out", scratch.path + "/run")
    #expect(Int(outcome.code) == code, "\(name): \(outcome.errors)")
    #expect((outcome.errors + outcome.output).contains(word), "\(name): \(outcome.errors)")
    #expect(!scratch.exists("run"), "\(name)")
  }

  @Test func filesThatCannotBeReadOrWritten() throws {
    let scratch = try Scratch()
    #expect(nnc("check", scratch.path + "/none.nnet").code == 2)
    #expect(nnc("check", scratch.path).code == 2)
    let file = try scratch.write("points.nnet", pointsProgram)
    _ = try scratch.write("points.csv", pointsCSV())
    #expect(nnc("run", file, "--out", "/proc/nothing/run").code == 2)
    #expect(nnc("run", file, "--out", scratch.path).code == 2)
    #expect(nnc("eval", scratch.path + "/norun").code == 2)
    let wrong = try scratch.write("wrong.safetensors", "no weights")
    #expect(nnc("run", file, "--quiet", "--out", scratch.path + "/run").code == 0)
    #expect(nnc("eval", scratch.path + "/run", "--weights", wrong).code == 1)
    // Weights of something else; the scales are the run's own.
    let other = try scratch.write("other.safetensors", Safetensors().encoded())
    let outcome = nnc("predict", scratch.path + "/run", "--weights", other)
    #expect(outcome.code == 1 && outcome.errors.contains("it has no tensor Net.dense.weight"))
  }

  @Test func numbersThatAreNoneFailTheTraining() throws {
    let scratch = try Scratch()
    let file = try scratch.write(
      "points.nnet", pointsProgram.replacing("adam(rate: 0.02)", with: "sgd(rate: 1e30)"))
    _ = try scratch.write("points.csv", pointsCSV())
    let outcome = nnc("run", file, "--out", scratch.path + "/run")
    #expect(outcome.code == 3)
    #expect(outcome.errors.contains("the loss became"))
  }
}

@Suite struct SeveralBlocksTests {
  /// Each train block of a file has its own weights and predictions, and starts from the weights of the one before.
  @Test func everyBlockKeepsItsFiles() throws {
    let scratch = try Scratch()
    let block = pointsProgram[pointsProgram.range(of: "train Net on Points {")!.lowerBound...]
    let file = try scratch.write(
      "points.nnet",
      pointsProgram.replacing("train Net on Points {", with: "train Net on Points as First {")
        + block.replacing("train Net on Points {", with: "train Net on Points as Second {"))
    _ = try scratch.write("points.csv", pointsCSV())
    let outcome = nnc("run", file, "--quiet", "--out", scratch.path + "/run")
    #expect(outcome.code == 0, "\(outcome.errors)")
    for name in ["weights-First.safetensors", "weights.safetensors", "predictions-First.csv", "predictions.csv"] {
      #expect(scratch.exists("run/" + name), "\(name)")
    }
    let plan = try scratch.read("run/plan.txt")
    #expect(plan.components(separatedBy: "# step").count == 3)
    let first = nnc("eval", scratch.path + "/run", "--train", "First").output
    let second = nnc("eval", scratch.path + "/run", "--train", "Second").output
    #expect(first.hasPrefix("test  accuracy") && second.hasPrefix("test  accuracy"))
    let weights = { (name: String) in FileManager.default.contents(atPath: scratch.path + "/run/" + name) }
    #expect(weights("weights-First.safetensors") != weights("weights.safetensors"))
  }
}
