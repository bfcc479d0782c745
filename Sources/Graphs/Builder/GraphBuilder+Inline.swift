extension GraphBuilder {
  /// Emits the nodes of a graph whose inputs are named "0", "1", …; returns the values of its outputs.
  package func inline(_ graph: Graph, inputs: [ValueID]) -> [ValueID] {
    var place: [ValueID] = []
    place.reserveCapacity(graph.nodes.count)
    for node in graph.nodes {
      if case .input(let name) = node.op, let index = Int(name) {
        place.append(inputs[index])
      } else {
        place.append(emit(node.op, node.inputs.map { place[$0.index] }, declared: node.type))
      }
    }
    return graph.outputs.map { place[$0.value.index] }
  }
}

extension Graph {
  /// The same program with the body of every composite in its place, at all depths.
  package func inlined() -> Graph {
    guard nodes.contains(where: \.op.isComposite) else { return self }
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
}
