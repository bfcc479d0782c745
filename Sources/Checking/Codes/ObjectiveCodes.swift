import Diagnostics

/// A program that trains one number with a logit or a guess.
private func program(
  model: String = "x -> dense(1) -> squeeze", target: String = "a -> standardize",
  loss: String = "mean_squared_error(p, y)", lines: [String] = []
) -> String {
  """
  data Rows from csv("rows.csv") {
    let x: [2]    = [b, c]
    let y: scalar = \(target)
    split: random(train: 80%, validation: 20%, seed: 1)
  }

  model Net(x: [2]) -> scalar {
    \(model)
  }

  train Net on Rows {
    let p = Net(x)
    loss:      \(loss)
    optimizer: adam(rate: 0.01)
    epochs:    5

  """ + lines.map { "  \($0)\n" }.joined() + "}\n"
}

/// A program that trains some models to give back what comes in.
private func autoencoder(_ models: String) -> String {
  """
  data Rows from csv("rows.csv") {
    let x: [4] = [a, b, c, d] -> standardize
    split: random(train: 80%, validation: 20%, seed: 1)
  }

  model Encoder(x: [4]) -> [2] {
    x -> dense(2) -> tanh
  }

  model Decoder(code: [2]) -> [4] {
    code -> dense(4)
  }

  train \(models) on Rows {
    loss:      mean_squared_error(Decoder(Encoder(x)), x)
    optimizer: adam(rate: 0.01)
    epochs:    5
  }

  """
}

/// A program that writes answers to questions.
private func answers(_ before: String) -> String {
  """
  data Sums from sums(rows: 1_000, digits: 3, seed: 1) {
    let question: token(12)[7] = question
    let answer: token(11)[5]   = answer
    split: random(train: 90%, validation: 10%, seed: 1)
  }

  model Writer(question: token(12)[7], before: token(11)[5]) -> [5, 11] {
    let read = question -> embed(16) -> flatten -> dense(16)
    ((before -> embed(16)) + read) -> gru(32) -> dense(11)
  }

  train Writer on Sums {
    loss:      cross_entropy(Writer(question, before: \(before)), answer)
    optimizer: adam(rate: 0.01)
    epochs:    5
  }

  """
}

// Objectives that are not what they seem.
extension CheckingCodes {
  package static let normOfOne = DiagnosticCode(
    "W0315", "norm_of_one", "A norm over a single number",
    explanation: """
      `layer_norm` subtracts from each number the mean of its axis, and the mean of one number is the number itself: \
      what comes out is the same for any input, and no gradient flows. `rms_norm` keeps the sign only.
      """,
    wrong: "model M(x: [4]) -> [1] {\n  x -> dense(1) -> layer_norm\n}\n",
    right: "model M(x: [4]) -> [1] {\n  x -> layer_norm -> dense(1)\n}\n")

  package static let lastOfBothDirections = DiagnosticCode(
    "W0316", "last_of_both_directions", "The last step of a layer that reads in both directions",
    explanation: """
      The half that reads backwards begins at the end: at the last step it has read this step and nothing else. \
      `mean(over: time)` takes in all steps. The states that have read everything are the last of the first half of the \
      features and the first of the second half.
      """,
    wrong: "model M(x: [12, 3]) -> [2] {\n  x -> bidirectional(lstm(8)) -> last -> dense(2)\n}\n",
    right: """
      model M(x: [12, 3]) -> [2] {
        let both = x -> bidirectional(lstm(8))
        concat(both[11, 0 ..< 8], both[0, 8 ..< 16]) -> dense(2)
      }

      """)

  package static let untrainedModel = DiagnosticCode(
    "W0410", "untrained_model", "A model that a loss uses and nothing trains",
    explanation: """
      Only the models in the header of a train block are trained. A model that the loss uses besides keeps the weights \
      that were drawn, unless another train block trains it or `start: saved(…)` takes them from a run.
      """, wrong: autoencoder("Decoder"), right: autoencoder("Encoder, Decoder"))

  package static let mixedUnits = DiagnosticCode(
    "W0411", "mixed_units", "A comparison of two units",
    explanation: """
      `restore(guess, as: y)` is in the units of the column, the field `y` on the scale that its transforms made. \
      Restore both, or none.
      """,
    wrong: program(lines: ["metrics:   [root_mean_squared_error(restore(p, as: y), y)]"]),
    right: program(lines: ["metrics:   [root_mean_squared_error(restore(p, as: y), restore(y, as: y))]"]))

  package static let negatedLoss = DiagnosticCode(
    "W0412", "negated_loss", "A loss that is made as great as it can be",
    explanation: """
      Training makes `loss` small. With a minus before a loss of the catalogue the model learns to be as wrong as it can.
      """, wrong: program(loss: "-mean_squared_error(p, y)"), right: program())

  package static let thresholdOfLogits = DiagnosticCode(
    "W0413", "threshold_of_logits", "A threshold on the wrong scale",
    explanation: """
      `binary_cross_entropy` takes logits: a probability of 0.5 is a logit of 0, so `logits > 0` is the decision. What \
      `sigmoid` gives is above 0 for any input, and is compared with 0.5.
      """,
    wrong: program(target: "a", loss: "binary_cross_entropy(p, y)", lines: ["outputs:   (yes: p > 0.5)"]),
    right: program(target: "a", loss: "binary_cross_entropy(p, y)", lines: ["outputs:   (yes: p > 0)"]))

  package static let targetGiven = DiagnosticCode(
    "W0509", "target_given", "A model that is given what it should predict",
    explanation: """
      The target of the loss is also an input of the model, which learns to copy it. A decoder that is trained on the \
      right words so far reads them one position later: `answer -> shift`.
      """, wrong: answers("answer"), right: answers("answer -> shift"))
}
