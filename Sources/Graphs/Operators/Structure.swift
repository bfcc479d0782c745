/// `stopGradient`: the same value, through which no gradient flows.
package struct StopGradientOperator: OperatorDefinition {
  package var name: String { "stopGradient" }
  package var kind: FusionKind { .elementwise }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType { try inputs.expectOne() }
  package func gradient(_ context: GradientContext) -> [ValueID?] { [nil] }
  package func vectorized(_ steps: StepsContext) -> ValueID? { steps.builder.stopGradient(steps.stacked(0)) }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor { inputs[0] }

  /// Only what has no gradient of its own is stopped here: finite differences do not know of it.
  package static var samples: [OperatorSample] {
    SampleShapes.samples("stopGradient", .grid(-2, 2, offset: 0.05), isSmooth: false) { builder, x in
      builder.multiply(x, builder.stopGradient(builder.map(.floor, [x])))
    }
  }
}

/// `composite(name, body)`: a named body that a fused kernel may replace. The body is its meaning.
///
/// Gradient: the one that ``CompositeGradients`` holds under the name, else the body's own.
package struct CompositeOperator: OperatorDefinition {
  let composite: Composite
  package var name: String { "composite" }
  package var attributes: String {
    ([composite.name] + composite.attributes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" })
      .joined(separator: ", ")
  }
  package var kind: FusionKind { .opaque }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let body = composite.body
    try require(body.outputs.count == 1, "a body has one output")
    for node in body.nodes {
      guard case .input(let name) = node.op else { continue }
      guard let index = Int(name), inputs.indices.contains(index) else {
        throw GraphError("the body of \(composite.name) has an unknown input \(name)")
      }
      try require(inputs[index] == node.type, "input \(name) of \(composite.name) is \(node.type)")
    }
    return body[body.outputs[0].value].type
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    if let special = context.builder.compositeGradients.table[composite.name] { return special(context, composite) }
    return bodyGradient(context)
  }

  /// The gradient of the inlined body.
  package func bodyGradient(_ context: GradientContext) -> [ValueID?] {
    let builder = context.builder
    // Own copies of the inputs: one value given twice still has one gradient for each place.
    let inputs = context.inputs.map { builder.distinct($0) }
    let result = builder.inline(composite.body, inputs: inputs)[0]
    let needed = inputs.indices.filter { context.needs[$0] }
    let gradients = builder.adjoints(
      of: result, cotangent: context.cotangent, by: needed.map { inputs[$0] })
    var all = [ValueID?](repeating: nil, count: inputs.count)
    for (index, gradient) in zip(needed, gradients) { all[index] = gradient }
    return all
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    preconditionFailure("the interpreter evaluates a composite's body")
  }

  package func arithmetic(inputs: [ValueType], result: ValueType) -> Int {
    composite.body.nodes.reduce(0) { sum, node in
      sum + node.op.definition.arithmetic(inputs: node.inputs.map { composite.body[$0].type }, result: node.type)
    }
  }

  package static var samples: [OperatorSample] {
    SampleShapes.samples("composite") { builder, x in
      builder.composite("cube of sine", inputs: [x, x]) { body, inputs in
        body.multiply(body.square(body.map(.sin, [inputs[0]])), body.map(.sin, [inputs[1]]))
      }
    }
  }
}

/// `assign(path)`: writes a shared value to a parameter's storage when the program has run; an effect.
package struct AssignOperator: OperatorDefinition {
  let path: String
  package var name: String { "assign" }
  package var attributes: String { "\"\(path)\"" }
  package var kind: FusionKind { .opaque }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let type = try inputs.expectOne()
    try require(type.isShared, "only a shared value can be assigned")
    return type
  }
  package func gradient(_ context: GradientContext) -> [ValueID?] { [nil] }
  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor { inputs[0] }
  package static var samples: [OperatorSample] { [] }
}
