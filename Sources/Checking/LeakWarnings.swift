import Declarations
import Diagnostics
import Layers
import Tensors

extension TrainChecker {
  /// A model that is given the class or the tokens that it should predict, each at its own place: it copies them.
  /// Numbers are left alone, for an autoencoder is meant to give back what it gets.
  func warnTargetGiven() {
    for step in steps {
      for (_, call, span) in catalogueLosses(step) where call.inputs.count > 1 {
        guard let prediction = call.inputs[0], let second = call.inputs[1],
          case .field(let target) = resolved(second, step.bindings).kind, let type = second.type.tensor,
          type.element.labelCount != nil
        else { continue }
        let isSequence = !type.shape.axes.isEmpty
        let reach = PlainReach(checker, bindings + step.bindings, isSequence: isSequence)
        for use in outermostModels(prediction, step.bindings, isSequence: isSequence) {
          let positions = reach.inputs(of: use.model, member: use.member)
          let given = use.inputs.first {
            positions.contains($0.position) && reach.fields(of: $0.value).contains(target)
          }
          guard let given, isLeak(of: target, use, step.bindings) else { continue }
          let name = checker.layers[use.model].declaration.name.text
          body.report(.targetGiven(target, to: name, at: given.value.span, span, isSequence: isSequence))
        }
      }
    }
  }

  private struct ModelUse {
    var model: Int
    /// The value that is taken of the record that it gives.
    var member: String?
    var inputs: [(position: Int, value: CheckedExpression)]
  }

  /// The models that a prediction comes out of: not those that these are given the results of, as a classifier is that
  /// of a generator.
  private func outermostModels(
    _ prediction: CheckedExpression, _ inner: [CheckedBinding], isSequence: Bool
  ) -> [ModelUse] {
    var result: [ModelUse] = []
    var seen: Set<String> = []
    var pending = [prediction]
    let lets = LastLayerSearch.lets(bindings + inner)
    while let value = pending.popLast() {
      value.visit(
        unless: { part in
          if isSequence, part.mayMove { return true }
          guard let use = self.modelUse(part, inner) else { return false }
          result.append(use)
          return true
        },
        { part in
          guard case .local(let name) = part.kind, case .expression(let bound)? = lets[name],
            seen.insert(name).inserted
          else { return }
          pending.append(bound)
        })
    }
    return result
  }

  private func modelUse(_ value: CheckedExpression, _ inner: [CheckedBinding]) -> ModelUse? {
    switch value.kind {
    case .member(let record, let label):
      guard var use = modelUse(resolved(record, inner), inner) else { return nil }
      use.member = label
      return use
    case .call(let call):
      guard let model = model(call) else { return nil }
      return ModelUse(
        model: model, inputs: call.inputs.enumerated().compactMap { place, value in value.map { (place, $0) } })
    case .apply(.call(let call), let input):
      guard let model = model(call) else { return nil }
      let others = call.inputs.enumerated().compactMap { place, value in value.map { (place + 1, $0) } }
      return ModelUse(model: model, inputs: [(0, input)] + others)
    default: return nil
    }
  }

  private func model(_ call: CheckedCall) -> Int? {
    guard case .user(let index) = call.callee, checker.layers[index].declaration.isModel else { return nil }
    return index
  }

  /// What a model is given besides tells a leak from an autoencoder, which has nothing else. Alone, tokens are no code
  /// to be restored where the model looks at those before a position only, as one that predicts the next does.
  private func isLeak(of target: String, _ use: ModelUse, _ inner: [CheckedBinding]) -> Bool {
    if dependencies(of: use.inputs.map(\.value), inner).fields != [target] { return true }
    let isCausal = place(in: use.model) { call, declaration in
      guard declaration.name == "attention", case .boolean(true)? = call.settings["causal"] else { return false }
      return true
    }
    if isCausal != nil { return true }
    // Dropout may be the damage that such a model is to mend.
    let others: Set<String> = ["attention", "bidirectional", "dropout", "spatial_dropout", "noise", "augment"]
    return place(in: use.model) { ["lstm", "gru", "rnn"].contains($1.name) } != nil
      && place(in: use.model) { others.contains($1.name) } == nil
  }
}

extension CheckedExpression {
  /// Whether it takes the positions of a sequence to other places.
  fileprivate var mayMove: Bool {
    switch kind {
    case .slice: true
    case .call(let call), .apply(.call(let call), _): PlainReach.movers.contains { call.callee == .builtin($0) }
    default: false
    }
  }
}
