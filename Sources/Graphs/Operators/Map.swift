/// `map(f)`: a scalar function applied elementwise. All inputs have one shape; arithmetic is float32, comparisons take
/// float32 or int32 and give float32 0 and 1.
///
/// Gradient: `dxᵢ = dy · ∂f/∂xᵢ`, from the table of ``ScalarFunction/definition``.
package struct MapOperator: OperatorDefinition {
  let function: ScalarFunction
  package var name: String { function.rawValue }
  package var kind: FusionKind { .elementwise }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    try inputs.expect(count: function.arity)
    let isShared = try inputs.expectOneBatching()
    let first = inputs[0]
    try require(inputs.allSatisfy { $0.shape == first.shape }, "shapes differ")
    try require(inputs.allSatisfy { $0.dtype == first.dtype }, "element types differ")
    try require(
      first.dtype == .float32 || (function.isComparison && first.dtype == .int32),
      "is not defined for \(first.dtype.rawValue)")
    return ValueType(.float32, first.shape, isShared: isShared)
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    context.type(0).dtype == .float32 ? function.definition.gradient(context) : context.inputs.map { _ in nil }
  }

  package func vectorized(_ steps: StepsContext) -> ValueID? { steps.builder.map(function, steps.allStacked) }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    let value = function.definition.value
    let first = inputs[0].values
    let second = inputs[inputs.count > 1 ? 1 : 0].values
    let third = inputs[inputs.count > 2 ? 2 : 0].values
    return ReferenceTensor(shape: site.type.shape, first.indices.map { value(first[$0], second[$0], third[$0]) })
  }

  package func arithmetic(inputs: [ValueType], result: ValueType) -> Int { result.count }

  package static var samples: [OperatorSample] {
    ScalarFunction.allCases.flatMap { function in
      let definition = function.definition
      return SampleShapes.common.enumerated().map { index, shape in
        let inputs = definition.domains.map { SampleInput(shape, isShared: index % 3 == 2, $0) }
        return OperatorSample("\(function.rawValue) \(shape)", inputs, isSmooth: definition.isSmooth) {
          $0.map(function, $1)
        }
      }
    }
  }
}
