/// `permute(order)`: result axis `i` is input axis `order[i]`.
///
/// Gradient: `dx = permute(dy, inverse order)`.
package struct PermuteOperator: OperatorDefinition {
  let order: [Int]
  package var name: String { "permute" }
  package var attributes: String { "order: \(order)" }
  package var kind: FusionKind { .movement }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let input = try inputs.expectOne()
    try require(order.sorted() == Array(input.shape.indices), "\(order) is no order of rank \(input.shape.count)")
    return input.with(shape: order.map { input.shape[$0] })
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    var inverse = order
    for (index, axis) in order.enumerated() { inverse[axis] = index }
    return [context.builder.permute(context.cotangent, inverse)]
  }

  package func vectorized(_ steps: StepsContext) -> ValueID? {
    steps.builder.permute(steps.stacked(0), [0] + order.map { $0 + 1 })
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    let strides = rowMajorStrides(inputs[0].shape)
    return inputs[0].strided(offset: 0, strides: order.map { strides[$0] }, shape: site.type.shape)
  }

  package static var samples: [OperatorSample] {
    SampleShapes.samples("permute reversed") { builder, x in
      let rank = builder.type(of: x).shape.count
      return builder.square(builder.permute(x, Array((0..<rank).reversed())))
    }
      + SampleShapes.samples("permute rotated", over: SampleShapes.ranked(atLeast: 2)) { builder, x in
        let rank = builder.type(of: x).shape.count
        return builder.square(builder.permute(x, Array(1..<rank) + [0]))
      }
  }
}
