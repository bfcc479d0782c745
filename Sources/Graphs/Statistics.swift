extension Graph {
  /// Floating-point operations of one run over a batch; a fused multiply and add counts as two.
  package func arithmetic(batch: Int) -> Int {
    nodes.indices.reduce(0) { $0 + arithmetic(of: ValueID($1), batch: batch) }
  }

  /// Floating-point operations of one node over a batch.
  package func arithmetic(of id: ValueID, batch: Int) -> Int {
    let node = self[id]
    let once = node.op.definition.arithmetic(inputs: node.inputs.map { self[$0].type }, result: node.type)
    let isShared = node.inputs.allSatisfy { self[$0].type.isShared } && node.type.isShared
    return isShared ? once : once * batch
  }

  /// Floating-point operations over a batch by the path of the instance that asked for them, in order of appearance.
  package func arithmeticByPath(batch: Int) -> [(path: String, arithmetic: Int)] {
    var result: [(path: String, arithmetic: Int)] = []
    var place: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      let amount = arithmetic(of: ValueID(index), batch: batch)
      if let known = place[node.origin.path] {
        result[known].arithmetic += amount
      } else {
        place[node.origin.path] = result.count
        result.append((node.origin.path, amount))
      }
    }
    return result
  }

  /// The parameters that the graph reads or writes, in order of appearance.
  package var parameters: [(path: String, type: ValueType)] {
    var seen: Set<String> = []
    return nodes.compactMap { node in
      switch node.op {
      case .parameter(let path), .assign(let path): seen.insert(path).inserted ? (path, node.type) : nil
      default: nil
      }
    }
  }

  /// The inputs that the graph reads, in order of appearance.
  package var inputs: [(name: String, type: ValueType)] {
    nodes.compactMap { node in
      if case .input(let name) = node.op { (name, node.type) } else { nil }
    }
  }
}
