import Tensors

/// What an attention does with its scores; the attributes of its composites.
package struct AttentionForm: Hashable, Sendable {
  /// Multiplies the scores.
  package var scale: Double
  /// Whether a query sees only keys up to its own position.
  package var isCausal: Bool

  package init(scale: Double, isCausal: Bool) {
    self.scale = scale
    self.isCausal = isCausal
  }

  /// The form that attributes describe.
  package init(attributes: [String: Double]) {
    self.init(scale: attributes["scale"] ?? 1, isCausal: attributes["causal"] == 1)
  }

  package var attributes: [String: Double] { ["scale": scale, "causal": isCausal ? 1 : 0] }
}

extension GraphBuilder {
  /// Scaled dot-product attention of several heads: `softmax(scale · q kᵀ) v` for each head [Vaswani et al. 2017].
  ///
  /// - Parameters:
  ///   - q: the queries, `[T, heads, width]`.
  ///   - k: the keys, `[S, groups, width]`; heads / groups heads in a row share a group.
  ///   - v: the values, as the keys.
  ///   - mask: `[S]`, 0 where a key must not be seen.
  /// - Returns: `[T, heads, width]`.
  package func attention(
    _ q: ValueID, _ k: ValueID, _ v: ValueID, mask: ValueID? = nil, _ form: AttentionForm
  ) -> ValueID {
    let inputs = [q, k, v] + (mask.map { [$0] } ?? [])
    let isShared = inputs.allSatisfy { type(of: $0).isShared }
    return composite("attention", attributes: form.attributes, inputs: isShared ? inputs : inputs.map(lifted)) {
      AttentionBody($0, $1, form, masked: mask != nil).output
    }
  }

  /// `log Σ exp` of each row of the scores of an attention with the same inputs: `[heads, T]`.
  func attentionSums(_ inputs: [ValueID], _ form: AttentionForm) -> ValueID {
    composite("attention_sums", attributes: form.attributes, inputs: inputs) {
      AttentionBody($0, $1, form, masked: inputs.count > 3).sums
    }
  }

  /// The gradient by q, k or v. Inputs: those of the attention, its result, its sums and the cotangent.
  func attentionGradient(_ role: AttentionRole, _ inputs: [ValueID], _ form: AttentionForm) -> ValueID {
    composite("attention_gradient_\(role.rawValue)", attributes: form.attributes, inputs: inputs) {
      AttentionBody($0, $1, form, masked: inputs.count > 6).gradient(role, inputs: $1)
    }
  }
}

/// By which of its operands an attention is differentiated.
package enum AttentionRole: String, Hashable, Sendable, CaseIterable {
  case query, key, value
}

let attentionGradientRule: CompositeGradients.Rule = { context, composite in
  let (builder, form) = (context.builder, AttentionForm(attributes: composite.attributes))
  let sums = builder.attentionSums(context.inputs, form)
  let inputs = context.inputs + [context.result, sums, context.cotangent]
  let shares = AttentionRole.allCases.enumerated().map { index, role in
    context.needs[index] ? builder.attentionGradient(role, inputs, form) : nil
  }
  return shares + context.inputs.dropFirst(3).map { _ in nil }
}

/// The operators that an attention and its gradients stand for.
private struct AttentionBody {
  let builder: GraphBuilder
  let form: AttentionForm
  let length: Int
  let span: Int
  let heads: Int
  let groups: Int
  let width: Int
  /// `[groups, heads / groups · T, width]`, scaled.
  let queries: ValueID
  /// `[groups, S, width]`.
  let keys: ValueID
  let values: ValueID
  let mask: ValueID?

  init(_ builder: GraphBuilder, _ inputs: [ValueID], _ form: AttentionForm, masked: Bool) {
    (self.builder, self.form) = (builder, form)
    let (shape, source) = (builder.shape(of: inputs[0]), builder.shape(of: inputs[1]))
    (length, heads, width) = (shape[0], shape[1], shape[2])
    (span, groups) = (source[0], source[1])
    queries = Self.grouped(builder, builder.multiply(inputs[0], form.scale), groups)
    keys = builder.permute(inputs[1], [1, 0, 2])
    values = builder.permute(inputs[2], [1, 0, 2])
    mask = masked ? inputs[3] : nil
  }

  /// Queries that share a group of keys stand below each other: `[T, heads, width]` as
  /// `[groups, heads / groups · T, width]`.
  private static func grouped(_ builder: GraphBuilder, _ x: ValueID, _ groups: Int) -> ValueID {
    let shape = builder.shape(of: x)
    let share = shape[1] / groups
    let parts = builder.permute(builder.reshape(x, [shape[0], groups, share, shape[2]]), [1, 2, 0, 3])
    return builder.reshape(parts, [groups, share * shape[0], shape[2]])
  }

  /// The opposite of `grouped`.
  private func ungrouped(_ x: ValueID) -> ValueID {
    let parts = builder.reshape(x, [groups, heads / groups, length, width])
    return builder.reshape(builder.permute(parts, [2, 0, 1, 3]), [length, heads, width])
  }

  /// `[heads, T, S]`, −∞ where a query must not look.
  private var scores: ValueID {
    let shape = [heads, length, span]
    var scores = builder.reshape(builder.matmul(queries, keys, transposeB: true), shape)
    let never = builder.fill(-.infinity)
    if let mask { scores = builder.select(builder.broadcast(mask, shape: shape, axes: [2]), scores, never) }
    guard form.isCausal else { return scores }
    let plane = [length, span]
    let isSeen = builder.lessOrEqual(builder.iota(shape: plane, axis: 1), builder.iota(shape: plane, axis: 0))
    return builder.select(isSeen, scores, never)
  }

  /// `[groups, heads / groups · T, S]`.
  private var weights: ValueID { builder.reshape(builder.softmax(scores), [groups, heads / groups * length, span]) }

  var output: ValueID { ungrouped(builder.matmul(weights, values)) }

  var sums: ValueID {
    let scores = scores
    let greatest = builder.stopGradient(builder.reduceMax(scores, axes: [2]))
    let shifted = builder.subtract(scores, builder.keeping(greatest, axes: [2], of: [heads, length, span]))
    return builder.add(builder.log(builder.reduceSum(builder.exp(shifted), axes: [2])), greatest)
  }

  func gradient(_ role: AttentionRole, inputs: [ValueID]) -> ValueID {
    let cotangent = Self.grouped(builder, inputs[inputs.count - 1], groups)
    let weights = weights
    if role == .value {
      return builder.permute(builder.matmul(weights, cotangent, transposeA: true), [1, 0, 2])
    }
    let slopes = builder.softmaxGradient(weights, builder.matmul(cotangent, values, transposeB: true))
    if role == .key { return builder.permute(builder.matmul(slopes, queries, transposeA: true), [1, 0, 2]) }
    return ungrouped(builder.multiply(builder.matmul(slopes, keys), form.scale))
  }
}
