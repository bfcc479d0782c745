import Diagnostics

/// A data block over an ordered file, and a model that predicts from a window.
private func program(_ field: String, split: String = "chronological(train: 80%, validation: 20%)") -> String {
  """
  data Load from csv("load.csv") {
    let past: [4]    = \(field)
    let next: scalar = load
    split: \(split)
  }

  model Net(past: [4]) -> scalar {
    past -> dense(1) -> squeeze
  }

  train Net on Load {
    loss: mean_squared_error(Net(past), next)
    optimizer: adam(rate: 0.01)
    epochs: 5
  }

  """
}

extension CheckingCodes {
  package static let window = DiagnosticCode(
    "E0555", "window", "A window that is no range of rows, or longer than the data",
    explanation: """
      Behind a column, offsets name rows counted from the row itself: `load[-96 ..< 0]` are the 96 rows before it, \
      `load[0 ..< 24]` it and the 23 after it. Every part of a split must hold at least one window.
      """,
    wrong: program("load[0, -4 ..< 0]"), right: program("load[-4 ..< 0]"))

  package static let shuffledWindows = DiagnosticCode(
    "W0505", "shuffled_windows", "Ordered rows dealt by lot",
    explanation: """
      Neighbouring rows of a series are alike, and windows may share them. Dealt by lot, the test measures how well \
      the model fills gaps between what it has seen, not how well it predicts what comes.
      """,
    wrong: program("load[-4 ..< 0]", split: "random(train: 80%, validation: 20%, seed: 1)"),
    right: program("load[-4 ..< 0]"))
}

/// A text, and a model that is trained to go on with it.
private func text(_ generate: String) -> String {
  """
  data Poems from text("poems.txt", tokens: bytes) {
    let here: token(256)[16] = tokens[0 ..< 16]
    let next: token(256)[16] = tokens[1 ... 16]
  }

  model Poet(text: token(256)[T <= 16]) -> [T, 256] {
    text -> embed(8) -> add_positions -> attention(heads: 2, causal: true) -> dense(256)
  }

  train Poet on Poems {
    loss: cross_entropy(Poet(here), next)
    optimizer: adam(rate: 0.01)
    epochs: 5
    samples: (text: \(generate))
  }

  """
}

extension CheckingCodes {
  package static let generate = DiagnosticCode(
    "E0425", "generate", "Text that cannot be drawn from this model",
    explanation: """
      `generate` gives a model what is written so far, draws the next token by its logits and goes on. The model reads \
      tokens of the data, up to a greatest length, and gives a logit for each token; the text to start from is made of \
      tokens that the data have.
      """,
    wrong: text("generate(Poet, start: \"\")"), right: text("generate(Poet, start: \"O\", length: 80)"))
}

/// Texts with a mood, and a model that reads them.
private func reviews(_ field: String) -> String {
  """
  data Reviews from csv("reviews.csv") {
    \(field)
    let mood: class(2) = sentiment
  }

  model Mood(text: token(500)[T <= 40]) -> [2] {
    text -> embed(8) -> mean(over: time) -> dense(2)
  }

  train Mood on Reviews {
    loss: cross_entropy(Mood(text), mood)
    optimizer: adam(rate: 0.01)
    epochs: 5
  }

  """
}

extension CheckingCodes {
  package static let tokenize = DiagnosticCode(
    "E0557", "tokenize", "Texts that cannot be cut into tokens",
    explanation: """
      A field of texts declares how many tokens there are and how long a text may be: `token(500)[T <= 40]`. \
      `tokenize(words: 500)` keeps the 499 most frequent words of the training rows; token 0 stands for all others. \
      The length differs from text to text. Texts whose fields share its name, and its bound, are equally long in \
      every row: words and their tags.
      """,
    wrong: reviews("let text = review -> tokenize(words: 500)"),
    right: reviews("let text: token(500)[T <= 40] = review -> tokenize(words: 500)"))
}
