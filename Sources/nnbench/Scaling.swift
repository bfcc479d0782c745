import Execution
import Graphs

/// `nnbench scaling [THREADS]`: how a step's time grows with the batch, the width and the depth of a feedforward network,
/// as three tables. The arithmetic is what the plan's instructions count.
func benchmarkScaling(_ arguments: [String]) throws {
  let threads = arguments.compactMap { Int($0) }.first ?? 1
  func row(_ label: Int, _ layers: [Int], batch: Int) throws {
    let executable = try Perceptron(name: "scaling", layers: layers).prepared(batch: batch, threads: threads)
    let flops = Double(executable.plan.flops)
    let time = stepTimes(executable).wall
    print(
      "| \(label) | \(rounded(time)) | \(rounded(flops / 1e6)) | \(rounded(flops / time / 1e3)) "
        + "| \(executable.plan.instructions.count) |")
  }
  func heading(_ name: String) {
    print("\n| \(name) | µs a step | MFLOP | GFLOP/s | instructions |\n| --- | --- | --- | --- | --- |")
  }
  heading("batch (64-64-64-10)")
  for power in 0...12 { try row(1 << power, [64, 64, 64, 10], batch: 1 << power) }
  heading("width (batch 64, 3 layers)")
  for power in 4...12 { try row(1 << power, [1 << power, 1 << power, 10], batch: 64) }
  heading("depth (batch 64, width 64)")
  for power in 0...6 { try row(1 << power, Array(repeating: 64, count: 1 << power) + [10], batch: 64) }
}
