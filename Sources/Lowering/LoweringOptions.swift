import Graphs
import Tensors

/// Which passes run, and the limits within which a plan must stay.
package struct LoweringOptions: Sendable, Hashable {
  /// Rewrites with equal values: `x * 1`, double negation, chains of movements and casts.
  package var simplifiesAlgebra = true
  /// Computes what depends on constants only.
  package var foldsConstants = true
  /// Computes equal values once.
  package var sharesSubexpressions = true
  /// Drops what no output and no effect needs.
  package var dropsDeadCode = true
  /// Uses fused kernels for the composites that have one.
  package var usesFusedComposites = true
  /// Runs chains of elementwise functions, and the reductions behind them, tile by tile.
  package var fusesLoops = true
  /// Gives bias, activation, activation gradient and accumulation to the multiply before them.
  package var fusesEpilogues = true
  /// Merges the batch and leading axes of a multiply into its rows, columns or depth.
  package var mergesMatmulAxes = true
  /// Lays values around loops out with the steps first, so that each step reads and writes whole rows.
  package var laysStepsFirst = true
  /// Lets producers write straight into concatenations, outputs and parameters.
  package var elidesCopies = true
  /// Brings matrices that a loop multiplies by again and again into the kernel's order once, before the loop.
  package var packsRepeatedOperands = true
  /// Multiplies a table before its rows are looked up, where it has fewer rows than are looked up.
  package var multipliesTables = true
  /// Overwrites an operand that is not needed any more.
  package var worksInPlace = true
  /// Lets buffers whose lives do not overlap share memory.
  package var reusesMemory = true
  /// The most bytes the arena may take, or nil for no limit.
  package var memoryLimit: Int?

  package init() {}

  /// No pass at all: every operator an instruction of its own.
  package static var unoptimized: LoweringOptions {
    var options = LoweringOptions()
    for pass in passes { options[keyPath: pass.path] = false }
    return options
  }

  /// Every pass by name, so that tests and tools can switch each one alone.
  package static let passes: [(name: String, path: WritableKeyPath<LoweringOptions, Bool> & Sendable)] = [
    ("algebra", \.simplifiesAlgebra), ("folding", \.foldsConstants), ("sharing", \.sharesSubexpressions),
    ("dead code", \.dropsDeadCode), ("composites", \.usesFusedComposites), ("loops", \.fusesLoops),
    ("epilogues", \.fusesEpilogues), ("batching", \.mergesMatmulAxes), ("layout", \.laysStepsFirst),
    ("packing", \.packsRepeatedOperands),
    ("tables", \.multipliesTables), ("copies", \.elidesCopies),
    ("in place", \.worksInPlace), ("reuse", \.reusesMemory),
  ]
}

/// Why a graph has no plan. These are the environment's or the model's limits, never mistakes in the graph.
package enum LoweringError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A size, or the sum of all, exceeds what a machine can address.
  case tooLarge(Origin)
  /// The arena would exceed the limit; both in bytes.
  case outOfMemory(needed: Int, limit: Int)

  package var description: String {
    switch self {
    case .tooLarge(let origin):
      return "a tensor of '\(origin.path)' has more elements than can be addressed"
    case .outOfMemory(let needed, let limit):
      return "this step needs \(gibibytes(needed)) GiB of memory, \(gibibytes(limit)) GiB are free"
    }
  }
}

/// Bytes as GiB with two decimals, rounded.
func gibibytes(_ bytes: Int) -> String {
  let hundredths = (bytes / (1 << 30)) * 100 + ((bytes % (1 << 30)) * 100 + (1 << 29)) / (1 << 30)
  let fraction = hundredths % 100
  return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
}
