import Diagnostics

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

  package static let targetGiven = DiagnosticCode(
    "W0509", "target_given", "A model that is given what it should predict",
    explanation: """
      The target of the loss is also an input of the model, which learns to copy it. A decoder that is trained on the \
      right words so far reads them one position later: `answer -> shift`.
      """, wrong: answers("answer"), right: answers("answer -> shift"))
}
