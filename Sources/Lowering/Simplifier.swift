import Graphs
import Tensors

/// Rewrites a graph node by node, in order: inlines composites, applies the rules of algebra, folds constants, and
/// gives equal nodes one value. Every rule keeps values exactly, the sign of zero and NaN included.
struct Simplifier {
  private struct Key: Hashable {
    var op: Operator
    var inputs: [ValueID]
    var type: ValueType
  }

  let options: LoweringOptions
  let batch: Int
  var graph = Graph()
  private var known: [Key: ValueID] = [:]
  /// Elementwise functions of which only slices are read.
  var isOnlySliced: Set<Int> = []

  init(options: LoweringOptions, batch: Int) {
    self.options = options
    self.batch = batch
  }

  /// The simplified graph, with the same outputs and effects.
  static func run(_ graph: Graph, batch: Int, options: LoweringOptions) -> Graph {
    var simplifier = Simplifier(options: options, batch: batch)
    let values = simplifier.insert(graph, prefix: Origin()) { simplifier, node in
      simplifier.add(node.op, [], node.type, node.origin)
    }
    simplifier.graph.outputs = graph.outputs.map { Graph.Output($0.name, values[$0.value.index]) }
    simplifier.graph.effects = graph.effects.map { values[$0.index] }
    return options.dropsDeadCode ? withoutDeadParts(withoutDeadCode(simplifier.graph)) : simplifier.graph
  }

  /// Adds all nodes of a graph or of a composite's body; `input` says what its inputs stand for.
  private mutating func insert(
    _ source: Graph, prefix: Origin, input: (inout Simplifier, Node) -> ValueID
  ) -> [ValueID] {
    var values: [ValueID] = []
    values.reserveCapacity(source.nodes.count)
    let sliced = onlySliced(source)
    for (index, node) in source.nodes.enumerated() {
      let inputs = node.inputs.map { values[$0.index] }
      let origin = node.origin == Origin() ? prefix : node.origin
      switch node.op {
      case .input:
        values.append(input(&self, node))
      case .composite(let composite) where !(options.usesFusedComposites && hasFusedKernel(composite, inputs)):
        let body = insert(composite.body, prefix: origin) { _, bodyInput in
          guard case .input(let name) = bodyInput.op, let index = Int(name), index < inputs.count else {
            preconditionFailure("a composite's body names its inputs 0, 1, …")
          }
          return inputs[index]
        }
        guard let result = composite.body.outputs.first else { preconditionFailure("a composite has one output") }
        values.append(body[result.value.index])
      default:
        values.append(add(node.op, inputs, node.type, origin))
        if sliced[index], case .map = graph[values[index]].op { isOnlySliced.insert(values[index].index) }
      }
    }
    return values
  }

  private func hasFusedKernel(_ composite: Composite, _ inputs: [ValueID]) -> Bool {
    FusedComposite(composite, inputs: inputs.map { graph[$0].type }) != nil
  }

  /// The value of a node, simplified: an existing one where the rules find one.
  mutating func add(_ op: Operator, _ inputs: [ValueID], _ type: ValueType, _ origin: Origin) -> ValueID {
    if case .assign = op { return append(op, inputs, type, origin) }
    if options.foldsConstants, let folded = fold(op, inputs, type, origin) { return folded }
    if options.simplifiesAlgebra, let simpler = simplify(op, inputs, type, origin) { return simpler }
    if options.multipliesTables, let simpler = multiplyTable(op, inputs, type, origin) { return simpler }
    guard options.sharesSubexpressions else { return append(op, inputs, type, origin) }
    let key = Key(op: op, inputs: inputs, type: type)
    if let value = known[key] { return value }
    let value = append(op, inputs, type, origin)
    known[key] = value
    return value
  }

  /// The value of a node that is already there.
  func existing(_ op: Operator, _ inputs: [ValueID], _ type: ValueType) -> ValueID? {
    known[Key(op: op, inputs: inputs, type: type)]
  }

  private mutating func append(
    _ op: Operator, _ inputs: [ValueID], _ type: ValueType, _ origin: Origin
  ) -> ValueID {
    graph.nodes.append(Node(op: op, inputs: inputs, type: type, origin: origin))
    return ValueID(graph.nodes.count - 1)
  }

  private mutating func simplify(
    _ op: Operator, _ inputs: [ValueID], _ type: ValueType, _ origin: Origin
  ) -> ValueID? {
    switch op {
    case .stopGradient: return inputs[0]
    case .map(let function):
      return simplifyMap(function, inputs, type, origin) ?? hoistMap(function, inputs, type, origin)
    case .cast: return simplifyCast(inputs[0], type, origin)
    case .reshape, .permute, .broadcast, .slice, .pad, .concat, .lift:
      return simplifyMovement(op, inputs, type, origin)
    case .reduceSum(let axes), .reduceMax(let axes):
      let shape = graph[inputs[0]].type.shape
      if axes.allSatisfy({ shape[$0] == 1 }) { return reshaped(inputs[0], type, origin) }
      guard case .reduceSum = op else { return nil }
      return sumBeforePooling(axes, inputs[0], type, origin)
    default: return nil
    }
  }

  /// A reshape to the type's shape, or the value itself where it has it.
  mutating func reshaped(_ value: ValueID, _ type: ValueType, _ origin: Origin) -> ValueID {
    graph[value].type.shape == type.shape ? value : add(.reshape(type.shape), [value], type, origin)
  }

  /// One number in every element of a type, shared or per example.
  mutating func filled(_ number: Double, _ type: ValueType, _ origin: Origin) -> ValueID {
    var shared = type
    shared.isShared = true
    let value = add(.fill(number), [], shared, origin)
    return type.isShared ? value : add(.lift, [value], type, origin)
  }

  /// Drops nodes that neither outputs nor effects reach.
  static func withoutDeadCode(_ graph: Graph) -> Graph {
    var isLive = [Bool](repeating: false, count: graph.nodes.count)
    for output in graph.outputs { isLive[output.value.index] = true }
    for effect in graph.effects { isLive[effect.index] = true }
    for index in graph.nodes.indices.reversed() where isLive[index] {
      for input in graph.nodes[index].inputs { isLive[input.index] = true }
    }
    var result = Graph()
    var moved = [ValueID](repeating: ValueID(0), count: graph.nodes.count)
    for (index, node) in graph.nodes.enumerated() where isLive[index] {
      moved[index] = ValueID(result.nodes.count)
      var node = node
      node.inputs = node.inputs.map { moved[$0.index] }
      result.nodes.append(node)
    }
    result.outputs = graph.outputs.map { Graph.Output($0.name, moved[$0.value.index]) }
    result.effects = graph.effects.map { moved[$0.index] }
    return result
  }
}
