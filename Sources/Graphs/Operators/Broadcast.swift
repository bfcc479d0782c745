/// `broadcast(shape, axes)`: input axis `i` becomes result axis `axes[i]`; the other axes of `shape` repeat.
///
/// Gradient: `dx = reduceSum(dy, over the repeated axes)`.
package struct BroadcastOperator: OperatorDefinition {
  let shape: [Int]
  let axes: [Int]
  package var name: String { "broadcast" }
  package var attributes: String { "axes: \(axes)" }
  package var kind: FusionKind { .movement }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let input = try inputs.expectOne()
    let result = input.with(shape: shape)
    try require(shape.allSatisfy { $0 >= 0 }, "negative size in \(shape)")
    try result.expectAscending(axes: axes)
    try require(
      axes.count == input.shape.count && zip(axes, input.shape).allSatisfy { shape[$0] == $1 },
      "axes \(axes) of \(shape) do not have the input's sizes")
    return result
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    [context.builder.reduceSum(context.cotangent, axes: shape.indices.filter { !axes.contains($0) })]
  }

  package func vectorized(_ steps: StepsContext) -> ValueID? {
    steps.builder.broadcast(steps.stacked(0), shape: [steps.length] + shape, axes: [0] + axes.map { $0 + 1 })
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    var strides = [Int](repeating: 0, count: shape.count)
    for (axis, stride) in zip(axes, rowMajorStrides(inputs[0].shape)) { strides[axis] = stride }
    return inputs[0].strided(offset: 0, strides: strides, shape: shape)
  }

  package static var samples: [OperatorSample] {
    SampleShapes.samples("broadcast before") { builder, x in
      let shape = builder.type(of: x).shape
      return builder.square(builder.broadcast(x, shape: [3] + shape, axes: shape.indices.map { $0 + 1 }))
    }
      + SampleShapes.samples("broadcast after") { builder, x in
        let shape = builder.type(of: x).shape
        return builder.square(builder.broadcast(x, shape: shape + [2], axes: Array(shape.indices)))
      }
      + SampleShapes.samples("broadcast between", over: SampleShapes.ranked(atLeast: 2)) { builder, x in
        let shape = builder.type(of: x).shape
        let axes = [0] + (1..<shape.count).map { $0 + 1 }
        return builder.square(builder.broadcast(x, shape: [shape[0], 2] + shape[1...], axes: axes))
      }
  }
}
