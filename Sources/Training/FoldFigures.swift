import Checking
import Declarations

/// The figures of several trainings on one block, for their mean and spread.
package struct FoldFigures: Sendable, Codable {
  private var passes: [PassResult] = []

  package init() {}

  package mutating func add(_ pass: PassResult) { passes.append(pass) }

  package struct Figure: Sendable {
    package var name: String
    package var mean: Double
    /// The standard deviation over the folds, divided by their number less one.
    package var deviation: Double
    package var isPercentage: Bool
  }

  /// The scalar metrics, or the losses where there are none.
  package var figures: [Figure] {
    guard let first = passes.first else { return [] }
    var result = first.metrics.enumerated().compactMap { index, metric -> Figure? in
      let values = passes.compactMap { pass -> Double? in
        if case .scalar(let value) = pass.metrics[index].result { value } else { nil }
      }
      return values.count == passes.count ? figure(metric.label, values, metric.isPercentage) : nil
    }
    if result.isEmpty {
      result = first.losses.enumerated().map { index, loss in
        figure(
          loss.step.isEmpty ? loss.label : loss.step + "." + loss.label, passes.map { $0.losses[index].value }, false)
      }
    }
    return result
  }

  private func figure(_ name: String, _ values: [Double], _ isPercentage: Bool) -> Figure {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return Figure(
      name: name, mean: mean, deviation: (squares / max(count - 1, 1)).squareRoot(), isPercentage: isPercentage)
  }
}

extension PassResult {
  /// The value of a measure of this pass; nil where it has none.
  package func value(of measure: CheckedMeasure) -> Double? {
    if measure.name == "loss" { return loss(step: measure.step) }
    if let metric = metrics.first(where: { $0.label == measure.name }), case .scalar(let value) = metric.result {
      return value
    }
    return losses.first { $0.step == measure.step && $0.label == measure.name }?.value
  }
}
