/// `matmul`: `[…, M, K] @ […, K, N] → […, M, N]`, either operand transposed first. Leading axes agree, or one operand has
/// rank 2. Operands are shared or per example in any mix. With `sumsBatch` both are per example with the same leading
/// axes, and the result `[M, N]` is shared: the sum over the examples and over the leading axes.
///
/// Gradient, for `C = A·B`: `dA = dC·Bᵀ`, `dB = Aᵀ·dC`, with transposes moved into the products; summed over what the
/// operand does not have.
package struct MatmulOperator: OperatorDefinition {
  let matmul: Matmul
  package var name: String { "matmul" }
  package var attributes: String {
    [
      matmul.transposeA ? "transpose a" : nil, matmul.transposeB ? "transpose b" : nil,
      matmul.sumsBatch ? "sums batch" : nil,
    ].compactMap { $0 }.joined(separator: ", ")
  }
  package var kind: FusionKind { .contraction }
  package var sumsBatch: Bool { matmul.sumsBatch }

  /// Rows, inner size and columns of the product.
  package func sizes(_ a: [Int], _ b: [Int]) -> (rows: Int, inner: Int, columns: Int) {
    let (rows, inner) = matmul.transposeA ? (a[a.count - 1], a[a.count - 2]) : (a[a.count - 2], a[a.count - 1])
    return (rows, inner, matmul.transposeB ? b[b.count - 2] : b[b.count - 1])
  }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    try inputs.expect(count: 2)
    let (a, b) = (inputs[0], inputs[1])
    try a.expectFloat()
    try b.expectFloat()
    try require(a.shape.count >= 2 && b.shape.count >= 2, "operands have at least rank 2")
    let (rows, inner, columns) = sizes(a.shape, b.shape)
    let otherInner = matmul.transposeB ? b.shape[b.shape.count - 1] : b.shape[b.shape.count - 2]
    try require(inner == otherInner, "inner sizes \(inner) and \(otherInner) differ (\(attributes))")
    let (leadingA, leadingB) = (a.shape.dropLast(2), b.shape.dropLast(2))
    if matmul.sumsBatch {
      try require(!a.isShared && !b.isShared && leadingA == leadingB, "summed operands have one batch and leading axes")
      return ValueType([rows, columns], isShared: true)
    }
    try require(leadingA == leadingB || leadingA.isEmpty || leadingB.isEmpty, "leading axes differ")
    let leading = leadingA.isEmpty ? leadingB : leadingA
    return ValueType(leading + [rows, columns], isShared: a.isShared && b.isShared)
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    let (a, b, dc) = (context.inputs[0], context.inputs[1], context.cotangent)
    let (transposeA, transposeB) = (matmul.transposeA, matmul.transposeB)
    return [
      !context.needs[0]
        ? nil
        : transposeA
          ? product(b, dc, transposeB, true, for: a, context.builder)
          : product(dc, b, false, !transposeB, for: a, context.builder),
      !context.needs[1]
        ? nil
        : transposeB
          ? product(dc, a, true, transposeA, for: b, context.builder)
          : product(a, dc, !transposeA, false, for: b, context.builder),
    ]
  }

  /// A product summed over the batch and over the leading axes that the operand does not have.
  private func product(
    _ x: ValueID, _ y: ValueID, _ transposeX: Bool, _ transposeY: Bool, for operand: ValueID, _ builder: GraphBuilder
  ) -> ValueID {
    let target = builder.type(of: operand)
    let (xType, yType) = (builder.type(of: x), builder.type(of: y))
    let leading = max(xType.shape.count, yType.shape.count) - 2
    let sumsBatch = target.isShared && !(xType.isShared && yType.isShared)
    if target.shape.count == 2 && !xType.isShared && !yType.isShared && xType.shape.count == yType.shape.count
      && sumsBatch
    {
      return builder.matmul(x, y, transposeA: transposeX, transposeB: transposeY, sumsBatch: true)
    }
    if leading > 0 && target.shape.count == 2 && transposeX && !transposeY && xType.shape.count == yType.shape.count {
      // Σₗ xₗᵀ·yₗ is one product over the leading axes and the rows together.
      let flat = { (id: ValueID, shape: [Int]) in
        builder.reshape(id, [shape.dropLast().reduce(1, *), shape[shape.count - 1]])
      }
      let result = builder.matmul(flat(x, xType.shape), flat(y, yType.shape), transposeA: true)
      return sumsBatch ? builder.batchSum(result) : result
    }
    var result = builder.matmul(x, y, transposeA: transposeX, transposeB: transposeY)
    if target.shape.count == 2 && leading > 0 { result = builder.reduceSum(result, axes: Array(0..<leading)) }
    return sumsBatch ? builder.batchSum(result) : result
  }

  package func vectorized(_ steps: StepsContext) -> ValueID? {
    let ranks = (0..<2).map { steps.builder.shape(of: steps.value($0)).count - (steps.isStacked($0) ? 1 : 0) }
    if sumsBatch { return nil }
    // A matrix that is the same at each step stays one; else both operands need the same leading axes.
    let keepsFirst = !steps.isStacked(0) && ranks[0] == 2
    let keepsSecond = !steps.isStacked(1) && ranks[1] == 2
    guard keepsFirst || keepsSecond || ranks[0] == ranks[1] else { return nil }
    return steps.builder.matmul(
      keepsFirst ? steps.value(0) : steps.stacked(0), keepsSecond ? steps.value(1) : steps.stacked(1),
      transposeA: matmul.transposeA, transposeB: matmul.transposeB)
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    let (a, b) = (inputs[0], inputs[1])
    let (rows, inner, columns) = sizes(a.shape, b.shape)
    let leading = max(a.shape.dropLast(2).reduce(1, *), b.shape.dropLast(2).reduce(1, *))
    let isEmpty = a.shape.dropLast(2).contains(0) || b.shape.dropLast(2).contains(0)
    var result = ReferenceTensor(shape: site.type.shape, repeating: 0)
    let (strideA, strideB) = (a.shape.count == 2 ? 0 : rows * inner, b.shape.count == 2 ? 0 : inner * columns)
    let (rowA, innerA) = matmul.transposeA ? (1, rows) : (inner, 1)
    let (innerB, columnB) = matmul.transposeB ? (1, inner) : (columns, 1)
    for index in 0..<(isEmpty ? 0 : leading) {
      let base = matmul.sumsBatch ? 0 : index * rows * columns
      for row in 0..<rows {
        for column in 0..<columns {
          var sum = 0.0
          for k in 0..<inner {
            sum +=
              a.values[index * strideA + row * rowA + k * innerA]
              * b.values[index * strideB + k * innerB + column * columnB]
          }
          result.values[base + row * columns + column] += sum
        }
      }
    }
    return result
  }

  package func arithmetic(inputs: [ValueType], result: ValueType) -> Int {
    let (rows, inner, columns) = sizes(inputs[0].shape, inputs[1].shape)
    let leading = max(inputs[0].shape.dropLast(2).reduce(1, *), inputs[1].shape.dropLast(2).reduce(1, *))
    return 2 * rows * inner * columns * leading
  }

  package static var samples: [OperatorSample] {
    let sizes = [(1, 1, 1), (2, 3, 4), (1, 5, 2), (3, 1, 1), (0, 2, 3), (2, 0, 3), (2, 3, 0), (4, 4, 4), (3, 7, 5)]
    let leadings: [([Int], [Int])] = [([], []), ([2], [2]), ([2], []), ([], [3]), ([2, 2], [2, 2]), ([0], [0])]
    var samples: [OperatorSample] = []
    for (sizeIndex, (rows, inner, columns)) in sizes.enumerated() {
      for (leadingIndex, (leadingA, leadingB)) in leadings.enumerated() {
        // Every combination of transposes and of sharing occurs, spread over the shapes.
        let variant = sizeIndex * 5 + leadingIndex
        let (transposeA, transposeB) = (variant % 2 == 1, variant / 2 % 2 == 1)
        let (sharedA, sharedB) = (variant % 3 == 1, variant % 4 >= 2)
        let a = leadingA + (transposeA ? [inner, rows] : [rows, inner])
        let b = leadingB + (transposeB ? [columns, inner] : [inner, columns])
        samples.append(
          OperatorSample(
            "matmul \(a)\(transposeA ? "ᵀ" : "") \(b)\(transposeB ? "ᵀ" : "")",
            [SampleInput(a, isShared: sharedA), SampleInput(b, isShared: sharedB)]
          ) { $0.matmul($1[0], $1[1], transposeA: transposeA, transposeB: transposeB) })
        if leadingA == leadingB {
          samples.append(
            OperatorSample("matmul summed \(a) \(b)", [SampleInput(a), SampleInput(b)]) {
              $0.matmul($1[0], $1[1], transposeA: transposeA, transposeB: transposeB, sumsBatch: true)
            })
        }
      }
    }
    return samples
  }
}
