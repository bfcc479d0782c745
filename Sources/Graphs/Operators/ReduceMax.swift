/// `reduceMax(axes)`: the greatest element over axes, which are dropped; −∞ over an empty axis; NaN where any is NaN.
///
/// Gradient: `dx = (x == y)·dy / count(x == y)`: ties share it evenly.
package struct ReduceMaxOperator: OperatorDefinition {
  let axes: [Int]
  package var name: String { "reduceMax" }
  package var attributes: String { "axes: \(axes)" }
  package var kind: FusionKind { .reduction }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    try reducedType(inputs, axes: axes)
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    let builder = context.builder
    let shape = context.type(0).shape
    let kept = shape.indices.filter { !axes.contains($0) }
    let greatest = builder.broadcast(context.result, shape: shape, axes: kept)
    let isGreatest = builder.map(.equal, [context.inputs[0], greatest])
    let share = builder.divide(context.cotangent, builder.reduceSum(isGreatest, axes: axes))
    return [builder.multiply(isGreatest, builder.broadcast(share, shape: shape, axes: kept))]
  }

  package func vectorized(_ steps: StepsContext) -> ValueID? {
    steps.builder.reduceMax(steps.stacked(0), axes: axes.map { $0 + 1 })
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    inputs[0].reduced(axes: axes) { values in
      values.reduce(-.infinity) { $0.isNaN || $1.isNaN ? .nan : max($0, $1) }
    }
  }

  package func arithmetic(inputs: [ValueType], result: ValueType) -> Int { inputs[0].count }

  package static var samples: [OperatorSample] {
    SampleShapes.samples("reduceMax all", over: SampleShapes.common.filter { !$0.contains(0) }, .distinct) {
      builder, x in
      builder.square(builder.reduceMax(x, axes: Array(builder.type(of: x).shape.indices)))
    }
      + SampleShapes.samples(
        "reduceMax last", over: SampleShapes.ranked(atLeast: 1).filter { $0.last != 0 }, .distinct
      ) { builder, x in
        builder.square(builder.reduceMax(x, axes: [builder.type(of: x).shape.count - 1]))
      }
      + SampleShapes.samples(
        "reduceMax first", over: SampleShapes.ranked(atLeast: 2).filter { $0.first != 0 }, .distinct
      ) { builder, x in
        builder.square(builder.reduceMax(x, axes: [0]))
      }
      + [
        OperatorSample("reduceMax of nothing", [SampleInput([0, 2], .distinct)]) {
          $0.map(.exp, [$0.reduceMax($1[0], axes: [0])])
        }
      ]
  }
}
