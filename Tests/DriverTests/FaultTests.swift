import Diagnostics
import Foundation
import Runs
import Testing

/// What commands do where something they are given is not as it should be.
@Suite struct FaultTests {
  /// A run of the small program.
  private func run(_ scratch: Scratch, _ program: String = pointsProgram) throws -> Outcome {
    let file = try scratch.write("points.nnet", program)
    _ = try scratch.write("points.csv", pointsCSV())
    return nnc("run", file, "--out", scratch.path + "/run")
  }

  @Test func predictionsNeedNoTrainingData() throws {
    let scratch = try Scratch()
    #expect(try run(scratch).code == 0)
    try FileManager.default.removeItem(atPath: scratch.path + "/points.csv")
    let input = try scratch.write("new.csv", "a,b\n50,10\n")
    let outcome = nnc("predict", scratch.path + "/run", input)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(["label\nabove\n", "label\nbelow\n"].contains(outcome.output))
    // The run's own test rows do need them.
    #expect(nnc("predict", scratch.path + "/run").code == 1)
  }

  @Test func filesOfTheCommandLineThatCannotBeReadAreWrongUsage() throws {
    let scratch = try Scratch()
    #expect(try run(scratch).code == 0)
    let run = scratch.path + "/run"
    #expect(nnc("predict", run, scratch.path + "/none.csv").code == 2)
    #expect(nnc("predict", run, scratch.path).code == 2)
    #expect(nnc("new", scratch.path + "/a.nnet", "--from", scratch.path + "/none.csv").code == 2)
    let file = scratch.path + "/points.nnet"
    let below = nnc("run", file, "--out", file + "/x")
    #expect(below.code == 2 && below.errors.contains("points.nnet: it is a file, not a folder"))
    #expect(nnc("check", file, "--data", scratch.path + "/none").errors.contains("there is no such folder"))
    #expect(nnc("check", file, "--data", scratch.path + "/none").code == 2)
    #expect(nnc("eval", file).errors.contains("it is a file, not the folder"))
    #expect(nnc("eval", scratch.path).errors.contains("it is no run folder"))
    // A text among numbers is a mistake in what was given; how a program would name it does not matter here.
    let text = nnc("predict", run, try scratch.write("text.csv", "a,b\n1,x\n"))
    #expect(text.code == 1 && text.errors.contains("text.csv:2:3") && !text.errors.contains("missing:"))
  }

  @Test func constantsAreSetOnceAndNamedInErrors() throws {
    let scratch = try Scratch()
    let file = try scratch.write(
      "a.nnet", "let width: Int = 8\n\nmodel M(x: [4]) -> [3] {\n  x -> dense(width) -> relu -> dense(3)\n}\n")
    #expect(nnc("check", file, "--set", "width=2", "--set", "width=3").code == 2)
    #expect(nnc("check", file, "--set", "width=-2").output.contains("`--set width=-2` gives this value"))
    #expect(nnc("check", file, "--set", "width=1.5").output.contains("`--set width=1.5` is no `Int`"))
  }

  @Test func evaluationTellsTheLoss() throws {
    let scratch = try Scratch()
    #expect(try run(scratch).code == 0)
    let outcome = nnc("eval", scratch.path + "/run")
    #expect(outcome.output.contains(" · loss "))
  }

  @Test func dataThatGiveNoNumbersAreNamed() throws {
    let scratch = try Scratch()
    let several = try run(scratch, pointsProgram.replacing("[a, b]", with: "[a, 1 / (a - b)]"))
    #expect(several.code == 1)
    #expect(several.errors.contains("E0527") && several.errors.contains("the field `x` is infinite in row "))
    #expect(several.errors.contains("points.nnet:2:21 for a division by zero"), "\(several.errors)")
    let single = nnc("check", try scratch.write("one.nnet", pointsProgram.replacing("[a, b]", with: "[a, 1 / b]")))
    #expect(single.code == 1)
    #expect(single.output.contains("this is infinite in row 1, where the column `b` is 0"), "\(single.output)")
  }

  /// What is wrong with a separate file of test rows is said before the run.
  @Test(arguments: [
    ("a,b\n1,2\n", "no column `label`"), ("a,b,label\n1,x,above\n3,y,above\n", "the column `b` holds text"),
    ("a,b,label\n1,2,above\n3,4,beside\n", "that no training row has: `beside`"),
    ("a,b,label\n1,2,above\n3,4,below\n", "no mistakes found"),
  ])
  func testRowsOfTheirOwnAreChecked(_ rows: String, _ part: String) throws {
    let scratch = try Scratch()
    _ = try scratch.write("points.csv", pointsCSV())
    _ = try scratch.write("later.csv", rows)
    let program = pointsProgram.replacing(
      "random(train: 60%, validation: 20%, test: 20%, seed: 1)",
      with: "random(train: 80%, validation: 20%, seed: 1, test: csv(\"later.csv\"))")
    let outcome = nnc("check", try scratch.write("points.nnet", program))
    #expect(outcome.output.contains(part), "\(outcome.output)")
  }

  @Test func newProgramsRunAsTheyAre() throws {
    let scratch = try Scratch()
    let file = scratch.path + "/fresh.nnet"
    #expect(nnc("new", file).code == 0)
    #expect(scratch.exists("fresh.csv"))
    let outcome = nnc("run", file, "--epochs", "2", "--quiet", "--out", scratch.path + "/run")
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(nnc("new", file).code == 2)
  }

  @Test(arguments: [
    ("Linear", "Linear is `dense` here."), ("epochs", "How often all training rows are seen"),
    ("stop", "patience(10, of: validation.loss)"), ("patience", "value of the setting `stop`"),
    ("csv", "source of data"), ("momentum", "of `sgd`"), ("restore", "The way back"), ("dense", "### `dense`"),
  ])
  func everyWordOfAProgramIsExplained(_ word: String, _ part: String) {
    let outcome = nnc("explain", word)
    #expect(outcome.code == 0 && outcome.output.contains(part), "\(outcome.output)")
  }

  @Test func summariesAreKeptWhereTheyWereRead() throws {
    let scratch = try Scratch()
    #expect(try run(scratch).code == 0)
    let kept = try #require(JSONReader.read(Array(try scratch.read("run/data.json").utf8)))
    #expect(kept["entries"]?.array?.count == 1)
  }
}
