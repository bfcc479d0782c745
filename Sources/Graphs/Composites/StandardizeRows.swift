extension GraphBuilder {
  /// `(x − mean) / √(variance + ε)` over the last `axes` axes together: layer_norm without its affine part (Ba, Kiros
  /// and Hinton, "Layer Normalization", 2016). The composite's attributes are `axes` and `epsilon`.
  package func standardizeRows(_ x: ValueID, axes: Int = 1, epsilon: Double = 1e-5) -> ValueID {
    let attributes = ["axes": Double(axes), "epsilon": epsilon]
    return composite("standardize_rows", attributes: attributes, inputs: [x]) { body, inputs in
      body.standardized(inputs[0], axes: axes, epsilon: epsilon).rows
    }
  }

  /// With `y` the standardized rows and `r = 1 / √(variance + ε)`: `r·(dy − mean(dy) − y·mean(dy·y))`.
  func standardizeRowsGradient(_ x: ValueID, _ dy: ValueID, axes: Int, epsilon: Double) -> ValueID {
    let attributes = ["axes": Double(axes), "epsilon": epsilon]
    return composite("standardize_rows_gradient", attributes: attributes, inputs: [x, dy]) { body, inputs in
      let dy = inputs[1]
      let (y, scale) = body.standardized(inputs[0], axes: axes, epsilon: epsilon)
      let projected = body.multiply(y, body.meanOverTrailing(body.multiply(dy, y), axes: axes))
      return body.multiply(scale, body.subtract(body.subtract(dy, body.meanOverTrailing(dy, axes: axes)), projected))
    }
  }

  private func standardized(_ x: ValueID, axes: Int, epsilon: Double) -> (rows: ValueID, scale: ValueID) {
    let centred = subtract(x, meanOverTrailing(x, axes: axes))
    let scale = reciprocalSquareRoot(add(meanOverTrailing(square(centred), axes: axes), epsilon))
    return (multiply(centred, scale), scale)
  }

  /// The mean over the last axes, repeated along them.
  private func meanOverTrailing(_ x: ValueID, axes: Int) -> ValueID {
    let shape = self.shape(of: x)
    let trailing = Array(shape.count - axes..<shape.count)
    return keeping(mean(x, axes: trailing), axes: trailing, of: shape)
  }
}

let standardizeRowsGradientRule: CompositeGradients.Rule = { context, composite in
  [
    context.builder.standardizeRowsGradient(
      context.inputs[0], context.cotangent, axes: Int(composite.attributes["axes"]!),
      epsilon: composite.attributes["epsilon"]!)
  ]
}
