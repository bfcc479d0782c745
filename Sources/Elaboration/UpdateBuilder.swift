import Checking
import Declarations
import Graphs
import Layers
import Tensors

/// Builds the second half of a step: gradients, clipping, and the optimizer's update.
final class UpdateBuilder {
  private let graph: GraphBuilder
  private let step: CheckedStep
  private let elaborator: Elaborator
  private let layouts: [ModelLayout]
  var effects: [ValueID] = []

  init(graph: GraphBuilder, step: CheckedStep, elaborator: Elaborator, layouts: [ModelLayout]) {
    self.graph = graph
    self.step = step
    self.elaborator = elaborator
    self.layouts = layouts
  }

  /// Emits everything that makes the objective smaller. Returns the optimizer's vectors and its rate.
  func build(objective: ValueID) -> (slots: [SlotDeclaration], rate: SettingValue) {
    guard let optimizer = Catalog.optimizer[step.optimizer.name] else {
      preconditionFailure("no optimizer \(step.optimizer.name)")
    }
    let settings = elaborator.settings(step.optimizer.settings, in: Scope(path: ""))
    let scalar = ValueType(.float32, [], isShared: true)
    let rate = graph.input("rate", scalar)
    let counter = graph.input("step", scalar)
    var slots: [SlotDeclaration] = []
    for (layout, gradients) in zip(layouts, clipped(vectors(of: objective))) where layout.count > 0 {
      let declared = optimizer.slots(settings)
      var values: [String: ValueID] = [:]
      for slot in declared {
        let path = slotPath(slot.name, layout)
        slots.append(SlotDeclaration(path: path, count: layout.count, initial: slot.initial))
        values[slot.name] = graph.parameter(path, shape: [layout.count])
      }
      let (weights, updated) = optimizer.update(
        UpdateContext(
          graph: graph, settings: settings, weights: graph.parameter(layout.vectorPath, shape: [layout.count]),
          gradients: gradients, slots: values, rate: rate, step: counter))
      effects.append(graph.assign(layout.vectorPath, weights))
      for slot in declared {
        if let value = updated[slot.name] { effects.append(graph.assign(slotPath(slot.name, layout), value)) }
      }
    }
    guard let setting = settings["rate"] else { preconditionFailure("an optimizer without a rate") }
    return (slots, setting)
  }

  private func slotPath(_ name: String, _ layout: ModelLayout) -> String {
    "optimizer \(step.name) \(layout.name) \(name)"
  }

  /// The gradient of each model's vector: the weights' gradients, flattened, one after another.
  private func vectors(of objective: ValueID) -> [ValueID] {
    let weights = layouts.map { layout in layout.trainable.map { elaborator.weight($0.request) } }
    let whole = layouts.map { elaborator.vectors[$0.model] }
    let gradients = graph.gradients(of: objective, by: weights.flatMap { $0 } + whole.compactMap { $0 })
    var position = 0
    var ofVectors = gradients.suffix(whole.count { $0 != nil })
    return zip(layouts, weights).enumerated().map { index, pair in
      let (layout, own) = pair
      let parts = zip(layout.trainable, gradients[position..<position + own.count]).map { entry, gradient in
        graph.reshape(gradient, [entry.count])
      }
      position += own.count
      if parts.isEmpty { return graph.fill(0, shape: [0]) }
      let gradient = parts.count == 1 ? parts[0] : graph.concat(parts, axis: 0)
      return whole[index] == nil ? gradient : graph.binary(.add, gradient, ofVectors.removeFirst())
    }
  }

  private func clipped(_ vectors: [ValueID]) -> [ValueID] {
    if let limit = step.clipNorm {
      let squares = vectors.map { graph.reduceSum(graph.map(.square, [$0]), axes: [0]) }
      guard let first = squares.first else { return vectors }
      let norm = graph.map(.squareRoot, [squares.dropFirst().reduce(first) { graph.binary(.add, $0, $1) }])
      // As in Pascanu et al. 2013; the small number keeps a zero gradient from dividing by zero.
      let ratio = graph.binary(.divide, graph.fill(limit), graph.binary(.add, norm, graph.fill(1e-6)))
      let factor = graph.binary(.minimum, ratio, graph.fill(1))
      return vectors.map { graph.binary(.multiply, $0, factor) }
    }
    if let limit = step.clipValue {
      return vectors.map {
        graph.binary(.minimum, graph.binary(.maximum, $0, graph.fill(-limit)), graph.fill(limit))
      }
    }
    return vectors
  }
}
