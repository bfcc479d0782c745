import Tensors

/// `scan`: a body for each element of sequences, with states handed from step to step; see ``Scan`` for what goes in and
/// what comes out. States and outputs are all shared or all per example.
///
/// Gradient: a scan in the other direction over the states before each step, the elements, and what the forward scan
/// gave at each step (its products among it, so that none is computed again). Its states are the adjoints of the states;
/// it gives the adjoints of the elements, and of captures what is to be summed over the steps. Sums over the batch are
/// done after it, for all steps at once.
package struct ScanOperator: OperatorDefinition {
  let scan: Scan
  package var name: String { "scan" }
  package var attributes: String {
    "\(scan.length) steps\(scan.isReversed ? " reversed" : ""), \(scan.states) states, \(scan.sequences) sequences"
  }
  package var kind: FusionKind { .opaque }

  package func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType {
    let body = scan.body
    try require(scan.length >= 0 && scan.states + scan.sequences <= inputs.count, "has \(inputs.count) inputs")
    for (index, input) in inputs.enumerated() where scan.states..<scan.states + scan.sequences ~= index {
      try require(input.shape.first == scan.length, "sequence \(index - scan.states) has no \(scan.length) elements")
    }
    for node in body.nodes {
      guard case .input(let name) = node.op else { continue }
      guard let index = Int(name), inputs.indices.contains(index) else {
        throw GraphError("the body has an unknown input \(name)")
      }
      let isElement = scan.states..<scan.states + scan.sequences ~= index
      let expected = isElement ? inputs[index].with(shape: Array(inputs[index].shape.dropFirst())) : inputs[index]
      try require(node.type == expected, "input \(name) of the body is \(node.type)")
    }
    try require(!body.outputs.isEmpty && body.outputs.count >= scan.states, "the body gives too little")
    let types = body.outputs.map { body[$0.value].type }
    for (index, type) in types.enumerated() {
      try type.expectFloat()
      try require(type.isShared == types[0].isShared, "the body mixes shared and per-example outputs")
      try require(index >= scan.states || type == inputs[index], "state \(index) becomes \(type)")
    }
    return ValueType([scan.parts.reduce(0) { $0 + $1.shape.reduce(1, *) }], isShared: types[0].isShared)
  }

  package func gradient(_ context: GradientContext) -> [ValueID?] {
    preconditionFailure("the backward sweep gives a scan the adjoints of its parts")
  }

  /// The gradient from the adjoints of the parts, each flat, nil where zero.
  func gradient(
    _ id: ValueID, cotangents: [ValueID?], needs: [Bool], _ builder: GraphBuilder
  ) -> [ValueID?] {
    if scan.length == 0 { return needs.map { _ in nil } }
    return ScanAdjoint(scan: scan, id: id, cotangents: cotangents, needs: needs, builder: builder).gradients()
  }

  package func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor {
    preconditionFailure("the interpreter runs a scan's body")
  }

  package func arithmetic(inputs: [ValueType], result: ValueType) -> Int {
    scan.length
      * scan.body.nodes.reduce(0) { sum, node in
        sum + node.op.definition.arithmetic(inputs: node.inputs.map { scan.body[$0].type }, result: node.type)
      }
  }

  package static var samples: [OperatorSample] {
    let sizes = [(1, 1), (2, 1), (3, 2), (1, 3), (4, 2), (2, 3), (0, 2), (3, 0), (5, 1), (6, 2)]
    return sizes.enumerated().flatMap { index, size in
      let (length, units) = size
      let isReversed = index % 3 == 1
      return [
        OperatorSample(
          "scan running product \(length) \(units)",
          [SampleInput([length, units], isShared: index % 4 == 3), SampleInput([units], isShared: index % 4 == 3)]
        ) { builder, inputs in
          builder.scan(over: [inputs[0]], from: [inputs[1]], isReversed: isReversed) { b, states, elements in
            ([b.add(b.multiply(states[0], elements[0]), b.map(.sin, [elements[0]]))], [])
          }.states[0]
        },
        OperatorSample(
          "scan recurrent \(length) \(units)",
          [
            SampleInput([length, 2], isShared: false), SampleInput([units]), SampleInput([2, units], isShared: true),
            SampleInput([units, units], isShared: true), SampleInput([units], isShared: true),
          ]
        ) { builder, inputs in
          let result = builder.scan(over: [inputs[0]], from: [inputs[1]], isReversed: isReversed) {
            b, states, elements in
            let weights = inputs[2...].map { b.capture($0) }
            let sum = b.add(b.contract(elements[0], weights[0]), b.contract(states[0], weights[1]))
            let next = b.tanh(b.add(sum, weights[2]))
            return ([next], [b.multiply(b.square(states[0]), b.sum(elements[0]))])
          }
          return builder.add(builder.square(result.states[0]), result.outputs[0])
        },
        OperatorSample(
          "scan of two states and a table \(length) \(units)",
          [
            .indices([length], below: 3), SampleInput([units]), SampleInput([]),
            SampleInput([3, units], isShared: true),
            SampleInput([units]),
          ]
        ) { builder, inputs in
          let result = builder.scan(
            over: [inputs[0]], from: [inputs[1], inputs[2]], isReversed: isReversed
          ) { b, states, elements in
            let read = b.gather(b.capture(inputs[3]), elements[0])
            let first = b.map(.sin, [b.add(b.multiply(states[0], b.capture(inputs[4])), read)])
            return ([first, b.add(states[1], b.sum(b.multiply(first, states[0])))], [])
          }
          return builder.add(builder.sum(builder.square(result.states[0])), builder.sum(result.states[1]))
        },
      ]
    }
  }
}

/// Builds the reverse scan of one scan node.
private struct ScanAdjoint {
  let scan: Scan
  let id: ValueID
  let cotangents: [ValueID?]
  let needs: [Bool]
  let builder: GraphBuilder

  private var inputs: [ValueID] { builder[id].inputs }
  private var captureStart: Int { scan.states + scan.sequences }

  /// A part of the node's value, stacked.
  private func part(_ index: Int) -> ValueID {
    let part = scan.parts[index]
    return builder.reshape(
      builder.slice(id, axis: 0, part.start..<part.start + part.shape.reduce(1, *)), part.shape)
  }

  /// The states before each step.
  private func previous(_ index: Int) -> ValueID {
    let after = part(index)
    let shape = builder.shape(of: inputs[index])
    let first = builder.reshape(inputs[index], [1] + shape)
    return scan.isReversed
      ? builder.concat([builder.slice(after, axis: 0, 1..<scan.length), first], axis: 0)
      : builder.concat([first, builder.slice(after, axis: 0, 0..<scan.length - 1)], axis: 0)
  }

  func gradients() -> [ValueID?] {
    let states = Array(0..<scan.states)
    let given = cotangents.indices.filter { cotangents[$0] != nil }
    let stackedCotangents = given.map { builder.reshape(cotangents[$0]!, scan.parts[$0].shape) }
    let sequences =
      states.map(previous) + inputs[scan.states..<captureStart] + stackedCotangents + scan.parts.indices.map(part)
    let zeros = states.map { builder.literal(0, like: inputs[$0]) }
    var sums: [(capture: Int, crossing: Crossing, operands: Int)] = []
    var elementsWanted: [Int] = []
    let result = builder.scan(over: sequences, from: zeros, length: scan.length, isReversed: !scan.isReversed) {
      inner, adjoints, elements in
      let step = StepAdjoint(scan: scan, inner: inner, captures: Array(inputs[captureStart...]))
      let (place, wanted) = step.forward(Array(elements.prefix(captureStart)))
      var seeds: [(value: ValueID, cotangent: ValueID)] = []
      for (state, adjoint) in zip(states, adjoints) {
        seeds.append((place[scan.body.outputs[state].value.index], adjoint))
      }
      for (offset, index) in given.enumerated() {
        seeds.append((place[scan.body.outputs[index].value.index], elements[captureStart + offset]))
      }
      let slopes = inner.adjoints(of: seeds, by: wanted)
      // What the forward scan gave is read, not computed again.
      for (index, output) in scan.body.outputs.enumerated() {
        inner.replace(place[output.value.index], by: elements[captureStart + given.count + index])
      }
      let next = states.map { slopes[$0] ?? inner.literal(0, like: adjoints[$0]) }
      var outputs: [ValueID] = []
      for index in scan.states..<captureStart where needs[index] {
        guard let slope = slopes[index] else { continue }
        elementsWanted.append(index)
        outputs.append(slope)
      }
      for index in captureStart..<inputs.count where needs[index] {
        guard let slope = slopes[index] else { continue }
        for crossing in step.crossings(slope) {
          sums.append((index, crossing, crossing.operands.count))
          outputs += crossing.operands
        }
      }
      return (next, outputs)
    }
    return collect(result, elementsWanted, sums)
  }

  /// The gradients by all inputs, from what the reverse scan gave.
  private func collect(
    _ result: GraphBuilder.ScanResult, _ elements: [Int],
    _ sums: [(capture: Int, crossing: Crossing, operands: Int)]
  ) -> [ValueID?] {
    var gradients = [ValueID?](repeating: nil, count: inputs.count)
    // The adjoint after the reverse scan's last step, which is the forward scan's first.
    let first = scan.isReversed ? scan.length - 1 : 0
    for state in 0..<scan.states where needs[state] {
      gradients[state] = builder.reshape(
        builder.slice(result.states[state], axis: 0, first..<first + 1), builder.shape(of: inputs[state]))
    }
    for (offset, index) in elements.enumerated() { gradients[index] = result.outputs[offset] }
    var next = elements.count
    for (capture, crossing, count) in sums {
      let share = crossing.summed(Array(result.outputs[next..<next + count]), builder)
      gradients[capture] = gradients[capture].map { builder.add($0, share) } ?? share
      next += count
    }
    return gradients
  }
}

/// One step of the forward body inside the reverse one.
private struct StepAdjoint {
  let scan: Scan
  let inner: GraphBuilder
  let captures: [ValueID]

  /// Emits the forward step; returns the values of its nodes and of its inputs.
  func forward(_ elements: [ValueID]) -> (place: [ValueID], inputs: [ValueID]) {
    let arguments = elements + captures.map { inner.capture($0) }
    return (inner.inlineNodes(scan.body, inputs: arguments), arguments)
  }

  /// The summands of a capture's gradient, each a sum over the batch that can be done after the loop.
  func crossings(_ slope: ValueID) -> [Crossing] {
    let node = inner[slope]
    switch node.op {
    case .map(.add) where node.type.isShared: return node.inputs.flatMap(crossings)
    case .batchSum: return [Crossing(kind: .batchSum, operands: node.inputs)]
    case .matmul(let matmul) where matmul.sumsBatch: return [Crossing(kind: .matmul(matmul), operands: node.inputs)]
    case .scatterAdd(let rows, sumsBatch: true):
      // A loop gives floats; indices below 2²⁴ are exact.
      return [
        Crossing(kind: .scatterAdd(rows: rows), operands: [inner.cast(node.inputs[0], .float32), node.inputs[1]])
      ]
    case .convolution(var convolution) where convolution.sumsBatch:
      convolution.sumsBatch = false
      return [
        Crossing(
          kind: .batchSum,
          operands: [inner.convolution(convolution, node.inputs[0], node.inputs[1])])
      ]
    default: return [Crossing(kind: .none, operands: [slope])]
    }
  }
}

/// A sum over the steps, and over the batch where the operator in the body was one.
private struct Crossing {
  enum Kind {
    case none
    case batchSum
    case matmul(Matmul)
    case scatterAdd(rows: Int)
  }
  let kind: Kind
  let operands: [ValueID]

  /// The sum, given the operands stacked over the steps.
  func summed(_ stacked: [ValueID], _ builder: GraphBuilder) -> ValueID {
    switch kind {
    case .none: builder.reduceSum(stacked[0], axes: [0])
    case .batchSum: builder.batchSum(builder.reduceSum(stacked[0], axes: [0]))
    case .matmul(let matmul):
      builder.matmul(
        stacked[0], stacked[1], transposeA: matmul.transposeA, transposeB: matmul.transposeB, sumsBatch: true)
    case .scatterAdd(let rows):
      builder.scatterAdd(
        indices: builder.cast(stacked[0], .int32), updates: stacked[1], rows: rows, sumsBatch: true)
    }
  }
}
