/// `reshape(shape)`: the same elements in row-major order under another shape of as many elements.
///
/// Gradient: `dx = reshape(dy, shape of x)`.
package struct ReshapeOperator: OperatorDefinition {
  let shape: [Int]
  package var name: String { "reshape" }
  package var kind: FusionKind { .movement }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let input = try inputs.expectOne()
    let result = input.with(shape: shape)
    try require(shape.allSatisfy { $0 >= 0 } && result.count == input.count, "does not fit \(shape)")
    return result
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    [context.builder.reshape(context.cotangent, context.type(0).shape)]
  }

  package func vectorized(_ steps: StepsContext) -> ValueID? {
    steps.builder.reshape(steps.stacked(0), [steps.length] + shape)
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    ReferenceTensor(shape: shape, inputs[0].values)
  }

  package static var samples: [OperatorSample] {
    SampleShapes.samples("reshape") { builder, x in
      let shape = builder.type(of: x).shape
      return builder.square(builder.reshape(x, shape.count == 1 ? shape + [1] : [shape.reduce(1, *)]))
    }
  }
}
