import Diagnostics

/// A model that a loss of some train block uses without training it.
struct UsedModel {
  var index: Int
  var span: Span
}

extension TrainChecker {
  /// Notes which models the block trains or takes from a file, and which its losses use as they are.
  func noteModels(_ start: CheckedStart?) {
    for step in steps {
      checker.trainedModels.formUnion(step.models)
      let values = step.losses.map(\.value)
      let found = dependencies(of: values, step.bindings).models
      for model in found.sorted() where checker.layers[model].hasWeights && !frozen.contains(model) {
        let place = place(of: model, values, step.bindings)
        checker.usedModels.append(UsedModel(index: model, span: place ?? declaration.headerSpan))
      }
      guard let start else { continue }
      // Without names every weight is taken that fits.
      let taken = start.models.isEmpty ? found : Set(start.models)
      checker.savedModels.formUnion(taken.union(taken.flatMap { checker.layers[$0].modelsUsed }))
    }
  }

  /// Where a loss calls a model, or a layer or model that does.
  private func place(of model: Int, _ losses: [CheckedExpression], _ inner: [CheckedBinding]) -> Span? {
    var result: Span?
    visit(losses, through: inner) { part in
      var call: CheckedCall?
      switch part.kind {
      case .call(let found), .apply(.call(let found), _): call = found
      default: break
      }
      guard result == nil, let call, case .user(let index) = call.callee,
        index == model || checker.layers[index].modelsUsed.contains(model)
      else { return }
      result = checker.callPlaces[call.span]?.name ?? call.span
    }
    return result
  }
}

extension Checker {
  /// Warns of models that a loss uses and nothing trains: their weights stay as they were drawn.
  func warnUntrained() {
    // What a broken block would have trained is not known.
    if hasErrors { return }
    let found = usedModels.filter { !trainedModels.contains($0.index) && !savedModels.contains($0.index) }
    var seen: Set<Int> = []
    for model in found {
      // A model inside another one that is told of goes with it.
      let isInside = found.contains { layers[$0.index].modelsUsed.contains(model.index) }
      if isInside || !seen.insert(model.index).inserted { continue }
      report(.untrainedModel(layers[model.index].declaration.name.text, at: model.span))
    }
  }
}
