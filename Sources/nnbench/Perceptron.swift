import Execution
import Graphs
import Lowering
import Tensors

/// A feedforward network with rectifiers, softmax, cross-entropy and Adam, built straight from operators.
struct Perceptron {
  var name: String
  /// Inputs, widths of the hidden layers, classes.
  var layers: [Int]
  /// The shape of the images before the first layer, and the filters of their convolutions: each 3×3 without padding,
  /// with a rectifier and the greatest of every 2×2 behind it.
  var image: [Int] = []
  var filters: [Int] = []

  /// The channels that each convolution reads and makes.
  private var channels: [(read: Int, made: Int)] {
    filters.isEmpty ? [] : Array(zip([image[2]] + filters, filters)).map { (read: $0, made: $1) }
  }

  /// One step of training as elaboration builds it: all weights views of one parameter, one concatenated gradient, the
  /// optimizer a chain of maps over it.
  var trainingStep: Graph {
    let builder = GraphBuilder()
    let count =
      zip(layers, layers.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 + $1.1 }
      + channels.reduce(0) { $0 + 9 * $1.read * $1.made + $1.made }
    let flat = builder.parameter("flat", shape: [count])
    var start = 0
    func weight(_ shape: [Int]) -> ValueID {
      let size = shape.reduce(1, *)
      defer { start += size }
      return builder.reshape(builder.slice(flat, axis: 0, start..<start + size), shape)
    }
    var weights: [ValueID] = []
    var activation = builder.input("x", ValueType(image.isEmpty ? [layers[0]] : image, isShared: false))
    for (index, (read, made)) in channels.enumerated() {
      builder.origin = Origin(path: "\(name).conv_\(index + 1)")
      let (kernel, bias) = (weight([3, 3, read, made]), weight([made]))
      weights += [kernel, bias]
      let size = { Array(builder.shape(of: $0).prefix(2)) }
      let window = Window(image: size(activation), kernel: [3, 3])
      let sum = builder.add(builder.convolution(Convolution(.output, window), activation, kernel), bias)
      activation = builder.relu(sum)
      activation = builder.maxPool(activation, Window(image: size(activation), kernel: [2, 2], strides: [2, 2]))
    }
    if !image.isEmpty { activation = builder.reshape(activation, [layers[0]]) }
    for (index, (inputs, outputs)) in zip(layers, layers.dropFirst()).enumerated() {
      builder.origin = Origin(path: "\(name).dense_\(index + 1)")
      let (kernel, bias) = (weight([inputs, outputs]), weight([outputs]))
      weights += [kernel, bias]
      activation = builder.add(builder.contract(activation, kernel), bias)
      if index < layers.count - 2 { activation = builder.relu(activation) }
    }
    builder.origin = Origin(path: "\(name).loss")
    let labels = builder.input("y", ValueType(.int32, [], isShared: false))
    let loss = builder.meanOverBatch(builder.softmaxCrossEntropy(activation, labels: labels))
    let gradients = builder.gradients(of: loss, by: weights)
    builder.origin = Origin(path: "adam")
    let parts = gradients.map { builder.reshape($0, [builder.shape(of: $0).reduce(1, *)]) }
    Self.adam(builder, flat, builder.concat(parts, axis: 0), count)
    return builder.finish(outputs: [("loss", loss)])
  }

  /// Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2015).
  static func adam(_ b: GraphBuilder, _ flat: ValueID, _ gradient: ValueID, _ count: Int) {
    let (beta1, beta2) = (0.9, 0.999)
    let (m, v) = (b.parameter("m", shape: [count]), b.parameter("v", shape: [count]))
    let time = b.add(b.parameter("time", shape: []), 1)
    let rate = b.input("rate", ValueType([], isShared: true))
    let newM = b.add(b.multiply(m, beta1), b.multiply(gradient, 1 - beta1))
    let newV = b.add(b.multiply(v, beta2), b.multiply(b.square(gradient), 1 - beta2))
    let correction1 = b.subtract(1, b.power(b.fill(beta1), time))
    let correction2 = b.subtract(1, b.power(b.fill(beta2), time))
    let root = b.add(b.squareRoot(b.divide(newV, correction2)), 1e-8)
    let step = b.multiply(rate, b.divide(b.divide(newM, correction1), root))
    _ = b.assign("flat", b.subtract(flat, step))
    _ = b.assign("m", newM)
    _ = b.assign("v", newV)
    _ = b.assign("time", time)
  }

  /// The plan with its memory, inputs and weights filled.
  func prepared(batch: Int, threads: Int, options: LoweringOptions = LoweringOptions()) throws -> Executable {
    let graph = trainingStep
    let plan = try lower(graph, batch: batch, options: options)
    let store = ParameterStore()
    var random = PhiloxSequence(seed: 1, path: name)
    for node in graph.nodes {
      guard case .parameter(let path) = node.op else { continue }
      let values = try store.allocate(path, shape: node.type.shape)
      if path == "flat" { for index in values.indices { values[index] = Float(random.unit() - 0.5) * 0.1 } }
    }
    let executable = try Executable(plan, store: store, threads: threads)
    let x = executable.input("x").bindMemory(to: Float.self)
    for index in x.indices { x[index] = Float(random.unit() * 2 - 1) }
    let y = executable.input("y").bindMemory(to: Int32.self)
    for index in y.indices { y[index] = Int32(random.below(layers[layers.count - 1])) }
    executable.input("rate").storeBytes(of: Float(1e-6), as: Float.self)
    return executable
  }
}
