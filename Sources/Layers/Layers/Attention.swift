import Declarations
import Graphs
import Tensors

extension CallableDeclaration {
  /// Scaled dot-product attention with several heads.
  package static let attention = CallableDeclaration(
    "attention", .layer,
    summary: "Lets every position gather from all positions, by how well its query fits their keys",
    formula: "with q = x W_q + b_q, k = m W_k, v = m W_v + b_v (m the memory, or x) cut into heads of width "
      + "d = D / heads: head = softmax(q kᵀ / √d) v; y = the heads side by side, W_o + b_o [Vaswani et al. 2017, "
      + "Attention Is All You Need]; fewer groups of keys and values than heads: [Ainslie et al. 2023, GQA]; "
      + "`positions: rotary` turns pairs of q and k by angles that grow with the position [Su et al. 2021, RoFormer]",
    inputs: [
      InputDeclaration("x", doc: "Numbers `[T, D]`, which ask."),
      InputDeclaration(
        "memory", isOptional: true,
        doc: "Numbers `[S, M]`, which answer: what an encoder gives. Left out: the input itself."),
    ],
    settings: [
      SettingDeclaration(
        "heads", .integer(1...1_000_000), doc: "How many attentions run side by side; they divide the width."),
      SettingDeclaration(
        "causal", .boolean, default: .boolean(false),
        doc: "Whether a position sees only itself and those before it, as it must where the next is predicted."),
      SettingDeclaration(
        "groups", .integer(1...1_000_000), isOptional: true,
        doc: "How many heads keys and values have; each serves heads / groups queries. Left out: one for each head."),
      SettingDeclaration(
        "positions", .word(["none", "rotary"]), default: .word("none"),
        doc: "`rotary` makes the fit of query and key depend on how far apart they are."),
      SettingDeclaration(
        "bias", .boolean, default: .boolean(true), doc: "Whether the projections but that of the keys add biases."),
      SettingDeclaration(
        "project", .boolean, default: .boolean(true),
        doc: "Whether there are learned projections; without them the layer has no weights."),
    ],
    length: .honours,
    aliases: ["MultiheadAttention", "MultiHeadAttention", "multi_head_attention", "self_attention", "SelfAttention"],
    snippets: [
      Snippet([("x", "[64, 128]")], "x -> attention(heads: 4, causal: true)", gives: "[64, 128]"),
      Snippet([("x", "[10, 32]"), ("m", "[20, 48]")], "x -> attention(heads: 2, memory: m)", gives: "[10, 32]"),
      Snippet([("x", "[64, 96]")], "x -> attention(heads: 6, groups: 2, positions: rotary)", gives: "[64, 96]"),
    ],
    shape: { context throws(ShapeReason) in try attentionShape(context) },
    weights: { inputs, settings in
      guard settings.boolean("project") else { return [] }
      let width = inputs[0].shape.axes[1].size
      let source = inputs[inputs.count > 1 ? 1 : 0].shape.axes[1].size
      let heads = settings.dimension("heads")
      let groups = settings.isGiven("groups") ? settings.dimension("groups") : heads
      let answers = groups == heads ? width : width.floorDivided(by: heads) * groups
      var result: [WeightDeclaration] = []
      for (name, rows, columns) in [
        ("query", width, width), ("key", source, answers), ("value", source, answers), ("output", width, width),
      ] {
        result.append(.make(name, [rows, columns], "glorot"))
        // A bias of the keys would shift all that a query meets alike, which softmax does not see.
        if settings.boolean("bias"), name != "key" { result.append(.make(name + "_bias", [columns], "zeros")) }
      }
      return result
    },
    build: { context in AttentionBuilder(context).build() })
}

private func attentionShape(_ context: ShapeContext) throws(ShapeReason) -> TensorType {
  for index in context.inputs.indices {
    let shape = context.inputs[index].shape
    guard try context.rank("attention", index) == 2 else {
      throw ShapeReason(
        "`attention` needs a sequence `[time, features]`, but gets \(words(shape))",
        detail: "it has \(shape.axes.count) axes", input: index)
    }
  }
  let settings = context.settings
  let width = try context.fixedLastAxis("attention")
  let heads = settings.dimension("heads")
  func divide(_ size: Dimension, by parts: Dimension, setting: String, _ message: String) throws(ShapeReason) {
    let fact = Fact.divisible(size, by: parts)
    var detail = ""
    if let a = size.constant, let b = parts.constant, b > 0 { detail = "\(a) % \(b) is \(a % b)" }
    try context.require(fact, ShapeReason(message, detail: detail, setting: setting, requirement: fact))
  }
  try divide(
    width, by: heads, setting: "heads",
    "the heads of `attention` divide its width, but \(heads.description) do not divide \(width.description)")
  if settings.isGiven("groups") {
    let groups = settings.dimension("groups")
    try divide(
      heads, by: groups, setting: "groups",
      "each group of keys serves equally many heads, but \(groups.description) do not divide \(heads.description)")
  }
  if settings.word("positions") == "rotary" {
    try divide(
      width, by: heads * 2, setting: "positions",
      "`rotary` turns pairs of numbers, so that the width of a head is even; \(width.description) over "
        + "\(heads.description) heads is not")
  }
  guard context.inputs.count > 1 else { return TensorType(.float, context.input.shape) }
  let source = try context.fixedLastAxis("attention", 1)
  if settings.boolean("causal") {
    throw ShapeReason(
      "a memory is known as a whole, so that `causal` means nothing for it", detail: "remove `causal`",
      setting: "causal")
  }
  if settings.word("positions") == "rotary" {
    throw ShapeReason(
      "`rotary` compares positions of one sequence, and a memory is another", detail: "remove `positions`",
      setting: "positions")
  }
  if !settings.boolean("project") {
    try context.requireEqual(
      width, source, input: 1, axis: 1,
      "without projections, the memory of `attention` is as wide as its input: \(width.description), not "
        + source.description)
  }
  return TensorType(.float, context.input.shape)
}

/// Emits the operators of one attention.
private struct AttentionBuilder {
  let context: BuildContext
  let graph: GraphBuilder
  let heads: Int
  let groups: Int

  init(_ context: BuildContext) {
    self.context = context
    graph = context.graph
    heads = context.settings.integer("heads")
    groups = context.settings.isGiven("groups") ? context.settings.integer("groups") : heads
  }

  func build() -> ValueID {
    let x = context.input
    let memory = context.inputs.count > 1 ? context.inputs[1] : x
    let width = context.shape(x)[1]
    let queries = turned(graph.reshape(projected(x, "query"), [context.shape(x)[0], heads, width / heads]))
    let keys = turned(parts(memory, "key", width / heads))
    let values = parts(memory, "value", width / heads)
    let form = AttentionForm(
      scale: 1 / Double(width / heads).squareRoot(), isCausal: context.settings.boolean("causal"))
    let mask = context.inputs.count > 1 ? context.mask(1) : context.mask(0)
    return projected(
      graph.reshape(graph.attention(queries, keys, values, mask: mask, form), context.shape(x)), "output")
  }

  private func projected(_ x: ValueID, _ name: String) -> ValueID {
    guard context.settings.boolean("project") else { return x }
    let product = graph.matmul(x, context.weight(name))
    return context.settings.boolean("bias") && name != "key"
      ? graph.add(product, context.weight(name + "_bias")) : product
  }

  /// Keys or values `[S, groups, head]`. Without projections, a group takes its first head's part.
  private func parts(_ memory: ValueID, _ name: String, _ head: Int) -> ValueID {
    let span = context.shape(memory)[0]
    let answers = projected(memory, name)
    if context.settings.boolean("project") || groups == heads {
      return graph.reshape(answers, [span, groups, head])
    }
    let all = graph.reshape(answers, [span, groups, heads / groups, head])
    return graph.reshape(graph.slice(all, axis: 2, 0..<1), [span, groups, head])
  }

  private func turned(_ x: ValueID) -> ValueID {
    context.settings.word("positions") == "rotary" ? graph.rotated(x) : x
  }
}
