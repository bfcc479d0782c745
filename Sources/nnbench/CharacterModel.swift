import Declarations
import Execution
import Graphs
import Layers
import Lowering
import Tensors

/// The yardstick's language model of characters: 65 characters in vectors of 64, an LSTM of 128 units over 64 steps,
/// scores for each next character; the built-in layer, or the same cell as a person would write it with `scan`.
struct CharacterModel: TextModel {
  var name: String
  var isOwnCell: Bool
  let batch = 32
  private static let (characters, width, units, steps) = (65, 64, 128, 64)

  var trainingStep: Graph {
    let builder = GraphBuilder()
    var shapes: [(name: String, shape: [Int])] = [("embed", [Self.characters, Self.width])]
    shapes += [("input", [Self.width, 4 * Self.units]), ("recurrent", [Self.units, 4 * Self.units])]
    shapes += [
      ("bias", [4 * Self.units]), ("dense", [Self.units, Self.characters]), ("dense_bias", [Self.characters]),
    ]
    let weights = FlatWeights(builder, shapes)
    let x = builder.input("x", ValueType(.int32, [Self.steps], isShared: false))
    let y = builder.input("y", ValueType(.int32, [Self.steps], isShared: false))
    let vectors = builder.gather(weights["embed"], x)
    builder.origin = Origin(path: "\(name).lstm")
    let states = isOwnCell ? ownCell(builder, vectors, weights) : builtIn(builder, vectors, weights)
    builder.origin = Origin(path: "\(name).dense")
    let logits = builder.add(builder.contract(states, weights["dense"]), weights["dense_bias"])
    builder.origin = Origin(path: "\(name).loss")
    let loss = builder.meanOverBatch(builder.mean(builder.softmaxCrossEntropy(logits, labels: y)))
    return weights.finished(builder, loss)
  }

  private func builtIn(_ builder: GraphBuilder, _ x: ValueID, _ weights: FlatWeights) -> ValueID {
    let type = TensorType(.float, Shape([Self.steps, Self.width].map { Dimension($0) }))
    return CallableDeclaration.lstm.build(
      BuildContext(
        graph: builder, mode: .training, inputs: [x], inputTypes: [type],
        settings: Settings(["units": .integer(Dimension(Self.units))]), path: name, weight: { weights[$0] },
        update: { _, _ in }, apply: { _, _, _ in preconditionFailure("no layer") }))
  }

  private func ownCell(_ builder: GraphBuilder, _ x: ValueID, _ weights: FlatWeights) -> ValueID {
    let zeros = builder.lift(builder.fill(0, shape: [Self.units]))
    return builder.scan(over: [x], from: [zeros, zeros]) { inner, states, elements in
      let names = ["input", "recurrent", "bias"].map { inner.capture(weights[$0]) }
      let sum = inner.add(inner.contract(elements[0], names[0]), inner.contract(states[0], names[1]))
      let gates = inner.add(sum, names[2])
      let part = { (index: Int) in inner.slice(gates, axis: 0, index * Self.units..<(index + 1) * Self.units) }
      let kept = inner.multiply(inner.sigmoid(part(1)), states[1])
      let cell = inner.add(kept, inner.multiply(inner.sigmoid(part(0)), inner.tanh(part(2))))
      return ([inner.multiply(inner.sigmoid(part(3)), inner.tanh(cell)), cell], [])
    }.states[0]
  }
}
