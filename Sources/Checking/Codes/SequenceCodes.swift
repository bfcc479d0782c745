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
