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

// Objectives that are not what they seem.
extension CheckingCodes {
  package static let untrainedModel = DiagnosticCode(
    "W0410", "untrained_model", "A model that a loss uses and nothing trains",
    explanation: """
      Only the models in the header of a train block are trained. A model that the loss uses besides keeps the weights \
      that were drawn, unless another train block trains it or `start: saved(…)` takes them from a run.
      """, wrong: autoencoder("Decoder"), right: autoencoder("Encoder, Decoder"))
}
