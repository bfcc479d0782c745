import Foundation

/// One line that a benchmark printed.
private struct Timing: Decodable {
  var peer: String
  var model: String
  var threads: Int
  /// The median microseconds of a step.
  var stepMicroseconds: Double

  enum CodingKeys: String, CodingKey {
    case peer, model, threads
    case stepMicroseconds = "step_us"
  }
}

/// The forms in which the peers' script runs a model; the first two are dispatched step by step.
private let forms = ["torch", "jax", "jax_scan"]

/// `nnbench --peers PYTHON [ROUNDS]`: runs every yardstick model here and in the peers alternately, each in a process of
/// its own, and prints a table of medians and ratios. To be called from the package's folder.
func benchmarkPeers(_ arguments: [String]) -> Bool {
  guard let python = arguments.first else {
    print("usage: nnbench --peers PYTHON [ROUNDS] [MODEL…]")
    return false
  }
  let rounds = arguments.dropFirst().compactMap { Int($0) }.first ?? 5
  // The cell that a person writes has no counterpart in the peers' script.
  let models = BenchModel.allCases.filter { $0 != .ownLSTM }
  let named = models.filter { arguments.contains($0.rawValue) }
  print("| model (batch) | threads | nnc µs | best step by step | ratio | best in any form | ratio |")
  print("| --- | --- | --- | --- | --- | --- | --- |")
  for model in named.isEmpty ? models : named {
    for threads in [1, 2] {
      var times: [String: [Double]] = [:]
      for _ in 0..<rounds {
        for form in ["nnc"] + forms {
          let command =
            form == "nnc"
            ? [CommandLine.arguments[0], "models", model.rawValue, "\(threads)"]
            : [python, "Tests/Scripts/peers.py", form, model.rawValue, "\(threads)"]
          guard let timing = timing(command) else { return false }
          times[form, default: []].append(timing.stepMicroseconds)
        }
      }
      print(row(model, threads, times))
      fflush(nil)
    }
  }
  return true
}

/// A row of the table: medians over the rounds, and of the ratios of each round their median, least and greatest.
private func row(_ model: BenchModel, _ threads: Int, _ times: [String: [Double]]) -> String {
  let ours = times["nnc"] ?? []
  func against(_ forms: [String]) -> String {
    let best = forms.min { median(times[$0] ?? []) < median(times[$1] ?? []) } ?? "torch"
    let ratios = zip(times[best] ?? [], ours).map { $0 / $1 }.sorted()
    let spread = "\(short(ratios[0]))–\(short(ratios[ratios.count - 1]))"
    return "\(best) \(short(median(times[best] ?? []))) | **\(short(median(ratios)))×** (\(spread))"
  }
  return "| \(model.rawValue) (\(model.batch)) | \(threads) | \(short(median(ours))) "
    + "| \(against(Array(forms.prefix(2)))) | \(against(forms)) |"
}

private func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  return sorted.isEmpty ? .nan : sorted[sorted.count / 2]
}

private func short(_ value: Double) -> String { String(format: value < 100 ? "%.2f" : "%.0f", value) }

/// Runs a command that prints one timing.
private func timing(_ command: [String]) -> Timing? {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = command
  let pipe = Pipe()
  process.standardOutput = pipe
  do { try process.run() } catch {
    print("cannot run \(command[0]): \(error)")
    return nil
  }
  let text = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  guard let timing = try? JSONDecoder().decode(Timing.self, from: text) else {
    print("\(command.joined(separator: " ")) printed no timing")
    return nil
  }
  return timing
}
