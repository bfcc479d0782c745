import Checking
import Datasets
import Diagnostics
import Elaboration
import Graphs
import Runs
import Tensors
import Training

/// Refuses rows that the program cannot compute: numbers and classes that are missing, and classes that the training
/// never saw, unless the program says what stands for them. Tells of those that it takes.
func requireValues(
  _ dataset: Dataset, _ run: SavedRun, _ data: CheckedData, needed: Set<Int>, path: String, _ console: Console
) throws {
  let filled = data.fields.reduce(into: Set<Int>()) { $0.formUnion(columnsFilled($1.value)) }
  let known = columnsOfKnownClasses(run, data)
  // Two uses of a column, with `impute` and without, have the same to tell.
  var told: Set<String> = []
  for index in needed.sorted() {
    let column = dataset.columns[index]
    let isClass = known.contains(index) && column.imputed == nil
    if column.missing > 0 && (isClass || column.role == .number && !filled.contains(index)) {
      console.fail(
        "\(path): the column \(column.name) lacks a value in \(column.missing) of \(dataset.rows) rows",
        hint: "fill it, or let the program fill it with impute and train again")
      throw CommandFailure(code: .rejected)
    }
    let texts = column.unseen.prefix(3).map { unseen in
      "\(column.name) is \(printable(unseen.value)) in \(unseen.rows) row\(unseen.rows == 1 ? "" : "s")"
        + " (\(unseen.rows == 1 ? "" : "first ")row \(unseen.firstRow)), which the training never saw"
    }
    if isClass, let first = texts.first {
      console.fail(
        "\(path): \(first)",
        hint: "correct it, or write one_hot or impute in the program, which give it a meaning, and train again")
      throw CommandFailure(code: .rejected)
    }
    for text in texts where told.insert(text).inserted {
      console.tell(console.style("warning", .yellow) + ": \(path): \(text)")
    }
  }
}

/// The columns of classes that the outputs use as numbers of rows in a table (`embed`) or in another way that has no
/// meaning for a class outside the list. Only `one_hot` has: zeros.
private func columnsOfKnownClasses(_ run: SavedRun, _ data: CheckedData) -> Set<Int> {
  guard let graph = predictionGraph(run, data, materialized: []) else { return [] }
  var result: Set<Int> = []
  /// The column that a value holds the classes of.
  var source: [Int: Int] = [:]
  for (position, node) in graph.nodes.enumerated() {
    if case .input(let name) = node.op {
      guard name.hasPrefix("column "), let index = Int(name.dropFirst("column ".count)) else { continue }
      if data.columns[index].role == .category && data.columns[index].tokens == nil { source[position] = index }
      continue
    }
    guard let index = node.inputs.compactMap({ source[$0.index] }).first else { continue }
    switch node.op {
    case .reshape, .permute, .broadcast, .slice, .lift: source[position] = index
    case .map(.equal): break
    default: result.formUnion(node.inputs.compactMap { source[$0.index] })
    }
  }
  for output in graph.outputs { if let index = source[output.value.index] { result.insert(index) } }
  return result
}

/// Refuses tensors of other sizes than the program's.
func requireSizes(_ dataset: Dataset, _ data: CheckedData, path: String) throws(Datasets.DataProblem) {
  func plain(_ sizes: [Int]) -> [Int] { Array(sizes.reversed().drop { $0 == 1 }.reversed()) }
  for (index, column) in dataset.columns.enumerated() where column.isPresent && column.role == .tensor {
    guard let wanted = data.tensorSizes(ofColumn: index), plain(column.shape) != plain(wanted) else { continue }
    var name = column.name
    if case .name(let key) = data.columns[index].key { name = key }
    throw Datasets.DataProblem(
      DataCodes.columnKind, path: path,
      reason: "`\(name)` is \(column.shape) a row, the run was trained on \(wanted)")
  }
}

/// Refuses a file of named tensors that has none of the names that the program knows.
func requireNames(_ names: [String], _ data: CheckedData, needed: Set<Int>, path: String) throws(Datasets.DataProblem) {
  var known: [String] = []
  for index in needed.sorted() {
    if case .name(let name) = data.columns[index].key { known.append(name) }
  }
  let fields = data.fields.filter { !columnsRead($0.value).isDisjoint(with: needed) }.map(\.name)
  guard !known.isEmpty, !names.contains(where: { known.contains($0) || fields.contains($0) }) else { return }
  throw Datasets.DataProblem(
    DataCodes.missingColumn, path: path,
    reason: "there is no tensor \(known.prefix(12).joined(separator: ", ")) in it",
    hint: "it holds \(names.sorted().prefix(12).map(printable).joined(separator: ", "))")
}

/// The graph of the outputs, with some fields as inputs; nil where there are no outputs.
func predictionGraph(_ run: SavedRun, _ data: CheckedData, materialized: Set<String>) -> Graph? {
  let raw = data.columns.indices.map { index -> RawColumn in
    let use = data.columns[index]
    var shape: [Int] = []
    if case .range(let range)? = use.offsets { shape = [range.count] }
    if let tokens = use.tokens { shape = [tokens.length] }
    switch use.role {
    case .number: return RawColumn(dtype: .float32, shape: shape)
    case .category: return RawColumn(dtype: .int32, shape: shape)
    case .tensor: return RawColumn(dtype: .uint8, shape: data.tensorSizes(ofColumn: index) ?? shape)
    }
  }
  var layouts: [Int: ModelLayout] = [:]
  for (index, layer) in run.program.layers.enumerated() where layer.isModel {
    layouts[index] = run.program.layout(ofModel: index)
  }
  let elaborator = TrainElaborator(
    program: run.program, train: run.train, columns: raw, fitted: run.constants, materialized: materialized,
    layouts: layouts)
  return elaborator.prediction()?.graph
}

/// The columns behind the inputs of the prediction graph.
func neededColumns(_ run: SavedRun, _ data: CheckedData) -> Set<Int> {
  guard let graph = predictionGraph(run, data, materialized: Set(data.fields.map(\.name))) else { return [] }
  var columns: Set<Int> = []
  for node in graph.nodes {
    guard case .input(let name) = node.op else { continue }
    if name.hasPrefix("column "), let index = Int(name.dropFirst("column ".count)) { columns.insert(index) }
    guard name.hasPrefix("field ") else { continue }
    if let field = data.fields.first(where: { $0.name == name.dropFirst(6) }) {
      columns.formUnion(columnsRead(field.value))
    }
  }
  return columns
}

/// The columns whose missing values a field fills.
private func columnsFilled(_ expression: CheckedExpression) -> Set<Int> {
  switch expression.kind {
  case .transform("impute", _, _, let inner): return columnsRead(inner)
  case .transform(_, _, _, let inner), .negate(let inner), .slice(let inner, _): return columnsFilled(inner)
  case .list(let elements): return elements.reduce(into: []) { $0.formUnion(columnsFilled($1)) }
  case .arithmetic(let first, let rest):
    return rest.reduce(into: columnsFilled(first)) { $0.formUnion(columnsFilled($1.1)) }
  case .call(let call): return call.inputs.compactMap { $0 }.reduce(into: []) { $0.formUnion(columnsFilled($1)) }
  default: return []
  }
}

/// The columns that a field reads.
func columnsRead(_ expression: CheckedExpression) -> Set<Int> {
  var result: Set<Int> = []
  expression.visit { part in
    switch part.kind {
    case .column(let index): result.insert(index)
    case .encode(let encoding): result.insert(encoding.column)
    default: break
    }
  }
  return result
}
