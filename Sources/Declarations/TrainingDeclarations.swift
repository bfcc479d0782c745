import Graphs
import Tensors

/// What an initialiser fills. Fans: the last axis is the output, the one before it the input, axes before these multiply
/// both (a receptive field); a vector has fan 1.
package struct WeightForm: Sendable, Hashable {
  package let shape: [Int]
  /// How many products an output of the layer sums on average, where the shape does not say it.
  package let fanIn: Double?
  package init(_ shape: [Int], fanIn: Double? = nil) {
    self.shape = shape
    self.fanIn = fanIn
  }
}

/// An initialiser: fills a weight from a seeded sequence.
package struct InitializerDeclaration: Sendable {
  package let name: String
  package let summary: String
  package let formula: String
  package let settings: [SettingDeclaration]
  /// The values of a weight, row-major.
  package let sample: @Sendable (_ weight: WeightForm, _ settings: Settings, _ random: inout PhiloxSequence) -> [Float]
  package init(
    _ name: String, summary: String, formula: String, settings: [SettingDeclaration] = [],
    sample: @escaping @Sendable (_ weight: WeightForm, _ settings: Settings, _ random: inout PhiloxSequence) -> [Float]
  ) {
    self.name = name
    self.summary = summary
    self.formula = formula
    self.settings = settings
    self.sample = sample
  }
}

/// The result of a metric over a whole pass.
package enum MetricResult: Sendable, Hashable, Codable {
  case scalar(Double)
  /// Rows are the true classes, columns the predicted ones.
  case matrix(rows: Int, columns: Int, [Double])
}

/// A metric: an accumulator (summed over the examples of a batch), a way to put batches together, and a finish.
package struct MetricDeclaration: Sendable {
  package let name: String
  package let summary: String
  package let formula: String
  package let inputs: [InputDeclaration]
  package let settings: [SettingDeclaration]
  /// Nil for a matrix.
  package let higherIsBetter: Bool?
  /// Whether people read it as a percentage.
  package let isPercentage: Bool
  /// Whether its sums have one size for any number of classes, so that classes may be examples of the batch.
  package let allowsClassesOfBatch: Bool
  /// Whether a lone score is decided by its sign: a logit, not a probability.
  package let decidesBySign: Bool
  /// The activations that it applies to its scores itself, so that they must not stand before it.
  package let appliesItself: [String]
  package let aliases: [String]
  package let snippets: [Snippet]
  /// Checks the inputs' types.
  package let check: @Sendable (ShapeContext) throws(ShapeReason) -> Void
  /// Per-example tensors whose sums over a batch are taken, in a fixed order.
  package let accumulate: @Sendable (BuildContext) -> [ValueID]
  /// Takes the sums of one more batch into what is known of those before it, of which there are none at first.
  package let merge: @Sendable (_ total: inout [[Double]], _ batch: [[Double]], _ examples: Double) -> Void
  /// From what the batches came to (row-major) and the number of examples.
  package let finish: @Sendable (_ sums: [[Double]], _ examples: Double, _ settings: Settings) -> MetricResult
  package init(
    _ name: String, summary: String, formula: String, inputs: [InputDeclaration], settings: [SettingDeclaration] = [],
    higherIsBetter: Bool?, isPercentage: Bool = false, allowsClassesOfBatch: Bool = false,
    decidesBySign: Bool = false, appliesItself: [String] = [], aliases: [String] = [], snippets: [Snippet],
    check: @escaping @Sendable (ShapeContext) throws(ShapeReason) -> Void,
    accumulate: @escaping @Sendable (BuildContext) -> [ValueID],
    merge: @escaping @Sendable (_ total: inout [[Double]], _ batch: [[Double]], _ examples: Double) -> Void = {
      total, batch, _ in addSums(&total, batch)
    },
    finish: @escaping @Sendable (_ sums: [[Double]], _ examples: Double, _ settings: Settings) -> MetricResult
  ) {
    self.name = name
    self.summary = summary
    self.formula = formula
    self.inputs = inputs
    self.settings = settings
    self.higherIsBetter = higherIsBetter
    self.isPercentage = isPercentage
    self.allowsClassesOfBatch = allowsClassesOfBatch
    self.decidesBySign = decidesBySign
    self.appliesItself = appliesItself
    self.aliases = aliases
    self.snippets = snippets
    self.check = check
    self.accumulate = accumulate
    self.merge = merge
    self.finish = finish
  }
}

/// Adds the sums of a batch to those of the batches before it.
package func addSums(_ total: inout [[Double]], _ batch: [[Double]]) {
  if total.isEmpty {
    total = batch
  } else {
    for index in batch.indices {
      for element in batch[index].indices { total[index][element] += batch[index][element] }
    }
  }
}

/// What an optimizer's update sees: vectors over all trainable weights, `[N]` shared, and shared scalars.
package struct UpdateContext {
  package let graph: GraphBuilder
  package let settings: Settings
  /// The weights, `[N]`.
  package let weights: ValueID
  /// Their gradients, `[N]`, clipped.
  package let gradients: ValueID
  /// The optimizer's own vectors, `[N]`, by slot name.
  package let slots: [String: ValueID]
  /// The learning rate of this step.
  package let rate: ValueID
  /// The number of this step, from 1, as a float scalar.
  package let step: ValueID
  package init(
    graph: GraphBuilder, settings: Settings, weights: ValueID, gradients: ValueID, slots: [String: ValueID],
    rate: ValueID, step: ValueID
  ) {
    self.graph = graph
    self.settings = settings
    self.weights = weights
    self.gradients = gradients
    self.slots = slots
    self.rate = rate
    self.step = step
  }
}

/// An optimizer: an elementwise update of the weights.
package struct OptimizerDeclaration: Sendable {
  package let name: String
  package let summary: String
  package let formula: String
  package let settings: [SettingDeclaration]
  /// The rates that it is known to bear; outside, `check` warns.
  package let usualRates: ClosedRange<Double>
  package let aliases: [String]
  /// Names and initial values of its vectors; may depend on settings (no momentum, no slot).
  package let slots: @Sendable (Settings) -> [(name: String, initial: Float)]
  /// The new weights and the new slots.
  package let update: @Sendable (UpdateContext) -> (weights: ValueID, slots: [String: ValueID])
  package init(
    _ name: String, summary: String, formula: String, settings: [SettingDeclaration],
    usualRates: ClosedRange<Double>, aliases: [String] = [],
    slots: @escaping @Sendable (Settings) -> [(name: String, initial: Float)],
    update: @escaping @Sendable (UpdateContext) -> (weights: ValueID, slots: [String: ValueID])
  ) {
    self.name = name
    self.summary = summary
    self.formula = formula
    self.settings = settings
    self.usualRates = usualRates
    self.aliases = aliases
    self.slots = slots
    self.update = update
  }
}

/// A learning-rate schedule: a function of the step.
package struct ScheduleDeclaration: Sendable {
  package let name: String
  package let summary: String
  package let formula: String
  package let settings: [SettingDeclaration]
  package let aliases: [String]
  /// The rate of a step (from 0) of so many in all.
  package let rate: @Sendable (_ settings: Settings, _ step: Int, _ total: Int) -> Double
  package init(
    _ name: String, summary: String, formula: String, settings: [SettingDeclaration], aliases: [String] = [],
    rate: @escaping @Sendable (_ settings: Settings, _ step: Int, _ total: Int) -> Double
  ) {
    self.name = name
    self.summary = summary
    self.formula = formula
    self.settings = settings
    self.aliases = aliases
    self.rate = rate
  }
}

/// A transform that learns from the training rows before it is applied: its fit, its application and its inverse.
package struct TransformDeclaration: Sendable {
  package let name: String
  package let summary: String
  package let formula: String
  package let input: ElementPattern
  package let settings: [SettingDeclaration]
  package let aliases: [String]
  package let snippets: [Snippet]
  package let shape: @Sendable (ShapeContext) throws(ShapeReason) -> TensorType
  /// Constants by name from the training rows' values, `rows × width` row-major (NaN where missing); called once,
  /// with the values in double precision.
  package let fit: @Sendable (_ values: [Double], _ width: Int, _ settings: Settings) -> [String: [Double]]
  /// Applies it; constants are shared values by name.
  package let apply: @Sendable (BuildContext, _ constants: [String: ValueID]) -> ValueID
  /// The way back, or nil where there is none.
  package let inverse: (@Sendable (BuildContext, _ constants: [String: ValueID]) -> ValueID)?
  package init(
    _ name: String, summary: String, formula: String, input: ElementPattern = .float,
    settings: [SettingDeclaration] = [], aliases: [String] = [], snippets: [Snippet],
    shape: @escaping @Sendable (ShapeContext) throws(ShapeReason) -> TensorType,
    fit: @escaping @Sendable (_ values: [Double], _ width: Int, _ settings: Settings) -> [String: [Double]],
    apply: @escaping @Sendable (BuildContext, _ constants: [String: ValueID]) -> ValueID,
    inverse: (@Sendable (BuildContext, _ constants: [String: ValueID]) -> ValueID)?
  ) {
    self.name = name
    self.summary = summary
    self.formula = formula
    self.input = input
    self.settings = settings
    self.aliases = aliases
    self.snippets = snippets
    self.shape = shape
    self.fit = fit
    self.apply = apply
    self.inverse = inverse
  }
}
