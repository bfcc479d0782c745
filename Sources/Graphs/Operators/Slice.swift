/// `slice(starts, stops, steps)`: elements `start, start + step, … < stop` of each axis. Adjoint of ``PadOperator``.
///
/// Gradient: `dx = pad(dy)` back to the places that were read.
package struct SliceOperator: OperatorDefinition {
  let starts: [Int]
  let stops: [Int]
  let steps: [Int]
  package var name: String { "slice" }
  package var attributes: String {
    starts.indices.map { "\(starts[$0])..<\(stops[$0])" + (steps[$0] == 1 ? "" : " by \(steps[$0])") }
      .joined(separator: ", ")
  }
  package var kind: FusionKind { .movement }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let input = try inputs.expectOne()
    let rank = input.shape.count
    try require(starts.count == rank && stops.count == rank && steps.count == rank, "is not of rank \(starts.count)")
    try require(
      (0..<rank).allSatisfy {
        steps[$0] >= 1 && starts[$0] >= 0 && starts[$0] <= stops[$0] && stops[$0] <= input.shape[$0]
      }, "has nothing at \(attributes)")
    return input.with(shape: (0..<rank).map { (stops[$0] - starts[$0] + steps[$0] - 1) / steps[$0] })
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    let sizes = context.type(0).shape
    let counts = context.builder.type(of: context.result).shape
    let ends = starts.indices.map { counts[$0] == 0 ? starts[$0] : starts[$0] + (counts[$0] - 1) * steps[$0] + 1 }
    return [
      context.builder.pad(
        context.cotangent, low: starts, high: zip(sizes, ends).map { $0 - $1 }, interior: steps.map { $0 - 1 })
    ]
  }

  package func vectorized(_ steps: StepsContext) -> ValueID? {
    steps.builder.slice(
      steps.stacked(0), starts: [0] + starts, stops: [steps.length] + stops, steps: [1] + self.steps)
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    let strides = rowMajorStrides(inputs[0].shape)
    return inputs[0].strided(
      offset: zip(strides, starts).reduce(0) { $0 + $1.0 * $1.1 }, strides: zip(strides, steps).map { $0 * $1 },
      shape: site.type.shape)
  }

  package static var samples: [OperatorSample] {
    SampleShapes.samples("slice inner") { builder, x in
      let shape = builder.type(of: x).shape
      return builder.square(
        builder.slice(x, starts: shape.map { $0 / 3 }, stops: shape.map { ($0 * 3 + 3) / 4 }))
    }
      + SampleShapes.samples("slice strided") { builder, x in
        let shape = builder.type(of: x).shape
        return builder.square(
          builder.slice(x, starts: shape.map { $0 / 4 }, stops: shape, steps: shape.indices.map { 2 + $0 % 2 }))
      }
  }
}
