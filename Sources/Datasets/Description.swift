import Diagnostics
import Tensors

/// An exact fraction of the rows.
package struct Fraction: Sendable, Hashable {
  package var numerator: Int
  package var denominator: Int
  package init(_ numerator: Int, _ denominator: Int) {
    self.numerator = numerator
    self.denominator = denominator
  }
}

/// Where data come from, as the file says it: `csv("data/iris.csv", delimiter: ";")`.
package struct SourceDescription: Sendable, Hashable {
  /// The name of a source in the catalogue: `csv`, `idx`.
  package var kind: String
  /// Paths as written, by setting (`path`, `images`, `labels`).
  package var paths: [String: String]
  /// Other settings, as written: `delimiter`, `header`, `missing`.
  package var options: [String: String]
  package var span: Span
  package init(kind: String, paths: [String: String], options: [String: String] = [:], span: Span) {
    self.kind = kind
    self.paths = paths
    self.options = options
    self.span = span
  }
}

/// Which columns a program uses, and as what.
package struct ColumnUse: Sendable, Hashable {
  package enum Key: Sendable, Hashable {
    case name(String)
    /// From 1, for a file without a header.
    case position(Int)
  }
  package enum Role: Sendable, Hashable {
    /// Numbers; NaN where missing.
    case number
    /// Text, encoded by the sorted list of its values.
    case category
    /// A tensor for each row, of bytes (an image) or of labels.
    case tensor
  }
  /// Which rows, counted from the row itself, where rows are ordered.
  package enum Offsets: Sendable, Hashable {
    /// `load[-1]`: one value.
    case at(Int)
    /// `load[-96 ..< 0]`: an axis of so many values.
    case range(Range<Int>)
  }
  package var key: Key
  package var role: Role
  package var span: Span
  /// How the texts of a column become tokens.
  package struct Tokens: Sendable, Hashable {
    package var unit: Tokenizer.Unit
    /// The size of the vocabulary; code 0 stands for what is not in it (but for bytes).
    package var count: Int
    /// The greatest length; longer texts lose their end.
    package var length: Int
    /// What the program calls the length of a text: columns that share it are equally long in every row.
    package var axis: String
    package init(unit: Tokenizer.Unit, count: Int, length: Int, axis: String) {
      self.unit = unit
      self.count = count
      self.length = length
      self.axis = axis
    }
  }
  /// Nil for the row itself.
  package var offsets: Offsets?
  /// Nil where texts stay what they are.
  package var tokens: Tokens?
  /// Whether the most frequent class of the training rows stands for a missing one. A field without `impute` has a use
  /// of the same column beside this one.
  package var imputes: Bool
  package init(
    key: Key, role: Role, span: Span, offsets: Offsets? = nil, tokens: Tokens? = nil, imputes: Bool = false
  ) {
    self.key = key
    self.role = role
    self.span = span
    self.offsets = offsets
    self.tokens = tokens
    self.imputes = imputes
  }
}

/// How rows are divided.
package struct SplitDescription: Sendable, Hashable {
  package enum Method: Sendable, Hashable {
    case random
    case chronological
    case folds(Int)
    /// No split setting: every row trains.
    case none
  }
  package var method: Method
  package var train: Fraction
  package var validation: Fraction
  package var test: Fraction
  /// The name of the field to keep proportions of.
  package var stratify: String?
  package var seed: Int
  /// A separate source of test rows.
  package var testSource: SourceDescription?
  package var span: Span
  package init(
    method: Method, train: Fraction, validation: Fraction, test: Fraction, stratify: String? = nil, seed: Int = 0,
    testSource: SourceDescription? = nil, span: Span
  ) {
    self.method = method
    self.train = train
    self.validation = validation
    self.test = test
    self.stratify = stratify
    self.seed = seed
    self.testSource = testSource
    self.span = span
  }
}
