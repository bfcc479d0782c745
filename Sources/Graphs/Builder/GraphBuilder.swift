import Tensors

/// Builds a graph node by node, each checked as it is made; equal pure nodes become one.
///
/// A broken shape rule is a bug of the caller, and traps with the rule's message.
package final class GraphBuilder {
  /// Where the nodes that are made now come from.
  package var origin = Origin()
  /// Hand-written gradients of composites.
  package let compositeGradients: CompositeGradients
  package private(set) var nodes: [Node] = []

  private struct Key: Hashable {
    var op: Operator
    var inputs: [ValueID]
    var type: ValueType
  }
  private var known: [Key: ValueID] = [:]
  private var inputTypes: [String: ValueType] = [:]
  private var parameterTypes: [String: ValueType] = [:]
  private var assigns: [ValueID] = []

  /// Around the body of a loop: the builder of what is outside, and the outer values that the body reads.
  private let outer: GraphBuilder?
  private(set) var captures: [ValueID] = []

  package init(compositeGradients: CompositeGradients = .standard) {
    self.compositeGradients = compositeGradients
    outer = nil
  }

  /// A builder for the body of a loop or of a composite.
  init(inside outer: GraphBuilder) {
    compositeGradients = outer.compositeGradients
    self.outer = outer
    origin = outer.origin
  }

  /// In a loop's body: a value from outside, the same at each step.
  package func capture(_ value: ValueID) -> ValueID {
    guard let outer else { preconditionFailure("only a loop's body captures values") }
    let index = captures.firstIndex(of: value) ?? captures.count
    if index == captures.count { captures.append(value) }
    return input("capture \(index)", outer.type(of: value))
  }

  package func type(of id: ValueID) -> ValueType { nodes[id.index].type }
  package func shape(of id: ValueID) -> [Int] { nodes[id.index].type.shape }
  package subscript(_ id: ValueID) -> Node { nodes[id.index] }

  /// Appends a node, or returns the equal one that exists.
  package func emit(_ op: Operator, _ inputs: [ValueID] = [], declared: ValueType? = nil) -> ValueID {
    let type: ValueType
    do {
      type = try resultType(of: op, inputs: inputs.map(self.type(of:)), declared: declared)
    } catch {
      preconditionFailure("\(origin.path) \(origin.place): \(error)")
    }
    let key = Key(op: op, inputs: inputs, type: type)
    if op.isPure, let existing = known[key] { return existing }
    checkNames(op, type)
    let id = append(Node(op: op, inputs: inputs, type: type, origin: origin))
    if op.isPure { known[key] = id } else { assigns.append(id) }
    return id
  }

  /// The value under a name of its own, so that differentiating by it means this value only, and not other places that
  /// happen to compute the same.
  package func distinct(_ value: ValueID) -> ValueID {
    let type = self.type(of: value)
    return append(Node(op: .reshape(type.shape), inputs: [value], type: type, origin: origin))
  }

  /// Lets an earlier value that is known to be equal stand for a node, so that what computed it may vanish.
  func replace(_ value: ValueID, by equal: ValueID) {
    if case .input = nodes[value.index].op { return }
    precondition(equal.index < value.index && type(of: equal) == type(of: value), "a value of another type or later")
    nodes[value.index].op = .reshape(shape(of: value))
    nodes[value.index].inputs = [equal]
  }

  private func append(_ node: Node) -> ValueID {
    nodes.append(node)
    return ValueID(nodes.count - 1)
  }

  /// One name has one type everywhere.
  private func checkNames(_ op: Operator, _ type: ValueType) {
    switch op {
    case .input(let name):
      precondition(inputTypes.updateValue(type, forKey: name) == nil, "input \(name) has two types")
    case .parameter(let path), .assign(let path):
      let previous = parameterTypes.updateValue(type, forKey: path)
      precondition(previous == nil || previous == type, "parameter \(path) is \(previous!) and \(type)")
    default: break
    }
  }

  /// The graph of what the outputs and the effects need.
  ///
  /// - Parameter effects: `assign` nodes, in the order in which they take effect; all of them where nil.
  package func finish(outputs: [(name: String, value: ValueID)], effects: [ValueID]? = nil) -> Graph {
    var graph = Graph()
    graph.nodes = nodes
    graph.outputs = outputs.map { Graph.Output($0.name, $0.value) }
    graph.effects = effects ?? assigns
    return graph.withoutDeadNodes()
  }
}

extension Operator {
  /// Whether equal nodes may become one, and unused ones vanish.
  package var isPure: Bool {
    if case .assign = self { return false }
    return true
  }
}

extension Graph {
  /// The same graph without nodes that no output and no effect needs. Inputs go too, where nothing reads them.
  package func withoutDeadNodes() -> Graph {
    var isLive = [Bool](repeating: false, count: nodes.count)
    for output in outputs { isLive[output.value.index] = true }
    for effect in effects { isLive[effect.index] = true }
    for index in nodes.indices.reversed() where isLive[index] {
      for input in nodes[index].inputs { isLive[input.index] = true }
    }
    var place = [ValueID](repeating: ValueID(-1), count: nodes.count)
    var result = Graph()
    for (index, node) in nodes.enumerated() where isLive[index] {
      var node = node
      node.inputs = node.inputs.map { place[$0.index] }
      place[index] = ValueID(result.nodes.count)
      result.nodes.append(node)
    }
    result.outputs = outputs.map { Output($0.name, place[$0.value.index]) }
    result.effects = effects.map { place[$0.index] }
    return result
  }
}
