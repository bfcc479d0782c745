import CKernels
import Execution
import Foundation
import Graphs
import Lowering
import Tensors

/// The yardstick's models, built straight from operators, with softmax, cross-entropy and Adam.
enum BenchModel: String, CaseIterable {
  case irisMLP = "iris_mlp"
  case mnistMLP = "mnist_mlp"

  var layers: [Int] {
    switch self {
    case .irisMLP: [4, 16, 16, 3]
    case .mnistMLP: [784, 128, 10]
    }
  }
  var batch: Int { self == .irisMLP ? 16 : 64 }

  /// One step of training as elaboration builds it: all weights views of one parameter, one concatenated gradient, the
  /// optimizer a chain of maps over it.
  var trainingStep: Graph {
    let builder = GraphBuilder()
    let count = zip(layers, layers.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 + $1.1 }
    let flat = builder.parameter("flat", shape: [count])
    var start = 0
    func weight(_ shape: [Int]) -> ValueID {
      let size = shape.reduce(1, *)
      defer { start += size }
      return builder.reshape(builder.slice(flat, axis: 0, start..<start + size), shape)
    }
    var weights: [ValueID] = []
    var activation = builder.input("x", ValueType([layers[0]], isShared: false))
    for (index, (inputs, outputs)) in zip(layers, layers.dropFirst()).enumerated() {
      builder.origin = Origin(path: "\(rawValue).dense_\(index + 1)")
      let (kernel, bias) = (weight([inputs, outputs]), weight([outputs]))
      weights += [kernel, bias]
      activation = builder.add(builder.contract(activation, kernel), bias)
      if index < layers.count - 2 { activation = builder.relu(activation) }
    }
    builder.origin = Origin(path: "\(rawValue).loss")
    let labels = builder.input("y", ValueType(.int32, [], isShared: false))
    let loss = builder.meanOverBatch(builder.softmaxCrossEntropy(activation, labels: labels))
    let gradients = builder.gradients(of: loss, by: weights)
    builder.origin = Origin(path: "adam")
    let parts = gradients.map { builder.reshape($0, [builder.shape(of: $0).reduce(1, *)]) }
    adam(builder, flat, builder.concat(parts, axis: 0), count)
    return builder.finish(outputs: [("loss", loss)])
  }

  /// Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015).
  private func adam(_ b: GraphBuilder, _ flat: ValueID, _ gradient: ValueID, _ count: Int) {
    let (beta1, beta2) = (0.9, 0.999)
    let (m, v) = (b.parameter("m", shape: [count]), b.parameter("v", shape: [count]))
    let time = b.add(b.parameter("time", shape: []), 1)
    let rate = b.input("rate", ValueType([], isShared: true))
    let newM = b.add(b.multiply(m, beta1), b.multiply(gradient, 1 - beta1))
    let newV = b.add(b.multiply(v, beta2), b.multiply(b.square(gradient), 1 - beta2))
    let correction1 = b.subtract(1, b.power(b.fill(beta1), time))
    let correction2 = b.subtract(1, b.power(b.fill(beta2), time))
    let root = b.add(b.squareRoot(b.divide(newV, correction2)), 1e-8)
    let step = b.multiply(rate, b.divide(b.divide(newM, correction1), root))
    _ = b.assign("flat", b.subtract(flat, step))
    _ = b.assign("m", newM)
    _ = b.assign("v", newV)
    _ = b.assign("time", time)
  }

  /// The plan with its memory, inputs and weights filled.
  func prepared(threads: Int, options: LoweringOptions = LoweringOptions()) throws -> Executable {
    let graph = trainingStep
    let plan = try lower(graph, batch: batch, options: options)
    let store = ParameterStore()
    var random = PhiloxSequence(seed: 1, path: rawValue)
    for node in graph.nodes {
      guard case .parameter(let path) = node.op else { continue }
      let values = try store.allocate(path, shape: node.type.shape)
      if path == "flat" { for index in values.indices { values[index] = Float(random.unit() - 0.5) * 0.1 } }
    }
    let executable = try Executable(plan, store: store, threads: threads)
    let x = executable.input("x").bindMemory(to: Float.self)
    for index in x.indices { x[index] = Float(random.unit() * 2 - 1) }
    let y = executable.input("y").bindMemory(to: Int32.self)
    for index in y.indices { y[index] = Int32(random.below(layers[layers.count - 1])) }
    executable.input("rate").storeBytes(of: Float(1e-6), as: Float.self)
    return executable
  }
}

/// `nnbench models [threads]`: one JSON line for each model, like the peers' scripts. With `plan`, prints the plans and
/// what each instruction took.
func benchmarkModels(_ arguments: [String]) throws {
  let threads = arguments.compactMap { Int($0) }.first ?? 1
  for model in BenchModel.allCases {
    let executable = try model.prepared(threads: threads)
    if arguments.contains("plan") { printProfile(executable) }
    let times = stepTimes(executable)
    print(
      "{\"peer\": \"nnc\", \"model\": \"\(model.rawValue)\", \"threads\": \(threads), \"step_us\": \(rounded(times.wall)), "
        + "\"cpu_us\": \(rounded(times.cpu)), \"best_us\": \(rounded(times.best)), "
        + "\"samples_per_s\": \(Int(Double(model.batch) / times.wall * 1e6)), \"loss\": \(executable.output("loss")[0])}"
    )
  }
}

private func rounded(_ microseconds: Double) -> Double { (microseconds * 100).rounded() / 100 }

/// Microseconds of a step: the median by the clock and by this thread's processor time, and the least by the clock, of
/// windows of about a millisecond.
private func stepTimes(_ executable: Executable) -> (wall: Double, cpu: Double, best: Double) {
  let start = nnk_nanoseconds()
  for _ in 0..<100 { executable.run() }
  let steps = max(1, 100_000_000 / Int(max(1, nnk_nanoseconds() - start)))
  var (walls, processors): ([Double], [Double]) = ([], [])
  while nnk_nanoseconds() - start < 1_500_000_000 {
    let (wall, processor) = (nnk_nanoseconds(), processorNanoseconds())
    for step in 0..<steps { executable.run(iteration: UInt64(step)) }
    walls.append(Double(nnk_nanoseconds() - wall) / Double(steps) / 1000)
    processors.append(Double(processorNanoseconds() - processor) / Double(steps) / 1000)
  }
  walls.sort()
  processors.sort()
  return (walls[walls.count / 2], processors[processors.count / 2], walls[0])
}

private func processorNanoseconds() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

private func printProfile(_ executable: Executable) {
  print(executable.plan.description)
  // The least of many runs: what an instruction takes when nothing disturbs it.
  var least = executable.profile(steps: 1).nanoseconds
  for step in 0..<2000 {
    for (index, time) in executable.profile(steps: 1, iteration: UInt64(step)).nanoseconds.enumerated() {
      least[index] = min(least[index], time)
    }
  }
  for (index, time) in least.enumerated() {
    let instruction = executable.plan.instructions[index]
    let nanoseconds = Double(max(time, 1))
    print(
      "\(index)  \(time) ns  \(rounded(Double(instruction.flops) / nanoseconds)) GFLOP/s  "
        + "\(rounded(Double(instruction.bytes) / nanoseconds)) GB/s")
  }
}
