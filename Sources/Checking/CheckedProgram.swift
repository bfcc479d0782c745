import Datasets
import Declarations
import Diagnostics
import Tensors

/// A program without errors, resolved and typed: the only thing that can be elaborated.
package struct CheckedProgram: Sendable {
  package var sources: SourceMap
  package var constants: [CheckedConstant]
  package var data: [CheckedData]
  /// Layers and models, imported ones included.
  package var layers: [CheckedLayer]
  /// In file order.
  package var trains: [CheckedTrain]
  package var sweeps: [CheckedSweep]
  package var tests: [CheckedTest]
  package init(
    sources: SourceMap, constants: [CheckedConstant], data: [CheckedData], layers: [CheckedLayer],
    trains: [CheckedTrain], sweeps: [CheckedSweep], tests: [CheckedTest]
  ) {
    self.sources = sources
    self.constants = constants
    self.data = data
    self.layers = layers
    self.trains = trains
    self.sweeps = sweeps
    self.tests = tests
  }
}

/// A top-level `let`, after `--set`.
package struct CheckedConstant: Sendable {
  package enum Value: Sendable, Hashable {
    case integer(Int)
    case real(Double)
    case boolean(Bool)
    case word(String)
    case string(String)
    case list([Value])
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

/// A `layer` or a `model`.
package struct CheckedLayer: Sendable {
  package struct Input: Sendable {
    package var name: String
    package var type: CheckedType
    package init(name: String, type: CheckedType) {
      self.name = name
      self.type = type
    }
  }
  package enum ParameterKind: Sendable, Hashable {
    case integer, real, boolean, word, shape, layer
  }
  package struct Parameter: Sendable {
    package var name: String
    package var kind: ParameterKind
    package init(name: String, kind: ParameterKind) {
      self.name = name
      self.kind = kind
    }
  }
  package var name: String
  package var isModel: Bool
  package var doc: [String]
  package var inputs: [Input]
  package var parameters: [Parameter]
  package var result: CheckedType
  /// Requirements, stated and inferred.
  package var facts: [Fact]
  package var body: CheckedBlock
  package var span: Span
  package init(
    name: String, isModel: Bool, doc: [String], inputs: [Input], parameters: [Parameter], result: CheckedType,
    facts: [Fact], body: CheckedBlock, span: Span
  ) {
    self.name = name
    self.isModel = isModel
    self.doc = doc
    self.inputs = inputs
    self.parameters = parameters
    self.result = result
    self.facts = facts
    self.body = body
    self.span = span
  }
}

package struct CheckedField: Sendable {
  package var name: String
  package var type: TensorType
  package var value: CheckedExpression
  package var span: Span
  package init(name: String, type: TensorType, value: CheckedExpression, span: Span) {
    self.name = name
    self.type = type
    self.value = value
    self.span = span
  }
}

extension CheckedData {
  /// The sizes in each row of a column of tensors, as the fields take it; nil where none does. A last channel of size 1
  /// may be there or not.
  package func tensorSizes(ofColumn column: Int) -> [Int]? {
    var result: [Int]?
    for field in fields {
      field.value.visit { part in
        guard case .column(column) = part.kind, case .tensor(let type) = part.type else { return }
        let sizes = type.shape.sizes.compactMap(\.constant)
        if sizes.count == type.shape.axes.count { result = sizes }
      }
    }
    return result
  }
}

package struct CheckedData: Sendable {
  package var name: String
  package var doc: [String]
  package var source: SourceDescription
  /// The columns that the fields use, in the order of first use.
  package var columns: [ColumnUse]
  package var fields: [CheckedField]
  package var split: SplitDescription
  /// The rows between the beginnings of two windows.
  package var every: Int
  package var span: Span
  package init(
    name: String, doc: [String], source: SourceDescription, columns: [ColumnUse], fields: [CheckedField],
    split: SplitDescription, every: Int = 1, span: Span
  ) {
    self.name = name
    self.doc = doc
    self.source = source
    self.columns = columns
    self.fields = fields
    self.split = split
    self.every = every
    self.span = span
  }

  /// The indices of the columns that the fields take. The texts that a field cuts into tokens are none of these: the
  /// field takes the column of their tokens.
  package var takenColumns: Set<Int> {
    var result: Set<Int> = []
    for field in fields {
      field.value.visit { part in
        switch part.kind {
        case .column(let index): result.insert(index)
        case .encode(let encoding): result.insert(encoding.column)
        default: break
        }
      }
    }
    return result
  }
}

package struct CheckedOptimizer: Sendable {
  /// A name of the catalogue.
  package var name: String
  /// `rate` is a `scalar` or a `schedule`.
  package var settings: [String: CheckedSetting]
  package var span: Span
  package init(name: String, settings: [String: CheckedSetting], span: Span) {
    self.name = name
    self.settings = settings
    self.span = span
  }
}

package struct CheckedStep: Sendable {
  /// The label that `validation.Critic.loss` uses; empty for a train block without steps.
  package var name: String
  /// Indices into ``CheckedProgram/layers``: the models whose weights it changes.
  package var models: [Int]
  package var times: Int
  package var bindings: [CheckedBinding]
  /// Summed; a lone loss has the label "loss".
  package var losses: [(label: String, value: CheckedExpression)]
  package var optimizer: CheckedOptimizer
  /// The greatest norm of the gradient, where it is clipped.
  package var clipNorm: Double?
  /// The greatest absolute value of an element of the gradient, where it is clipped.
  package var clipValue: Double?
  package var span: Span
  package init(
    name: String, models: [Int], times: Int, bindings: [CheckedBinding],
    losses: [(label: String, value: CheckedExpression)], optimizer: CheckedOptimizer, clipNorm: Double?,
    clipValue: Double?, span: Span
  ) {
    self.name = name
    self.models = models
    self.times = times
    self.bindings = bindings
    self.losses = losses
    self.optimizer = optimizer
    self.clipNorm = clipNorm
    self.clipValue = clipValue
    self.span = span
  }
}

package struct CheckedMetric: Sendable {
  /// Unique in its block: `accuracy`, `accuracy_2`.
  package var label: String
  /// A name of the catalogue.
  package var name: String
  package var inputs: [CheckedExpression]
  package var settings: [String: CheckedSetting]
  package var span: Span
  package init(
    label: String, name: String, inputs: [CheckedExpression], settings: [String: CheckedSetting], span: Span
  ) {
    self.label = label
    self.name = name
    self.inputs = inputs
    self.settings = settings
    self.span = span
  }
}

/// A measure of whole passes: `validation.loss`, `train.accuracy`, `validation.Critic.loss`.
package struct CheckedMeasure: Sendable, Hashable {
  package enum Split: String, Sendable, Hashable { case train, validation }
  package var split: Split
  /// Empty for a train block without steps.
  package var step: String
  /// `loss` or a metric's label.
  package var name: String
  package var higherIsBetter: Bool
  /// As it is written: `validation.Critic.loss`.
  package var text: String { split.rawValue + "." + (step.isEmpty ? "" : step + ".") + name }
  package init(split: Split, step: String, name: String, higherIsBetter: Bool) {
    self.split = split
    self.step = step
    self.name = name
    self.higherIsBetter = higherIsBetter
  }
}

/// Saved weights to start from.
package struct CheckedStart: Sendable {
  /// A run folder or a weights file, as written.
  package var path: String
  /// Which models are taken from it; empty: every weight that fits.
  package var models: [Int]
  /// Where the path stands.
  package var span: Span
  package init(path: String, models: [Int], span: Span) {
    self.path = path
    self.models = models
    self.span = span
  }
}

package struct CheckedTrain: Sendable {
  /// The label, else the models' names joined by "-".
  package var name: String
  package var models: [Int]
  package var frozen: [Int]
  /// Index into ``CheckedProgram/data``.
  package var data: Int
  package var bindings: [CheckedBinding]
  package var steps: [CheckedStep]
  package var metrics: [CheckedMetric]
  package var epochs: Int?
  package var iterations: Int?
  package var batch: Int
  package var seed: Int
  /// Stop after so many epochs without a better value.
  package var patience: (epochs: Int, of: CheckedMeasure)?
  package var keep: CheckedMeasure?
  package var outputs: [(label: String, value: CheckedExpression)]
  package var samples: [(label: String, value: CheckedExpression)]
  package var start: CheckedStart?
  /// Whether it computes with the size of a batch, so that each size has graphs of its own.
  package var usesBatch = false
  /// The settings that the file leaves out, with the defaults used, as they would be written.
  package var defaults: [(name: String, value: String)]
  package var span: Span
  package init(
    name: String, models: [Int], frozen: [Int], data: Int, bindings: [CheckedBinding], steps: [CheckedStep],
    metrics: [CheckedMetric], epochs: Int?, iterations: Int?, batch: Int, seed: Int,
    patience: (epochs: Int, of: CheckedMeasure)?, keep: CheckedMeasure?,
    outputs: [(label: String, value: CheckedExpression)], samples: [(label: String, value: CheckedExpression)],
    start: CheckedStart?, defaults: [(name: String, value: String)], span: Span
  ) {
    self.name = name
    self.models = models
    self.frozen = frozen
    self.data = data
    self.bindings = bindings
    self.steps = steps
    self.metrics = metrics
    self.epochs = epochs
    self.iterations = iterations
    self.batch = batch
    self.seed = seed
    self.patience = patience
    self.keep = keep
    self.outputs = outputs
    self.samples = samples
    self.start = start
    self.defaults = defaults
    self.span = span
  }
}

/// A `sweep`; its own settings stay as syntax-free values for the searcher.
package struct CheckedSweep: Sendable {
  package enum Range: Sendable, Hashable {
    case values([CheckedConstant.Value])
    case linear(Double, Double)
    case logarithmic(Double, Double)
  }
  package var train: Int
  package var over: [(constant: String, range: Range)]
  package var measure: CheckedMeasure
  package var method: String
  package var trials: Int
  package var span: Span
  package init(
    train: Int, over: [(constant: String, range: Range)], measure: CheckedMeasure, method: String, trials: Int,
    span: Span
  ) {
    self.train = train
    self.over = over
    self.measure = measure
    self.method = method
    self.trials = trials
    self.span = span
  }
}
