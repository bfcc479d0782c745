import Declarations
import Graphs
import Layers
import Tensors
import Testing

/// What honours lengths that differ from example to example, against the same without padding.
struct VaryingLengthTests {
  /// Builds over inputs `[limit, …]` with a mask of an input of its own.
  private func context(
    _ graph: GraphBuilder, _ inputs: [ValueID], _ types: [TensorType], mask: ValueID?, settings: Settings,
    apply: @escaping (ValueID, String) -> ValueID = { x, _ in x }
  ) -> BuildContext {
    BuildContext(
      graph: graph, mode: .evaluation, inputs: inputs, inputTypes: types, masks: inputs.map { _ in mask },
      settings: settings, path: "trial", weight: { _ in preconditionFailure("no weights") }, update: { _, _ in },
      apply: { _, x, suffix in apply(x, suffix) })
  }

  private func mask(_ lengths: [Int], limit: Int) -> [Double] {
    lengths.flatMap { length in (0..<limit).map { $0 < length ? 1 : 0 } }
  }

  @Test func bidirectionalReadsEachRowFromItsOwnEnd() {
    let (limit, lengths) = (5, [3, 5, 1])
    let values = (0..<3 * limit * 2).map { Double(($0 * 7 + 3) % 11) - 5 }
    func run(_ values: [Double], limit: Int, mask given: [Double]?) -> [Double] {
      let graph = GraphBuilder()
      let x = graph.input("x", ValueType([limit, 2], isShared: false))
      let real = given.map { _ in graph.input("mask", ValueType([limit], isShared: false)) }
      // A running sum, forwards and backwards: it sees the order.
      let settings = Settings(["layer": .layer(LayerHandle(0))])
      let result = CallableDeclaration.bidirectional.build(
        context(graph, [x], [.numbers([limit, 2])], mask: real, settings: settings) { x, _ in
          let zeros = graph.literal(0, like: graph.type(of: x), shape: [2])
          return graph.scan(over: [x], from: [zeros]) { inner, states, elements in
            ([inner.add(inner.multiply(states[0], 0.5), elements[0])], [])
          }.states[0]
        })
      let count = values.count / limit / 2
      var inputs = ["x": ReferenceTensor(shape: [count, limit, 2], values)]
      if let given { inputs["mask"] = ReferenceTensor(shape: [count, limit], given) }
      return ReferenceInterpreter.run(
        graph.finish(outputs: [("result", result)], effects: []), inputs: inputs, batch: count
      ).outputs["result"]!.values
    }
    let padded = run(values, limit: limit, mask: mask(lengths, limit: limit))
    for (row, length) in lengths.enumerated() {
      let own = Array(values[row * limit * 2..<(row * limit + length) * 2])
      let alone = run(own, limit: length, mask: nil)
      #expect(Array(padded[row * limit * 4..<(row * limit + length) * 4]) == alone, "row \(row)")
    }
  }

  /// Forwards each step sees the one before it, backwards the one behind it; the two stand in this order.
  @Test func bidirectionalJoinsBothDirections() {
    let graph = GraphBuilder()
    let x = graph.input("x", ValueType([4, 1], isShared: false))
    let settings = Settings(["layer": .layer(LayerHandle(0))])
    let result = CallableDeclaration.bidirectional.build(
      context(graph, [x], [.numbers([4, 1])], mask: nil, settings: settings) { x, suffix in
        // y[t] = x[t] + 10 x[t − 1] by the first copy, 100 x[t − 1] by the second.
        let before = graph.pad(graph.slice(x, axis: 0, 0..<3), low: [1, 0], high: [0, 0])
        return graph.add(x, graph.multiply(before, suffix == "[0]" ? 10 : 100))
      })
    let values = ReferenceInterpreter.run(
      graph.finish(outputs: [("result", result)], effects: []),
      inputs: ["x": ReferenceTensor(shape: [1, 4, 1], [1, 2, 3, 4])], batch: 1
    ).outputs["result"]!.values
    #expect(values == [1, 201, 12, 302, 23, 403, 34, 4])
  }

  @Test func r2CountsRealPositionsOnly() {
    let (limit, lengths) = (3, [3, 1, 2, 3, 2])
    let target = (0..<15).map { 100 + Double(($0 * 5 + 2) % 7) }
    let prediction = (0..<15).map { 100 + Double(($0 * 4 + 1) % 6) }
    let metric = MetricDeclaration.r2
    let graph = GraphBuilder()
    let type = ValueType([limit], isShared: false)
    let inputs = [graph.input("0", type), graph.input("1", type)]
    let real = graph.input("mask", type)
    let sums = metric.accumulate(
      context(graph, inputs, [.numbers([limit]), .numbers([limit])], mask: real, settings: Settings()))
    let program = graph.finish(
      outputs: sums.enumerated().map { ("\($0)", graph.batchSum(graph.lifted($1))) }, effects: [])
    var totals: [[Double]] = []
    for rows in [0..<3, 3..<5] {
      let part = { (values: [Double]) in
        ReferenceTensor(
          shape: [rows.count, limit], Array(values[rows.lowerBound * limit..<rows.upperBound * limit]))
      }
      let result = ReferenceInterpreter.run(
        program,
        inputs: ["0": part(prediction), "1": part(target), "mask": part(mask(lengths, limit: limit))],
        batch: rows.count
      ).outputs
      metric.merge(&totals, sums.indices.map { result["\($0)"]!.values }, Double(rows.count))
    }
    // Each place over the rows that reach it.
    var scores: [Double] = []
    for place in 0..<limit {
      let rows = lengths.indices.filter { lengths[$0] > place }
      let mean = rows.reduce(0) { $0 + target[$1 * limit + place] } / Double(rows.count)
      var (residual, total) = (0.0, 0.0)
      for row in rows {
        let (t, p) = (target[row * limit + place], prediction[row * limit + place])
        residual += (t - p) * (t - p)
        total += (t - mean) * (t - mean)
      }
      scores.append(1 - residual / total)
    }
    guard case .scalar(let score) = metric.finish(totals, 5, Settings()) else {
      Issue.record("not a number")
      return
    }
    #expect(abs(score - scores.reduce(0, +) / 3) < 1e-9)
  }
}
