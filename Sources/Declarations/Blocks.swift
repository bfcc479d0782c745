/// A block of settings in a file.
package enum BlockKind: String, Sendable, Hashable, CaseIterable {
  case data, train, step, sweep
}

/// What the value of a block's setting is.
package enum BlockValue: Sendable, Hashable {
  case integer(ClosedRange<Int>)
  /// A scalar, or a record of scalars that are summed.
  case loss
  /// A list of metrics.
  case metrics
  case optimizer
  /// `norm(1.0)`, `value(0.5)`
  case clip
  /// `patience(10, of: validation.loss)`
  case stop
  /// `best(validation.accuracy)`
  case keep
  /// A record of values.
  case record
  /// `saved("runs/pretrained", Tower)`
  case start
  /// `random(…)`, `chronological(…)`, `folds(5)`
  case split
  /// `label >= 5 and kind != "spoiled"`
  case condition
  /// `validation.loss`
  case measure
  /// A record of lists and ranges by constant.
  case search
  case word([String])
}

/// A setting of a block, as completion, `nnc explain` and the manual show it.
package struct BlockSettingDeclaration: Sendable {
  package let name: String
  package let value: BlockValue
  package let isRequired: Bool
  /// The default as one writes it; nil where leaving it out means "none".
  package let defaultText: String?
  package let doc: String
  /// An example.
  package let example: String
  package init(
    _ name: String, _ value: BlockValue, isRequired: Bool = false, default defaultText: String? = nil, doc: String,
    example: String
  ) {
    self.name = name
    self.value = value
    self.isRequired = isRequired
    self.defaultText = defaultText
    self.doc = doc
    self.example = example
  }
}

/// A word with settings that only one setting of a block takes: `patience(10, of: validation.loss)`.
package struct BlockFormDeclaration: Sendable {
  package let name: String
  /// The setting that takes it: `stop`.
  package let setting: String
  package let doc: String
  package let example: String
  package init(_ name: String, of setting: String, doc: String, example: String) {
    self.name = name
    self.setting = setting
    self.doc = doc
    self.example = example
  }
}

/// The settings of every block.
package enum Blocks {
  /// How many examples a step sees where the train block does not say.
  package static let defaultBatch = 32
  /// The seed of a train block that names none.
  package static let defaultSeed = 0

  package static let data: [BlockSettingDeclaration] = [
    BlockSettingDeclaration(
      "split", .split, doc: "How rows are divided into training, validation and test rows.",
      example: "random(train: 70%, validation: 15%, test: 15%, seed: 7)"),
    BlockSettingDeclaration(
      "every", .integer(1...1_000_000_000), default: "1",
      doc: "How many rows lie between the beginnings of two windows.", example: "64"),
    BlockSettingDeclaration(
      "where", .condition,
      doc: "Which rows of the source are taken, before anything else is done with them: comparisons of columns.",
      example: "label >= 5 and kind != \"spoiled\""),
  ]

  /// What a step sets for itself; in a train block without steps, the block does.
  package static let stepOnly: [BlockSettingDeclaration] = [
    BlockSettingDeclaration(
      "loss", .loss, isRequired: true,
      doc: "What training makes small: a scalar for each example, or a record of them, which are summed.",
      example: "cross_entropy(logits, y)"),
    BlockSettingDeclaration(
      "optimizer", .optimizer, isRequired: true, doc: "How weights follow their gradients.", example: "adam(rate: 1e-3)"
    ),
    BlockSettingDeclaration(
      "clip", .clip, doc: "Bounds the gradient before the optimizer sees it.", example: "norm(1.0)"),
  ]

  package static let step: [BlockSettingDeclaration] =
    stepOnly + [
      BlockSettingDeclaration(
        "times", .integer(1...1_000_000), default: "1",
        doc: "How often the step runs in a row, each time on a fresh batch.",
        example: "5")
    ]

  package static let train: [BlockSettingDeclaration] =
    stepOnly + [
      BlockSettingDeclaration(
        "metrics", .metrics, doc: "What is measured on every split.", example: "[accuracy(logits, y)]"),
      BlockSettingDeclaration(
        "epochs", .integer(1...1_000_000_000), doc: "How often all training rows are seen; this or `steps`.",
        example: "60"
      ),
      BlockSettingDeclaration(
        "steps", .integer(1...1_000_000_000_000), doc: "How many batches are trained on; this or `epochs`.",
        example: "2_000"),
      BlockSettingDeclaration(
        "batch", .integer(1...1_000_000_000), default: "\(defaultBatch)",
        doc: "How many examples one step sees.", example: "16"),
      BlockSettingDeclaration(
        "seed", .integer(0...Int.max), default: "\(defaultSeed)",
        doc: "What every draw and every shuffle follows from.",
        example: "7"),
      BlockSettingDeclaration(
        "stop", .stop, doc: "Ends training early.", example: "patience(10, of: validation.loss)"),
      BlockSettingDeclaration(
        "keep", .keep, doc: "Which epoch's weights are kept; the last one's unless `stop` names a measure.",
        example: "best(validation.accuracy)"),
      BlockSettingDeclaration(
        "outputs", .record, doc: "What `nnc predict` writes, by name.",
        example: "(probability: softmax(logits), species: restore(argmax(logits), as: y))"),
      BlockSettingDeclaration(
        "samples", .record, doc: "What is drawn from the model while it trains.", example: "(image: Generator(normal))"),
      BlockSettingDeclaration(
        "start", .start, doc: "Saved weights to start from.", example: "saved(\"runs/pretrained\", Tower)"),
    ]

  package static let sweep: [BlockSettingDeclaration] = [
    BlockSettingDeclaration(
      "over", .search, isRequired: true, doc: "The constants to search, each with its values or its range.",
      example: "(width: [8, 16], rate: log_scale(1e-4 ... 1e-1))"),
    BlockSettingDeclaration(
      "minimize", .measure, doc: "The measure to make small; this or `maximize`.", example: "validation.loss"),
    BlockSettingDeclaration(
      "maximize", .measure, doc: "The measure to make great; this or `minimize`.", example: "validation.accuracy"),
    BlockSettingDeclaration(
      "method", .word(["grid", "random", "bayesian"]), default: "random", doc: "How trials are chosen.",
      example: "bayesian"),
    BlockSettingDeclaration(
      "trials", .integer(1...1_000_000), default: "20", doc: "How many trials are run; a grid runs all of its points.",
      example: "30"),
  ]

  package static func settings(of kind: BlockKind) -> [BlockSettingDeclaration] {
    switch kind {
    case .data: data
    case .train: train
    case .step: step
    case .sweep: sweep
    }
  }

  package static let forms: [BlockFormDeclaration] = [
    BlockFormDeclaration(
      "random", of: "split", doc: "Rows by lot; `stratify:` keeps the proportions of a class field.",
      example: "random(train: 80%, validation: 20%, stratify: y, seed: 1)"),
    BlockFormDeclaration(
      "chronological", of: "split", doc: "Rows in their order: the first train, the last test.",
      example: "chronological(train: 80%, validation: 10%, test: 10%)"),
    BlockFormDeclaration(
      "folds", of: "split", doc: "Cross-validation: as many runs, each with another part held out.",
      example: "folds(5, stratify: y, seed: 1)"),
    BlockFormDeclaration(
      "norm", of: "clip", doc: "Scales the gradient down to this norm where it is greater.", example: "norm(1.0)"),
    BlockFormDeclaration(
      "value", of: "clip", doc: "Holds each element of the gradient within ± this.", example: "value(0.5)"),
    BlockFormDeclaration(
      "patience", of: "stop", doc: "After so many epochs without a better value of the measure.",
      example: "patience(10, of: validation.loss)"),
    BlockFormDeclaration(
      "best", of: "keep", doc: "The weights of the epoch with the best value.", example: "best(validation.accuracy)"),
    BlockFormDeclaration(
      "saved", of: "start", doc: "A run folder or a weights file, and which models to take from it.",
      example: "saved(\"runs/pretrained\", Tower)"),
    BlockFormDeclaration(
      "log_scale", of: "over", doc: "A range searched by its logarithm.", example: "log_scale(1e-4 ... 1e-1)"),
  ]
}

/// A word of the expression language that is no layer: it needs to know where it stands.
package struct ExpressionFormDeclaration: Sendable {
  package let name: String
  package let doc: String
  package let example: String
  package init(_ name: String, doc: String, example: String) {
    self.name = name
    self.doc = doc
    self.example = example
  }
}

extension Blocks {
  package static let expressionForms: [ExpressionFormDeclaration] = [
    ExpressionFormDeclaration(
      "column", doc: "A column whose name is no identifier, or by its number (from 1); in data blocks.",
      example: "column(\"sepal length (cm)\")"),
    ExpressionFormDeclaration(
      "restore", doc: "The way back from a field's values to its units, class names or text; in train blocks.",
      example: "restore(argmax(logits), as: y)"),
    ExpressionFormDeclaration(
      "gradient", doc: "The derivative of a scalar by a `let`; in train blocks.",
      example: "gradient(Critic(mixed), by: mixed)"
    ),
    ExpressionFormDeclaration(
      "across", doc: "The values of all examples of the batch, stacked; in train blocks.", example: "across(z)"),
    ExpressionFormDeclaration(
      "quantile", doc: "The number below which a share of a split's rows have their value; in `outputs`.",
      example: "quantile(validation.score, 99%)"),
    ExpressionFormDeclaration(
      "tokenize",
      doc:
        "Cuts the texts of a column into words, `characters` or `bytes`; in data blocks, for a field of declared type "
        + "`token(N)[T <= L]`. The N − 1 most frequent of the training rows are kept, token 0 stands for all others; "
        + "texts longer than L lose their end.",
      example: "review -> tokenize(words: 20_000)"),
    ExpressionFormDeclaration(
      "generate", doc: "Text drawn from a model token by token; in train blocks.",
      example: "generate(GPT, start: \"\\n\", length: 500, temperature: 0.8)"),
  ]
}
