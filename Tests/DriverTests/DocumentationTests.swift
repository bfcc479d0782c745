import Foundation
import Testing

/// Every program in the README, the manual and the examples is checked, and the small examples run.
@Suite struct DocumentationTests {
  /// The blocks of a Markdown file that are marked as programs.
  private func programs(in path: String) throws -> [String] {
    let text = try String(contentsOf: repository.appending(path: path), encoding: .utf8)
    return text.components(separatedBy: "```nnet\n").dropFirst().map { String($0.components(separatedBy: "```")[0]) }
  }

  @Test(arguments: ["README.md", "grammar/README.md"])
  func programsInPagesCheck(_ path: String) throws {
    let blocks = try programs(in: path)
    #expect(!blocks.isEmpty)
    for (index, block) in blocks.enumerated() {
      let scratch = try Scratch()
      let file = try scratch.write("block.nnet", block)
      let outcome = nnc("check", file, "--data", repository.appending(path: "examples").path)
      #expect(outcome.code == 0, "\(path), block \(index + 1): \(outcome.output)")
    }
  }

  private var examples: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: repository.appending(path: "examples").path)
        .filter { $0.hasSuffix(".nnet") }.sorted()
    }
  }

  /// With their data where the repository carries them.
  @Test func examplesCheckAndAreFormatted() throws {
    let names = try examples
    #expect(names.contains("iris.nnet") && names.contains("digits.nnet"))
    for name in names {
      let path = repository.appending(path: "examples/\(name)").path
      let carriesData = try String(contentsOfFile: path, encoding: .utf8).contains("(\"data/")
      let outcome = carriesData ? nnc("check", path) : nnc("check", path, "--no-data")
      #expect(outcome.code == 0, "\(name): \(outcome.output)")
      #expect(nnc("fmt", "--check", path).code == 0, "\(name) is not formatted: nnc fmt \(path)")
    }
  }

  @Test(arguments: ["iris", "digits"])
  func smallExamplesRun(_ name: String) throws {
    let scratch = try Scratch()
    let path = repository.appending(path: "examples/\(name).nnet").path
    let outcome = nnc("run", path, "--epochs", "15", "--quiet", "--out", scratch.path + "/run")
    #expect(outcome.code == 0, "\(outcome.errors)")
    let test = try #require(outcome.output.split(separator: "\n").last)
    let percentage = try #require(
      test.split { $0 == " " || $0 == "%" }.compactMap { Double($0) }.first, "no accuracy in \(test)")
    #expect(percentage > 85)
  }

  @Test func formattingWritesOnlyWhereAsked() throws {
    let scratch = try Scratch()
    let file = try scratch.write("a.nnet", "let  a=1\n")
    #expect(nnc("fmt", "--check", file).code == 1)
    #expect(nnc("fmt", "--diff", file).output.contains("-let  a=1"))
    #expect(try scratch.read("a.nnet") == "let  a=1\n")
    #expect(nnc("fmt", file).code == 0)
    #expect(try scratch.read("a.nnet") == "let a = 1\n")
    let broken = try scratch.write("b.nnet", "let a = (\n")
    #expect(nnc("fmt", broken).code == 1)
    #expect(try scratch.read("b.nnet") == "let a = (\n")
  }

  @Test func fixesAreApplied() throws {
    let scratch = try Scratch()
    let file = try scratch.write("a.nnet", "model M(x: [4]) -> [2] {\n  x -> dense(2);\n}\n")
    #expect(nnc("check", file).code == 1)
    let outcome = nnc("check", "--fix", file)
    #expect(outcome.code == 0, "\(outcome.output)")
    #expect(try scratch.read("a.nnet").contains("dense(2)\n"))
  }

  @Test func fixesAreAppliedThoughAWarningShows() throws {
    let scratch = try Scratch()
    let program = "let width = 8\nmodel M(x: [4]) -> [3] {\n  x -> Dense(8) -> relu -> Dense(3)\n}\n"
    let file = try scratch.write("a.nnet", program)
    let outcome = nnc("check", "--fix", file)
    #expect(outcome.code == 0, "\(outcome.output)")
    #expect(outcome.output.contains("W0201"), "\(outcome.output)")
    #expect(try scratch.read("a.nnet").contains("x -> dense(8) -> relu -> dense(3)"))
  }

  @Test func newProgramsTellWhatTheyLeaveOut() throws {
    let scratch = try Scratch()
    let rows = (0..<80).map { "\($0 * 7 % 31),\($0 == 4 ? "12.5O" : "\($0).5"),\($0 % 3),n\($0),\($0 % 2)\n" }
    let csv = try scratch.write("table.csv", "a,b,c,note,kind\n" + rows.joined().replacing("79.5,1", with: "79.5,I"))
    let made = nnc("new", scratch.path + "/fresh.nnet", "--from", csv)
    #expect(made.code == 0)
    #expect(made.errors.contains("the column b is left out: line 6 has `12.5O`"), "\(made.errors)")
    #expect(made.errors.contains("the column c becomes one of categories: line 81 has `I`"), "\(made.errors)")
    #expect(made.errors.contains("the column note is left out: it has 80 different texts"), "\(made.errors)")
    #expect(try scratch.read("fresh.nnet").contains("[a] -> standardize"))
  }

  @Test func newProgramsRun() throws {
    let scratch = try Scratch()
    let csv = try scratch.write("points.csv", pointsCSV())
    let made = nnc("new", scratch.path + "/fresh.nnet", "--from", csv)
    #expect(made.code == 0, "\(made.errors)")
    #expect(nnc("new", scratch.path + "/fresh.nnet", "--from", csv).code == 2)
    let run = nnc(
      "run", scratch.path + "/fresh.nnet", "--epochs", "2", "--quiet", "--allow-outside", "--out", scratch.path + "/run"
    )
    #expect(run.code == 0, "\(run.errors)")
  }
}
