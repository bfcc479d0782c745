import Diagnostics
import Foundation
import Runs
import Testing

/// `nnc sweep` and cross-validation.
@Suite struct SweepTests {
  private func program(_ sweep: String) -> String {
    "let width = 8\nlet rate  = 0.02\n"
      + pointsProgram.replacing("dense(8) -> relu", with: "dense(width) -> tanh").replacing("0.02", with: "rate")
      + "sweep Net on Points {\n\(sweep)\n}\n"
  }

  private func trials(_ scratch: Scratch, _ run: String) throws -> [JSON] {
    try scratch.read(run + "/metrics.jsonl").split(separator: "\n").compactMap { JSONReader.read(Array($0.utf8)) }
  }

  @Test func aGridRunsAllOfItsPoints() throws {
    let scratch = try Scratch()
    _ = try scratch.write("points.csv", pointsCSV())
    let text = program("  over: (width: [2, 4, 8], rate: [0.001, 0.03])\n  minimize: validation.loss\n  method: grid")
    let file = try scratch.write("a.nnet", text)
    let outcome = nnc("sweep", file, "--out", scratch.path + "/sweep")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let found = try trials(scratch, "sweep")
    #expect(found.count == 6)
    let sets = found.compactMap { $0["set"]?.array?.compactMap(\.string) }
    #expect(sets.first == ["width=2", "rate=0.001"] && sets.last == ["width=8", "rate=0.03"])
    let values = found.compactMap { line -> Double? in
      if case .number(let value)? = line["validation.loss"] { value } else { nil }
    }
    let best = try #require(values.indices.min { values[$0] < values[$1] })
    #expect(outcome.output.contains("best  " + sets[best].map { "--set \($0)" }.joined(separator: " ")))
    // The arguments repeat the trial.
    let arguments = sets[best].flatMap { ["--set", $0] }
    let run = nncList(["run", file, "--out", scratch.path + "/run"] + arguments)
    #expect(run.code == 0, "\(run.errors)")
    let last = try trials(scratch, "run").last { $0["split"]?.string == "validation" }
    #expect(last?["loss"]?.text() == JSON.number(values[best]).text())
  }

  @Test(arguments: ["random", "bayesian"])
  func searchesAreRepeatable(_ method: String) throws {
    let scratch = try Scratch()
    _ = try scratch.write("points.csv", pointsCSV())
    let text = program(
      "  over: (width: 2 ... 9, rate: log_scale(1e-4 ... 1e-1))\n  maximize: validation.accuracy\n"
        + "  method: \(method)\n  trials: 7"
    )
    let file = try scratch.write("a.nnet", text)
    for name in ["a", "b"] {
      let outcome = nnc("sweep", file, "--quiet", "--epochs", "2", "--out", scratch.path + "/" + name)
      #expect(outcome.code == 0, "\(outcome.errors)")
    }
    let (a, b) = (try trials(scratch, "a"), try trials(scratch, "b"))
    #expect(a.count == 7)
    #expect(a.map { $0["set"]?.text() } == b.map { $0["set"]?.text() })
    #expect(a.map { $0["validation.accuracy"]?.text() } == b.map { $0["validation.accuracy"]?.text() })
    #expect(Set(a.compactMap { $0["set"]?.array?.compactMap(\.string) }).count == 7)
  }

  /// A combination that does not fit is found before anything is trained.
  @Test func combinationsAreCheckedFirst() throws {
    let scratch = try Scratch()
    _ = try scratch.write("points.csv", pointsCSV())
    let text = program("  over: (width: [4, 7])\n  minimize: validation.loss\n  method: grid")
      .replacing("dense(width) -> tanh", with: "dense(width) -> reshape([width / 2, 2]) -> flatten")
    let file = try scratch.write("a.nnet", text)
    let outcome = nnc("sweep", file, "--out", scratch.path + "/sweep")
    #expect(outcome.code == 1)
    #expect(outcome.errors.contains("no trial can run with `width: 7`"), "\(outcome.errors)")
    #expect(!scratch.exists("sweep"))
    #expect(nnc("sweep", try scratch.write("b.nnet", pointsProgram)).code == 1)
  }

  @Test func foldsAreTrainedOneAfterAnother() throws {
    let scratch = try Scratch()
    _ = try scratch.write("points.csv", pointsCSV())
    let text = pointsProgram.replacing(
      "random(train: 60%, validation: 20%, test: 20%, seed: 1)", with: "folds(3, validation: 25%, stratify: y, seed: 1)"
    )
    let file = try scratch.write("a.nnet", text)
    let outcome = nnc("run", file, "--out", scratch.path + "/run")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let tests = try trials(scratch, "run").filter { $0["split"]?.string == "test" }
    #expect(tests.map { $0["fold"]?.integer } == [1, 2, 3])
    #expect(tests.map { $0["examples"]?.integer } == [20, 20, 20])
    let values = tests.compactMap { line -> Double? in
      switch line["accuracy"] {
      case .number(let value)?: value
      case .integer(let value)?: Double(value)
      default: nil
      }
    }
    let mean = values.reduce(0, +) / 3
    let summary = try #require(outcome.output.split(separator: "\n").first { $0.hasPrefix("3 folds") })
    #expect(summary.contains("accuracy \((mean * 1000).rounded() / 10)% ± "), "\(summary)")
    for name in ["weights", "weights-fold-2", "weights-fold-3"] {
      #expect(scratch.exists("run/\(name).safetensors"))
    }
    // The rows of a fold belong to its weights.
    let first = nnc("eval", scratch.path + "/run")
    #expect(first.code == 0 && first.errors.contains("fold 1 of 3"), "\(first.errors)")
    let second = nnc(
      "eval", scratch.path + "/run", "--weights", scratch.path + "/run/weights-fold-2.safetensors", "--format", "json")
    #expect(second.code == 0 && second.errors.contains("fold 2 of 3"), "\(second.errors)")
    let shown = second.output.split(separator: "\"accuracy\":").last.flatMap {
      Double($0.prefix { !",}".contains($0) })
    }
    #expect(shown.map { abs($0 - values[1]) < 1e-6 } ?? false, "\(second.output)")
  }
}

/// Draws from models as files.
@Suite struct SampleTests {
  @Test func imagesBecomeAGrid() throws {
    let scratch = try Scratch()
    _ = try scratch.write("points.csv", pointsCSV())
    let model = "model Draw(z: [3]) -> [6, 5, 1] { z -> dense(30) -> sigmoid -> reshape([6, 5, 1]) }\n"
    let samples = "  samples:   (image: Draw(normal), number: mean(Draw(normal)), row: x)\n"
    let text = pointsProgram.replacing("train Net", with: model + "train Net")
      .replacing("  epochs:    3\n", with: samples + "  epochs:    3\n")
    let file = try scratch.write("a.nnet", text)
    let outcome = nnc("run", file, "--quiet", "--out", scratch.path + "/run")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let bytes = Array(try #require(FileManager.default.contents(atPath: scratch.path + "/run/samples-image.png")))
    #expect(Array(bytes.prefix(4)) == [0x89, 0x50, 0x4E, 0x47])
    // Eight by eight images of 50 × 60 points with gaps of 2.
    #expect(Array(bytes[16..<24]) == [0, 0, 1, 0xA2, 0, 0, 1, 0xF2], "\(bytes[16..<24])")
    let table = try scratch.read("run/samples.csv").split(separator: "\n")
    #expect(table.count == 65 && table[0] == "number,row_0,row_1")
    let drawn = nnc("sample", scratch.path + "/run", "--count", "4", "--out", scratch.path + "/drawn")
    #expect(drawn.code == 0 && scratch.exists("drawn/samples-image.png"), "\(drawn.errors)")
    #expect(try scratch.read("drawn/samples.csv").split(separator: "\n").count == 5)
    let other = nnc("sample", scratch.path + "/run", "--seed", "9", "--out", scratch.path + "/other")
    #expect(other.code == 0)
    #expect(
      try scratch.read("other/samples.csv") != scratch.read("run/samples.csv"))
  }
}

/// The examples of several models, each for two epochs.
@Suite struct SeveralModelsTests {
  @Test(arguments: [
    ("digits_gan", "samples-image.png"), ("digits_vae", "samples-redrawn.png"),
    ("digits_autoencoder", "predictions.csv"), ("transfer", "weights-Learning.safetensors"),
  ])
  func exampleRuns(_ name: String, _ file: String) throws {
    let scratch = try Scratch()
    let path = repository.appending(path: "examples/\(name).nnet").path
    let outcome = nnc("run", path, "--epochs", "2", "--quiet", "--out", scratch.path + "/run")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(scratch.exists("run/" + file))
  }
}

/// Thresholds that are known after training.
@Suite struct QuantileTests {
  @Test func thresholdsAreSavedWithTheWeights() throws {
    let scratch = try Scratch()
    _ = try scratch.write("points.csv", pointsCSV())
    let text = pointsProgram.replacing(
      "  outputs:   (label: restore(argmax(logits), as: y))",
      with: "  let score = norm(logits)\n  outputs: (score: score, high: quantile(train.score, 75%), "
        + "middle: quantile(validation.score, 50%), above: score > quantile(train.score, 75%))")
    let file = try scratch.write("a.nnet", text)
    let outcome = nnc("run", file, "--quiet", "--out", scratch.path + "/run")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let table = try scratch.read("run/predictions.csv").split(separator: "\n").dropFirst().map {
      $0.split(separator: ",").compactMap { Double($0) }
    }
    #expect(table.count == 12 && Set(table.map { $0[1] }).count == 1)
    for row in table { #expect((row[0] > row[1]) == (row[3] == 1)) }
    // The same threshold for rows of another file, without the training rows.
    let input = try scratch.write("new.csv", "b,a\n10,50\n50,10\n")
    let predicted = nnc("predict", scratch.path + "/run", input).output.split(separator: "\n").dropFirst()
    for line in predicted { #expect(line.split(separator: ",").compactMap { Double($0) }[1...2] == table[0][1...2]) }
    #expect(predicted.count == 2)
  }
}
