import Diagnostics

/// A program that trains a model of numbers.
private func regression(model: String, target: String = "a -> standardize", loss: String = "mean_squared_error(p, y)")
  -> String
{
  """
  data Rows from csv("rows.csv") {
    let x: [2] = [b, c]
    let y: scalar = \(target)
    split: random(train: 80%, validation: 20%, seed: 1)
  }

  model Net(x: [2]) -> scalar {
    \(model)
  }

  train Net on Rows {
    let p = Net(x)
    loss: \(loss)
    optimizer: adam(rate: 0.01)
    epochs: 5
  }

  """
}

/// A program that trains a classifier of three classes.
private func classifier(model: String = "x -> dense(3)", lines: [String] = [], split: String = "seed: 1") -> String {
  """
  data Iris from csv("iris.csv") {
    let x: [2] = [a, b]
    let y: class(3) = species
    split: random(train: 80%, validation: 20%, \(split))
  }

  model Net(x: [2]) -> [3] {
    \(model)
  }

  train Net on Iris {
    let logits = Net(x)
    loss: cross_entropy(logits, y)
    optimizer: adam(rate: 0.01)

  """ + (lines.isEmpty ? ["epochs: 5"] : lines).map { "  \($0)\n" }.joined() + "}\n"
}

/// A program that learns the next token of a text.
private func language(_ attention: String) -> String {
  """
  data Book from text("book.txt", tokens: characters) {
    let here: token(65)[16] = tokens[0 ..< 16]
    let next: token(65)[16] = tokens[1 ... 16]
    every: 16
    split: chronological(train: 80%, validation: 20%)
  }

  model Net(text: token(65)[16]) -> [16, 65] {
    text -> embed(8) -> \(attention) -> dense(65)
  }

  train Net on Book {
    loss: cross_entropy(Net(here), next)
    optimizer: adam(rate: 0.01)
    steps: 100
  }

  """
}

// Programs that run and learn nothing, or seem to learn.
extension CheckingCodes {
  package static let boundedOutput = DiagnosticCode(
    "W0310", "bounded_output", "An activation that keeps the model from the values of its target",
    explanation: """
      Behind the last layer, `sigmoid` and `softmax` give numbers from 0 to 1, `tanh` from -1 to 1, `relu` none below 0. \
      A target beyond them, such as a standardized one, is never reached: leave the activation out.
      """,
    wrong: regression(model: "x -> dense(1) -> squeeze -> sigmoid"),
    right: regression(model: "x -> dense(1) -> squeeze"))

  package static let channelsFirst = DiagnosticCode(
    "W0311", "channels_first", "An image whose channels seem to come first",
    explanation: """
      There is one order of axes: height, width, channels. `[3, 32, 32]` is an image of 3 rows and 32 columns with 32 \
      channels; a picture of 32 × 32 pixels with 3 colours is `[32, 32, 3]`.
      """,
    wrong: "model M(x: [3, 32, 32]) -> [10] {\n  x -> conv(8, kernel: 3) -> relu -> flatten -> dense(10)\n}\n",
    right: "model M(x: [32, 32, 3]) -> [10] {\n  x -> conv(8, kernel: 3) -> relu -> flatten -> dense(10)\n}\n")

  package static let imageWithoutChannels = DiagnosticCode(
    "W0314", "image_without_channels", "A square that is taken for a sequence",
    explanation: """
      Of two axes the first is time and the second features, so `conv` and the pools run along the first only. A grey \
      picture has an axis more, of one channel: `[28, 28, 1]`.
      """,
    wrong: "model M(x: [28, 28]) -> [10] {\n  x -> conv(8, kernel: 3) -> relu -> flatten -> dense(10)\n}\n",
    right: "model M(x: [28, 28, 1]) -> [10] {\n  x -> conv(8, kernel: 3) -> relu -> flatten -> dense(10)\n}\n")

  package static let softmaxOfOne = DiagnosticCode(
    "W0312", "softmax_of_one", "`softmax` over a single number",
    explanation: """
      The shares that `softmax` gives sum to 1, so that of one number is always 1, and no gradient flows. Of two classes \
      by one number `sigmoid` makes a probability. `attention` over a single position is such a softmax too: it takes \
      that position whatever is asked.
      """,
    wrong: "model M(x: [4]) -> [1] {\n  x -> dense(1) -> softmax\n}\n",
    right: "model M(x: [4]) -> [1] {\n  x -> dense(1) -> sigmoid\n}\n")

  package static let targetFirst = DiagnosticCode(
    "W0313", "target_first", "A loss that gets its target first",
    explanation: """
      `binary_cross_entropy` and `binary_focal` take logits first, then the target. The other way round the model's \
      number is read as a probability, and the loss falls without end.
      """,
    wrong: regression(
      model: "x -> dense(1) -> squeeze", target: "a", loss: "binary_cross_entropy(y, p)"),
    right: regression(model: "x -> dense(1) -> squeeze", target: "a", loss: "binary_cross_entropy(p, y)"))

  package static let directionOfMeasure = DiagnosticCode(
    "W0407", "direction_of_measure", "A sweep that looks for the worst",
    explanation: "Losses and errors are made small, accuracies great. The other way round the worst trial wins.",
    wrong: "let size = 5\n\n" + classifier(lines: ["epochs: size"])
      + "\nsweep Net on Iris {\n  over: (size: [5, 6])\n  maximize: validation.loss\n}\n",
    right: "let size = 5\n\n" + classifier(lines: ["epochs: size"])
      + "\nsweep Net on Iris {\n  over: (size: [5, 6])\n  minimize: validation.loss\n}\n")

  package static let warmupWithoutEnd = DiagnosticCode(
    "W0408", "warmup_without_end", "A warmup as long as the training",
    explanation: "The rate grows over the steps of the warmup, and never reaches its value where training ends before.",
    wrong: classifier(lines: ["steps: 100"]).replacing("rate: 0.01", with: "rate: cosine(from: 0.01, warmup: 100)"),
    right: classifier(lines: ["steps: 100"]).replacing("rate: 0.01", with: "rate: cosine(from: 0.01, warmup: 10)"))

  package static let topOfAll = DiagnosticCode(
    "W0409", "top_of_all", "The top of as many as there are",
    explanation: "Among the top k of k classes is every class, so the metric is 100 % whatever the model says.",
    wrong: classifier(lines: ["epochs: 5", "metrics: [top_k_accuracy(logits, y, k: 3)]"]),
    right: classifier(lines: ["epochs: 5", "metrics: [top_k_accuracy(logits, y, k: 2)]"]))

  package static let testedOnTraining = DiagnosticCode(
    "W0507", "tested_on_training", "Test rows from the file that trains",
    explanation: """
      The file of `test:` is the one that the rows for training come from, so the test measures memory. Name another \
      file, or give `test:` a share.
      """,
    wrong: classifier(split: "test: csv(\"iris.csv\")"), right: classifier(split: "test: csv(\"others.csv\")"))

  package static let seesTheFuture = DiagnosticCode(
    "W0508", "sees_the_future", "A model that sees what it should predict",
    explanation: """
      The target is the input, some positions further. `attention` without `causal: true`, and a layer that reads in \
      both directions, let each position look at the ones behind it, and the model copies the answer.
      """,
    wrong: language("attention(heads: 2)"), right: language("attention(heads: 2, causal: true)"))
}
