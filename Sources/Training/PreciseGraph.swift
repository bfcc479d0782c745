import Datasets
import Elaboration
import Graphs
import Tensors

/// The graph of a field, or of what a transform is fitted to, evaluated in double precision: for columns that float32
/// would blur. The result alone is rounded.
struct PreciseGraph {
  let graph: Graph
  private let dataset: Dataset
  private var parameters: [String: ReferenceTensor] = [:]
  /// The columns that the graph reads, by the names of its inputs.
  private let columns: [String: Int]

  /// Nil where the graph reads no column that is kept in double precision.
  init?(_ graph: Graph, fitted: [String: [String: HostTensor]], dataset: Dataset) {
    self.graph = graph
    self.dataset = dataset
    columns = graph.columnInputs
    guard columns.values.contains(where: { dataset.columns[$0].precise != nil }) else { return nil }
    for (site, constants) in fitted {
      for (name, value) in constants {
        var exact = ReferenceTensor(value)
        if let rest = constants[FittedConstant.restName(name)] { exact = exact.adding(ReferenceTensor(rest)) }
        parameters[TrainElaborator.constantPath(site: site, name: name)] = exact
      }
    }
  }

  /// Elements of a row.
  var width: Int { graph[graph.outputs[0].value].type.count }

  /// Whether it gives whole numbers.
  var isWhole: Bool { graph[graph.outputs[0].value].type.dtype == .int32 }

  /// Whether rows beside its own go into a row's values.
  var hasWindows: Bool { columns.values.contains { dataset.columns[$0].offsets != nil } }

  /// The rows whose windows lie in the data: one behind the end too, where only earlier ones go into it.
  var rows: Range<Int> {
    let windows = columns.values.map { dataset.columns[$0].window }
    let first = windows.map { -$0.lowerBound }.max() ?? 0
    let last = dataset.rows - (windows.map(\.upperBound).max() ?? 1)
    return max(first, 0)..<max(first, 0, min(last, dataset.rows) + 1)
  }

  func values(rows: UnsafeBufferPointer<Int32>) -> [Double] {
    var environment = ReferenceEnvironment(parameters: parameters, batch: rows.count, rows: rows.map(Int.init))
    for node in graph.nodes {
      guard case .input(let name) = node.op, let column = columns[name] else { continue }
      environment.inputs[name] = ReferenceTensor(
        shape: [rows.count] + node.type.shape, dataset.doubles(rows, column: column))
    }
    return ReferenceInterpreter.run(graph, environment).outputs[graph.outputs[0].name]?.values ?? []
  }

  /// Writes the values of some rows, one after the other, as float32 or int32.
  func fill(_ rows: UnsafeBufferPointer<Int32>, into memory: UnsafeMutableRawPointer) {
    let values = values(rows: rows)
    if isWhole {
      let target = memory.assumingMemoryBound(to: Int32.self)
      for (index, value) in values.enumerated() { target[index] = Int32(value) }
    } else {
      let target = memory.assumingMemoryBound(to: Float.self)
      for (index, value) in values.enumerated() { target[index] = Float(value) }
    }
  }
}

extension Graph {
  /// The raw columns that a graph reads, by the names of its inputs.
  var columnInputs: [String: Int] {
    var result: [String: Int] = [:]
    for node in nodes {
      if case .input(let name) = node.op, name.hasPrefix("column "), let index = Int(name.dropFirst(7)) {
        result[name] = index
      }
    }
    return result
  }
}

/// A constant of a fitted transform as it is kept.
enum FittedConstant {
  /// What float32 leaves of a constant is kept beside it under this name.
  static func restName(_ name: String) -> String { name + TrainElaborator.restSuffix }

  /// Tensors for what a fit found; with what rounding takes away, where that matters.
  static func tensors(_ constants: [String: [Double]], keepsRest: Bool) -> [String: HostTensor] {
    var result: [String: HostTensor] = [:]
    for (name, values) in constants {
      let rounded = values.map(Float.init)
      result[name] = HostTensor(shape: [values.count], rounded)
      guard keepsRest else { continue }
      result[restName(name)] = HostTensor(
        shape: [values.count], zip(values, rounded).map { $1.isFinite ? Float($0 - Double($1)) : 0 })
    }
    return result
  }
}
