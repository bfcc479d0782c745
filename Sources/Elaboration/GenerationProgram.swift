import Checking
import Declarations
import Graphs
import Tensors

/// The scores of the token that follows a text. Inputs: `tokens`, int32 `[limit]`, filled up behind the text, and
/// `length`, how many are real. Output: `logits`.
package struct GenerationProgram: Sendable {
  package var graph: Graph
  /// The most tokens that the model reads.
  package var limit: Int
  /// The number of logits.
  package var tokens: Int
}

extension TrainElaborator {
  /// The program of a model that reads one text of any length.
  package func generation(of model: Int) -> GenerationProgram {
    let layer = program.layers[model]
    guard case .tensor(let type)? = layer.inputs.first?.type,
      let limit = (type.shape.axes[0].limit ?? type.shape.axes[0].size).constant,
      case .token(let count) = type.element, let tokens = count.constant
    else { preconditionFailure("\(layer.name) reads no text") }
    let builder = GraphBuilder()
    let elaborator = self.elaborator(builder, training: [])
    let text = builder.input("tokens", ValueType(.int32, [limit], isShared: false))
    let length = builder.input("length", ValueType([], isShared: false))
    let places = builder.lift(builder.iota(shape: [limit], axis: 0))
    elaborator.lengths[text] = VaryingLength(mask: builder.less(places, length), limit: limit)
    var scope = Scope(path: layer.name, model: model)
    elaborator.bind(
      layer.inputs[0].name, layer.inputs[0].type, to: .tensor(text, type.with(sizes: [limit])), in: &scope)
    var logits = elaborator.tensor(elaborator.run(layer.body, in: scope)).id
    if builder.shape(of: logits).count == 2 {
      let last = builder.equal(places, builder.subtract(length, builder.literal(1, like: length)))
      logits = builder.reshape(builder.matmul(builder.reshape(last, [1, limit]), logits), [tokens])
    }
    let graph = builder.finish(outputs: [(name: "logits", value: builder.lifted(logits))], effects: [])
    return GenerationProgram(graph: graph, limit: limit, tokens: tokens)
  }
}
