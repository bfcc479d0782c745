/// `reduceSum(axes)`: the sum over axes, which are dropped; 0 over an empty axis.
///
/// Gradient: `dx = broadcast(dy)` along the axes.
package struct ReduceSumOperator: OperatorDefinition {
  let axes: [Int]
  package var name: String { "reduceSum" }
  package var attributes: String { "axes: \(axes)" }
  package var kind: FusionKind { .reduction }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    try reducedType(inputs, axes: axes)
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    let shape = context.type(0).shape
    return [
      context.builder.broadcast(context.cotangent, shape: shape, axes: shape.indices.filter { !axes.contains($0) })
    ]
  }

  package func vectorized(_ steps: StepsContext) -> ValueID? {
    steps.builder.reduceSum(steps.stacked(0), axes: axes.map { $0 + 1 })
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    inputs[0].reduced(axes: axes) { $0.reduce(0, +) }
  }

  package func arithmetic(inputs: [ValueType], result: ValueType) -> Int { inputs[0].count }

  package static var samples: [OperatorSample] {
    SampleShapes.samples("reduceSum all") { builder, x in
      builder.square(builder.reduceSum(x, axes: Array(builder.type(of: x).shape.indices)))
    }
      + SampleShapes.samples("reduceSum last", over: SampleShapes.ranked(atLeast: 1)) { builder, x in
        builder.square(builder.reduceSum(x, axes: [builder.type(of: x).shape.count - 1]))
      }
      + SampleShapes.samples("reduceSum first", over: SampleShapes.ranked(atLeast: 2)) { builder, x in
        builder.square(builder.reduceSum(x, axes: [0]))
      }
  }
}

/// The rule of reductions: float32, ascending axes, which are dropped.
func reducedType(_ inputs: [ValueType], axes: [Int]) throws -> ValueType {
  let input = try inputs.expectOne()
  try input.expectFloat()
  try input.expectAscending(axes: axes)
  return input.with(shape: input.shape.indices.filter { !axes.contains($0) }.map { input.shape[$0] })
}
