extension GraphBuilder {
  /// Emits the nodes of a graph whose inputs are named "0", "1", …; returns the values of its outputs.
  package func inline(_ graph: Graph, inputs: [ValueID]) -> [ValueID] {
    let place = inlineNodes(graph, inputs: inputs)
    return graph.outputs.map { place[$0.value.index] }
  }

  /// The same, returning the values of all nodes.
  func inlineNodes(_ graph: Graph, inputs: [ValueID]) -> [ValueID] {
    let outer = origin
    defer { origin = outer }
    var place: [ValueID] = []
    place.reserveCapacity(graph.nodes.count)
    for node in graph.nodes {
      if case .input(let name) = node.op, let index = Int(name) {
        place.append(inputs[index])
      } else {
        origin = node.origin == Origin() ? outer : node.origin
        place.append(emit(node.op, node.inputs.map { place[$0.index] }, declared: node.type))
      }
    }
    return place
  }
}

extension Graph {
  /// The same program with the body of every composite in its place, at all depths and in the bodies of scans.
  package func inlined() -> Graph {
    guard nodes.contains(where: \.op.hasBody) else { return self }
    let builder = GraphBuilder()
    let place = builder.inlineAll(self, inputs: nil)
    return builder.finish(
      outputs: outputs.map { ($0.name, place[$0.value.index]) }, effects: effects.map { place[$0.index] })
  }
}

extension GraphBuilder {
  /// Emits all nodes with composites expanded; `inputs` stand for a body's inputs, nil for those of a whole program.
  fileprivate func inlineAll(_ graph: Graph, inputs: [ValueID]?) -> [ValueID] {
    var place: [ValueID] = []
    place.reserveCapacity(graph.nodes.count)
    for node in graph.nodes {
      if inputs == nil { origin = node.origin }
      let operands = node.inputs.map { place[$0.index] }
      if let inputs, case .input(let name) = node.op, let index = Int(name) {
        place.append(inputs[index])
      } else if case .composite(let composite) = node.op {
        place.append(inlineAll(composite.body, inputs: operands)[composite.body.outputs[0].value.index])
      } else if case .scan(var scan) = node.op {
        scan.body = scan.body.inlined()
        place.append(emit(.scan(scan), operands))
      } else {
        place.append(emit(node.op, operands, declared: node.type))
      }
    }
    return place
  }
}

extension Operator {
  package var isComposite: Bool {
    if case .composite = self { return true }
    return false
  }

  /// Whether the operator holds a graph.
  package var hasBody: Bool {
    switch self {
    case .composite, .scan: true
    default: false
    }
  }
}
