import Tensors

/// Valid graphs over all operators, from a seed: for tests that compare two ways of evaluating them.
///
/// Values stay small, arguments of functions stay in their domains, and functions that jump (or whose gradients do) get
/// only numbers that float32 holds exactly, so that a difference beyond rounding is a fault.
package struct RandomGraph {
  package var graph: Graph
  /// Inputs by name; per-example ones with the batch as their first axis.
  package var inputs: [String: ReferenceTensor]
  package var parameters: [String: ReferenceTensor]
  package var batch: Int
  package var seed: UInt64

  /// Operators that only some ways of evaluating graphs know.
  package enum Family: Sendable, Hashable, CaseIterable {
    /// Convolutions, windows, fold, pools.
    case images
    /// batchStack and ownRow.
    case batches
    case scans
  }

  /// A graph of about this many operators.
  ///
  /// - Parameters:
  ///   - families: what to use beside the operators that every program needs.
  ///   - gradients: also outputs the gradients of the mean of everything by each input and parameter.
  package static func make(
    seed: UInt64, size: Int = 20, families: Set<Family> = [], gradients: Bool = true
  ) -> RandomGraph {
    var generator = RandomGraphGenerator(seed: seed, families: families)
    for _ in 0..<size { generator.grow() }
    return generator.finish(gradients: gradients)
  }

  package func evaluated() -> ReferenceInterpreter.Result {
    ReferenceInterpreter.run(
      graph, inputs: inputs, parameters: parameters, batch: batch, seed: seed, iteration: 3, rows: rows)
  }

  /// The rows of the data set that the examples stand for.
  package var rows: [Int] { (0..<batch).map { 5 + 3 * $0 } }
}
