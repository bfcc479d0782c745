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
