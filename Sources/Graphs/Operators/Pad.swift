/// `pad(low, high, interior)`: zeros before, after and between the elements of each axis. Adjoint of ``SliceOperator``.
///
/// Gradient: `dx = slice(dy)` at the places that were written.
package struct PadOperator: OperatorDefinition {
  let low: [Int]
  let high: [Int]
  let interior: [Int]
  package var name: String { "pad" }
  package var attributes: String {
    "low: \(low), high: \(high)" + (interior.allSatisfy { $0 == 0 } ? "" : ", interior: \(interior)")
  }
  package var kind: FusionKind { .movement }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let input = try inputs.expectOne()
    let rank = input.shape.count
    try require(low.count == rank && high.count == rank && interior.count == rank, "is not of rank \(low.count)")
    try require((low + high + interior).allSatisfy { $0 >= 0 }, "negative padding")
    return input.with(shape: (0..<rank).map { low[$0] + inner(input.shape[$0], $0) + high[$0] })
  }

  /// The extent of `size` elements with the zeros between them.
  private func inner(_ size: Int, _ axis: Int) -> Int { size == 0 ? 0 : size + (size - 1) * interior[axis] }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    let shape = context.type(0).shape
    return [
      context.builder.slice(
        context.cotangent, starts: low, stops: shape.indices.map { low[$0] + inner(shape[$0], $0) },
        steps: interior.map { $0 + 1 })
    ]
  }

  package func vectorized(_ steps: StepsContext) -> ValueID? {
    steps.builder.pad(steps.stacked(0), low: [0] + low, high: [0] + high, interior: [0] + interior)
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    let input = inputs[0]
    let strides = rowMajorStrides(site.type.shape)
    var result = ReferenceTensor(shape: site.type.shape, repeating: 0)
    let offset = zip(strides, low).reduce(0) { $0 + $1.0 * $1.1 }
    let places = stridedOffsets(
      offset: offset, strides: zip(strides, interior).map { $0 * ($1 + 1) }, shape: input.shape)
    for (place, value) in zip(places, input.values) { result.values[place] = value }
    return result
  }

  package static var samples: [OperatorSample] {
    SampleShapes.samples("pad around") { builder, x in
      let shape = builder.type(of: x).shape
      return builder.square(
        builder.pad(x, low: shape.indices.map { $0 % 3 }, high: shape.indices.map { 2 - $0 % 2 }))
    }
      + SampleShapes.samples("pad between") { builder, x in
        let shape = builder.type(of: x).shape
        return builder.square(
          builder.pad(
            x, low: shape.map { _ in 1 }, high: shape.map { _ in 0 }, interior: shape.indices.map { 1 + $0 % 2 }))
      }
  }
}
