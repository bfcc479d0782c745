import Checking
import Datasets
import Diagnostics
import Elaboration
import Runs
import Tensors
import Training

/// Shows a run to people: what it is, a bar on a terminal or a plain line an epoch elsewhere, and the results.
struct RunPrinter {
  private let console: Console
  private let isQuiet: Bool
  /// Whether the lines for people go to standard error, because the results are for machines.
  private let tellsResults: Bool
  private var outline: TrainingOutline?
  private var barIsShown = false
  private var lastTold = ContinuousClock.now
  private let titleWidth = 12

  init(console: Console, isQuiet: Bool, tellsResults: Bool = false) {
    self.console = console
    self.isQuiet = isQuiet
    self.tellsResults = tellsResults
  }

  private func say(_ text: String) { if tellsResults { console.tell(text) } else { console.print(text) } }

  private func title(_ text: String) -> String {
    text + String(repeating: " ", count: max(1, titleWidth - text.count))
  }

  /// A line on the data, before anything is computed.
  func describe(_ data: CheckedData, _ dataset: Dataset, _ split: SplitRows) {
    guard !isQuiet else { return }
    var parts = ["train \(split.train.count)"]
    if !split.validation.isEmpty { parts.append("validation \(split.validation.count)") }
    if !split.test.isEmpty { parts.append("test \(split.test.count)") }
    let fields = data.fields.map { "\($0.name) \(typeText($0.type))" }.joined(separator: ", ")
    say("\(title(data.name))\(dataset.rows) rows · \(parts.joined(separator: ", ")) · \(fields)")
  }

  /// The models, a line each.
  func describe(_ trainer: Trainer) {
    guard !isQuiet else { return }
    for model in trainer.train.models {
      let layer = trainer.program.layers[model]
      let count = trainer.layouts[model]?.count ?? 0
      say("\(title(layer.name))\(signature(layer)) · \(grouped(count)) parameters")
    }
  }

  /// What was taken from saved weights.
  func started(_ match: StartMatch, from path: String) {
    guard !isQuiet else { return }
    let count = match.fitting.count
    say("\(title("start"))\(count) weight\(count == 1 ? "" : "s") from \(path)")
    for problem in match.problems.prefix(5) {
      say(title("") + "not taken: " + problem.replacing("`", with: ""))
    }
    if match.problems.count > 5 { say(title("") + "and \(match.problems.count - 5) more") }
  }

  private func signature(_ layer: CheckedLayer) -> String {
    let inputs = layer.inputs.map { text($0.type) }.joined(separator: ", ")
    return "\(inputs) → \(text(layer.result))"
  }

  private func text(_ type: CheckedType) -> String {
    switch type {
    case .tensor(let tensor): typeText(tensor)
    case .record(let fields): "(" + fields.map { "\($0.label): \(text($0.type))" }.joined(separator: ", ") + ")"
    case .unknown: "?"
    }
  }

  mutating func observe(_ event: TrainingEvent) {
    guard !isQuiet else { return }
    switch event {
    case .started(let outline): self.outline = outline
    case .progress(let epoch, let iteration, let count, let loss):
      guard let outline else { return }
      guard console.isTerminal else { return tellProgress(epoch, iteration, count, loss, outline) }
      let share = (Double(epoch - 1) + Double(iteration) / Double(max(count, 1))) / Double(max(outline.epochs, 1))
      drawBar(epoch: epoch, share: share, text: "loss \(Figures.shown(loss, isPercentage: false))")
    case .epoch(let result): show(result)
    case .stopped(let reason):
      clearBar()
      console.tell("stopped: \(reason)")
    }
  }

  /// Elsewhere than on a terminal: a line now and then in an epoch that takes long.
  private mutating func tellProgress(
    _ epoch: Int, _ iteration: Int, _ count: Int, _ loss: Double, _ outline: TrainingOutline
  ) {
    let now = ContinuousClock.now
    guard now - lastTold > .seconds(20) else { return }
    lastTold = now
    let shown = Figures.shown(loss, isPercentage: false)
    console.tell("epoch \(epoch)/\(outline.epochs) · step \(iteration) of \(count) · loss \(shown)")
  }

  private mutating func show(_ result: EpochResult) {
    lastTold = ContinuousClock.now
    let losses = Figures.losses(result.trainLosses).map { "\($0.name) \(Figures.shown($0.value, isPercentage: false))" }
    var text = losses.joined(separator: " · ")
    if let validation = result.validation {
      for loss in Figures.losses(validation.losses) where loss.name == "loss" || loss.name.hasSuffix(".loss") {
        text += " · val \(loss.name) \(Figures.shown(loss.value, isPercentage: false))"
      }
      if let metric = validation.metrics.first, case .scalar(let value) = metric.result {
        text += " · val \(metric.label) \(Figures.shown(value, isPercentage: metric.isPercentage))"
      }
    }
    text += "   \(Figures.fixed(result.seconds, decimals: 1)) s"
    if console.isTerminal {
      drawBar(epoch: result.epoch, share: Double(result.epoch) / Double(max(result.epochs, 1)), text: text)
      if result.epoch == result.epochs {
        console.tellRaw("\n")
        barIsShown = false
      }
    } else {
      console.tell("epoch \(result.epoch)/\(result.epochs) · \(text)")
    }
  }

  private mutating func drawBar(epoch: Int, share: Double, text: String) {
    let cells = 20
    let full = Int((share * Double(cells)).rounded(.down))
    let bar =
      console.style(String(repeating: "━", count: full), .green)
      + console.style(String(repeating: "━", count: cells - full), .dim)
    let head = "epoch \(epoch)/\(outline?.epochs ?? epoch) "
    let room = max(0, console.width - head.count - cells - 2)
    console.tellRaw("\r\u{1B}[K\(head)\(bar) \(String(text.prefix(room)))")
    barIsShown = true
  }

  private mutating func clearBar() {
    if barIsShown { console.tellRaw("\n") }
    barIsShown = false
  }

  mutating func finish(_ result: TrainingResult) {
    clearBar()
    if let best = result.bestEpoch, !isQuiet { say("\(title("kept"))the weights of epoch \(best)") }
    if let validation = result.validation { say(title("validation") + Figures.sentence(validation)) }
    if let test = result.test { say(title("test") + Figures.sentence(test)) }
  }

  /// Text drawn from the trained model.
  func show(sample text: String, label: String) {
    guard !isQuiet else { return }
    say("\n\(label):\n\(text)\n")
  }

  func began(fold: Int, of count: Int) {
    if !isQuiet { say("\(title("fold"))\(fold) of \(count)") }
  }

  /// The mean and the spread over folds.
  func summarize(_ figures: FoldFigures, of count: Int) {
    let texts = figures.figures.map { figure in
      let mean = Figures.shown(figure.mean, isPercentage: figure.isPercentage)
      let spread = Figures.shown(figure.deviation, isPercentage: figure.isPercentage)
      return "\(figure.name.replacing("_", with: " ")) \(mean) ± \(spread)"
    }
    say(title("\(count) folds") + texts.joined(separator: " · "))
  }

  func saved(_ path: String) {
    guard !isQuiet else { return }
    say("\(title("saved"))\(path)")
  }
}

/// A type in the language's words.
func typeText(_ type: TensorType) -> String {
  let sizes = type.shape.axes.map { axis in axis.limit.map { "\(axis.size) <= \($0)" } ?? "\(axis.size)" }
  let shape = (type.shape.pack.map { ["...\($0)"] } ?? []) + sizes
  let list = shape.isEmpty ? "" : "[\(shape.joined(separator: ", "))]"
  switch type.element {
  case .float: return shape.isEmpty ? "scalar" : list
  case .bool: return "bool" + list
  case .classes(let count): return "class(\(count))" + list
  case .token(let count): return "token(\(count))" + list
  case .text: return "text" + list
  }
}

/// Digits in groups of three, with thin spaces.
func grouped(_ number: Int) -> String {
  let digits = Array(String(number))
  var result = ""
  for (index, digit) in digits.enumerated() {
    if index > 0 && (digits.count - index) % 3 == 0 { result += "\u{2009}" }
    result.append(digit)
  }
  return result
}
