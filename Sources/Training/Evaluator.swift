import Elaboration
import Execution
import Graphs

/// Runs a whole pass over some rows without changing a weight.
struct Evaluator {
  let program: EvaluationProgram
  let compiled: CompiledGraph

  /// Rows at a time, where examples do not meet.
  static let batch = 256
  let batch: Int

  /// - Parameters:
  ///   - batch: the rows that meet in a batch.
  ///   - graph: the program's graph for a size of the batch, where it depends on that.
  init(
    program: EvaluationProgram, context: RuntimeContext, batch: Int = Evaluator.batch, graph: ((Int) -> Graph)? = nil
  ) {
    self.program = program
    self.batch = batch
    compiled = CompiledGraph(graph ?? { _ in program.graph }, context: context)
  }

  func run(rows: [Int32]) throws -> PassResult {
    var losses = program.losses.map { _ in 0.0 }
    var sums = program.metrics.map { _ in [[Double]]() }
    try forEachChunk(rows, of: batch) { part in
      let variant = try compiled.variant(batch: part.count)
      variant.source.fill(part)
      variant.executable.run(iteration: 0, rows: part.baseAddress!)
      for (index, loss) in program.losses.enumerated() {
        losses[index] += Double(variant.executable.output(loss.output)[0])
      }
      for (index, metric) in program.metrics.enumerated() {
        let batch = (0..<metric.tensors).map { tensor in
          variant.executable.output("metric \(metric.label) \(tensor)").map(Double.init)
        }
        metric.declaration.merge(&sums[index], batch, Double(part.count))
      }
    }
    let count = Double(max(rows.count, 1))
    return PassResult(
      examples: rows.count,
      losses: zip(program.losses, losses).map {
        PassResult.Loss(step: $0.step, label: $0.label, value: $1 / count)
      },
      metrics: zip(program.metrics, sums).map { metric, sums in
        PassResult.Metric(
          label: metric.label, name: metric.declaration.name,
          result: metric.declaration.finish(sums, count, metric.settings),
          isPercentage: metric.declaration.isPercentage)
      })
  }
}
