import Graphs
import Lowering
import Tensors

/// A two-layer perceptron with softmax, cross-entropy and gradient descent over one flat parameter.
func perceptron() -> Graph {
  let b = GraphBuilder()
  let flat = b.parameter("flat", shape: [4 * 8 + 8 + 8 * 3 + 3])
  func weight(_ start: Int, _ shape: [Int]) -> ValueID {
    b.reshape(b.slice(flat, axis: 0, start..<start + shape.reduce(1, *)), shape)
  }
  let weights = [weight(0, [4, 8]), weight(32, [8]), weight(40, [8, 3]), weight(64, [3])]
  b.origin = Origin(path: "Net.dense_1")
  let x = b.input("x", ValueType([4], isShared: false))
  let hidden = b.relu(b.add(b.contract(x, weights[0]), weights[1]))
  b.origin = Origin(path: "Net.dense_2")
  let logits = b.add(b.contract(hidden, weights[2]), weights[3])
  b.origin = Origin(path: "Net.loss")
  let labels = b.input("y", ValueType(.int32, [], isShared: false))
  let loss = b.meanOverBatch(b.softmaxCrossEntropy(logits, labels: labels))
  let gradients = b.gradients(of: loss, by: weights)
  b.origin = Origin(path: "sgd")
  let gradient = b.concat(gradients.map { b.reshape($0, [b.shape(of: $0).reduce(1, *)]) }, axis: 0)
  let rate = b.input("rate", ValueType([], isShared: true))
  _ = b.assign("flat", b.subtract(flat, b.multiply(rate, gradient)))
  return b.finish(outputs: [("loss", loss)])
}

/// The options with one pass switched off.
func options(without pass: String) -> LoweringOptions {
  var options = LoweringOptions()
  guard let entry = LoweringOptions.passes.first(where: { $0.name == pass }) else {
    preconditionFailure("no pass \(pass)")
  }
  options[keyPath: entry.path] = false
  return options
}
