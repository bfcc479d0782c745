import Datasets
import Elaboration
import Execution
import Graphs
import Lowering
import Tensors

/// A graph compiled for the batch sizes that occur, each when it is first needed.
final class CompiledGraph {
  struct Variant {
    var plan: Plan
    var executable: Executable
    var source: BatchSource
  }
  private let graph: (Int) -> Graph
  private let context: RuntimeContext
  private var variants: [Int: Variant] = [:]

  convenience init(_ graph: Graph, context: RuntimeContext) { self.init({ _ in graph }, context: context) }

  /// - Parameter graph: the graph for a size of the batch.
  init(_ graph: @escaping (Int) -> Graph, context: RuntimeContext) {
    self.graph = graph
    self.context = context
  }

  func variant(batch: Int) throws -> Variant {
    if let variant = variants[batch] { return variant }
    let graph = graph(batch)
    let plan = try lower(graph, batch: batch, options: context.lowering)
    let executable = try Executable(plan, store: context.store, threads: context.threads, seed: context.seed)
    let source = BatchSource(
      graph: graph, executable: executable, dataset: context.dataset, fields: context.fields)
    let variant = Variant(plan: plan, executable: executable, source: source)
    variants[batch] = variant
    return variant
  }
}

/// What all programs of a training share.
final class RuntimeContext {
  let store: ParameterStore
  let dataset: Dataset
  let split: SplitRows
  let threads: Int
  let seed: UInt64
  let lowering: LoweringOptions
  /// What delivers the fields that are ready-made, by name.
  var fields: [String: BatchSource.Origin] = [:]

  init(
    store: ParameterStore, dataset: Dataset, split: SplitRows, threads: Int, seed: UInt64,
    lowering: LoweringOptions
  ) {
    self.store = store
    self.dataset = dataset
    self.split = split
    self.threads = threads
    self.seed = seed
    self.lowering = lowering
  }
}
