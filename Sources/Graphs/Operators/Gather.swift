import Tensors

/// `gather(table [V, S…], indices int32 [I…]) → [I…, S…]`: rows of a table. The table may be shared where the indices are
/// per example. An index outside 0 ..< V gives NaN.
///
/// Gradient: `dtable = scatterAdd(indices, dy)`, summed over the examples where the table is shared and they are not.
package struct GatherOperator: OperatorDefinition {
  package var name: String { "gather" }
  package var kind: FusionKind { .movement }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    try inputs.expect(count: 2)
    let (table, indices) = (inputs[0], inputs[1])
    try table.expectFloat()
    try require(indices.dtype == .int32, "the indices are not int32")
    try require(!table.shape.isEmpty, "the table has no rows")
    try require(table.isShared || !indices.isShared, "shared indices into a per-example table; lift them")
    return ValueType(indices.shape + table.shape.dropFirst(), isShared: indices.isShared)
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    let (table, indices) = (context.type(0), context.type(1))
    let gradient = context.builder.scatterAdd(
      indices: context.inputs[1], updates: context.cotangent, rows: table.shape[0],
      sumsBatch: table.isShared && !indices.isShared)
    return [gradient, nil]
  }

  package func vectorized(_ steps: StepsContext) -> ValueID? {
    steps.isStacked(0) ? nil : steps.builder.gather(steps.value(0), steps.stacked(1))
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    let table = inputs[0]
    let width = table.shape.dropFirst().reduce(1, *)
    var values: [Double] = []
    for index in inputs[1].values {
      if index >= 0 && index < Double(table.shape[0]) {
        values += table.values[Int(index) * width..<(Int(index) + 1) * width]
      } else {
        values += Array(repeating: .nan, count: width)
      }
    }
    return ReferenceTensor(shape: site.type.shape, values)
  }

  /// Shapes of indices and of a table's row, with the sizes of tables.
  static let sampleShapes: [(indices: [Int], row: [Int], rows: Int)] = [
    ([], [], 1), ([], [3], 4), ([1], [], 1), ([1], [1], 1), ([4], [], 3), ([4], [5], 3), ([7], [2], 1), ([0], [3], 2),
    ([3], [0], 2), ([2, 3], [], 5), ([2, 3], [4], 5), ([5], [2, 3], 6), ([2, 2], [2, 2], 2), ([1, 1], [1, 1], 1),
    ([9], [1], 9), ([16], [3], 4), ([3], [17], 2), ([2, 0], [2], 3), ([6], [2, 1, 2], 3), ([2, 1, 2], [3], 4),
    ([13], [], 13),
  ]

  package static var samples: [OperatorSample] {
    sampleShapes.enumerated().map { index, shape in
      let table = [shape.rows] + shape.row
      return OperatorSample(
        "gather \(table) \(shape.indices)",
        [
          SampleInput(table, isShared: index % 3 != 0),
          .indices(shape.indices, below: shape.rows, isShared: index % 3 == 1),
        ]
      ) { $0.square($0.gather($1[0], $1[1])) }
    }
  }
}
