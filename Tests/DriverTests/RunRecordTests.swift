import Diagnostics
import Foundation
import Runs
import Testing

/// What a run folder says of how it was made, and what `nnc new` writes.
@Suite struct RunRecordTests {
  private let program =
    "let width = 8\n\n"
    + pointsProgram.replacing("dense(8)", with: "dense(width)")
    .replacing("adam(rate: 0.02)", with: "adam(rate: cosine(from: 0.02), beta1: 0.8)")

  @Test func theProgramOfARunIsTheOneThatRan() throws {
    let scratch = try Scratch()
    let file = try scratch.write("points.nnet", program)
    _ = try scratch.write("points.csv", pointsCSV())
    let run = scratch.path + "/run"
    let outcome = nnc("run", file, "--set", "width=5", "--seed", "3", "--epochs", "2", "--out", run)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let text = try scratch.read("run/program.nnet")
    #expect(text.contains("let width = 5\n") && !text.contains("width = 8"))
    for (name, value) in [("epochs", "2"), ("seed", "3"), ("batch", "8")] {
      #expect(text.contains(try Regex("\\n  \(name): +\(value)\\n")), "\(text)")
    }
    for part in ["beta1: 0.8", "beta2: 0.999", "epsilon: 1e-8", "weight_decay: 0", "to: 0"] {
      #expect(text.contains(part), "\(part): \(text)")
    }
    let manifest = try #require(JSONReader.read(Array(try scratch.read("run/manifest.json").utf8)))
    #expect(manifest["epochs"]?.integer == 2 && manifest["seed"]?.integer == 3)
    #expect(manifest["set"]?.array?.compactMap(\.string) == ["width=5"])
    // It is a program, and gives the same weights.
    let again = try scratch.write("again.nnet", text)
    #expect(nnc("run", again, "--out", scratch.path + "/again").code == 0)
    let weights = { (folder: String) in
      FileManager.default.contents(atPath: scratch.path + "/\(folder)/weights.safetensors")
    }
    #expect(weights("run") != nil && weights("run") == weights("again"))
    #expect(nnc("fmt", "--check", again).code == 0)
    #expect(nnc("show", file, "--defaults", "--set", "width=6").output.contains("let width = 6\n"))
  }

  @Test func stepsGiveWayToEpochs() throws {
    let scratch = try Scratch()
    let text = pointsProgram.replacing("epochs:    3", with: "steps:     9")
      .replacing("adam(rate: 0.02)", with: "sgd")
    let file = try scratch.write("points.nnet", text)
    _ = try scratch.write("points.csv", pointsCSV())
    #expect(nnc("run", file, "--epochs", "1", "--out", scratch.path + "/run").code == 0)
    let written = try scratch.read("run/program.nnet")
    #expect(written.contains(try Regex("\\n  epochs: +1\\n")) && !written.contains("steps:"))
    #expect(written.contains("sgd(rate: ") && written.contains("nesterov: false"))
  }

  @Test func alteredWeightsAreRefused() throws {
    let scratch = try Scratch()
    let file = try scratch.write("points.nnet", program)
    _ = try scratch.write("points.csv", pointsCSV())
    let run = scratch.path + "/run"
    #expect(nnc("run", file, "--out", run).code == 0)
    #expect(nnc("eval", run).code == 0)
    var bytes = Array(try #require(FileManager.default.contents(atPath: run + "/weights.safetensors")))
    bytes[bytes.count - 2] ^= 1
    let altered = try scratch.write("run/weights.safetensors", bytes)
    for words in [["eval", run], ["predict", run]] {
      let outcome = nncList(words)
      #expect(outcome.code == 1 && outcome.errors.contains("not what the run wrote"), "\(outcome.errors)")
      #expect(nncList(words + ["--weights", altered]).code == 0)
    }
  }

  @Test func laterManifestsAreRefusedByName() throws {
    let scratch = try Scratch()
    let file = try scratch.write("points.nnet", program)
    _ = try scratch.write("points.csv", pointsCSV())
    let run = scratch.path + "/run"
    #expect(nnc("run", file, "--quiet", "--out", run).code == 0)
    let manifest = try scratch.read("run/manifest.json")
    #expect(manifest.contains("\"version\": 1,"))
    _ = try scratch.write("run/manifest.json", manifest.replacing("\"version\": 1,", with: "\"version\": 2,"))
    for words in [["eval", run], ["predict", run], ["sample", run], ["run", file, "--resume", run]] {
      let outcome = nncList(words)
      #expect(outcome.code == 1, "\(words)")
      #expect(outcome.errors.contains("it is a manifest of version 2"), "\(words): \(outcome.errors)")
      #expect(outcome.errors.contains("this nnc reads version 1"), "\(words): \(outcome.errors)")
    }
  }

  @Test func trainLinesTellTheirExamples() throws {
    let scratch = try Scratch()
    let file = try scratch.write("points.nnet", program)
    _ = try scratch.write("points.csv", pointsCSV())
    #expect(nnc("run", file, "--out", scratch.path + "/run").code == 0)
    let lines = try scratch.read("run/metrics.jsonl").split(separator: "\n").compactMap {
      JSONReader.read(Array($0.utf8))
    }
    #expect(lines.filter { $0["split"]?.string == "train" }.map { $0["examples"]?.integer } == [36, 36, 36])
  }

  /// Columns named like words of the language are written in a way that means them.
  @Test(arguments: ["number", "category", "target"])
  func newProgramsCheckWhateverTheirColumnsAreNamed(_ place: String) throws {
    let scratch = try Scratch()
    let words = ["let", "and", "or", "not", "true", "false", "scan", "data", "where", "except", "in", "on", "weight"]
    for word in words + ["column", "numbers", "guess", "relu", "two words", "9th", "größe"] {
      let header = place == "target" ? "size,kind,\(word)\n" : "size,\(word),kind\n"
      let rows = (0..<40).map { row -> String in
        let value = place == "number" ? "\((row * 31) % 37)" : row % 3 == 0 ? "red" : "blue"
        let cells = place == "target" ? "\(row % 7),\(value)" : "\(value),\(row % 2 == 0 ? "x" : "y")"
        return "\(row * row),\(cells)\n"
      }
      let csv = try scratch.write("rows.csv", header + rows.joined())
      let file = scratch.path + "/\(UUID().uuidString).nnet"
      #expect(nnc("new", file, "--from", csv).code == 0, "\(word)")
      let check = nnc("check", file)
      #expect(check.code == 0, "\(word): \(check.output)")
    }
  }

  /// What is written checks, is formatted, and takes no column that only counts rows.
  @Test(arguments: [
    ("id,size,colour,kind\n", "\(0),", "random("), ("year,size,colour,kind\n", "year", "chronological("),
  ])
  func newProgramsCheck(_ header: String, _ part: String, _ split: String) throws {
    let scratch = try Scratch()
    var text = header
    for row in 0..<60 {
      text +=
        "\(row + 1900),\((row * 37) % 61),\(row % 3 == 0 ? "red" : "blue"),\(row == 7 ? "" : row % 2 == 0 ? "x" : "y")\n"
    }
    try FileManager.default.createDirectory(atPath: scratch.path + "/data", withIntermediateDirectories: true)
    let csv = try scratch.write("data/rows.csv", text)
    let file = scratch.path + "/rows.nnet"
    #expect(nnc("new", file, "--from", csv).code == 0)
    let program = try scratch.read("rows.nnet")
    #expect(program.contains("csv(\"data/rows.csv\")") && program.contains(split), "\(program)")
    #expect(program.contains("[year, size]") == (part == "year") && !program.contains("[id"), "\(program)")
    let check = nnc("check", file)
    #expect(check.code == 0, "\(check.output)")
    #expect(nnc("fmt", "--check", file).code == 0)
    let run = nnc("run", file, "--epochs", "2", "--out", scratch.path + "/run")
    #expect(run.code == 0, "\(run.errors)")
  }
}
