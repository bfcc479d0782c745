import Declarations
import Graphs
import Tensors

extension CallableDeclaration {
  /// Every channel normalised over the batch.
  package static let batchNorm = CallableDeclaration(
    "batch_norm", .layer,
    summary: "Brings every channel to mean 0 and variance 1 over batch and positions, then scales and shifts it",
    formula: "y = (x − mean) / √(variance + epsilon) · weight + bias; training: mean and biased variance of the batch, "
      + "over all axes but the last, while running = (1 − momentum) · running + momentum · batch (with the unbiased "
      + "variance); else the running ones [Ioffe and Szegedy 2015, Batch Normalization]",
    inputs: [InputDeclaration("x", doc: "Numbers `[…, C]`.")],
    settings: [
      SettingDeclaration(
        "momentum", .real(.unit), default: .real(0.1),
        doc: "The share of the running statistics that each batch replaces, as in PyTorch; Keras writes 1 minus this."),
      SettingDeclaration(
        "epsilon", .real(.positive), default: .real(1e-5), doc: "Added to the variance, against a division by 0."),
    ],
    length: .refuses, mixesExamples: true, disturbsResults: true,
    aliases: ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "BatchNormalization", "BatchNorm"],
    snippets: [Snippet([("x", "[14, 14, 32]")], "x -> batch_norm", gives: "[14, 14, 32]")],
    shape: { context throws(ShapeReason) in
      _ = try context.fixedLastAxis("batch_norm")
      return TensorType(.float, context.input.shape)
    },
    weights: { inputs, _ in
      let width = inputs[0].shape.axes.last?.size ?? 1
      return [
        .make("weight", [width], "ones"), .make("bias", [width], "zeros"),
        .make("running_mean", [width], "zeros", isTrainable: false),
        .make("running_variance", [width], "ones", isTrainable: false),
      ]
    },
    build: { context in
      context.mode == .training ? normaliseByBatch(context) : normaliseByRunning(context)
    })
}

private func normaliseByRunning(_ context: BuildContext) -> ValueID {
  let graph = context.graph
  let variance = graph.add(context.weight("running_variance"), context.settings.real("epsilon"))
  let factor = graph.multiply(graph.reciprocalSquareRoot(variance), context.weight("weight"))
  let centred = graph.subtract(context.input, context.weight("running_mean"))
  return graph.add(graph.multiply(centred, factor), context.weight("bias"))
}

private func normaliseByBatch(_ context: BuildContext) -> ValueID {
  let graph = context.graph
  let axes = Array(context.shape(context.input).indices.dropLast())
  let positions = Double(graph.count(of: context.input, over: axes))
  let isShared = graph.type(of: context.input).isShared
  let sum = { (value: ValueID) in
    let perExample = graph.reduceSum(value, axes: axes)
    return isShared ? perExample : graph.batchSum(perExample)
  }
  let count = isShared ? graph.fill(positions) : graph.multiply(graph.batchCount(), positions)

  let mean = graph.divide(sum(context.input), count)
  let centred = graph.subtract(context.input, mean)
  let variance = graph.divide(sum(graph.square(centred)), count)
  let deviation = graph.reciprocalSquareRoot(graph.add(variance, context.settings.real("epsilon")))

  // Running statistics carry no gradient. One row alone has no unbiased variance; its biased one stands in.
  let momentum = context.settings.real("momentum")
  let others = graph.maximum(graph.subtract(count, 1), 1)
  let unbiased = graph.multiply(variance, graph.divide(count, others))
  for (name, value) in [("running_mean", mean), ("running_variance", unbiased)] {
    let old = context.weight(name)
    let kept = graph.multiply(old, 1 - momentum)
    context.update(name, graph.stopGradient(graph.add(kept, graph.multiply(value, momentum))))
  }

  let factor = graph.multiply(deviation, context.weight("weight"))
  return graph.add(graph.multiply(centred, factor), context.weight("bias"))
}
