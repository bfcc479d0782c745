import Foundation
import Testing

/// The program as a process of its own: signals, and runs that go on.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: nncBinary)))
struct InterruptionTests {
  private let program = """
    data Points from csv("points.csv") {
      let x: [2]      = [a, b] -> standardize
      let y: class(2) = label
      split: random(train: 60%, validation: 20%, test: 20%, seed: 1)
    }
    model Net(x: [2]) -> [2] { x -> dense(8) -> relu -> dropout(0.2) -> dense(2) }
    train Net on Points as First {
      loss:      cross_entropy(Net(x), y)
      optimizer: adam(rate: 0.001)
      epochs:    FIRST
    }
    train Net on Points {
      loss:      cross_entropy(Net(x), y)
      metrics:   [accuracy(Net(x), y)]
      outputs:   (p: softmax(Net(x)))
      optimizer: adam(rate: 0.001)
      epochs:    SECOND
      keep:      best(validation.loss)
    }

    """

  private func file(_ scratch: Scratch, first: Int, second: Int) throws -> String {
    _ = try scratch.write("points.csv", pointsCSV())
    return try scratch.write(
      "points.nnet", program.replacing("FIRST", with: "\(first)").replacing("SECOND", with: "\(second)"))
  }

  private func start(_ words: String...) throws -> (process: Process, errors: Pipe) {
    let process = Process()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: nncBinary)
    process.arguments = words
    process.standardOutput = FileHandle.nullDevice
    process.standardError = errors
    try process.run()
    return (process, errors)
  }

  private func size(_ path: String) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
  }

  /// Waits until a file of a run holds so many bytes, or the process has ended.
  private func wait(_ process: Process, for path: String, bytes: Int) {
    while process.isRunning, size(path) < bytes { usleep(1_000) }
  }

  /// The figures of a run without the times.
  private func figures(_ scratch: Scratch, _ run: String) throws -> [Substring] {
    try scratch.read(run + "/metrics.jsonl").split(separator: "\n").map { $0.split(separator: ",\"seconds\"")[0] }
  }

  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143)), (SIGHUP, Int32(129))])
  func aSignalSavesTheRunWhichThenGoesOn(_ signal: Int32, _ code: Int32) throws {
    let scratch = try Scratch()
    let file = try file(scratch, first: 300, second: 6_000)
    let (whole, run) = (scratch.path + "/whole", scratch.path + "/run")
    #expect(nnc("run", file, "--quiet", "--out", whole).code == 0)
    let (process, errors) = try start("run", file, "--quiet", "--out", run)
    wait(process, for: run + "/metrics.jsonl", bytes: 160_000)
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(process.terminationStatus == code && text.contains("--resume \(run) goes on"), "\(text)")
    #expect(scratch.exists("run/checkpoint.safetensors") && scratch.exists("run/weights.safetensors"))
    let outcome = nnc("run", file, "--quiet", "--resume", run, "--threads", "1")
    #expect(outcome.code == 0, "\(outcome.errors)")
    for name in ["weights.safetensors", "weights-First.safetensors", "predictions.csv", "plan.txt"] {
      #expect(FileManager.default.contentsEqual(atPath: run + "/" + name, andPath: whole + "/" + name), "\(name)")
    }
    #expect(try figures(scratch, "run") == figures(scratch, "whole"))
    #expect(!scratch.exists("run/checkpoint.safetensors"))
    let again = nnc("run", file, "--resume", run)
    #expect(again.code == 2 && again.errors.contains("it holds no checkpoint"), "\(again.errors)")
  }

  /// While data are read and plans are made there is nothing to keep: no run folder stays, however far it came.
  @Test(arguments: [(SIGINT, Int32(130)), (SIGTERM, Int32(143)), (SIGHUP, Int32(129))])
  func beforeTheFirstStepASignalEndsAtOnce(_ signal: Int32, _ code: Int32) throws {
    let scratch = try Scratch()
    _ = try scratch.write("points.csv", pointsCSV(rows: 150_000))
    let file = try scratch.write(
      "points.nnet", program.replacing("FIRST", with: "1").replacing("SECOND", with: "1"))
    let (process, _) = try start("run", file, "--quiet", "--out", scratch.path + "/run")
    while process.isRunning, !scratch.exists("run/data.json") { usleep(200) }
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(process.terminationStatus == code)
    #expect(!scratch.exists("run"))
  }

  @Test func aKilledRunGoesOnUnlessSomethingHasChanged() throws {
    let scratch = try Scratch()
    let file = try file(scratch, first: 1, second: 1_000_000)
    let run = scratch.path + "/run"
    let (process, _) = try start("run", file, "--quiet", "--seed", "5", "--out", run)
    while process.isRunning, !scratch.exists("run/checkpoint.safetensors") { usleep(10_000) }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let names = try FileManager.default.contentsOfDirectory(atPath: run)
    #expect(names.contains("checkpoint.safetensors") && names.contains("weights-First.safetensors"))
    for (flag, value) in [("--seed", "6"), ("--epochs", "3")] {
      let outcome = nnc("run", file, "--resume", run, flag, value)
      #expect(outcome.code == 1 && outcome.errors.contains("cannot go on"), "\(outcome.errors)")
      #expect(outcome.errors.contains(flag))
    }
    let (data, text) = (try scratch.read("points.csv"), try scratch.read("points.nnet"))
    _ = try scratch.write("points.csv", data + "1,2,above\n")
    let changed = nnc("run", file, "--resume", run)
    #expect(changed.code == 1 && changed.errors.contains("points.csv"), "\(changed.errors)")
    _ = try scratch.write("points.csv", data)
    _ = try scratch.write("points.nnet", text.replacing("rate: 0.001", with: "rate: 0.002"))
    #expect(nnc("run", file, "--resume", run).errors.contains("points.nnet"))
    _ = try scratch.write("points.nnet", text)
    #expect(nnc("run", file, "--resume", run, "--out", scratch.path + "/other").code == 2)
    // The checkpoint itself loads: a second signal ends what goes on from it.
    let (second, _) = try start("run", file, "--quiet", "--resume", run)
    wait(second, for: run + "/metrics.jsonl", bytes: size(run + "/metrics.jsonl") + 100_000)
    kill(second.processIdentifier, SIGINT)
    second.waitUntilExit()
    #expect(second.terminationStatus == 130)
    let file2 = run + "/checkpoint.safetensors"
    var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file2)))
    bytes[bytes.count - 5] ^= 1
    try Data(bytes).write(to: URL(fileURLWithPath: file2))
    let damaged = nnc("run", file, "--resume", run)
    #expect(damaged.code == 1 && damaged.errors.contains("checkpoint.safetensors: the checkpoint is damaged"))
  }
}
