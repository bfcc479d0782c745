import Tensors

/// Compares gradients that were built as graphs with central differences of the reference interpreter, in `Double`.
package enum GradientCheck {
  /// One derivative that differs.
  package struct Mismatch: Sendable, CustomStringConvertible {
    package var sample: String
    package var input: String
    package var element: Int
    package var expected: Double
    package var found: Double
    package var description: String {
      "\(sample): d/d(input \(input))[\(element)] is \(expected) by differences, \(found) by the gradient"
    }
  }

  /// The derivatives of a sample that differ by more than its tolerance, relative to the greater of the two (and
  /// absolutely below 10⁻³).
  ///
  /// - Parameters:
  ///   - order: 1 checks the gradient; 2 checks the gradient of a random projection of the gradient.
  ///   - makeBuilder: a builder with other gradients of composites, to test the check itself.
  package static func mismatches(
    _ sample: OperatorSample, order: Int = 1, batch: Int = 2, seed: UInt64 = 1,
    makeBuilder: () -> GraphBuilder = { GraphBuilder() }
  ) throws -> [Mismatch] {
    let builder = makeBuilder()
    let inputs = sample.inputs.enumerated().map { builder.input("\($0)", $1.type) }
    let floats = inputs.filter { builder.type(of: $0).dtype == .float32 }
    let result = sample.build(builder, inputs)
    guard builder.type(of: result).dtype == .float32 else { return [] }
    var directions: [String: ValueType] = [:]
    var objective = projection(of: result, named: "direction", builder, &directions)
    for level in 1..<order {
      let gradients = builder.gradients(of: objective, by: floats)
      objective = gradients.enumerated().reduce(builder.fill(0)) { sum, item in
        builder.add(sum, projection(of: item.element, named: "direction \(level) \(item.offset)", builder, &directions))
      }
    }
    let gradients = builder.gradients(of: objective, by: floats)
    let value = builder.finish(outputs: [("objective", objective)])
    let slopes = builder.finish(outputs: zip(floats, gradients).map { (inputName($0, builder), $1) })
    try verify(value)
    try verify(slopes)

    var random = PhiloxSequence(seed: seed, path: sample.name)
    var arguments: [String: ReferenceTensor] = [:]
    for (index, input) in sample.inputs.enumerated() {
      let shape = (input.type.isShared ? [] : [batch]) + input.type.shape
      arguments["\(index)"] = ReferenceTensor(
        shape: shape, input.domain.draw(shape.reduce(1, *), using: &random))
    }
    for (name, type) in directions.sorted(by: { $0.key < $1.key }) {
      let shape = (type.isShared ? [] : [batch]) + type.shape
      arguments[name] = ReferenceTensor(
        shape: shape, SampleDomain.uniform(-1, 1).draw(shape.reduce(1, *), using: &random))
    }
    let found = ReferenceInterpreter.run(slopes, inputs: arguments, batch: batch).outputs
    return floats.flatMap { id in
      let name = inputName(id, builder)
      return compare(sample, name, found[name]!, value, arguments, batch)
    }
  }

  private static func inputName(_ id: ValueID, _ builder: GraphBuilder) -> String {
    guard case .input(let name) = builder[id].op else { preconditionFailure("not an input") }
    return name
  }

  /// `Σ value · direction` over the elements and the batch.
  private static func projection(
    of value: ValueID, named name: String, _ builder: GraphBuilder, _ directions: inout [String: ValueType]
  ) -> ValueID {
    let type = builder.type(of: value)
    directions[name] = type
    let sum = builder.sum(builder.multiply(value, builder.input(name, type)))
    return type.isShared ? sum : builder.batchSum(sum)
  }

  /// Differences of fourth order: `(8(f(x + h) − f(x − h)) − (f(x + 2h) − f(x − 2h))) / 12h`.
  private static func compare(
    _ sample: OperatorSample, _ name: String, _ found: ReferenceTensor, _ graph: Graph,
    _ arguments: [String: ReferenceTensor], _ batch: Int
  ) -> [Mismatch] {
    let step = 1e-3
    var arguments = arguments
    var mismatches: [Mismatch] = []
    for element in found.values.indices {
      let centre = arguments[name]!.values[element]
      let at = { (offset: Double) -> Double in
        arguments[name]!.values[element] = centre + offset
        return ReferenceInterpreter.run(graph, inputs: arguments, batch: batch).outputs["objective"]!.values[0]
      }
      let expected = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)
      arguments[name]!.values[element] = centre
      let slope = found.values[element]
      let scale = max(abs(expected), abs(slope), 1e-3)
      if !(abs(expected - slope) <= sample.tolerance * scale) {
        mismatches.append(
          Mismatch(sample: sample.name, input: name, element: element, expected: expected, found: slope))
      }
    }
    return mismatches
  }
}
