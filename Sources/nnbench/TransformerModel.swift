import Declarations
import Graphs
import Layers
import Tensors

/// The yardstick's transformer: characters and positions as vectors of 128, four blocks of causal attention with four
/// heads and of a network four times as wide, each behind a layer_norm, and scores for each next character.
struct TransformerModel: TextModel {
  var name: String
  let batch = 12
  private static let (characters, width, length, blocks, heads) = (65, 128, 64, 4, 4)

  /// The weights of a block, by the layer's name and the weight's.
  private static let block: [(name: String, shape: [Int])] = [
    ("norm_1.weight", [width]), ("norm_1.bias", [width]), ("attention.query", [width, width]),
    ("attention.query_bias", [width]), ("attention.key", [width, width]), ("attention.value", [width, width]),
    ("attention.value_bias", [width]), ("attention.output", [width, width]), ("attention.output_bias", [width]),
    ("norm_2.weight", [width]), ("norm_2.bias", [width]), ("up.weight", [width, 4 * width]), ("up.bias", [4 * width]),
    ("down.weight", [4 * width, width]), ("down.bias", [width]),
  ]

  private static var shapes: [(name: String, shape: [Int])] {
    [("embed.weight", [characters, width]), ("positions.weight", [length, width])]
      + (0..<blocks).flatMap { index in block.map { ("\(index).\($0.name)", $0.shape) } }
      + [("norm.weight", [width]), ("norm.bias", [width]), ("head.weight", [width, characters])]
      + [("head.bias", [characters])]
  }

  var trainingStep: Graph {
    let builder = GraphBuilder()
    let weights = FlatWeights(builder, Self.shapes)
    let x = builder.input("x", ValueType(.int32, [Self.length], isShared: false))
    let y = builder.input("y", ValueType(.int32, [Self.length], isShared: false))
    func layer(
      _ declaration: CallableDeclaration, _ path: String, _ x: ValueID, _ settings: [String: SettingValue] = [:]
    )
      -> ValueID
    {
      builder.origin = Origin(path: "\(name).\(path)")
      var all = Settings()
      for setting in declaration.settings { all.values[setting.label] = setting.defaultValue }
      all.values.merge(settings) { $1 }
      let type = TensorType(.float, Shape(builder.shape(of: x).map { Dimension($0) }))
      return declaration.build(
        BuildContext(
          graph: builder, mode: .training, inputs: [x], inputTypes: [type], settings: all, path: path,
          weight: { weights["\(path).\($0)"] }, update: { _, _ in },
          apply: { _, _, _ in preconditionFailure("no layer") }))
    }
    var h = layer(.addPositions, "positions", layer(.embed, "embed", x))
    for index in 0..<Self.blocks {
      let attention: [String: SettingValue] = ["heads": .integer(Dimension(Self.heads)), "causal": .boolean(true)]
      h = builder.add(
        h, layer(.attention, "\(index).attention", layer(.layerNorm, "\(index).norm_1", h), attention))
      let wide = layer(.gelu, "\(index).gelu", layer(.dense, "\(index).up", layer(.layerNorm, "\(index).norm_2", h)))
      h = builder.add(h, layer(.dense, "\(index).down", wide))
    }
    let logits = layer(.dense, "head", layer(.layerNorm, "norm", h))
    builder.origin = Origin(path: "\(name).loss")
    let loss = builder.meanOverBatch(builder.mean(builder.softmaxCrossEntropy(logits, labels: y)))
    return weights.finished(builder, loss)
  }
}
