import Diagnostics
import Tensors

/// A `test` block: its `let`s, then what it expects.
package struct CheckedTest: Sendable {
  package var name: String
  package var bindings: [CheckedBinding]
  package var expectations: [CheckedExpectation]
  package var span: Span
  package init(name: String, bindings: [CheckedBinding], expectations: [CheckedExpectation], span: Span) {
    self.name = name
    self.bindings = bindings
    self.expectations = expectations
    self.span = span
  }
}

/// One `expect`.
package struct CheckedExpectation: Sendable {
  package enum Kind: Sendable {
    /// A comparison of shapes, which checking has decided.
    case shape(wanted: String, found: String, holds: Bool)
    /// A layer's gradients against finite differences, for an input of this type.
    case gradients(CheckedLayerValue, TensorType)
    /// A train block learns so many examples by heart; an index into ``CheckedProgram/trains``.
    case overfits(train: Int, examples: Int)
    /// A value of truth values, all of which must be true.
    case holds(CheckedExpression)
  }
  package var kind: Kind
  /// The expression behind `expect`.
  package var span: Span
  package init(_ kind: Kind, _ span: Span) {
    self.kind = kind
    self.span = span
  }
}
