/// Checks that a graph is well formed: inputs precede their uses, every type is what its rule says, names have one type,
/// effects are assigns, bodies of composites and scans are pure.
///
/// - Throws: ``GraphError`` with the first fault and its node.
package func verify(_ graph: Graph) throws {
  var types: [String: ValueType] = [:]
  for (index, node) in graph.nodes.enumerated() {
    do {
      try require(node.inputs.allSatisfy { $0.index >= 0 && $0.index < index }, "an input does not precede its use")
      let type = try resultType(of: node.op, inputs: node.inputs.map { graph[$0].type }, declared: node.type)
      try require(type == node.type, "is \(type) by its rule, and says \(node.type)")
      try verifyNames(node, &types)
      switch node.op {
      case .composite(let composite): try verifyBody(composite.body, of: composite.name)
      case .scan(let scan):
        try verifyBody(scan.body, of: "scan")
        try require(!scan.body.nodes.contains { $0.op.definition.sumsBatch }, "a scan's body mixes examples")
      default: break
      }
    } catch let error as GraphError {
      throw GraphError("%\(index) \(node.origin.path): \(error.description)")
    }
  }
  for output in graph.outputs {
    try require(graph.nodes.indices.contains(output.value.index), "output \(output.name) does not exist")
  }
  try require(Set(graph.outputs.map(\.name)).count == graph.outputs.count, "two outputs have one name")
  for effect in graph.effects {
    try require(graph.nodes.indices.contains(effect.index), "effect \(effect) does not exist")
    guard case .assign = graph[effect].op else { throw GraphError("effect \(effect) is no assign") }
  }
}

private func verifyNames(_ node: Node, _ types: inout [String: ValueType]) throws {
  let key: String
  switch node.op {
  case .input(let name): key = "input \(name)"
  case .parameter(let path), .assign(let path): key = "parameter \(path)"
  default: return
  }
  let previous = types.updateValue(node.type, forKey: key)
  try require(previous == nil || previous == node.type, "\(key) has two types")
}

/// Bodies read only what they are given.
private func verifyBody(_ body: Graph, of name: String) throws {
  try verify(body)
  for inner in body.nodes {
    switch inner.op {
    case .assign, .parameter: throw GraphError("the body of \(name) is not pure")
    default: break
    }
  }
}
