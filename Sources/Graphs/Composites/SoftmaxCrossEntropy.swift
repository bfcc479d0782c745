import Tensors

extension GraphBuilder {
  /// `(logits […, K], labels int32 […]) → […]`: `−log softmax(logits)` at the label, over the last axis. A label outside
  /// 0 ..< K gives NaN.
  package func softmaxCrossEntropy(_ logits: ValueID, labels: ValueID) -> ValueID {
    let isShared = type(of: logits).isShared && type(of: labels).isShared
    let inputs = isShared ? [logits, labels] : [lifted(logits), lifted(labels)]
    return composite("softmax_cross_entropy", inputs: inputs) { body, inputs in
      let shape = body.shape(of: inputs[0])
      let last = [shape.count - 1]
      let shifted = body.shiftedByMaximum(inputs[0])
      let isLabel = body.oneHot(inputs[1], depth: shape[last[0]])
      let picked = body.reduceSum(body.select(isLabel, shifted, body.literal(0, like: shifted)), axes: last)
      let loss = body.subtract(body.log(body.reduceSum(body.exp(shifted), axes: last)), picked)
      // count / count is 1 for a label within 0 ..< K, and NaN for one outside.
      let count = body.reduceSum(isLabel, axes: last)
      return body.multiply(loss, body.divide(count, count))
    }
  }

  /// `(softmax(logits) − one_hot(labels))·dloss`.
  func softmaxCrossEntropyGradient(_ logits: ValueID, _ labels: ValueID, _ dloss: ValueID) -> ValueID {
    composite("softmax_cross_entropy_gradient", inputs: [logits, labels, dloss]) { body, inputs in
      let shape = body.shape(of: inputs[0])
      let powers = body.exp(body.shiftedByMaximum(inputs[0]))
      let probabilities = body.divide(powers, body.sumOverLast(powers))
      let excess = body.subtract(probabilities, body.oneHot(inputs[1], depth: shape[shape.count - 1]))
      return body.multiply(excess, body.keeping(inputs[2], axes: [shape.count - 1], of: shape))
    }
  }
}

let softmaxCrossEntropyGradientRule: CompositeGradients.Rule = { context, _ in
  [context.builder.softmaxCrossEntropyGradient(context.inputs[0], context.inputs[1], context.cotangent), nil]
}
