import Tensors

/// `argMax(axis)`: the int32 index of the first greatest element along an axis, which is dropped; the first NaN counts
/// as greatest.
///
/// Gradient: zero.
package struct ArgMaxOperator: OperatorDefinition {
  let axis: Int
  package var name: String { "argMax" }
  package var attributes: String { "axis: \(axis)" }
  package var kind: FusionKind { .reduction }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    var result = try reducedType(inputs, axes: [axis])
    try require(inputs[0].shape[axis] > 0, "no greatest element along an empty axis")
    result.dtype = .int32
    return result
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] { [nil] }

  package func vectorized(_ steps: StepsContext) -> ValueID? {
    steps.builder.argMax(steps.stacked(0), axis: axis + 1)
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    inputs[0].reduced(axes: [axis]) { values in
      var best = values.startIndex
      for index in values.indices where !values[best].isNaN && !(values[index] <= values[best]) { best = index }
      return Double(best - values.startIndex)
    }
  }

  package func arithmetic(inputs: [ValueType], result: ValueType) -> Int { inputs[0].count }

  package static var samples: [OperatorSample] {
    SampleShapes.ranked(atLeast: 1).enumerated().filter { $1[$0 % $1.count] > 0 }.map { index, shape in
      let axis = index % shape.count
      return OperatorSample(
        "argMax \(shape) axis \(axis)", [SampleInput(shape, isShared: index % 3 == 2, .distinct)], isSmooth: false
      ) { $0.multiply($0.reduceSum($1[0], axes: [axis]), $0.cast($0.argMax($1[0], axis: axis), .float32)) }
    }
  }
}
