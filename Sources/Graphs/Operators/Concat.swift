/// `concat(axis)`: the inputs one after another along an axis; the other sizes agree.
///
/// Gradient: `dxᵢ = slice(dy, where xᵢ stands)`.
package struct ConcatOperator: OperatorDefinition {
  let axis: Int
  package var name: String { "concat" }
  package var attributes: String { "axis: \(axis)" }
  package var kind: FusionKind { .movement }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    try require(!inputs.isEmpty, "needs an input")
    _ = try inputs.expectOneBatching()
    var result = inputs[0]
    try require(axis >= 0 && axis < result.shape.count, "has no axis \(axis)")
    result.shape[axis] = 0
    for input in inputs {
      try require(input.shape.count == result.shape.count, "ranks differ")
      try require(input.dtype == result.dtype, "element types differ")
      try require(
        input.shape.indices.allSatisfy { $0 == axis || input.shape[$0] == inputs[0].shape[$0] },
        "sizes differ outside axis \(axis)")
      result.shape[axis] += input.shape[axis]
    }
    return result
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    let shape = context.builder.type(of: context.result).shape
    var start = 0
    return context.inputs.indices.map { index in
      var (starts, stops) = (shape.map { _ in 0 }, shape)
      starts[axis] = start
      stops[axis] = start + context.type(index).shape[axis]
      start = stops[axis]
      return context.needs[index] ? context.builder.slice(context.cotangent, starts: starts, stops: stops) : nil
    }
  }

  package func vectorized(_ steps: StepsContext) -> ValueID? {
    steps.builder.concat(steps.allStacked, axis: axis + 1)
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    let outer = site.type.shape[..<axis].reduce(1, *)
    var values: [Double] = []
    for row in 0..<outer {
      for input in inputs {
        let length = input.shape[axis...].reduce(1, *)
        values += input.values[row * length..<(row + 1) * length]
      }
    }
    return ReferenceTensor(shape: site.type.shape, values)
  }

  package static var samples: [OperatorSample] {
    SampleShapes.ranked(atLeast: 1).enumerated().map { index, shape in
      let axis = index % shape.count
      var other = shape
      other[axis] = index % 4
      let inputs = [shape, other, shape].map { SampleInput($0, isShared: index % 3 == 2) }
      return OperatorSample("concat \(shape) axis \(axis)", inputs) { $0.square($0.concat($1, axis: axis)) }
    }
  }
}
