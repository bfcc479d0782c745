/// `lift`: a shared value for every example. Adjoint of ``BatchSumOperator``.
///
/// Gradient: `dx = batchSum(dy)`.
package struct LiftOperator: OperatorDefinition {
  package var name: String { "lift" }
  package var kind: FusionKind { .movement }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    var type = try inputs.expectOne()
    try require(type.isShared, "is per example already")
    type.isShared = false
    return type
  }
  package func gradient(_ context: GradientContext) -> [ValueID?] { [context.builder.batchSum(context.cotangent)] }
  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor { inputs[0] }

  package static var samples: [OperatorSample] {
    SampleShapes.common.map { shape in
      OperatorSample("lift \(shape)", [SampleInput(shape, isShared: true), SampleInput(shape)]) {
        $0.square($0.multiply($0.lift($1[0]), $1[1]))
      }
    }
  }
}

/// `batchSum`: the sum over the examples of the batch, shared. Adjoint of ``LiftOperator``.
///
/// Gradient: `dx = lift(dy)`.
package struct BatchSumOperator: OperatorDefinition {
  package var name: String { "batchSum" }
  package var kind: FusionKind { .reduction }
  package var sumsBatch: Bool { true }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    var type = try inputs.expectOne()
    try type.expectFloat()
    try require(!type.isShared, "is shared")
    type.isShared = true
    return type
  }
  package func gradient(_ context: GradientContext) -> [ValueID?] { [context.builder.lift(context.cotangent)] }
  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor { inputs[0] }
  package func arithmetic(inputs: [ValueType], result: ValueType) -> Int { inputs[0].count }

  package static var samples: [OperatorSample] {
    SampleShapes.common.map { shape in
      OperatorSample("batchSum \(shape)", [SampleInput(shape)]) { $0.square($0.batchSum($1[0])) }
    }
  }
}
