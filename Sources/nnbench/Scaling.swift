import Execution
import Graphs
import Lowering
import Tensors

/// `nnbench scaling [THREADS]`: how a step's time grows with the batch, the width and the depth of a feedforward network.
/// The arithmetic is what the plan's instructions count.
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

/// `nnbench threads [ROUNDS]`: a multiply and the yardstick's models on one thread and on two. Every round takes each of
/// them on one and on two, so that what disturbs the machine for some seconds falls on all rows alike and not on one:
/// medians over the rounds, and the middle half of the rounds' ratios.
func benchmarkThreads(_ arguments: [String]) throws {
  let rounds = arguments.compactMap { Int($0) }.first.map { max(1, $0) } ?? 15
  print("\n| 1 and 2 threads | µs on 1 | µs on 2 | ratio | middle half |\n| --- | --- | --- | --- | --- |")
  var rows: [(name: String, one: Executable, two: Executable, times: [(one: Double, two: Double)])] = []
  rows.append(
    (
      "multiply 768×512×512", try multiply(rows: 768, width: 512, threads: 1),
      try multiply(rows: 768, width: 512, threads: 2), []
    ))
  for model in BenchModel.allCases {
    rows.append((model.rawValue, try model.prepared(threads: 1), try model.prepared(threads: 2), []))
  }
  for _ in 0..<rounds {
    for index in rows.indices {
      rows[index].times.append(
        (stepTimes(rows[index].one, seconds: 0.3).wall, stepTimes(rows[index].two, seconds: 0.3).wall))
    }
  }
  for row in rows {
    let ratios = row.times.map { $0.one / $0.two }.sorted()
    let middle = { (values: [Double]) in rounded(values.sorted()[rounds / 2]) }
    print(
      "| \(row.name) | \(middle(row.times.map(\.one))) | \(middle(row.times.map(\.two))) | \(middle(ratios)) "
        + "| \(rounded(ratios[rounds / 4])) to \(rounded(ratios[rounds - 1 - rounds / 4])) |")
  }
}

/// Nothing but a multiply of `rows × width` by `width × width`.
private func multiply(rows: Int, width: Int, threads: Int) throws -> Executable {
  let builder = GraphBuilder()
  let x = builder.input("x", ValueType([width], isShared: false))
  let w = builder.parameter("w", shape: [width, width])
  let graph = builder.finish(outputs: [("y", builder.contract(x, w))])
  let store = ParameterStore()
  try store.allocate("w", shape: [width, width])
  let executable = try Executable(try lower(graph, batch: rows), store: store, threads: threads)
  let input = executable.input("x").bindMemory(to: Float.self)
  for index in input.indices { input[index] = Float(index % 7) - 3 }
  return executable
}
