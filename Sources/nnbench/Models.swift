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
  case mnistCNN = "mnist_cnn"
  case charLSTM = "char_lstm"
  /// The same with a cell as a person would write it.
  case ownLSTM = "own_lstm"
  case charGPT = "char_gpt"

  private var network: Perceptron {
    switch self {
    case .irisMLP: Perceptron(name: rawValue, layers: [4, 16, 16, 3])
    case .mnistMLP: Perceptron(name: rawValue, layers: [784, 128, 10])
    case .mnistCNN: Perceptron(name: rawValue, layers: [1600, 10], image: [28, 28, 1], filters: [32, 64])
    case .charLSTM, .ownLSTM, .charGPT: preconditionFailure("not a feedforward network")
    }
  }
  var batch: Int { characters?.batch ?? (self == .irisMLP ? 16 : 64) }

  /// One step of training.
  var trainingStep: Graph { characters?.trainingStep ?? network.trainingStep }

  private var characters: (any TextModel)? {
    switch self {
    case .charLSTM: CharacterModel(name: rawValue, isOwnCell: false)
    case .ownLSTM: CharacterModel(name: rawValue, isOwnCell: true)
    case .charGPT: TransformerModel(name: rawValue)
    default: nil
    }
  }

  func prepared(threads: Int, options: LoweringOptions = LoweringOptions()) throws -> Executable {
    try characters?.prepared(threads: threads, options: options)
      ?? network.prepared(batch: batch, threads: threads, options: options)
  }
}

/// `nnbench models [MODEL…] [THREADS] [plan]`: one JSON line for each model, like the peers' script. With `plan`, prints
/// the plans and what each instruction took.
func benchmarkModels(_ arguments: [String]) throws {
  let threads = arguments.compactMap { Int($0) }.first ?? 1
  let named = BenchModel.allCases.filter { arguments.contains($0.rawValue) }
  for model in named.isEmpty ? BenchModel.allCases : named {
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

func rounded(_ microseconds: Double) -> Double { (microseconds * 100).rounded() / 100 }

/// Microseconds of a step: the median by the clock and by this thread's processor time, and the least by the clock, of
/// windows of about a millisecond, for `seconds` in all.
func stepTimes(_ executable: Executable, seconds: Double = 1.5) -> (wall: Double, cpu: Double, best: Double) {
  let start = nnk_nanoseconds()
  var warm = 0
  while warm < 3 || nnk_nanoseconds() - start < 20_000_000 {
    executable.run()
    warm += 1
  }
  let steps = max(1, 1_000_000 * warm / Int(max(1, nnk_nanoseconds() - start)))
  var (walls, processors): ([Double], [Double]) = ([], [])
  while walls.count < 3 || Double(nnk_nanoseconds() - start) < seconds * 1e9 {
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
  let steps = min(2000, max(20, 3_000_000_000 / Int(stepTimes(executable).best * 1000)))
  // The least of many runs: what an instruction takes when nothing disturbs it.
  var least = executable.profile(steps: 1).nanoseconds
  for step in 0..<steps {
    for (index, time) in executable.profile(steps: 1, iteration: UInt64(step)).nanoseconds.enumerated() {
      least[index] = min(least[index], time)
    }
  }
  for (index, time) in least.enumerated() {
    let (instruction, times) = executable.plan.lines[index]
    let nanoseconds = Double(max(time, 1))
    print(
      "\(index)  \(time) ns  \(rounded(Double(instruction.flops * times) / nanoseconds)) GFLOP/s  "
        + "\(rounded(Double(instruction.bytes * times) / nanoseconds)) GB/s")
  }
}
