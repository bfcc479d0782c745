extension GraphBuilder {
  /// The greatest value of each window and channel: `[H, W, C] → [H', W', C]`; padding never wins. The composite's
  /// attributes are those of ``Window/attributes``.
  package func maxPool(_ x: ValueID, _ window: Window) -> ValueID {
    composite("max_pool", attributes: window.attributes, inputs: [x]) { body, inputs in
      body.reduceMax(body.windows(inputs[0], window, padding: -.infinity), axes: [2, 3])
    }
  }

  /// `dy` at the first greatest value of each window, and zero elsewhere.
  func maxPoolGradient(_ x: ValueID, _ dy: ValueID, _ window: Window) -> ValueID {
    composite("max_pool_gradient", attributes: window.attributes, inputs: [x, dy]) { body, inputs in
      let places = window.kernel.reduce(1, *)
      let channels = body.shape(of: inputs[0])[2]
      let flat = window.output + [places, channels]
      let seen = body.reshape(body.windows(inputs[0], window, padding: -.infinity), flat)
      // [H', W', C, places] → [H', W', places, C]
      let isFirst = body.permute(body.oneHot(body.argMax(seen, axis: 2), depth: places), [0, 1, 3, 2])
      let spread = body.multiply(isFirst, body.keeping(inputs[1], axes: [2], of: flat))
      return body.fold(body.reshape(spread, window.output + window.kernel + [channels]), window)
    }
  }

  /// The mean of each window and channel over the pixels inside the image: `[H, W, C] → [H', W', C]`.
  package func averagePool(_ x: ValueID, _ window: Window) -> ValueID {
    composite("average_pool", attributes: window.attributes, inputs: [x]) { body, inputs in
      let sums = body.reduceSum(body.windows(inputs[0], window), axes: [2, 3])
      return body.divide(sums, body.pixelCounts(window, like: sums))
    }
  }

  /// `dy / count` at every pixel of each window.
  func averagePoolGradient(_ dy: ValueID, _ window: Window) -> ValueID {
    composite("average_pool_gradient", attributes: window.attributes, inputs: [dy]) { body, inputs in
      let shape = window.output + window.kernel + [body.shape(of: inputs[0])[2]]
      let share = body.divide(inputs[0], body.pixelCounts(window, like: inputs[0]))
      return body.fold(body.keeping(share, axes: [2, 3], of: shape), window)
    }
  }

  /// How many pixels of each window lie inside the image, with a value's type.
  private func pixelCounts(_ window: Window, like value: ValueID) -> ValueID {
    let type = self.type(of: value)
    let ones = windows(fill(1, shape: window.image + [1]), window)
    let counts = reshape(reduceSum(ones, axes: [2, 3]), window.output)
    return broadcast(type.isShared ? counts : lift(counts), shape: type.shape, axes: [0, 1])
  }
}

extension Window {
  /// The numbers as attributes of a composite: `image_height`, `kernel_width`, `low_height`, ….
  package var attributes: [String: Double] {
    var result: [String: Double] = [:]
    for (name, pair) in [
      ("image", image), ("kernel", kernel), ("stride", strides), ("dilation", dilations), ("low", low), ("high", high),
    ] {
      result[name + "_height"] = Double(pair[0])
      result[name + "_width"] = Double(pair[1])
    }
    return result
  }

  /// The window that attributes describe.
  package init(attributes: [String: Double]) {
    let pair = { (name: String) in [Int(attributes[name + "_height"]!), Int(attributes[name + "_width"]!)] }
    self.init(
      image: pair("image"), kernel: pair("kernel"), strides: pair("stride"), dilations: pair("dilation"),
      low: pair("low"), high: pair("high"))
  }
}

let maxPoolGradientRule: CompositeGradients.Rule = { context, composite in
  [context.builder.maxPoolGradient(context.inputs[0], context.cotangent, Window(attributes: composite.attributes))]
}

let averagePoolGradientRule: CompositeGradients.Rule = { context, composite in
  [context.builder.averagePoolGradient(context.cotangent, Window(attributes: composite.attributes))]
}
