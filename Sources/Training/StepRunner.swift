import Declarations
import Elaboration
import Execution
import Graphs
import Layers

/// Runs one step program on batch after batch.
final class StepRunner {
  let program: StepProgram
  private let compiled: CompiledGraph
  private var cached: (count: Int, variant: CompiledGraph.Variant, inputs: Inputs)?
  private var others: [Int: (variant: CompiledGraph.Variant, inputs: Inputs)] = [:]

  private struct Inputs {
    var rate: UnsafeMutablePointer<Float>?
    var step: UnsafeMutablePointer<Float>?
    var losses: [UnsafePointer<Float>]
  }

  /// - Parameter graph: the program's graph for a size of the batch, where it depends on that.
  init(program: StepProgram, context: RuntimeContext, graph: ((Int) -> Graph)? = nil) {
    self.program = program
    compiled = CompiledGraph(graph ?? { _ in program.graph }, context: context)
  }

  private func prepared(count: Int) throws -> (variant: CompiledGraph.Variant, inputs: Inputs) {
    if let cached, cached.count == count { return (cached.variant, cached.inputs) }
    if let other = others[count] { return other }
    let variant = try compiled.variant(batch: count)
    let pointer = { (name: String) in
      variant.executable.hasInput(name)
        ? variant.executable.input(name).baseAddress?.assumingMemoryBound(to: Float.self) : nil
    }
    let outputs = program.losses.count > 1 ? program.losses.map { "loss " + $0 } : ["loss"]
    let inputs = Inputs(
      rate: pointer("rate"), step: pointer("step"),
      losses: outputs.map { variant.executable.output($0).baseAddress! })
    if cached == nil { cached = (count, variant, inputs) } else { others[count] = (variant, inputs) }
    return (variant, inputs)
  }

  /// One step on these rows. `step` counts this program's steps from 1.
  func run(rows: UnsafeBufferPointer<Int32>, iteration: Int, step: Int, total: Int) throws -> Int {
    let variant = try filled(rows, step: step, total: total)
    variant.executable.run(iteration: UInt64(iteration), rows: rows.baseAddress!)
    return rows.count
  }

  /// One step as ``run(rows:iteration:step:total:)``, instruction by instruction: what wrote no finite number.
  func watch(
    rows: UnsafeBufferPointer<Int32>, iteration: Int, step: Int, total: Int
  ) throws -> [NonFiniteWrite] {
    let variant = try filled(rows, step: step, total: total)
    return variant.executable.runWatching(iteration: UInt64(iteration), rows: rows.baseAddress!)
  }

  /// The program for these rows, its inputs filled in.
  private func filled(
    _ rows: UnsafeBufferPointer<Int32>, step: Int, total: Int
  ) throws -> CompiledGraph.Variant {
    let (variant, inputs) = try prepared(count: rows.count)
    variant.source.fill(rows)
    inputs.rate?.pointee = Float(rate(step: step, total: total))
    inputs.step?.pointee = Float(step)
    return variant
  }

  /// The rate of a step, from 1.
  func rate(step: Int, total: Int) -> Double {
    switch program.rate {
    case .schedule(let name, let settings):
      guard let schedule = Catalog.schedule[name] else { preconditionFailure("no schedule \(name)") }
      return schedule.rate(settings, step - 1, total)
    case .real(let rate): return rate
    case .integer(let rate): return Double(rate.constant ?? 0)
    default: preconditionFailure("a rate that is no number")
    }
  }

  /// Adds the losses of the last batch, times its size, to sums in the order of the program's labels, without
  /// allocating; returns the first loss that is no finite number.
  func addLosses(count: Int, to sums: inout [Double]) throws -> Double? {
    let losses = try prepared(count: count).inputs.losses
    var failed: Double?
    for (label, loss) in losses.enumerated() {
      let value = Double(loss.pointee)
      sums[label] += value * Double(count)
      if !value.isFinite, failed == nil { failed = value }
    }
    return failed
  }

  /// The mean losses of the last batch, in the order of the program's labels.
  func losses(count: Int) -> [Double] {
    guard let (_, inputs) = try? prepared(count: count) else { return [.nan] }
    return inputs.losses.map { Double($0.pointee) }
  }
}
