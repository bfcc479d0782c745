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
    precondition(type(of: cotangent) == type(of: result), "a cotangent has its value's type")
    let reached = dependents(of: values, upTo: result)
    var adjoint = [ValueID?](repeating: nil, count: result.index + 1)
    adjoint[result.index] = cotangent
    let outer = origin
    defer { origin = outer }
    if reached[result.index] {
      for index in (0...result.index).reversed() where reached[index] {
        guard let seed = adjoint[index] else { continue }
        propagate(ValueID(index), seed, reached, &adjoint)
      }
    }
    return values.map { value in
      guard value.index <= result.index, reached[result.index], let found = adjoint[value.index] else {
        return literal(0, like: value)
      }
      return found
    }
  }

  /// Adds a node's share to the adjoints of those inputs that matter.
  private func propagate(_ id: ValueID, _ seed: ValueID, _ reached: [Bool], _ adjoint: inout [ValueID?]) {
    let node = nodes[id.index]
    let needs = node.inputs.map { reached[$0.index] && type(of: $0).dtype == .float32 }
    guard needs.contains(true) else { return }
    origin = node.origin
    let context = GradientContext(builder: self, inputs: node.inputs, result: id, cotangent: seed, needs: needs)
    let shares = node.op.definition.gradient(context)
    precondition(shares.count == node.inputs.count, "\(node.op.definition.name) has a gradient for each input")
    for (slot, share) in shares.enumerated() where needs[slot] {
      guard let share else { continue }
      let input = node.inputs[slot]
      precondition(
        type(of: share) == type(of: input),
        "\(node.op.definition.name): a gradient of \(type(of: share)) for \(type(of: input))")
      adjoint[input.index] = adjoint[input.index].map { add($0, share) } ?? share
    }
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
