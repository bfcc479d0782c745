// Reverse-mode differentiation as a transformation of the graph: it adds nodes, so that it can be applied to its own
// results (Griewank and Walther, "Evaluating Derivatives", 2nd edition, chapter 3).
extension GraphBuilder {
  /// The gradients of a shared scalar by values; zeros where it does not depend on them.
  package func gradients(of objective: ValueID, by values: [ValueID]) -> [ValueID] {
    precondition(type(of: objective) == ValueType([], isShared: true), "the objective is a shared float32 scalar")
    return adjoints(of: objective, cotangent: fill(1), by: values)
  }

  /// The gradient, for each example, of a per-example scalar by a per-example value. No batchSum may lie between them:
  /// then one example's scalar would depend on another's value.
  package func gradient(of scalar: ValueID, by value: ValueID) -> ValueID {
    precondition(type(of: scalar) == ValueType([], isShared: false), "the scalar is a per-example float32 scalar")
    precondition(!type(of: value).isShared, "the value is per example")
    precondition(!mixesExamples(from: value, to: scalar), "the scalar mixes the examples of the batch")
    return adjoints(of: scalar, cotangent: lift(fill(1)), by: [value])[0]
  }

  /// Whether a value depends on another through a sum over the batch.
  package func mixesExamples(from value: ValueID, to result: ValueID) -> Bool {
    let reached = dependents(of: [value], upTo: result)
    return reached.indices.contains { index in
      reached[index] && nodes[index].type.isShared && nodes[index].inputs.contains { reached[$0.index] }
        && isNeeded(ValueID(index), by: result)
    }
  }

  /// For each value, the derivative of `Σ cotangent · result`; zeros where the result does not depend on it.
  package func adjoints(of result: ValueID, cotangent: ValueID, by values: [ValueID]) -> [ValueID] {
    adjoints(of: [(result, cotangent)], by: values).enumerated().map { $1 ?? literal(0, like: values[$0]) }
  }

  /// For each value, the derivative of the sum of `Σ cotangent · result` over several results; nil where none depends on
  /// it.
  func adjoints(of results: [(value: ValueID, cotangent: ValueID)], by values: [ValueID]) -> [ValueID?] {
    guard let last = results.map(\.value.index).max() else { return values.map { _ in nil } }
    var sweep = AdjointSweep(reached: dependents(of: values, upTo: ValueID(last)))
    for (value, cotangent) in results {
      precondition(type(of: cotangent) == type(of: value), "a cotangent has its value's type")
      accumulate(cotangent, &sweep.values[value.index])
    }
    let outer = origin
    defer { origin = outer }
    for index in (0...last).reversed() where sweep.reached[index] { propagate(ValueID(index), &sweep) }
    return values.map { $0.index <= last ? sweep.values[$0.index] : nil }
  }

  /// The state of one backward sweep.
  private struct AdjointSweep {
    /// Which nodes depend on the values that are differentiated by.
    let reached: [Bool]
    var values: [ValueID?]
    /// Adjoints of parts of scans, by node and part: kept apart, so that no flat sum of padded parts is made.
    var parts: [Int: [Int: ValueID?]] = [:]

    init(reached: [Bool]) {
      self.reached = reached
      values = Array(repeating: nil, count: reached.count)
    }
  }

  private func accumulate(_ share: ValueID, _ sum: inout ValueID?) { sum = sum.map { add($0, share) } ?? share }

  /// Adds a node's share to the adjoints of those inputs that matter.
  private func propagate(_ id: ValueID, _ sweep: inout AdjointSweep) {
    let node = nodes[id.index]
    let needs = node.inputs.map { sweep.reached[$0.index] && type(of: $0).dtype == .float32 }
    guard needs.contains(true) else { return }
    origin = node.origin
    let shares: [ValueID?]
    if case .scan(let scan) = node.op {
      var cotangents = scan.parts.indices.map { sweep.parts[id.index]?[$0] ?? nil }
      if let flat = sweep.values[id.index] {
        for (index, part) in scan.parts.enumerated() {
          accumulate(slice(flat, axis: 0, part.start..<part.start + part.shape.reduce(1, *)), &cotangents[index])
        }
      }
      guard cotangents.contains(where: { $0 != nil }) else { return }
      shares = ScanOperator(scan: scan).gradient(id, cotangents: cotangents, needs: needs, self)
    } else {
      guard let seed = sweep.values[id.index] else { return }
      if let part = scanPart(node) {
        accumulate(seed, &sweep.parts[node.inputs[0].index, default: [:]][part, default: nil])
        return
      }
      shares = node.op.definition.gradient(
        GradientContext(builder: self, inputs: node.inputs, result: id, cotangent: seed, needs: needs))
    }
    let name = node.op.definition.name
    precondition(shares.count == node.inputs.count, "\(name) has a gradient for each input")
    for (slot, share) in shares.enumerated() where needs[slot] {
      guard let share else { continue }
      let input = node.inputs[slot]
      precondition(
        type(of: share) == type(of: input), "\(name): a gradient of \(type(of: share)) for \(type(of: input))")
      accumulate(share, &sweep.values[input.index])
    }
  }

  /// Which part of a scan a slice takes.
  private func scanPart(_ node: Node) -> Int? {
    guard case .slice(let starts, let stops, let steps) = node.op, steps == [1],
      case .scan(let scan) = nodes[node.inputs[0].index].op
    else { return nil }
    return scan.parts.firstIndex { $0.start == starts[0] && $0.start + $0.shape.reduce(1, *) == stops[0] }
  }

  /// Which nodes up to a result depend on any of the values, the values themselves included.
  private func dependents(of values: [ValueID], upTo result: ValueID) -> [Bool] {
    var reached = [Bool](repeating: false, count: result.index + 1)
    for value in values where value.index <= result.index { reached[value.index] = true }
    for index in reached.indices where !reached[index] {
      reached[index] = nodes[index].inputs.contains { reached[$0.index] }
    }
    return reached
  }

  private func isNeeded(_ value: ValueID, by result: ValueID) -> Bool {
    dependents(of: [value], upTo: result)[result.index]
  }
}
