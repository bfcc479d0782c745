import Tensors

/// `scatterAdd(indices int32 [I…], updates [I…, S…]) → [rows, S…]`: zeros, and each update added to the row that its
/// index names; indices outside 0 ..< rows are dropped. With `sumsBatch` both inputs are per example, and the result is
/// shared and summed over the examples. Adjoint of ``GatherOperator``.
///
/// Gradient: `dupdates = gather(dy, indices)`.
package struct ScatterAddOperator: OperatorDefinition {
  let rows: Int
  package let sumsBatch: Bool
  package var name: String { "scatterAdd" }
  package var attributes: String { "rows: \(rows)" + (sumsBatch ? ", sums batch" : "") }
  package var kind: FusionKind { .opaque }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    try inputs.expect(count: 2)
    let isShared = try inputs.expectOneBatching()
    let (indices, updates) = (inputs[0], inputs[1])
    try require(indices.dtype == .int32, "the indices are not int32")
    try updates.expectFloat()
    try require(updates.shape.starts(with: indices.shape), "the updates' shape does not begin with the indices'")
    try require(rows >= 0, "negative number of rows")
    try require(!sumsBatch || !isShared, "sums the batch of shared inputs")
    return ValueType([rows] + updates.shape.dropFirst(indices.shape.count), isShared: isShared || sumsBatch)
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    [nil, context.builder.gather(context.cotangent, context.inputs[0])]
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    var result = ReferenceTensor(shape: site.type.shape, repeating: 0)
    let width = site.type.shape.dropFirst().reduce(1, *)
    for (position, index) in inputs[0].values.enumerated() where index >= 0 && index < Double(rows) {
      for column in 0..<width {
        result.values[Int(index) * width + column] += inputs[1].values[position * width + column]
      }
    }
    return result
  }

  package func arithmetic(inputs: [ValueType], result: ValueType) -> Int { inputs[1].count }

  package static var samples: [OperatorSample] {
    GatherOperator.sampleShapes.enumerated().map { index, shape in
      let isShared = index % 3 == 0
      return OperatorSample(
        "scatterAdd \(shape.indices) \(shape.row)",
        [
          .indices(shape.indices, below: shape.rows, isShared: isShared),
          SampleInput(shape.indices + shape.row, isShared: isShared),
        ]
      ) { $0.square($0.scatterAdd(indices: $1[0], updates: $1[1], rows: shape.rows, sumsBatch: index % 3 == 1)) }
    }
  }
}
