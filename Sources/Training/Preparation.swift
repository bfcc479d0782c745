import Checking
import Datasets
import Declarations
import Elaboration
import Execution
import Graphs
import Layers
import Lowering
import Tensors

/// Everything that must be known before the first step: layouts, fitted transforms, ready-made fields, weights.
struct Preparation {
  var layouts: [Int: ModelLayout]
  var fitted: [String: [String: HostTensor]]
  var elaborator: TrainElaborator

  /// Rows at a time while fields are computed.
  static let chunk = 256
  /// Fields are computed once for all rows where together they take no more than this; else in every batch.
  static let materializedLimit = 512 << 20

  /// Fits the transforms to the training rows and computes the fields that are cheap to keep.
  init(
    program: CheckedProgram, train: CheckedTrain, context: RuntimeContext, fitted saved: [String: [String: HostTensor]]?
  ) throws {
    let data = program.data[train.data]
    let columns = data.columns.indices.map { index -> RawColumn in
      let dtype = context.dataset.columnType(index).dtype
      var shape = context.dataset.columnType(index).shape
      let column = context.dataset.columns[index]
      if !column.isPresent, column.role == .tensor, let sizes = data.tensorSizes(ofColumn: index) { shape = sizes }
      // A column that was not read, because no output needs it, keeps the type that it would have.
      return RawColumn(dtype: !column.isPresent && column.role == .category ? .int32 : dtype, shape: shape)
    }
    var layouts: [Int: ModelLayout] = [:]
    for (index, layer) in program.layers.enumerated() where layer.isModel {
      layouts[index] = program.layout(ofModel: index)
    }
    var fitted = saved ?? [:]
    func elaborator(materialized: Set<String> = [], drawn: Set<String> = []) -> TrainElaborator {
      TrainElaborator(
        program: program, train: train, columns: columns, fitted: fitted, materialized: materialized, drawn: drawn,
        layouts: layouts)
    }
    for site in elaborator().transformSites where fitted[site.site] == nil {
      let current = elaborator()
      guard let declaration = Catalog.transform[site.name] else { preconditionFailure("no transform \(site.name)") }
      let input = current.input(of: site)
      let precise = PreciseGraph(input, fitted: fitted, dataset: context.dataset)
      let values = try Preparation.values(of: input, precise: precise, rows: context.split.train, context: context)
      let shape = input[input.outputs[0].value].type.shape
      let count = shape.reduce(1, *)
      if let place = values.firstIndex(where: \.isInfinite) {
        let field = site.site.split(separator: ".").dropFirst().first.map(String.init) ?? site.site
        let row = Int(context.split.train[place / max(count, 1)]) + 1
        throw DataProblem.notFinite(
          field: field, at: current.place(ofField: field), row: row, value: Float(values[place]),
          path: context.dataset.path)
      }
      let width = current.isWindow(site) && !shape.isEmpty ? count / shape[0] : count
      fitted[site.site] = FittedConstant.tensors(
        declaration.fit(values, width, current.settings(of: site)), keepsRest: precise != nil)
      try Preparation.store(fitted[site.site]!, site: site.site, in: context.store)
    }
    for (site, constants) in fitted { try Preparation.store(constants, site: site, in: context.store) }
    let whole = elaborator()
    let names = try Preparation.keepFields(data: data, elaborator: whole, context: context)
    self.layouts = layouts
    self.fitted = fitted
    self.elaborator = elaborator(materialized: Set(names), drawn: Set(names.filter { whole.isDrawn(field: $0) }))
  }

  static func store(_ constants: [String: HostTensor], site: String, in store: ParameterStore) throws {
    for (name, value) in constants {
      let path = TrainElaborator.constantPath(site: site, name: name)
      try store.allocate(path, shape: value.shape)
      try store.set(path, value)
    }
  }

  /// Computes a one-output graph for some rows, in double precision for a fit.
  private static func values(
    of graph: Graph, precise: PreciseGraph?, rows: [Int32], context: RuntimeContext
  ) throws -> [Double] {
    let compiled = CompiledGraph(graph, context: context)
    var values: [Double] = []
    values.reserveCapacity(rows.count * graph[graph.outputs[0].value].type.count)
    try forEachChunk(rows, of: chunk) { part in
      if let precise {
        values += precise.values(rows: part)
        return
      }
      let variant = try compiled.variant(batch: part.count)
      variant.source.fill(part)
      variant.executable.run(iteration: 0, rows: part.baseAddress!)
      for value in variant.executable.output(graph.outputs[0].name) { values.append(Double(value)) }
    }
    return values
  }

  /// Computes the fields that are delivered ready-made; returns their names. Number and category columns are cheap to
  /// turn into fields once; bytes stay bytes until they are used. What needs double precision is computed once too, or
  /// where it would fill the memory for every batch.
  private static func keepFields(
    data: CheckedData, elaborator: TrainElaborator, context: RuntimeContext
  ) throws -> [String] {
    let dataset = context.dataset
    let rows = dataset.rows
    var total = 0
    var names: [String] = []
    for field in data.fields {
      // Texts are gathered from the columns, where their ends can be seen.
      if field.type.shape.axes.contains(where: \.isVarying) || !isPresent(field, in: dataset) { continue }
      guard let graph = elaborator.field(field.name) else { continue }
      let isPlain = graph.nodes.allSatisfy { node in
        switch node.op {
        case .input(let name):
          (node.type.dtype != .uint8 || node.type.shape.isEmpty)
            && Int(name.dropFirst("column ".count)).map { index in
              // Windows overlap: they are gathered from the rows, which are kept once.
              dataset.columns[index].offsets == nil
            } ?? true
        default: true
        }
      }
      let precise = PreciseGraph(graph, fitted: elaborator.fitted, dataset: dataset)
      guard isPlain || precise != nil,
        let bytes = checkedProduct([rows, graph[graph.outputs[0].value].type.count, 4])
      else { continue }
      let fits = total + bytes <= materializedLimit
      if fits { total += bytes }
      let refusing = FiniteRule(
        field: field.name, place: elaborator.place(ofField: field.name), path: dataset.path)
      if let precise {
        context.fields[field.name] =
          fits ? .store(try materialize(precise, refusing, dataset)) : .precise(precise)
      } else if fits {
        context.fields[field.name] = .store(try materialize(graph, refusing, context: context))
      } else {
        continue
      }
      names.append(field.name)
    }
    return names
  }

  /// Whether the data set has all columns that a field reads.
  private static func isPresent(_ field: CheckedField, in dataset: Dataset) -> Bool {
    var result = true
    field.value.visit { part in
      switch part.kind {
      case .column(let index): if !dataset.columns[index].isPresent { result = false }
      case .encode(let encoding): if !dataset.columns[encoding.column].isPresent { result = false }
      default: break
      }
    }
    return result
  }

  private static func materialize(_ graph: Graph, _ refusing: FiniteRule, context: RuntimeContext) throws -> RowStore {
    let output = graph.outputs[0]
    let width = graph[output.value].type.count * 4
    let store = RowStore(rows: context.dataset.rows, bytesPerRow: width)
    let compiled = CompiledGraph(graph, context: context)
    let all = Array(0..<Int32(context.dataset.rows))
    try forEachChunk(all, of: chunk) { part in
      let variant = try compiled.variant(batch: part.count)
      variant.source.fill(part)
      variant.executable.run(iteration: 0, rows: part.baseAddress!)
      let values =
        graph[output.value].type.dtype == .int32
        ? UnsafeRawBufferPointer(variant.executable.integerOutput(output.name))
        : UnsafeRawBufferPointer(variant.executable.output(output.name))
      if graph[output.value].type.dtype == .float32 {
        try refusing.require(variant.executable.output(output.name), rows: part)
      }
      (store.base + Int(part[0]) * width).copyMemory(from: values.baseAddress!, byteCount: part.count * width)
    }
    return store
  }

  /// Rows whose windows leave the data stay 0: no example stands for them.
  private static func materialize(_ graph: PreciseGraph, _ refusing: FiniteRule, _ dataset: Dataset) throws -> RowStore
  {
    let width = graph.width
    let store = RowStore(rows: dataset.rows + 1, bytesPerRow: width * 4)
    store.base.initializeMemory(as: UInt8.self, repeating: 0, count: store.rows * store.bytesPerRow)
    try forEachChunk(graph.rows.map { Int32($0) }, of: chunk) { part in
      let target = store.base + Int(part[0]) * width * 4
      graph.fill(part, into: target)
      guard !graph.hasWindows, !graph.isWhole else { return }
      let values = UnsafeBufferPointer(start: target.assumingMemoryBound(to: Float.self), count: part.count * width)
      try refusing.require(values, rows: part)
    }
    return store
  }
}

/// Calls the body with consecutive parts of the rows, all of one size but the last.
func forEachChunk(
  _ rows: [Int32], of size: Int, _ body: (UnsafeBufferPointer<Int32>) throws -> Void
) rethrows {
  try rows.withUnsafeBufferPointer { all in
    var start = 0
    while start < all.count {
      let end = min(start + size, all.count)
      try body(UnsafeBufferPointer(rebasing: all[start..<end]))
      start = end
    }
  }
}

/// Refuses a field that is no number for some row.
private struct FiniteRule {
  let field: String
  /// Where the program says what it is.
  let place: String
  /// The file of the data.
  let path: String

  func require(
    _ values: UnsafeBufferPointer<Float>, rows: UnsafeBufferPointer<Int32>
  ) throws(DataProblem) {
    guard let index = values.firstIndex(where: { !$0.isFinite }) else { return }
    let width = max(values.count / max(rows.count, 1), 1)
    throw .notFinite(
      field: field, at: place, row: Int(rows[index / width]) + 1, value: values[index], path: path)
  }
}

extension TrainElaborator {
  /// Where a file says what a field is: `net.nnet:2:18`.
  fileprivate func place(ofField name: String) -> String {
    guard let span = data.fields.first(where: { $0.name == name })?.value.span else { return data.name }
    let file = program.sources[span.file]
    let position = file.position(at: Int(span.start))
    return "\(file.path):\(position.line):\(position.column)"
  }
}
