import Declarations
import Diagnostics
import Layers
import Syntax
import Tensors

/// The size of a batch, as a train block names it.
let batchSize = "Batch"

extension BodyChecker {
  /// Lets `Batch` stand for the number of examples in a batch.
  func bindBatch(at span: Span) {
    guard file.names[batchSize] == nil else { return }
    scopes[0][batchSize] = LocalEntry(local: .number(.whole(.variable(batchSize))), span: span)
  }

  /// Whether the block computes with the size of its batch, or with other examples of it.
  var usesBatch: Bool { mixesBatch || scopes[0][batchSize]?.isUsed == true }

  /// `across(z)`: `[Batch]` and the shape of z.
  func acrossCall(_ name: Name, _ arguments: [Argument], _ span: Span) -> CallOutcome {
    guard case .train = kind else {
      report(.onlyInTrain(name))
      absorb(arguments)
      return .broken
    }
    guard arguments.count == 1, arguments[0].label == nil else {
      absorb(arguments)
      report(.across(span, "it takes one value: `across(z)`"))
      return .broken
    }
    let value = value(arguments[0].value)
    guard !refusesBatch(span) else { return .broken }
    switch value.type {
    case .unknown: return .broken
    case .record:
      report(.recordAsTensor(value.span, text(value.span)))
      return .broken
    case .tensor(let type):
      if type.element == .text || type.shape.axes.contains(where: \.isVarying) {
        report(.across(value.span, "this is \(text(type)), which differs in size from example to example"))
        return .broken
      }
      mixesBatch = true
      let shape = Shape([Axis(.variable(batchSize))] + type.shape.axes)
      return .value(CheckedExpression(.across(value), .tensor(TensorType(type.element, shape)), span))
    }
  }

  /// `this_example`, nil for any other name.
  func thisExample(_ name: Name) -> CheckedExpression? {
    guard name.text == "this_example", file.names[name.text] == nil else { return nil }
    guard case .train = kind else { return refuse(.onlyInTrain(name), name.span) }
    if refusesBatch(name.span) { return unknown(name.span) }
    mixesBatch = true
    let type = CheckedType.tensor(TensorType(.classes(.variable(batchSize)), .scalar))
    annotate(name.span, .use, type)
    return CheckedExpression(.thisExample, type, name.span)
  }

  /// Reports what would make an output of one example depend on those beside it.
  func refusesBatch(_ span: Span) -> Bool {
    guard isPerRow else { return false }
    report(.across(span, "what is written for one row must not depend on the rows beside it"))
    return true
  }
}

extension TrainChecker {
  /// Metrics that count by class need the same classes in every batch.
  func checkBatchMetrics() {
    for metric in metrics where Catalog.metric[metric.name]?.allowsClassesOfBatch != true {
      for input in metric.inputs {
        guard case .tensor(let type) = input.type else { continue }
        let sizes = type.shape.sizes + (type.element.count.map { [$0] } ?? [])
        if sizes.contains(where: { $0.variables.contains(batchSize) }) {
          body.report(
            .across(input.span, "`\(metric.name)` needs as many values in every batch, and the last is short"))
          break
        }
      }
    }
  }
}

extension CheckedExpression {
  /// Whether the value depends on the size of the batch or on other examples of it: itself, or through `let`s that do.
  package func dependsOnBatch(through others: Set<String>) -> Bool {
    var depends = false
    visit { part in
      if case .tensor(let type) = part.type, type.shape.sizes.contains(where: { $0.variables.contains(batchSize) }) {
        depends = true
      }
      switch part.kind {
      case .across, .thisExample: depends = true
      case .local(let name) where others.contains(name): depends = true
      case .scalar(let number) where number.dimensions.contains { $0.variables.contains(batchSize) }: depends = true
      default: break
      }
    }
    return depends
  }
}

extension Element {
  fileprivate var count: Dimension? {
    switch self {
    case .classes(let count), .token(let count): count
    default: nil
    }
  }
}
