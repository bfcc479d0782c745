import Declarations
import Diagnostics
import Tensors

/// The type of a value: a tensor or a record of values; `unknown` absorbs what depends on a mistake.
package indirect enum CheckedType: Sendable, Hashable {
  case tensor(TensorType)
  case record([CheckedFieldType])
  case unknown
}

package struct CheckedFieldType: Sendable, Hashable {
  package var label: String
  package var type: CheckedType
  package init(_ label: String, _ type: CheckedType) {
    self.label = label
    self.type = type
  }
}

/// A number known before training, over dimension variables, `Int` and `Float` parameters of the enclosing layer.
package indirect enum ScalarExpression: Sendable, Hashable {
  case literal(Double)
  case dimension(Dimension)
  /// A `Float` parameter of the enclosing layer.
  case parameter(String)
  case negate(ScalarExpression)
  case add(ScalarExpression, ScalarExpression)
  case subtract(ScalarExpression, ScalarExpression)
  case multiply(ScalarExpression, ScalarExpression)
  case divide(ScalarExpression, ScalarExpression)
  case power(ScalarExpression, ScalarExpression)
  /// `sqrt`, `exp`, `log`, …
  case function(String, ScalarExpression)

  /// The sizes in it.
  package var dimensions: [Dimension] {
    switch self {
    case .literal, .parameter: []
    case .dimension(let size): [size]
    case .negate(let a), .function(_, let a): a.dimensions
    case .add(let a, let b), .subtract(let a, let b), .multiply(let a, let b), .divide(let a, let b),
      .power(let a, let b):
      a.dimensions + b.dimensions
    }
  }
}

/// A setting's value as checked; sizes may be symbolic inside a generic layer.
package indirect enum CheckedSetting: Sendable {
  case integer(Dimension)
  case scalar(ScalarExpression)
  case boolean(Bool)
  /// A `Bool` parameter of the enclosing layer.
  case booleanParameter(String)
  /// A word, or the name of a `Word` parameter of the enclosing layer.
  case word(String)
  case string(String)
  case axes([AxisName])
  case shape([Dimension])
  case reals([ScalarExpression])
  case layer(CheckedLayerValue)
  case layers([CheckedLayerValue])
  case schedule(name: String, settings: [String: CheckedSetting])
  case field(String)
  case list([CheckedSetting])
}

/// What is called.
package enum CheckedCallee: Sendable, Hashable {
  /// A name of the catalogue's callables.
  case builtin(String)
  /// An index into ``CheckedProgram/layers``.
  case user(Int)
}

/// One written call, applied or waiting.
package struct CheckedCall: Sendable {
  package var callee: CheckedCallee
  /// The place's name inside its body, or inside the combinator that holds it: the `let` that names the layer, else
  /// kind plus ordinal (`dense`, `dense_2`; `enc.dense` in a chain that `let enc` names). Empty for a lone user's layer
  /// in a template, whose weights stand directly below `repeat[0]`.
  package var site: String
  /// All settings, defaults filled in; a missing optional one is absent.
  package var settings: [String: CheckedSetting]
  /// Every input but the first that a waiting layer still needs, in the declaration's order; for an applied call all.
  /// Nil where an optional input is left out.
  package var inputs: [CheckedExpression?]
  package var span: Span
  package init(
    callee: CheckedCallee, site: String, settings: [String: CheckedSetting], inputs: [CheckedExpression?], span: Span
  ) {
    self.callee = callee
    self.site = site
    self.settings = settings
    self.inputs = inputs
    self.span = span
  }
}

/// A layer that waits for its first input.
package indirect enum CheckedLayerValue: Sendable {
  /// `inputs` of the call holds the second and later ones.
  case call(CheckedCall)
  /// `layer_norm -> dense(64)`.
  case chain([CheckedLayerValue])
  /// A `let` of this body that names one instance (site = the let's name; its weights are made once).
  case named(String)
  /// A layer-typed parameter of the enclosing layer.
  case parameter(String)
}

/// One bound of a slice; nil for the axis' own end.
package struct CheckedSlice: Sendable, Hashable {
  /// Inclusive, from 0.
  package var start: Dimension
  /// Exclusive.
  package var stop: Dimension
  /// Whether the axis is dropped (`x[3]`).
  package var dropsAxis: Bool
  package init(start: Dimension, stop: Dimension, dropsAxis: Bool) {
    self.start = start
    self.stop = stop
    self.dropsAxis = dropsAxis
  }
}

package enum ArithmeticOperator: String, Sendable, Hashable {
  case add, subtract, multiply, divide, modulo, power
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
  case and, or
}

/// A typed expression of a body, a field, a train block or a test.
package struct CheckedExpression: Sendable {
  package indirect enum Kind: Sendable {
    case scalar(ScalarExpression)
    /// A `let`, an input or a scan variable in scope.
    case local(String)
    /// A field of the train block's data.
    case field(String)
    /// A column of the source (only in data blocks), by its index in ``CheckedData/columns``.
    ///
    /// A class or token type takes its numbers as indices.
    case column(Int)
    /// A `weight` of the enclosing layer.
    case weight(String)
    /// A draw or a constant that takes the shape of its place: `normal`, `uniform`, `zeros`, `ones`. The string after
    /// the first is the site, for the stream of random numbers.
    case drawn(String, settings: [String: CheckedSetting], site: String)
    case call(CheckedCall)
    /// A layer value applied to an input.
    case apply(CheckedLayerValue, CheckedExpression)
    /// Elementwise with the language's broadcasting; `and`, `or` on truth values. Left to right, of equal precedence.
    case arithmetic(CheckedExpression, [(ArithmeticOperator, CheckedExpression)])
    case negate(CheckedExpression)
    case not(CheckedExpression)
    case matrixProduct(CheckedExpression, CheckedExpression)
    /// One entry for each axis from the first that is sliced.
    case slice(CheckedExpression, [CheckedSlice])
    /// Scalars stacked to a vector, or vectors joined along their last axis: `[a, b, c]`.
    case list([CheckedExpression])
    case record([(label: String, value: CheckedExpression)])
    case member(CheckedExpression, String)
    case scan(CheckedScan)
    /// A fitted transform of a data block; `site` names its constants: `standardize` → `Iris.x.standardize.mean`.
    case transform(String, site: String, settings: [String: CheckedSetting], input: CheckedExpression)
    /// A text column as class indices, by the data set's sorted list of values.
    case encode(CheckedEncoding)
    /// The inverse of a field's transforms, back to units; class names are restored when outputs are written.
    case restore(CheckedExpression, field: String)
    /// `gradient(e, by: v)`, v a local.
    case gradient(CheckedExpression, by: String)
    /// `across(z)`: the values of all examples of the batch, stacked.
    case across(CheckedExpression)
    /// `quantile(validation.score, 99%)`: of a scalar of each example over the rows of a split, known after training.
    /// `site` names it among the saved weights.
    case quantile(CheckedExpression, CheckedMeasure.Split, share: Double, site: String)
    /// `this_example`: the place of the example in its batch.
    case thisExample
    /// Text drawn from a model token by token; only in `samples`.
    case generate(CheckedGeneration)
    /// Absorbs what depends on a mistake; never in a program without errors.
    case unknown
  }
  package var kind: Kind
  package var type: CheckedType
  package var span: Span
  package init(_ kind: Kind, _ type: CheckedType, _ span: Span) {
    self.kind = kind
    self.type = type
    self.span = span
  }
}

/// `generate(GPT, start: "\n", length: 500, temperature: 0.8)`
package struct CheckedGeneration: Sendable {
  /// An index into ``CheckedProgram/layers``.
  package var model: Int
  /// The field whose tokens the model knows.
  package var field: String
  package var start: String
  package var length: Int
  /// 0 takes the most probable token every time.
  package var temperature: Double
  package var span: Span
  package init(model: Int, field: String, start: String, length: Int, temperature: Double, span: Span) {
    self.model = model
    self.field = field
    self.start = start
    self.length = length
    self.temperature = temperature
    self.span = span
  }
}

/// How a text column becomes numbers.
package struct CheckedEncoding: Sendable, Hashable {
  package enum Missing: Sendable, Hashable {
    /// −1, which one_hot turns into zeros.
    case none
    /// The most frequent value of the training rows.
    case mostFrequent
  }
  package var column: Int
  package var missing: Missing
  package init(column: Int, missing: Missing) {
    self.column = column
    self.missing = missing
  }
}

/// `let name: type = value`.
package struct CheckedBinding: Sendable {
  package enum Value: Sendable {
    case expression(CheckedExpression)
    /// `let enc = dense(64)`: one instance, named.
    case layer(CheckedLayerValue)
  }
  package var name: String
  package var value: Value
  package var span: Span
  package init(name: String, value: Value, span: Span) {
    self.name = name
    self.value = value
    self.span = span
  }
}

package struct CheckedWeight: Sendable {
  package var name: String
  package var shape: [Dimension]
  /// An initialiser of the catalogue.
  package var initializer: String
  package var settings: [String: CheckedSetting]
  package var span: Span
  package init(name: String, shape: [Dimension], initializer: String, settings: [String: CheckedSetting], span: Span) {
    self.name = name
    self.shape = shape
    self.initializer = initializer
    self.settings = settings
    self.span = span
  }
}

/// A body: bindings in order, then the result.
package struct CheckedBlock: Sendable {
  package var weights: [CheckedWeight]
  package var bindings: [CheckedBinding]
  package var result: CheckedExpression
  package init(weights: [CheckedWeight], bindings: [CheckedBinding], result: CheckedExpression) {
    self.weights = weights
    self.bindings = bindings
    self.result = result
  }
}

package struct CheckedScan: Sendable {
  package var sequences: [(element: String, source: CheckedExpression)]
  package var states: [(name: String, type: CheckedType, initial: CheckedExpression)]
  package var body: CheckedBlock
  package init(
    sequences: [(element: String, source: CheckedExpression)],
    states: [(name: String, type: CheckedType, initial: CheckedExpression)], body: CheckedBlock
  ) {
    self.sequences = sequences
    self.states = states
    self.body = body
  }
}
