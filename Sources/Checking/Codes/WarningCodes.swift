import Diagnostics

private func program(model: String, lines: [String] = [], split: String = "validation: 20%, seed: 1") -> String {
  """
  data Iris from csv("iris.csv") {
    let x: [2] = [a, b]
    let y: class(3) = species
    split: random(train: 80%, \(split))
  }

  model Net(x: [2]) -> [3] {
    \(model)
  }

  train Net on Iris {
    loss: cross_entropy(Net(x), y)
    optimizer: adam(rate: 0.01)
    epochs: 5

  """ + lines.map { "  \($0)\n" }.joined() + "}\n"
}

extension CheckingCodes {
  package static let unused = DiagnosticCode(
    "W0201", "unused", "Something that nothing uses",
    explanation: """
      A `let`, layer, model, field, import or setting that nothing uses is often a slip: the wrong name was used \
      elsewhere. Remove it, or begin its name with `_`.
      """,
    wrong: "model M(x: [4]) -> [3] {\n  let h = x -> dense(8)\n  x -> dense(3)\n}\n",
    right: "model M(x: [4]) -> [3] {\n  let h = x -> dense(8) -> relu\n  h -> dense(3)\n}\n")

  package static let unstatedRequirement = DiagnosticCode(
    "W0202", "unstated_requirement", "A requirement of the body that the header does not state",
    explanation: """
      The body works for some sizes only. It is checked at every use all the same; a `where` clause tells the reader, \
      and lets the message at the use name it.
      """,
    wrong:
      "layer L(x: [D]) -> [2, D / 2] {\n  x -> reshape([2, D / 2])\n}\n\nmodel M(x: [4]) -> [2, 2] {\n  x -> L\n}\n",
    right:
      "layer L(x: [D]) -> [2, D / 2] where D % 2 == 0 {\n  x -> reshape([2, D / 2])\n}\n\nmodel M(x: [4]) -> [2, 2] {\n  x -> L\n}\n"
  )

  package static let sharedInTemplate = DiagnosticCode(
    "W0203", "shared_in_template", "`repeat` of a layer that a `let` names",
    explanation: """
      `repeat` copies the layers that are written in it; a name means one layer, so all copies share its weights. \
      Write the layer inside where each copy should have weights of its own.
      """,
    wrong: "model M(x: [4]) -> [4] {\n  let block = dense(4) -> relu\n  x -> repeat(3, block)\n}\n",
    right: "model M(x: [4]) -> [4] {\n  x -> repeat(3, dense(4) -> relu)\n}\n")

  package static let shadowsBuiltin = DiagnosticCode(
    "W0204", "shadows_builtin", "A layer with the name of something built in",
    explanation: """
      In this file the name means the layer that is declared, and what is built in cannot be had. Readers will expect \
      the other one; give the layer a name of its own, in `UpperCamel` as is usual for declarations.
      """,
    wrong: "layer relu(x: [D]) -> [D] {\n  x -> tanh\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> relu\n}\n",
    right: "layer Bend(x: [D]) -> [D] {\n  x -> tanh\n}\n\nmodel M(x: [4]) -> [4] {\n  x -> Bend\n}\n")

  package static let activationBeforeLoss = DiagnosticCode(
    "W0301", "activation_before_loss", "An activation that the loss applies again",
    explanation: """
      `cross_entropy` and `binary_cross_entropy` take logits and apply softmax or sigmoid themselves. Applied twice, \
      gradients are faint and the model learns badly. Metrics take logits too. Apply it \
      in `outputs` where probabilities are wanted.
      """, wrong: program(model: "x -> dense(3) -> softmax"), right: program(model: "x -> dense(3)"))

  package static let targetOutsideProbability = DiagnosticCode(
    "W0305", "target_outside_probability", "A target that is no probability",
    explanation: """
      `binary_cross_entropy` compares logits with truth values, or with probabilities from 0 to 1. Beyond them it has no \
      least value, and training runs away.
      """)

  package static let linearAfterLinear = DiagnosticCode(
    "W0302", "linear_after_linear", "Two linear layers with nothing between them",
    explanation: """
      Two `dense` layers in a row can do no more than one, two convolutions no more than one with a larger kernel, and \
      `dropout` or `flatten` between them changes nothing about that. Put an activation such as `relu` between them. \
      Convolutions by groups, by channel, or along one axis at a time are made to be followed by another, and are left \
      alone; so is a value that something else reads too.
      """,
    wrong: "model M(x: [4]) -> [3] {\n  x -> dense(8) -> dense(3)\n}\n",
    right: "model M(x: [4]) -> [3] {\n  x -> dense(8) -> relu -> dense(3)\n}\n")

  package static let noiseBeforeOutput = DiagnosticCode(
    "W0303", "noise_before_output", "`dropout`, `noise` or `batch_norm` right before the output",
    explanation: """
      What comes behind the last layer of a model acts on its results: `dropout` and `spatial_dropout` would \
      erase some of them, `noise` would shake them, `batch_norm` would tie them to the rest of the batch.
      """, wrong: program(model: "x -> dense(3) -> dropout(0.2)"),
    right: program(model: "x -> dropout(0.2) -> dense(3)"))

  package static let activationOnLogits = DiagnosticCode(
    "W0304", "activation_on_logits", "An activation between the last layer and a loss that takes logits",
    explanation: """
      `cross_entropy` and `binary_cross_entropy` take logits, which may be any numbers. An activation such as `relu` \
      cuts off those below zero, and the model cannot say that a class is unlikely.
      """, wrong: program(model: "x -> dense(3) -> relu"), right: program(model: "x -> dense(3)"))

  package static let droppedPositions = DiagnosticCode(
    "W0308", "dropped_positions", "Windows that leave out the last rows or columns",
    explanation: """
      A window that moves on by its stride stops where it no longer fits, and what is left at the end never takes part. \
      Often that is harmless; `padding: same` takes it in, and a size that the stride divides leaves nothing over.
      """, wrong: "model M(x: [7, 7, 1]) -> [3, 3, 1] {\n  x -> max_pool(2)\n}\n",
    right: "model M(x: [7, 7, 1]) -> [4, 4, 1] {\n  x -> max_pool(2, padding: same)\n}\n")

  package static let deadPlaces = DiagnosticCode(
    "W0309", "dead_places", "A kernel that reaches beyond the image",
    explanation: """
      With padding a kernel may be larger than the image. Where it reaches beyond the image from every place, its outer \
      weights see nothing but padding and never learn: a smaller kernel computes the same.
      """, wrong: "model M(x: [8, 8, 1]) -> [8, 8, 4] {\n  x -> conv(4, kernel: 30, padding: same)\n}\n",
    right: "model M(x: [8, 8, 1]) -> [8, 8, 4] {\n  x -> conv(4, kernel: 5, padding: same)\n}\n")

  package static let unusualRate = DiagnosticCode(
    "W0401", "unusual_rate", "A rate outside what the optimizer is known to bear",
    explanation: """
      Far above, training diverges; far below, it does not get anywhere. Of a schedule, the greatest rate counts.
      """,
    wrong: program(model: "x -> dense(3)").replacing("rate: 0.01", with: "rate: 5"),
    right: program(model: "x -> dense(3)"))

  package static let noValidation = DiagnosticCode(
    "W0402", "no_validation", "A measure of validation rows without validation rows",
    explanation: "The split holds no validation rows, so the measure has no value. Give `validation:` a share.",
    wrong: program(
      model: "x -> dense(3)", lines: ["stop: patience(3, of: validation.loss)"], split: "test: 20%, seed: 1"),
    right: program(model: "x -> dense(3)", lines: ["stop: patience(3, of: validation.loss)"]))

  package static let unnormalisedInputs = DiagnosticCode(
    "W0403", "unnormalised_inputs", "Inputs far from the scale that training bears",
    explanation: """
      Columns in the hundreds or of very different scales make training slow or unstable. `-> standardize` brings \
      each to mean 0 and deviation 1, by the training rows.
      """)

  package static let unscaledTarget = DiagnosticCode(
    "W0404", "unscaled_target", "A target far from the scale that training bears",
    explanation: """
      A target in the hundreds makes losses and gradients huge at first, and training slow or unstable. `-> standardize` \
      brings it to mean 0 and deviation 1 by the training rows; `restore` in `outputs` gives the original units back.
      """)

  package static let batchExceedsRows = DiagnosticCode(
    "W0405", "batch_exceeds_rows", "A batch larger than all training rows",
    explanation: "Every step then sees all rows, and an epoch is one step. Choose a smaller `batch`.")

  package static let batchNormOfOne = DiagnosticCode(
    "W0406", "batch_norm_of_one", "`batch_norm` with batches of one example",
    explanation: """
      The mean of one example is the example itself, so `batch_norm` makes zeros of it. Choose a larger `batch`, or \
      `layer_norm`, which works on each example alone.
      """,
    wrong: program(model: "x -> dense(8) -> batch_norm -> relu -> dense(3)", lines: ["batch: 1"]),
    right: program(model: "x -> dense(8) -> batch_norm -> relu -> dense(3)", lines: ["batch: 16"]))

  package static let constantColumn = DiagnosticCode(
    "W0506", "constant_column", "An input column with one value only",
    explanation: "A column that is the same in every row tells the model nothing. Often the wrong column was named.")

  package static let targetAmongInputs = DiagnosticCode(
    "W0501", "target_among_inputs", "The target among the inputs",
    explanation: "A column that the model should predict is also given to it, so it learns to copy it.",
    wrong: program(model: "x -> dense(3)").replacing("let x: [2] = [a, b]", with: "let x: [2] = [a, species]"),
    right: program(model: "x -> dense(3)"))

  package static let columnEqualsTarget = DiagnosticCode(
    "W0502", "column_equals_target", "An input column that equals the target",
    explanation: "Every row has the same value in both, so the model learns to copy it.")

  package static let duplicateRows = DiagnosticCode(
    "W0503", "duplicate_rows", "Many equal rows across a random split",
    explanation: """
      Rows that occur several times can fall into training and test alike; the test then measures memory. Remove the \
      copies from the file.
      """)

  package static let fewerClasses = DiagnosticCode(
    "W0504", "fewer_classes", "Fewer classes in the data than declared",
    explanation: "The model has outputs that no row ever asks for. Often the count is a slip.")

  package static let all: [DiagnosticCode] = [
    unknownName, unknownLayer, duplicateDeclaration, duplicateName, recursion, constantCycle, importUnavailable,
    importedName, importCycle, notALayer, waitingLayer, unknownSetting, duplicateLabel, missingSetting, missingInput,
    unnamedSetting, settingKind, settingRange, settingWord, notConstant, constantType, unknownOverride, bodyResult,
    unknownField, modelHeader, inputDefault, repeatedModel, unknownType, valueKind, drawShape, formPlace, recordLabel,
    divisionByZero,
    inputElement, classArithmetic, broadcast, annotation, result, inputShape, layerRefuses, unproven, divisionNotExact,
    notWhole, sizeNotPositive, requirement, sizeOverflow, slice, list, comparison, matrixProduct, recordAsTensor,
    varyingLength, sharedWeights, fact, packPlace, weightShape, scan, mixesExamples, tooManyInstances, repeatedAxis,
    tooLong,
    unknownBlockSetting, duplicateSetting, missingBlockSetting, lossNotScalar, unknownOptimizer, unknownMetric,
    unknownMeasure, unknownData, unknownModel, lossMissesModel, modelNotUpdated, weightWithoutGradient, bothSettings,
    settingForm,
    duplicateBlock, modelNotTrained, restore, sweepTarget, sweepSearch, gradient, weightsOutsideModel, start,
    expectation, across, quantile, sweepValidation,
    unknownSource, unknownColumn, textColumn, moreClasses, missingValues, splitSum, shareNotPercent, stratify,
    weightsInData, columnRange, recordField, classesFromReals, folds,
    unknownDataField, dataNeeded, notFinite, jointField, fixedLength, rowCondition,
    unused, unstatedRequirement, sharedInTemplate, shadowsBuiltin, activationBeforeLoss, linearAfterLinear,
    noiseBeforeOutput, droppedPositions, deadPlaces, targetOutsideProbability,
    unusualRate, noValidation, unnormalisedInputs, targetAmongInputs, columnEqualsTarget, duplicateRows, fewerClasses,
    window, generate, tokenize, shuffledWindows,
    boundedOutput, channelsFirst, imageWithoutChannels, softmaxOfOne, targetFirst, directionOfMeasure, warmupWithoutEnd,
    topOfAll,
    testedOnTraining, seesTheFuture, targetGiven, normOfOne, lastOfBothDirections, untrainedModel, mixedUnits,
    negatedLoss, thresholdOfLogits,
    activationOnLogits, unscaledTarget, batchExceedsRows, batchNormOfOne, constantColumn,
  ]
}
