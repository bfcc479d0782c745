import Diagnostics

/// A data block and a model that the programs of training codes share.
private let iris = """
  data Iris from csv("iris.csv") {
    let x: [2] = [a, b]
    let y: class(3) = species
    split: random(train: 80%, validation: 20%, seed: 1)
  }

  model Net(x: [2]) -> [3] {
    x -> dense(3)
  }


  """

/// A train block over them with some lines of settings.
private func train(_ lines: String...) -> String {
  iris + "train Net on Iris {\n  let logits = Net(x)\n" + lines.map { "  \($0)\n" }.joined() + "}\n"
}

private let loss = "loss: cross_entropy(logits, y)"
private let optimizer = "optimizer: adam(rate: 0.01)"
private let epochs = "epochs: 5"

extension CheckingCodes {
  package static let unknownBlockSetting = DiagnosticCode(
    "E0401", "unknown_block_setting", "A setting that the block does not have",
    explanation: "The message lists the settings of the block. Some belong to a `step`, others to the block around it.",
    wrong: train(loss, optimizer, epochs, "batch_size: 16"), right: train(loss, optimizer, epochs, "batch: 16"))

  package static let duplicateSetting = DiagnosticCode(
    "E0402", "duplicate_setting", "A setting of a block given twice",
    explanation: "Each setting is given once.",
    wrong: train(loss, optimizer, epochs, "epochs: 6"), right: train(loss, optimizer, epochs))

  package static let missingBlockSetting = DiagnosticCode(
    "E0403", "missing_block_setting", "A required setting of a block is left out",
    explanation: "A train block needs `loss`, `optimizer`, and `epochs` or `steps`; a sweep `over` and its measure.",
    wrong: train(loss, optimizer), right: train(loss, optimizer, epochs))

  package static let lossNotScalar = DiagnosticCode(
    "E0404", "loss_not_scalar", "A loss that is not one number for each example",
    explanation: """
      Training makes the mean of one number an example small. The losses of the catalogue give one; a tensor is \
      reduced by `mean` or `sum`, several terms are added or given names in a record.
      """,
    wrong: train("loss: logits ^ 2 + 0 * cross_entropy(logits, y)", optimizer, epochs),
    right: train("loss: mean(logits ^ 2) + cross_entropy(logits, y)", optimizer, epochs))

  package static let unknownOptimizer = DiagnosticCode(
    "E0405", "unknown_optimizer", "An optimizer or schedule that there is not",
    explanation: "The message lists what there is. A rate is a number, or a schedule such as `cosine(from: 1e-3)`.",
    wrong: train(loss, "optimizer: adm(rate: 0.01)", epochs), right: train(loss, optimizer, epochs))

  package static let unknownMetric = DiagnosticCode(
    "E0406", "unknown_metric", "A metric that there is not",
    explanation: "`metrics` takes a list of calls of metrics: `[accuracy(logits, y)]`.",
    wrong: train(loss, optimizer, epochs, "metrics: [acuracy(logits, y)]"),
    right: train(loss, optimizer, epochs, "metrics: [accuracy(logits, y)]"))

  package static let unknownMeasure = DiagnosticCode(
    "E0407", "unknown_measure", "A measure that the block does not compute",
    explanation: """
      A measure speaks of a whole pass: `validation.loss`, `train.accuracy`, `validation.Critic.loss`. Metrics must \
      be listed in `metrics`.
      """,
    wrong: train(loss, optimizer, epochs, "keep: best(validation.accuracy)"),
    right: train(loss, optimizer, epochs, "metrics: [accuracy(logits, y)]", "keep: best(validation.accuracy)"))

  package static let unknownData = DiagnosticCode(
    "E0408", "unknown_data", "A data block that nothing declares",
    explanation: "Behind `on` stands the name of a `data` block of the file or of an import.",
    wrong: train(loss, optimizer, epochs).replacing("on Iris", with: "on Irs"), right: train(loss, optimizer, epochs))

  package static let unknownModel = DiagnosticCode(
    "E0409", "unknown_model", "A model that nothing declares",
    explanation: """
      What is trained is a `model`: one set of weights. A `layer` is fresh wherever it is used, so there would be \
      nothing to train.
      """,
    wrong: train(loss, optimizer, epochs).replacing("train Net", with: "train Nt"),
    right: train(loss, optimizer, epochs))

  package static let lossMissesModel = DiagnosticCode(
    "E0410", "loss_misses_model", "A loss that does not depend on the model it should train",
    explanation: "The gradient of every weight of the model would be 0, and training would leave it as it is.",
    wrong: iris + "train Net on Iris {\n  loss: mean(x)\n  optimizer: adam(rate: 0.01)\n  epochs: 5\n}\n",
    right: train(loss, optimizer, epochs))

  package static let weightWithoutGradient = DiagnosticCode(
    "E0440", "weight_without_gradient", "A weight that no gradient reaches",
    explanation: """
      What a layer computes from the weight changes in jumps only, as by `round`, `sign`, `argmax` or a comparison, so \
      that its gradient is 0 everywhere and training leaves it as it begins. The weight may be one that the layer \
      declares, or belong to a layer inside it: that of `dense` in `round(x -> dense(4))`. Weights that are to stay as \
      they begin, random features say, stand in `stop_gradient(x -> dense(4))`.
      """,
    wrong: iris + """
      layer Steps(x: [D]) -> [D] {
        weight edge: [D] = zeros
        x + round(edge)
      }

      """,
    right: iris + """
      layer Steps(x: [D]) -> [D] {
        weight edge: [D] = zeros
        x + sigmoid(edge)
      }

      """)

  package static let modelNotUpdated = DiagnosticCode(
    "E0411", "model_not_updated", "A model that no step updates",
    explanation: """
      Every model of the header is updated by a step, or excepted: `train A, B except B`. Some weights must be left that \
      train.
      """,
    wrong: iris + """
      model Other(x: [2]) -> [3] {
        x -> dense(3)
      }

      train Net, Other on Iris {
        epochs: 5
        step Net {
          loss: cross_entropy(Net(x) + Other(x), y)
          optimizer: adam(rate: 0.01)
        }
      }

      """,
    right: iris + """
      model Other(x: [2]) -> [3] {
        x -> dense(3)
      }

      train Net, Other on Iris {
        epochs: 5
        step Net, Other {
          loss: cross_entropy(Net(x) + Other(x), y)
          optimizer: adam(rate: 0.01)
        }
      }

      """)

  package static let bothSettings = DiagnosticCode(
    "E0412", "both_settings", "Two settings that exclude each other",
    explanation: "Give `epochs` or `steps`, `minimize` or `maximize`.",
    wrong: train(loss, optimizer, epochs, "steps: 100"), right: train(loss, optimizer, "steps: 100"))

  package static let settingForm = DiagnosticCode(
    "E0413", "setting_form", "A setting with a value of another form",
    explanation: "The message shows the form that the setting takes.",
    wrong: train(loss, optimizer, epochs, "clip: 1.0"), right: train(loss, optimizer, epochs, "clip: norm(1.0)"))

  package static let duplicateBlock = DiagnosticCode(
    "E0414", "duplicate_block", "Two blocks with one name",
    explanation: """
      A train block is known by its label, or by the models it trains; a step by its models; a test by its text. \
      `train Net on Iris as Tuning` gives a label.
      """,
    wrong: train(loss, optimizer, epochs) + "\ntrain Net on Iris {\n  loss: cross_entropy(Net(x), y)\n"
      + "  optimizer: adam(rate: 0.001)\n  epochs: 5\n}\n",
    right: train(loss, optimizer, epochs) + "\ntrain Net on Iris as Tuning {\n  loss: cross_entropy(Net(x), y)\n"
      + "  optimizer: adam(rate: 0.001)\n  epochs: 5\n}\n")

  package static let modelNotTrained = DiagnosticCode(
    "E0415", "model_not_trained", "A model that the block does not train",
    explanation: """
      `except` and `step` name models of the header, or models that these use: what a block does not train needs no \
      exception.
      """,
    wrong: iris + """
      model Other(x: [2]) -> [3] {
        x -> dense(3)
      }

      train Net except Other on Iris {
        loss: cross_entropy(Net(x) + Other(x), y)
        optimizer: adam(rate: 0.01)
        epochs: 5
      }

      """,
    right: iris + """
      model Other(x: [2]) -> [3] {
        x -> dense(3)
      }

      train Net, Other on Iris {
        loss: cross_entropy(Net(x) + Other(x), y)
        optimizer: adam(rate: 0.01)
        epochs: 5
      }

      """)

  package static let restore = DiagnosticCode(
    "E0416", "restore", "Something that cannot be restored",
    explanation: """
      `restore(value, as: field)` takes a value of the field's type back to the units, class names or text of its \
      column. `argmax` decides for a class or a token, and `logit > 0` between two classes. Every step of the field's \
      expression must have a way back.
      """,
    wrong: train(loss, optimizer, epochs, "outputs: (species: restore(logits, as: y))"),
    right: train(loss, optimizer, epochs, "outputs: (species: restore(argmax(logits), as: y))"))

  package static let sweepTarget = DiagnosticCode(
    "E0417", "sweep_target", "A sweep of a train block that there is not",
    explanation: "A sweep names a train block by its label, or by its models and data, as the block's header does.",
    wrong: "let width = 8\n\n" + train(loss, optimizer, "epochs: width")
      + "\nsweep Nt on Iris {\n  over: (width: [4, 8])\n  minimize: validation.loss\n}\n",
    right: "let width = 8\n\n" + train(loss, optimizer, "epochs: width")
      + "\nsweep Net on Iris {\n  over: (width: [4, 8])\n  minimize: validation.loss\n}\n")

  package static let sweepSearch = DiagnosticCode(
    "E0418", "sweep_search", "A search over something that cannot be searched",
    explanation: """
      `over` names constants of the file, each with a list of values, a range `a ... b` or \
      `log_scale(a ... b)` with a above 0.
      """,
    wrong: "let width = 8\n\n" + train(loss, optimizer, "epochs: width")
      + "\nsweep Net on Iris {\n  over: (widht: [4, 8])\n  minimize: validation.loss\n}\n",
    right: "let width = 8\n\n" + train(loss, optimizer, "epochs: width")
      + "\nsweep Net on Iris {\n  over: (width: [4, 8])\n  minimize: validation.loss\n}\n")

  package static let gradient = DiagnosticCode(
    "E0419", "gradient", "A gradient that cannot be taken",
    explanation: """
      `gradient(e, by: v)` differentiates one number for each example, `e`, by the numbers that a `let` of the train \
      block or step names, `v`. `e` must be computed from `v`.
      """,
    wrong: train(
      "let slope = gradient(logits, by: logits)", "loss: mean(slope) + cross_entropy(logits, y)", optimizer, epochs),
    right: train(
      "let slope = gradient(sum(logits ^ 2), by: logits)", "loss: mean(slope) + cross_entropy(logits, y)", optimizer,
      epochs))

  package static let weightsOutsideModel = DiagnosticCode(
    "E0420", "weights_outside_model", "Weights outside a model",
    explanation: """
      A train block computes with models and fields. A layer with weights belongs in a model, which is what is \
      trained and saved.
      """,
    wrong: train("let more = logits -> dense(3)", "loss: cross_entropy(more, y)", optimizer, epochs),
    right: train(loss, optimizer, epochs))

  package static let start = DiagnosticCode(
    "E0421", "start", "Saved weights that cannot be started from",
    explanation: """
      `start: saved("runs/first", Tower)` takes the weights of `Tower` from a run folder or a weights file; without a \
      model every weight that has the same name and shape. The models are among those that the block uses, and their \
      weights in the file have the shapes that they have here.
      """,
    wrong: iris + """
      model Other(x: [2]) -> [3] {
        x -> dense(3)
      }

      train Net on Iris {
        start: saved("runs/first", Other)
        loss: cross_entropy(Net(x), y)
        optimizer: adam(rate: 0.01)
        epochs: 5
      }

      """,
    right: iris + """
      train Net on Iris {
        start: saved("runs/first", Net)
        loss: cross_entropy(Net(x), y)
        optimizer: adam(rate: 0.01)
        epochs: 5
      }

      """)

  package static let expectation = DiagnosticCode(
    "E0422", "expectation", "Something that a test cannot expect",
    explanation: """
      `expect` takes a comparison of values, `shape(Layer, [16, 32]) == [16, 32]`, \
      `gradients(Layer, [8, 16])`, or `overfits(Block, examples: 8)` with the name of a train block.
      """,
    wrong: "layer L(x: [D]) -> [D] {\n  x -> tanh\n}\n\ntest \"L\" {\n  expect shape(L, [4])\n}\n",
    right: "layer L(x: [D]) -> [D] {\n  x -> tanh\n}\n\ntest \"L\" {\n  expect shape(L, [4]) == [4]\n}\n")

  package static let across = DiagnosticCode(
    "E0423", "across", "Examples of a batch put together where they must stay apart",
    explanation: """
      `across(z)` stacks the values that `z` has for all examples of the batch, and `this_example` is the place of an \
      example in it. Losses and metrics may use them; `outputs` and `samples` are computed for each row alone.
      """,
    wrong: train(loss, optimizer, epochs, "outputs: (all: across(logits))"),
    right: train(loss, optimizer, epochs, "outputs: (own: logits)"))

  package static let quantile = DiagnosticCode(
    "E0424", "quantile", "A quantile that cannot be taken",
    explanation: """
      `quantile(validation.score, 99%)` stands in the `outputs` of a train block. `score` is a `let` of the block, one \
      number for each example; the quantile is taken over the rows of the split when training has ended.
      """,
    wrong: train(loss, optimizer, epochs, "outputs: (odd: sum(logits) > quantile(validation.logits, 99%))"),
    right: train(
      "let top = maximum(logits[0], logits[1])", loss, optimizer, epochs,
      "outputs: (odd: top > quantile(validation.top, 99%))"))

  package static let sweepValidation = DiagnosticCode(
    "E0426", "sweep_validation", "A sweep over validation rows that there are none of",
    explanation: """
      A sweep compares its trials by `validation.loss` or a metric over the validation rows, which were neither trained \
      on nor kept for the test. The split must leave some: `random(train: 70%, validation: 15%, test: 15%)`.
      """,
    wrong: "let width = 8\n\n"
      + train(loss, optimizer, "epochs: width").replacing("validation: 20%", with: "test: 20%")
      + "\nsweep Net on Iris {\n  over: (width: [4, 8])\n  minimize: validation.loss\n}\n",
    right: "let width = 8\n\n" + train(loss, optimizer, "epochs: width")
      + "\nsweep Net on Iris {\n  over: (width: [4, 8])\n  minimize: validation.loss\n}\n")
}
