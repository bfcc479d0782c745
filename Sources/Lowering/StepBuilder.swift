import Graphs
import Tensors

/// Gives a graph its batch: turns every node into a view or a step over concrete shapes.
struct StepBuilder {
  let graph: Graph
  let batch: Int
  let options: LoweringOptions
  var steps: [Step] = []
  private var storages: [Place: Int] = [:]
  private var copies: [View: Int] = [:]
  /// What the inputs of a loop's body are; nil for a whole program.
  var arguments: [String: Operand]?
  /// Which nodes loops read step by step.
  let isReadByLoops: [Bool]
  /// The parts of the scans' flat values, by node: time is an axis of its own there.
  var scanParts: [Int: [Operand]] = [:]
  /// Slices of scans that are whole steps, with time as an axis of its own.
  var scanSlices: [Int: Operand] = [:]
  /// The states before each step, by the memory that holds them.
  var previousStates: [Int: PreviousStates] = [:]

  init(graph: Graph, batch: Int, options: LoweringOptions) {
    self.graph = graph
    self.batch = batch
    self.options = options
    isReadByLoops = Self.readByLoops(graph)
  }

  /// The steps of a graph, in an order in which every operand precedes its use.
  static func run(_ graph: Graph, batch: Int, options: LoweringOptions) throws(LoweringError) -> [Step] {
    try checkSizes(graph, batch)
    var builder = StepBuilder(graph: graph, batch: batch, options: options)
    let values = try builder.lowerAll()
    builder.storeResults(values)
    return builder.steps
  }

  /// Refuses sizes that cannot be addressed.
  static func checkSizes(_ graph: Graph, _ batch: Int) throws(LoweringError) {
    for node in graph.nodes {
      guard let count = checkedProduct(node.type.shape + [node.type.isShared ? 1 : batch]), count < 1 << 56 else {
        throw .tooLarge(node.origin)
      }
    }
  }

  /// The operands for all nodes.
  mutating func lowerAll() throws(LoweringError) -> [Operand] {
    var values: [Operand] = []
    values.reserveCapacity(graph.nodes.count)
    for index in graph.nodes.indices { values.append(try lower(index, values)) }
    return values
  }

  /// The shape with the batch in front, where there is one.
  func sizes(_ type: ValueType) -> [Int] { type.isShared ? type.shape : [batch] + type.shape }

  private mutating func storeResults(_ values: [Operand]) {
    var lastWrite: [String: ValueID] = [:]
    for effect in graph.effects { if case .assign(let path) = graph[effect].op { lastWrite[path] = effect } }
    for effect in graph.effects {
      guard case .assign(let path) = graph[effect].op else { preconditionFailure("an effect is an assign") }
      guard lastWrite[path] == effect else { continue }
      let node = graph[graph[effect].inputs[0]]
      var value = flattened(graph[effect].inputs[0], values)
      // What is read from a parameter is copied before any parameter is written.
      if let view = value.view, case .storage(.parameter) = steps[view.root].kind {
        value = .view(copied(view, node.type.dtype, node.origin))
      }
      append(.store(.parameter(path)), [value], sizes(node.type), node.type.dtype, graph[effect].origin)
    }
    for output in graph.outputs {
      let node = graph[output.value]
      append(
        .store(.output(output.name)), [flattened(output.value, values)], sizes(node.type), node.type.dtype, node.origin)
    }
  }

  @discardableResult
  mutating func append(
    _ kind: Step.Kind, _ operands: [Operand], _ sizes: [Int], _ dtype: DType, _ origin: Origin
  ) -> Int {
    steps.append(Step(kind: kind, operands: operands, sizes: sizes, dtype: dtype, origin: origin))
    return steps.count - 1
  }

  /// A new step's whole result.
  mutating func result(
    _ kind: Step.Kind, _ operands: [Operand], _ sizes: [Int], _ dtype: DType, _ origin: Origin
  ) -> Operand {
    .view(View(whole: append(kind, operands, sizes, dtype, origin), sizes: sizes))
  }

  /// A dense copy of a view; the same one where there is one already.
  mutating func copied(_ view: View, _ dtype: DType, _ origin: Origin) -> View {
    if let known = copies[view], steps[known].dtype == dtype { return View(whole: known, sizes: view.sizes) }
    let copy = append(.convert, [.view(view)], view.sizes, dtype, origin)
    copies[view] = copy
    return View(whole: copy, sizes: view.sizes)
  }

  /// The operand as a view: a number becomes a constant.
  mutating func viewed(_ operand: Operand, _ sizes: [Int], _ dtype: DType, _ origin: Origin) -> View {
    switch operand {
    case .view(let view): return view
    case .number(let number):
      let values: HostTensor.Storage = dtype == .int32 ? .int32([Int32(number)]) : .float32([Float(number)])
      let one = storage(
        .constant(HostTensor(shape: [], storage: values)), ValueType(dtype, [], isShared: true), origin)
      guard let view = one.view else { preconditionFailure("storage is a view") }
      return View(root: view.root, sizes: sizes, strides: sizes.map { _ in 0 })
    }
  }

  mutating func storage(_ place: Place, _ type: ValueType, _ origin: Origin) -> Operand {
    let sizes = sizes(type)
    if let known = storages[place] { return .view(View(whole: known, sizes: sizes)) }
    let step = append(.storage(place), [], sizes, type.dtype, origin)
    storages[place] = step
    return .view(View(whole: step, sizes: sizes))
  }

  private mutating func lower(_ index: Int, _ values: [Operand]) throws(LoweringError) -> Operand {
    let node = graph.nodes[index]
    if let value = lowerPart(index, node) { return value }
    var operands: [Operand] = []
    for input in node.inputs { operands.append(flattened(input, values)) }
    let (type, origin) = (node.type, node.origin)
    switch node.op {
    case .input(let name): return arguments?[name] ?? storage(.input(name), type, origin)
    case .parameter(let path): return storage(.parameter(path), type, origin)
    case .constant(let tensor): return storage(.constant(tensor), type, origin)
    case .fill(let number): return .number(number)
    case .batchCount: return .number(Double(batch))
    case .iota(let axis): return iota(axis, type, origin)
    case .random(let draw):
      let kind = Step.Kind.random(draw, perRow: type.count, isShared: type.isShared)
      return result(kind, [], sizes(type), type.dtype, origin)
    case .map(let function):
      if let number = folded(function, operands) { return .number(number) }
      return elementwise(.map(function), index, operands)
    case .cast: return elementwise(.convert, index, operands)
    case .reshape, .permute, .broadcast, .slice, .lift, .pad, .concat:
      return lowerMovement(index, node, operands)
    case .reduceSum(let axes):
      return reduce(Reduction(isMaximum: false, axes: batched(axes, graph[node.inputs[0]])), node, operands[0])
    case .reduceMax(let axes):
      return reduce(Reduction(isMaximum: true, axes: batched(axes, graph[node.inputs[0]])), node, operands[0])
    case .batchSum: return reduce(Reduction(isMaximum: false, axes: [0]), node, operands[0])
    case .argMax(let axis): return argMax(axis, node, operands[0])
    case .matmul(let matmul): return multiply(matmul, index, node, operands)
    case .gather: return gather(index, node, operands)
    case .scatterAdd(let rows, let sumsBatch): return scatterAdd(rows, sumsBatch, node, operands)
    case .stopGradient: return operands[0]
    case .composite(let composite): return lowerComposite(composite, node, operands)
    case .assign: return .number(0)
    case .convolution(let convolution): return convolve(convolution, node, operands)
    case .windows(let window, let padding): return lowerWindows(window, padding, node, operands[0])
    case .fold(let window): return fold(window, node, operands[0])
    case .scan(let scan):
      scanParts[index] = try lowerScan(scan, node, operands)
      return .number(0)
    case .batchStack(let count), .ownRow(let count):
      precondition(batch == count, "the graph is made for batches of \(count)")
      return operands[0]
    }
  }

  /// The value of a function of numbers: the batch's count has become one.
  private func folded(_ function: ScalarFunction, _ operands: [Operand]) -> Double? {
    guard options.foldsConstants else { return nil }
    var numbers: [Double] = []
    for operand in operands {
      guard case .number(let number) = operand else { return nil }
      numbers.append(Double(Float(number)))
    }
    return Double(Float(apply(function, numbers)))
  }

  /// Axes of a per-example shape as axes behind the batch.
  func batched(_ axes: [Int], _ node: Node) -> [Int] { node.type.isShared ? axes : axes.map { $0 + 1 } }

  private mutating func iota(_ axis: Int, _ type: ValueType, _ origin: Origin) -> Operand {
    let size = type.shape[axis]
    let numbers: HostTensor.Storage =
      type.dtype == .int32 ? .int32((0..<Int32(size)).map { $0 }) : .float32((0..<size).map { Float($0) })
    let line = storage(
      .constant(HostTensor(shape: [size], storage: numbers)), ValueType(type.dtype, [size], isShared: true), origin)
    guard let view = line.view else { preconditionFailure("storage is a view") }
    return .view(view.broadcast(to: type.shape, axes: [axis]))
  }
}
