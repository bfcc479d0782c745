import Declarations
import Diagnostics
import Training

/// The figures of a pass as JSON, unrounded, and as people read them.
package enum Figures {
  /// One line of metrics.jsonl.
  package static func line(
    train: String, fold: Int? = nil, epoch: Int?, split: String, pass: PassResult, rate: Double? = nil,
    seconds: Double? = nil
  ) -> String {
    var members: [(String, JSON)] = [("train", .string(train))]
    if let fold { members.append(("fold", .integer(fold))) }
    if let epoch { members.append(("epoch", .integer(epoch))) }
    members.append(("split", .string(split)))
    members.append(("examples", .integer(pass.examples)))
    members += values(of: pass)
    if let rate { members.append(("rate", .number(rate))) }
    if let seconds { members.append(("seconds", .number(seconds))) }
    return JSON.object(members).text()
  }

  /// `loss`, `Critic.loss`, and each metric by its label.
  package static func values(of pass: PassResult) -> [(String, JSON)] {
    losses(pass.losses).map { ($0.name, JSON.number($0.value)) }
      + pass.metrics.map { metric in
        switch metric.result {
        case .scalar(let value): (metric.label, .number(value))
        case .matrix(let rows, let columns, let values):
          (
            metric.label,
            .array(
              (0..<rows).map { row in .array((0..<columns).map { .number(values[row * columns + $0]) }) })
          )
        }
      }
  }

  /// Losses with their full names; the sum of a step's labelled losses is `loss` too.
  package static func losses(_ losses: [PassResult.Loss]) -> [(name: String, value: Double)] {
    var result: [(name: String, value: Double)] = []
    var steps: [String] = []
    for loss in losses where !steps.contains(loss.step) { steps.append(loss.step) }
    for step in steps {
      let own = losses.filter { $0.step == step }
      let prefix = step.isEmpty ? "" : step + "."
      result.append((prefix + "loss", own.reduce(0) { $0 + $1.value }))
      if own.count > 1 { result += own.map { (prefix + $0.label, $0.value) } }
    }
    return result
  }

  /// `accuracy 95.7% · f1 0.957`; the losses where there are no metrics.
  package static func sentence(_ pass: PassResult) -> String {
    let metrics = pass.metrics.compactMap { metric -> String? in
      guard case .scalar(let value) = metric.result else { return nil }
      return metric.label.replacing("_", with: " ") + " " + shown(value, isPercentage: metric.isPercentage)
    }
    if !metrics.isEmpty { return metrics.joined(separator: " · ") }
    return losses(pass.losses).map { "\($0.name) \(shown($0.value, isPercentage: false))" }.joined(separator: " · ")
  }

  /// ` · loss 0.061` behind metrics; nothing where the sentence is of the losses already.
  package static func trailingLoss(_ pass: PassResult) -> String {
    let hasMetrics = pass.metrics.contains { if case .scalar = $0.result { true } else { false } }
    return hasMetrics
      ? losses(pass.losses).map { " · \($0.name) \(shown($0.value, isPercentage: false))" }.joined() : ""
  }

  /// Three decimals, more for small numbers, none for large ones.
  package static func shown(_ value: Double, isPercentage: Bool) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-∞" : "∞" }
    if isPercentage { return fixed(value * 100, decimals: 1) + "%" }
    let size = abs(value)
    if size >= 10_000 { return grouped(value) }
    if size >= 100 { return fixed(value, decimals: 1) }
    if size >= 0.1 || size == 0 { return fixed(value, decimals: 3) }
    if size >= 0.001 { return fixed(value, decimals: 4) }
    return scientific(value)
  }

  /// A number with so many decimals, rounded half away from zero.
  package static func fixed(_ value: Double, decimals: Int) -> String {
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 1e15 else { return "\(value)" }
    let digits = String(Int(scaled))
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let sign = value < 0 && scaled > 0 ? "-" : ""
    if decimals == 0 { return sign + padded }
    return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }

  private static func grouped(_ value: Double) -> String {
    guard abs(value) < 1e15 else { return "\(value)" }
    let digits = Array(String(Int(abs(value).rounded())))
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { result += "\u{2009}" }
      result.append(digit)
    }
    return (value < 0 ? "-" : "") + result
  }

  private static func scientific(_ value: Double) -> String {
    var exponent = 0
    var mantissa = abs(value)
    while mantissa < 1 && exponent > -400 {
      mantissa *= 10
      exponent -= 1
    }
    return (value < 0 ? "-" : "") + fixed(mantissa, decimals: 2) + "e\(exponent)"
  }
}

extension FoldFigures {
  /// One line of metrics.jsonl: the mean and the standard deviation of each figure over the folds.
  package func line(train: String) -> String {
    var members: [(String, JSON)] = [("train", .string(train)), ("split", .string("folds"))]
    for figure in figures {
      members.append(
        (figure.name, .object([("mean", .number(figure.mean)), ("deviation", .number(figure.deviation))])))
    }
    return JSON.object(members).text()
  }
}
