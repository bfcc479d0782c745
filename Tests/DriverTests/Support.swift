import Diagnostics
import Driver
import Foundation
import Synchronization

/// The repository, found from this file.
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// What a command line did.
struct Outcome {
  var code: Int32
  var output: String
  var errors: String
}

/// Collects what a command prints.
final class Transcript: Sendable {
  private let texts = Mutex<(output: String, errors: String)>(("", ""))
  func addOutput(_ text: String) { texts.withLock { $0.output += text } }
  func addError(_ text: String) { texts.withLock { $0.errors += text } }
  var output: String { texts.withLock { $0.output } }
  var errors: String { texts.withLock { $0.errors } }
}

/// Runs a command line as the process would, without colour and terminal.
func nnc(_ words: String...) -> Outcome { nncList(words) }

/// A folder for one test, taken away with the value.
final class Scratch {
  let path: String
  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "nnc-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }
  func read(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }
  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }
}

/// A small program on a csv file beside it.
let pointsProgram = """
  data Points from csv("points.csv") {
    let x: [2]      = [a, b] -> standardize
    let y: class(2) = label
    split: random(train: 60%, validation: 20%, test: 20%, seed: 1)
  }
  model Net(x: [2]) -> [2] { x -> dense(8) -> relu -> dense(2) }
  train Net on Points {
    let logits = Net(x)
    loss:      cross_entropy(logits, y)
    metrics:   [accuracy(logits, y)]
    optimizer: adam(rate: 0.02)
    epochs:    3
    batch:     8
    outputs:   (label: restore(argmax(logits), as: y))
  }

  """

/// 60 rows whose label is whether a > b.
func pointsCSV(rows: Int = 60) -> String {
  var text = "a,b,label\n"
  for i in 0..<rows {
    let (a, b) = ((i * 37) % 61, (i * 17) % 53)
    text += "\(a),\(b),\(a > b ? "above" : "below")\n"
  }
  return text
}

/// ``nnc(_:)`` with the words in a list.
func nncList(_ words: [String]) -> Outcome {
  let transcript = Transcript()
  let console = Console(
    style: Style(isColored: false), isTerminal: false, width: 80, output: { transcript.addOutput($0) },
    error: { transcript.addError($0) })
  let code = runCommandLine(words, console: console)
  return Outcome(code: code.rawValue, output: transcript.output, errors: transcript.errors)
}

/// The program, which is built beside the tests.
let nncBinary = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "nnc").path

/// Runs a command line as a process of its own, with what its standard input holds.
func nncProcess(_ words: [String], input: [UInt8], scratch: Scratch) throws -> Outcome {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: nncBinary)
  process.arguments = words
  process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: scratch.write("standard-input", input)))
  let (output, errors) = (try scratch.write("standard-output", ""), try scratch.write("standard-error", ""))
  process.standardOutput = FileHandle(forWritingAtPath: output)
  process.standardError = FileHandle(forWritingAtPath: errors)
  try process.run()
  process.waitUntilExit()
  return Outcome(
    code: process.terminationStatus, output: try String(contentsOfFile: output, encoding: .utf8),
    errors: try String(contentsOfFile: errors, encoding: .utf8))
}
