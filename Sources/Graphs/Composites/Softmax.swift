extension GraphBuilder {
  /// `softmax` over the last axis: `exp(x − max x) / Σ exp(x − max x)`.
  package func softmax(_ x: ValueID) -> ValueID {
    composite("softmax", inputs: [x]) { body, inputs in
      let powers = body.exp(body.shiftedByMaximum(inputs[0]))
      return body.divide(powers, body.sumOverLast(powers))
    }
  }

  /// `log softmax` over the last axis: `x − max x − log Σ exp(x − max x)`.
  package func logSoftmax(_ x: ValueID) -> ValueID {
    composite("log_softmax", inputs: [x]) { body, inputs in
      let shifted = body.shiftedByMaximum(inputs[0])
      return body.subtract(shifted, body.log(body.sumOverLast(body.exp(shifted))))
    }
  }

  /// `y·(dy − Σ dy·y)` over the last axis.
  func softmaxGradient(_ y: ValueID, _ dy: ValueID) -> ValueID {
    composite("softmax_gradient", inputs: [y, dy]) { body, inputs in
      let (y, dy) = (inputs[0], inputs[1])
      return body.multiply(y, body.subtract(dy, body.sumOverLast(body.multiply(dy, y))))
    }
  }

  /// `dy − exp(y)·Σ dy` over the last axis.
  func logSoftmaxGradient(_ y: ValueID, _ dy: ValueID) -> ValueID {
    composite("log_softmax_gradient", inputs: [y, dy]) { body, inputs in
      let (y, dy) = (inputs[0], inputs[1])
      return body.subtract(dy, body.multiply(body.exp(y), body.sumOverLast(dy)))
    }
  }

  /// `x − max x` over the last axis; the maximum takes no part in gradients, because it cancels.
  func shiftedByMaximum(_ x: ValueID) -> ValueID {
    let shape = self.shape(of: x)
    precondition(!shape.isEmpty, "a softmax needs an axis")
    let greatest = stopGradient(reduceMax(x, axes: [shape.count - 1]))
    return subtract(x, keeping(greatest, axes: [shape.count - 1], of: shape))
  }

  /// The sum over the last axis, repeated along it.
  func sumOverLast(_ x: ValueID) -> ValueID {
    let shape = self.shape(of: x)
    return keeping(reduceSum(x, axes: [shape.count - 1]), axes: [shape.count - 1], of: shape)
  }
}

let softmaxGradientRule: CompositeGradients.Rule = { context, _ in
  [context.builder.softmaxGradient(context.result, context.cotangent)]
}

let logSoftmaxGradientRule: CompositeGradients.Rule = { context, _ in
  [context.builder.logSoftmaxGradient(context.result, context.cotangent)]
}
