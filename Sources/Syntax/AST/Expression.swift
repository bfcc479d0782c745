import Diagnostics

/// An identifier or word as written.
package struct Name: Hashable, Sendable {
  package var text: String
  package var span: Span
  package init(_ text: String, _ span: Span) {
    self.text = text
    self.span = span
  }
}

/// `label: value`, or a positional value.
package struct Argument: Sendable {
  package var label: Name?
  package var value: Expression
  package init(label: Name?, value: Expression) {
    self.label = label
    self.value = value
  }
  package var span: Span { label.map { $0.span.union(value.span) } ?? value.span }
}

package enum BinaryOperator: String, Sendable, Hashable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case modulo = "%"
  case matrixProduct = "@"
  case power = "^"
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case and
  case or
}

package enum UnaryOperator: String, Sendable, Hashable {
  case negate = "-"
  case not
}

/// `a ... b` or `a ..< b`.
package struct RangeExpression: Sendable {
  package var lower: Expression
  package var upper: Expression
  package var isClosed: Bool
  package var operatorSpan: Span
  package init(lower: Expression, upper: Expression, isClosed: Bool, operatorSpan: Span) {
    self.lower = lower
    self.upper = upper
    self.isClosed = isClosed
    self.operatorSpan = operatorSpan
  }
}

/// `scan x in xs from h: [units] = zeros { … }`; several `x in xs` and several states are separated by commas.
package struct ScanExpression: Sendable {
  package struct Sequence: Sendable {
    package var element: Name
    package var source: Expression
    package init(element: Name, source: Expression) {
      self.element = element
      self.source = source
    }
  }
  package var sequences: [Sequence]
  /// Each with its type and initial value.
  package var states: [Binding]
  package var body: Block
  package init(sequences: [Sequence], states: [Binding], body: Block) {
    self.sequences = sequences
    self.states = states
    self.body = body
  }
}

/// An expression of the abstract tree. Chains, sums and products are n-ary, nesting is capped by the parser (256), so
/// the tree is never deep.
package struct Expression: Sendable {
  package indirect enum Kind: Sendable {
    case integer(Int)
    case real(Double)
    /// `70%`; numerator and denominator keep it exact (70 % is 70/100, 12.5 % is 125/1000).
    case percent(numerator: Int, denominator: Int)
    case string(String)
    case boolean(Bool)
    case name(Name)
    /// `[a, b]`; an element may be a ``Kind/range`` of names (`f0 ... f29`) or ``Kind/everything``.
    case list([Expression])
    /// `(mean: a, spread: b)`.
    case record([Argument])
    case range(RangeExpression)
    case unary(UnaryOperator, Expression, operatorSpan: Span)
    /// Left-associative and n-ary: `a - b + c` is one node with operators `-`, `+` (operands: one more than operators);
    /// operators of one precedence level only. `^` is right-associative and binary, comparisons binary.
    case operation([Expression], operators: [BinaryOperator], operatorSpans: [Span])
    /// `head -> stage -> stage`.
    case chain(Expression, stages: [Expression])
    case call(Expression, arguments: [Argument])
    /// `x[0 ..< units]`.
    case index(Expression, [Expression])
    /// `validation.loss`.
    case member(Expression, Name)
    case scan(ScanExpression)
    /// `* except a, b` inside a list.
    case everything(except: [Expression])
    /// `(e)`; kept because parentheses matter to formatter and messages.
    case parenthesized(Expression)
    /// Where the parser found none; already reported.
    case missing
  }
  package var kind: Kind
  package var span: Span
  package init(_ kind: Kind, _ span: Span) {
    self.kind = kind
    self.span = span
  }
}

/// One entry of a shape: `H / 2`, `T <= 200`, `...S`.
package struct ShapeElement: Sendable {
  package enum Kind: Sendable {
    case exact(Expression)
    /// `T <= 200`: a length that differs from example to example.
    case atMost(Name, Expression)
    /// `...S`: any number of leading axes.
    case pack(Name)
  }
  package var kind: Kind
  package var span: Span
  package init(_ kind: Kind, _ span: Span) {
    self.kind = kind
    self.span = span
  }
}

/// A type as written: `[28, 28, 1]`, `scalar`, `class(10)`, `token(65)[64]`, `bool[T]`, `Int`, `(a: [3], b: scalar)`.
package struct TypeExpression: Sendable {
  package enum Kind: Sendable {
    /// `[…]`; element nil means float.
    case tensor(element: Name?, arguments: [Expression], shape: [ShapeElement])
    case record([(label: Name, type: TypeExpression)])
    case missing
  }
  package var kind: Kind
  package var span: Span
  package init(_ kind: Kind, _ span: Span) {
    self.kind = kind
    self.span = span
  }
}

/// One name of `let (image, mask: [64, 64]) = …`.
package struct PatternElement: Sendable {
  package var name: Name
  package var type: TypeExpression?
  package init(name: Name, type: TypeExpression?) {
    self.name = name
    self.type = type
  }
}

/// `let name: type = value`; also `weight`, states of a scan, and fields of data.
package struct Binding: Sendable {
  package var doc: [String]
  /// For a joint binding, the whole pattern as written; its names are in ``pattern``.
  package var name: Name
  package var type: TypeExpression?
  package var value: Expression
  package var span: Span
  /// The names of a joint binding, `let (image, mask) = …`; empty for one name.
  package var pattern: [PatternElement]
  package init(
    doc: [String] = [], name: Name, type: TypeExpression?, value: Expression, span: Span,
    pattern: [PatternElement] = []
  ) {
    self.doc = doc
    self.name = name
    self.type = type
    self.value = value
    self.span = span
    self.pattern = pattern
  }
}

/// The body of a layer, model or scan: weights, `let`s and one result.
package struct Block: Sendable {
  package enum Statement: Sendable {
    case weight(Binding)
    case binding(Binding)
    /// The last is the result; any other expression statement is an error that the checker reports.
    case expression(Expression)
  }
  package var statements: [Statement]
  package var span: Span
  package init(statements: [Statement], span: Span) {
    self.statements = statements
    self.span = span
  }
}
