import Graphs
import Tensors

/// Which elements an input accepts.
package enum ElementPattern: Sendable, Hashable {
  case float, bool, classes, token, text
  /// Class or token.
  case label
  /// Float, class, token or bool.
  case any
}

/// An input of a built-in: its name and what it accepts. Shapes are the business of the shape rule.
package struct InputDeclaration: Sendable {
  package let name: String
  package let element: ElementPattern
  package let doc: String
  /// Whether the input may be left out (`memory:` of attention).
  package let isOptional: Bool
  package init(_ name: String, _ element: ElementPattern = .float, isOptional: Bool = false, doc: String) {
    self.name = name
    self.element = element
    self.doc = doc
    self.isOptional = isOptional
  }
}

/// Why a shape rule refuses, as facts; the checker attaches the places.
package struct ShapeReason: Error, Sendable {
  /// One sentence in the words of the file, without a full stop: "`dense` needs at least one axis, but gets a scalar".
  package var message: String
  /// What to say under the culprit: "126 % 4 is 2".
  package var detail: String
  /// The setting at fault, where it is one.
  package var setting: String?
  /// The input at fault (index), where it is one.
  package var input: Int?
  /// The axis of that input at fault.
  package var axis: Int?
  /// A requirement over dimensions that is not proven; the checker may infer a `where` clause from it.
  package var requirement: Fact?
  /// Advice that stands as a note.
  package var note: String?
  package init(
    _ message: String, detail: String = "", setting: String? = nil, input: Int? = nil, axis: Int? = nil,
    requirement: Fact? = nil, note: String? = nil
  ) {
    self.message = message
    self.detail = detail
    self.setting = setting
    self.input = input
    self.axis = axis
    self.requirement = requirement
    self.note = note
  }
}

/// What a shape rule sees, and where it leaves its requirements.
package struct ShapeContext {
  package var inputs: [TensorType]
  package var settings: Settings
  /// The type that a layer value gives for an input; throws what the inner layer refuses.
  package var apply: (LayerHandle, TensorType) throws(ShapeReason) -> TensorType
  /// States a requirement: proven, it costs nothing; refuted, this throws the reason; unknown, it becomes an inferred
  /// requirement of the enclosing layer.
  package var require: (Fact, ShapeReason) throws(ShapeReason) -> Void
  /// States that a size must not differ from example to example, which inside a generic layer is decided where it is
  /// used.
  package var fix: (Dimension) -> Void
  package init(
    inputs: [TensorType], settings: Settings,
    apply: @escaping (LayerHandle, TensorType) throws(ShapeReason) -> TensorType,
    require: @escaping (Fact, ShapeReason) throws(ShapeReason) -> Void,
    fix: @escaping (Dimension) -> Void = { _ in }
  ) {
    self.inputs = inputs
    self.settings = settings
    self.apply = apply
    self.require = require
    self.fix = fix
  }
}

/// A weight (or a running statistic) of a built-in layer.
package struct WeightDeclaration: Sendable, Hashable {
  package let name: String
  package let shape: [Dimension]
  /// The name of an initialiser in the catalogue, with settings.
  package let initializer: String
  package let initializerSettings: Settings
  package let isTrainable: Bool
  /// How many products an output sums on average, where the shape does not say it.
  package let fanIn: FanIn?
  package init(
    _ name: String, _ shape: [Dimension], initializer: String, settings: Settings = Settings(),
    isTrainable: Bool = true, fanIn: FanIn? = nil
  ) {
    self.name = name
    self.shape = shape
    self.initializer = initializer
    self.initializerSettings = settings
    self.isTrainable = isTrainable
    self.fanIn = fanIn
  }
}

/// A number of products: that of some sizes over that of others.
package struct FanIn: Sendable, Hashable {
  package let sizes: [Dimension]
  package let divisors: [Dimension]
  package init(sizes: [Dimension], divisors: [Dimension]) {
    self.sizes = sizes
    self.divisors = divisors
  }
}

package enum Mode: Sendable, Hashable {
  case training, evaluation
}

/// What `build` sees: values in a graph, settings with constant sizes.
package struct BuildContext {
  package let graph: GraphBuilder
  package let mode: Mode
  package let inputs: [ValueID]
  package let inputTypes: [TensorType]
  /// For each input whose length differs from example to example, where it is real: `[T]` of 1 and 0.
  package let masks: [ValueID?]
  package let settings: Settings
  /// The instance's path: `GPT.repeat[3].dense`.
  package let path: String
  /// The value of a declared weight of this instance, shared.
  package let weight: (String) -> ValueID
  /// Gives a running statistic its next value.
  package let update: (String, ValueID) -> Void
  /// Applies a layer value; the string is a suffix of the path for templates (`[3]`), empty otherwise.
  package let apply: (LayerHandle, ValueID, String) -> ValueID
  package init(
    graph: GraphBuilder, mode: Mode, inputs: [ValueID], inputTypes: [TensorType], masks: [ValueID?] = [],
    settings: Settings, path: String,
    weight: @escaping (String) -> ValueID, update: @escaping (String, ValueID) -> Void,
    apply: @escaping (LayerHandle, ValueID, String) -> ValueID
  ) {
    self.graph = graph
    self.mode = mode
    self.inputs = inputs
    self.inputTypes = inputTypes
    self.masks = masks
    self.settings = settings
    self.path = path
    self.weight = weight
    self.update = update
    self.apply = apply
  }
}

extension BuildContext {
  /// Where an input is real, if its length differs from example to example.
  package func mask(_ index: Int) -> ValueID? { masks.indices.contains(index) ? masks[index] : nil }
}

/// How a layer treats a length that differs from example to example.
package enum LengthBehavior: Sendable, Hashable {
  /// Works position by position, and carries the length.
  case positionwise
  /// Honours the length itself.
  case honours
  /// Would mix real positions with padding: a type error.
  case refuses
}

/// What becomes of gradients on their way back through a layer.
package enum GradientBehavior: Sendable, Hashable {
  case passes
  /// The result changes in jumps only, so that they are 0 (argmax).
  case jumps
  /// They end here because the program says so (stop_gradient).
  case stops
}

/// When each result stands at the position of its own input, so that the first axis may differ from example to example.
package struct PositionRule: Sendable {
  /// In a few words: with `padding: same` and a stride of 1.
  package let note: String
  /// Whether it is so with these inputs and settings.
  package let holds: @Sendable ([TensorType], Settings) -> Bool
  package init(_ note: String, _ holds: @escaping @Sendable ([TensorType], Settings) -> Bool) {
    self.note = note
    self.holds = holds
  }
}

/// How many copies a combinator makes of its layer, each with weights of its own.
package enum LayerCopies: Sendable, Hashable {
  case number(Int)
  /// As many as this setting says.
  case setting(String)
}

/// A small program, `x: [4] -> dense(3)`, and the shape that it gives.
package struct Snippet: Sendable, Hashable {
  /// Types of the inputs as written in the language, by name.
  package let inputs: [(name: String, type: String)]
  /// An expression of the language over these.
  package let expression: String
  /// The type of the result as written in the language.
  package let result: String
  package init(_ inputs: [(name: String, type: String)], _ expression: String, gives result: String) {
    self.inputs = inputs
    self.expression = expression
    self.result = result
  }
  package static func == (a: Snippet, b: Snippet) -> Bool {
    a.expression == b.expression && a.result == b.result && a.inputs.elementsEqual(b.inputs) { $0 == $1 }
  }
  package func hash(into hasher: inout Hasher) { hasher.combine(expression) }
}

package enum Category: String, Sendable, Hashable, CaseIterable {
  case layer, activation, combinator, function, loss
  case regularizer
}

/// A built-in layer, activation, function or loss: everything that maps tensors to a tensor.
///
/// One file declares one; ``Catalog`` lists them. Checker, completion, hover, `nnc explain`, the manual and the tests
/// read nothing but this.
package struct CallableDeclaration: Sendable {
  package let name: String
  package let category: Category
  /// One line without a full stop.
  package let summary: String
  /// Plain text: `y = x W + b`, with its source where one is due.
  package let formula: String
  package let inputs: [InputDeclaration]
  /// Whether any number of inputs beyond the first is accepted positionally (`concat(a, b, c, over: …)`).
  package let isVariadic: Bool
  package let settings: [SettingDeclaration]
  package let length: LengthBehavior
  /// When what refuses such lengths bears one of the first axis all the same.
  package let keepsPositions: PositionRule?
  /// Whether it mixes the examples of the batch (batch_norm).
  package let mixesExamples: Bool
  package let gradient: GradientBehavior
  /// Whether a model must not end with it: in training it changes results at random, or by those of other examples.
  package let disturbsResults: Bool
  /// Whether it gives back what it gets, whatever that is (linear).
  package let isIdentity: Bool
  /// Whether what it gives is above 0 for any input, so that its sign says nothing.
  package let isAlwaysPositive: Bool
  /// A range that holds what it gives for any input; nil where none is known.
  package let range: ClosedRange<Double>?
  /// Whether a loss measures how far numbers are from numbers of the same scale.
  package let comparesNumbers: Bool
  /// Whether a loss reads its second input as probabilities: values beyond 0 and 1, and its inputs exchanged, make it
  /// fall without end.
  package let targetsAreProbabilities: Bool
  /// The copies that a combinator makes of its `layer`; nil where it applies the layer itself.
  package let copies: LayerCopies?
  /// The activations that a loss applies to its scores itself, so that they must not stand before it.
  package let appliesItself: [String]
  /// What people coming from elsewhere call it: `Linear`, `Dense`.
  package let aliases: [String]
  package let snippets: [Snippet]
  /// The type of the result, or a reason.
  package let shape: @Sendable (ShapeContext) throws(ShapeReason) -> TensorType
  /// The weights of an instance; inputs are those that ``shape`` accepted.
  package let weights: @Sendable ([TensorType], Settings) -> [WeightDeclaration]
  /// Emits the operators. The result has the shape of ``shape``, per example unless all inputs are shared.
  package let build: @Sendable (BuildContext) -> ValueID

  package init(
    _ name: String, _ category: Category, summary: String, formula: String,
    inputs: [InputDeclaration] = [InputDeclaration("x", doc: "The input.")], isVariadic: Bool = false,
    settings: [SettingDeclaration] = [], length: LengthBehavior = .positionwise,
    keepsPositions: PositionRule? = nil, mixesExamples: Bool = false, gradient: GradientBehavior = .passes,
    disturbsResults: Bool = false, isIdentity: Bool = false, isAlwaysPositive: Bool = false,
    range: ClosedRange<Double>? = nil, comparesNumbers: Bool = false, targetsAreProbabilities: Bool = false,
    copies: LayerCopies? = nil, appliesItself: [String] = [], aliases: [String] = [], snippets: [Snippet],
    shape: @escaping @Sendable (ShapeContext) throws(ShapeReason) -> TensorType,
    weights: @escaping @Sendable ([TensorType], Settings) -> [WeightDeclaration] = { _, _ in [] },
    build: @escaping @Sendable (BuildContext) -> ValueID
  ) {
    self.name = name
    self.category = category
    self.summary = summary
    self.formula = formula
    self.inputs = inputs
    self.isVariadic = isVariadic
    self.settings = settings
    self.length = length
    self.keepsPositions = keepsPositions
    self.mixesExamples = mixesExamples
    self.gradient = gradient
    self.disturbsResults = disturbsResults
    self.isIdentity = isIdentity
    self.isAlwaysPositive = isAlwaysPositive
    self.range = range
    self.comparesNumbers = comparesNumbers
    self.targetsAreProbabilities = targetsAreProbabilities
    self.copies = copies
    self.appliesItself = appliesItself
    self.aliases = aliases
    self.snippets = snippets
    self.shape = shape
    self.weights = weights
    self.build = build
  }
}
