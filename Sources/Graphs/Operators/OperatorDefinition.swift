import Tensors

/// What a shape rule or the verifier found wrong with a graph: always a bug of the program that built it.
package struct GraphError: Error, Hashable, CustomStringConvertible {
  package var description: String
  package init(_ description: String) { self.description = description }
}

/// How the lowering may combine an operator with its neighbours.
package enum FusionKind: Sendable, Hashable, CaseIterable {
  /// No inputs.
  case leaf
  /// Element `i` of the result depends on element `i` of each input.
  case elementwise
  /// Axes are summed or compared away.
  case reduction
  /// Elements are copied to other places, and nothing is computed.
  case movement
  /// Products summed over an axis.
  case contraction
  /// None of these.
  case opaque
}

/// Everything that is known about one operator: one file each beside this one, reached by ``Operator/definition``.
package protocol OperatorDefinition: Sendable {
  /// The word that printed graphs use.
  var name: String { get }
  /// The payload in words, for printed graphs: `axes: [0]`.
  var attributes: String { get }
  var kind: FusionKind { get }
  /// Whether the per-example results are summed over the batch into one shared result.
  var sumsBatch: Bool { get }

  /// The type of the result. Leaves return `declared`, having checked it; other operators ignore it.
  ///
  /// - Throws: ``GraphError`` where the inputs break the shape rule.
  func resultType(of inputs: [ValueType], declared: ValueType?) throws -> ValueType

  /// The adjoint: for each input the derivative of a scalar whose derivative by the result is the cotangent; nil where
  /// it is zero everywhere or not needed.
  func gradient(_ context: GradientContext) -> [ValueID?]

  /// The result for one example (or for shared inputs) in `Double`.
  func evaluate(_ inputs: [ReferenceTensor], at site: EvaluationSite) -> ReferenceTensor

  /// The operator for all steps of a loop at once, or nil where that is not one operator.
  func vectorized(_ steps: StepsContext) -> ValueID?

  /// Floating-point operations for one example; a fused multiply and add counts as two.
  func arithmetic(inputs: [ValueType], result: ValueType) -> Int

  /// Uses of the operator over many shapes, for the tests of gradients, kernels and plans.
  static var samples: [OperatorSample] { get }
}

extension OperatorDefinition {
  package var attributes: String { "" }
  package var sumsBatch: Bool { false }
  package func arithmetic(inputs: [ValueType], result: ValueType) -> Int { 0 }
  package func vectorized(_ steps: StepsContext) -> ValueID? { nil }
}

/// The operands of a node in a loop's body, outside of the loop.
package struct StepsContext {
  /// An operand that is the same at each step, or one with the steps as its first axis.
  package enum Operand {
    case invariant(ValueID)
    case stacked(ValueID)
  }
  package let builder: GraphBuilder
  package let length: Int
  package let operands: [Operand]

  package func isStacked(_ index: Int) -> Bool {
    if case .stacked = operands[index] { return true }
    return false
  }

  /// The operand as it is.
  package func value(_ index: Int) -> ValueID {
    switch operands[index] {
    case .invariant(let id), .stacked(let id): id
    }
  }

  /// The operand with the steps as its first axis, repeated where it is the same at each.
  package func stacked(_ index: Int) -> ValueID {
    switch operands[index] {
    case .stacked(let id): return id
    case .invariant(let id):
      let shape = builder.shape(of: id)
      return builder.broadcast(id, shape: [length] + shape, axes: shape.indices.map { $0 + 1 })
    }
  }

  /// All operands, stacked.
  package var allStacked: [ValueID] { operands.indices.map(stacked) }
}

/// What the gradient of one node may use.
package struct GradientContext {
  package let builder: GraphBuilder
  package let inputs: [ValueID]
  package let result: ValueID
  /// The derivative by the result; its type is the result's.
  package let cotangent: ValueID
  /// For each input, whether its gradient is asked for.
  package let needs: [Bool]

  package func type(_ input: Int) -> ValueType { builder.type(of: inputs[input]) }
}

/// Where and for whom a node is evaluated.
package struct EvaluationSite {
  package let type: ValueType
  /// The index of the example in the batch; 0 for shared values.
  package let example: Int
  /// The step of the loop around the node; 0 outside of loops.
  package let time: Int
  package let environment: ReferenceEnvironment
}

/// The type of a node's result; for leaves the declared type, checked.
///
/// - Throws: ``GraphError`` where the inputs break the operator's rule, or where the result exceeds 2⁴⁸ elements.
package func resultType(
  of op: Operator, inputs: [ValueType], declared: ValueType? = nil
) throws -> ValueType {
  let definition = op.definition
  do {
    let type = try definition.resultType(of: inputs, declared: declared)
    try require(
      checkedProduct(type.shape).map { $0 <= 1 << 48 } ?? false, "a result of shape \(type.shape) is not representable")
    return type
  } catch let error as GraphError {
    let operands = inputs.map(\.description).joined(separator: ", ")
    throw GraphError("\(definition.name)(\(operands)): \(error.description)")
  }
}

/// Throws a ``GraphError`` unless the condition holds.
func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
  if !condition { throw GraphError(message()) }
}

extension [ValueType] {
  /// Demands a number of inputs.
  func expect(count: Int) throws {
    try require(self.count == count, "needs \(count) inputs, has \(self.count)")
  }

  /// Demands that all inputs are shared, or all per example; returns which.
  func expectOneBatching() throws -> Bool {
    let isShared = first?.isShared ?? true
    try require(allSatisfy { $0.isShared == isShared }, "mixes shared and per-example inputs")
    return isShared
  }

  /// Demands one input, and returns it.
  func expectOne() throws -> ValueType {
    try expect(count: 1)
    return self[0]
  }
}

extension ValueType {
  /// Demands float32.
  func expectFloat() throws {
    try require(dtype == .float32, "needs float32, has \(dtype.rawValue)")
  }

  /// Demands ascending axes within the rank.
  func expectAscending(axes: [Int]) throws {
    try require(
      axes.allSatisfy { $0 >= 0 && $0 < shape.count } && zip(axes, axes.dropFirst()).allSatisfy { $0 < $1 },
      "axes \(axes) do not ascend within rank \(shape.count)")
  }

  /// The same type with another shape.
  func with(shape: [Int]) -> ValueType { ValueType(dtype, shape, isShared: isShared) }
}

/// The rule of a leaf: no inputs, and a declared type.
func leafType(_ inputs: [ValueType], _ declared: ValueType?) throws -> ValueType {
  try inputs.expect(count: 0)
  guard let declared else { throw GraphError("needs a declared type") }
  return declared
}
