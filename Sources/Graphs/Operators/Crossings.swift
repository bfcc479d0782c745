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
  package func vectorized(_ steps: StepsContext) -> ValueID? { steps.builder.lift(steps.stacked(0)) }

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

/// `batchStack(count)`: `[S…] → [count, S…]` shared: the examples of a batch of exactly `count`. Adjoint of
/// ``OwnRowOperator``. A graph with it is made for one size of the batch.
///
/// Gradient: `dx = ownRow(dy)`.
package struct BatchStackOperator: OperatorDefinition {
  let count: Int
  package var name: String { "batchStack" }
  package var attributes: String { "count: \(count)" }
  package var kind: FusionKind { .movement }
  /// In the reference each example gives its row and zeros elsewhere.
  package var sumsBatch: Bool { true }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let type = try inputs.expectOne()
    try require(!type.isShared && count >= 0, "is shared")
    return ValueType(type.dtype, [count] + type.shape, isShared: true)
  }
  package func gradient(_ context: GradientContext) -> [ValueID?] { [context.builder.ownRow(context.cotangent)] }
  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    precondition(site.environment.batch == count, "the graph is made for batches of \(count)")
    var result = ReferenceTensor(shape: site.type.shape, repeating: 0)
    let width = inputs[0].count
    for (column, value) in inputs[0].values.enumerated() { result.values[site.example * width + column] = value }
    return result
  }

  package static var samples: [OperatorSample] {
    SampleShapes.common.map { shape in
      OperatorSample("batchStack \(shape)", [SampleInput(shape), SampleInput([2] + shape, isShared: true)]) {
        $0.square($0.multiply($0.batchStack($1[0], count: 2), $1[1]))
      }
    }
  }
}

/// `ownRow`: `[batch, S…]` shared `→ [S…]`: to each example its row. Adjoint of ``BatchStackOperator``.
///
/// Gradient: `dx = batchStack(dy)`.
package struct OwnRowOperator: OperatorDefinition {
  let count: Int
  package var name: String { "ownRow" }
  package var attributes: String { "count: \(count)" }
  package var kind: FusionKind { .movement }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let type = try inputs.expectOne()
    try require(type.isShared && type.shape.first == count, "is not shared with \(count) rows")
    return ValueType(type.dtype, Array(type.shape.dropFirst()), isShared: false)
  }
  package func gradient(_ context: GradientContext) -> [ValueID?] {
    [context.builder.batchStack(context.cotangent, count: count)]
  }
  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    precondition(site.environment.batch == count, "the graph is made for batches of \(count)")
    return inputs[0].example(site.example)
  }

  package static var samples: [OperatorSample] {
    SampleShapes.common.map { shape in
      OperatorSample("ownRow \(shape)", [SampleInput([2] + shape, isShared: true), SampleInput(shape)]) {
        $0.square($0.multiply($0.ownRow($1[0]), $1[1]))
      }
    }
  }
}
