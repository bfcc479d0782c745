import Diagnostics
import Driver
import Foundation
import Runs
import Testing

/// Where results go: through links and pipes, to a full disk, and as one JSON document.
@Suite struct WritingTests {
  private func run(_ scratch: Scratch) throws -> String {
    let file = try scratch.write("points.nnet", pointsProgram)
    _ = try scratch.write("points.csv", pointsCSV())
    let run = scratch.path + "/run"
    let outcome = nnc("run", file, "--quiet", "--out", run)
    #expect(outcome.code == 0, "\(outcome.errors)")
    return run
  }

  @Test func linksStayLinks() throws {
    let scratch = try Scratch()
    let target = try scratch.write("target.csv", "old")
    let (link, second) = (scratch.path + "/link.csv", scratch.path + "/second.csv")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "target.csv")
    try FileManager.default.createSymbolicLink(atPath: second, withDestinationPath: link)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: target)
    try writeAtomically(Array("new".utf8), to: second)
    #expect(try scratch.read("target.csv") == "new")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "target.csv")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: second) == link)
    let mode = try FileManager.default.attributesOfItem(atPath: target)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    // A link that leads nowhere makes its file; one that leads to itself is refused.
    try FileManager.default.createSymbolicLink(atPath: scratch.path + "/open.csv", withDestinationPath: "made.csv")
    try writeAtomically(Array("made".utf8), to: scratch.path + "/open.csv")
    #expect(try scratch.read("made.csv") == "made")
    try FileManager.default.createSymbolicLink(atPath: scratch.path + "/loop.csv", withDestinationPath: "loop.csv")
    #expect(throws: FileFailure.self) { try writeAtomically([], to: scratch.path + "/loop.csv") }
  }

  @Test func pipesAreWrittenTo() throws {
    let scratch = try Scratch()
    let pipe = scratch.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    // Open for both ends, so that neither waits for the other.
    let descriptor = open(pipe, O_RDWR | O_NONBLOCK)
    #expect(descriptor >= 0)
    defer { close(descriptor) }
    let outcome = nnc("predict", try run(scratch), try scratch.write("new.csv", "a,b\n50,10\n"), "--out", pipe)
    #expect(outcome.code == 0, "\(outcome.errors)")
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = read(descriptor, &bytes, bytes.count)
    #expect(count > 0 && String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).hasPrefix("label\n"))
    let type = try FileManager.default.attributesOfItem(atPath: pipe)[.type] as? FileAttributeType
    #expect(type != .typeRegular)
  }

  @Test func formattingKeepsLinks() throws {
    let scratch = try Scratch()
    _ = try scratch.write("real.nnet", "let   width = 3\n")
    let link = scratch.path + "/link.nnet"
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real.nnet")
    #expect(nnc("fmt", link).code == 0)
    #expect(try scratch.read("real.nnet") == "let width = 3\n")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "real.nnet")
  }

  @Test func lostResultsAreAFailure() {
    let transcript = Transcript()
    let console = Console(
      style: Style(isColored: false), isTerminal: false, width: 80, output: { _ in },
      error: { transcript.addError($0) }, outputFailure: { "No space left on device" })
    #expect(runCommandLine(["version"], console: console) == .usage)
    #expect(transcript.errors.contains("standard output: No space left on device"))
    #expect(nnc("version").code == 0)
  }

  @Test func jsonIsOneDocument() throws {
    let scratch = try Scratch()
    let missing = nnc("check", scratch.path + "/none.nnet", "--format", "json")
    let failure = try #require(JSONReader.read(Array(missing.output.utf8)))
    #expect(missing.code == 2 && failure["failure"]?["message"]?.string?.contains("none.nnet cannot be read") == true)
    #expect(failure["diagnostics"]?.array?.isEmpty == true)

    let file = try scratch.write("points.nnet", pointsProgram)
    _ = try scratch.write("points.csv", pointsCSV())
    let outcome = nnc("run", file, "--format", "json", "--out", scratch.path + "/run")
    let document = try #require(JSONReader.read(Array(outcome.output.utf8)), "\(outcome.output)")
    #expect(outcome.code == 0 && document["diagnostics"] != nil && document["failure"] == nil)
    #expect(document["folder"]?.string == scratch.path + "/run")
    #expect(document["results"]?.array?.compactMap { $0["split"]?.string } == ["validation", "test"])
    #expect(outcome.errors.contains("saved"))
    for words in [["plan", file], ["show", file], ["eval", scratch.path + "/run"], ["summary", file]] {
      let output = nncList(words + ["--format", "json"]).output
      #expect(JSONReader.read(Array(output.utf8)) != nil, "\(words): \(output)")
    }
    let lost = nnc("eval", scratch.path + "/none", "--format", "json")
    #expect(JSONReader.read(Array(lost.output.utf8))?["failure"]?["message"]?.string?.contains("no such run") == true)
    try FileManager.default.removeItem(atPath: scratch.path + "/points.csv")
    let gone = nnc("eval", scratch.path + "/run", "--format", "json")
    let problem = try #require(JSONReader.read(Array(gone.output.utf8)))
    #expect(gone.code != 0 && (problem["diagnostics"]?.array?.count == 1 || problem["failure"] != nil))
  }
}
