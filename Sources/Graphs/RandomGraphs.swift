import Tensors

/// Valid graphs over all operators, from a seed: for tests that compare two ways of evaluating them.
///
/// Values stay small, arguments of functions stay in their domains, and functions that jump (or whose gradients do) get
/// only numbers that float32 holds exactly, so that a difference beyond rounding is a fault.
package struct RandomGraph {
  package var graph: Graph
  /// Inputs by name; per-example ones with the batch as their first axis.
  package var inputs: [String: ReferenceTensor]
  package var parameters: [String: ReferenceTensor]
  package var batch: Int
  package var seed: UInt64

  /// A graph of about this many operators.
  ///
  /// - Parameter gradients: also outputs the gradients of the mean of everything by each input and parameter.
  package static func make(seed: UInt64, size: Int = 20, gradients: Bool = true) -> RandomGraph {
    var generator = RandomGraphGenerator(seed: seed)
    for _ in 0..<size { generator.grow() }
    return generator.finish(gradients: gradients)
  }

  package func evaluated() -> ReferenceInterpreter.Result {
    ReferenceInterpreter.run(
      graph, inputs: inputs, parameters: parameters, batch: batch, seed: seed, iteration: 3, rows: rows)
  }

  /// The rows of the data set that the examples stand for.
  package var rows: [Int] { (0..<batch).map { 5 + 3 * $0 } }
}

private struct RandomGraphGenerator {
  /// A value with the greatest magnitude that it may have.
  struct Candidate {
    var id: ValueID
    var bound: Double
    /// Whether float32 computes it without rounding.
    var isExact: Bool
  }

  let seed: UInt64
  let builder = GraphBuilder()
  var random: PhiloxSequence
  var pool: [Candidate] = []
  var inputs: [String: ReferenceTensor] = [:]
  var parameters: [String: ReferenceTensor] = [:]
  var leaves: [ValueID] = []
  let batch: Int

  init(seed: UInt64) {
    self.seed = seed
    random = PhiloxSequence(seed: seed, path: "random graph")
    batch = [1, 2, 3, 5][random.below(4)]
    for _ in 0..<3 { _ = leaf(randomShape(), isShared: random.below(3) == 0) }
  }

  // MARK: Leaves

  mutating func randomShape() -> [Int] {
    let sizes = [1, 1, 2, 3, 4, 5, 7, 8, 9, 16]
    return (0..<random.below(4)).map { _ in random.below(40) == 0 ? 0 : sizes[random.below(sizes.count)] }
  }

  /// A new input or parameter.
  mutating func leaf(_ shape: [Int], isShared: Bool) -> Candidate {
    let isExact = random.below(2) == 0
    let full = (isShared ? [] : [batch]) + shape
    let count = full.reduce(1, *)
    let values = (0..<count).map { _ in
      isExact ? Double(random.below(17)) / 4 - 2 : Double(Float(4 * random.unit() - 2))
    }
    let name = "\(isShared ? "w" : "x")\(leaves.count)"
    let tensor = ReferenceTensor(shape: full, values)
    let id: ValueID
    if isShared {
      id = builder.parameter(name, shape: shape)
      parameters[name] = tensor
    } else {
      id = builder.input(name, ValueType(shape, isShared: false))
      inputs[name] = tensor
    }
    leaves.append(id)
    return add(id, 2, isExact)
  }

  /// New int32 indices.
  mutating func indices(_ shape: [Int], below bound: Int, isShared: Bool) -> ValueID {
    let name = "i\(inputs.count)"
    let full = (isShared ? [] : [batch]) + shape
    inputs[name] = ReferenceTensor(
      shape: full, (0..<full.reduce(1, *)).map { _ in Double(random.below(max(1, bound))) })
    return builder.input(name, ValueType(.int32, shape, isShared: isShared))
  }

  // MARK: Growing

  @discardableResult
  mutating func add(_ id: ValueID, _ bound: Double, _ isExact: Bool) -> Candidate {
    // Magnitudes are kept small, so that errors stay relative to about one.
    let tame = bound > 30
    let candidate = Candidate(
      id: tame ? builder.tanh(builder.multiply(id, 2 / bound)) : id, bound: tame ? 1 : bound,
      isExact: !tame && isExact && bound <= 64)
    pool.append(candidate)
    return candidate
  }

  mutating func pick() -> Candidate { pool[random.below(pool.count)] }

  /// A value that functions with jumps may take.
  mutating func pickExact() -> Candidate {
    let exact = pool.filter(\.isExact)
    if !exact.isEmpty { return exact[random.below(exact.count)] }
    var fresh = leaf([3], isShared: false)
    while !fresh.isExact { fresh = leaf([3], isShared: false) }
    return fresh
  }

  func shape(_ candidate: Candidate) -> [Int] { builder.shape(of: candidate.id) }

  mutating func grow() {
    switch random.below(14) {
    case 0, 1: growUnary()
    case 2: growBinary()
    case 3: growJumping()
    case 4, 5: growMovement()
    case 6: growReduction()
    case 7: growProduct()
    case 8: growTable()
    case 9: growCrossing()
    case 10: growComposite()
    case 11: growWindow()
    case 12: growImage()
    default: growLeaf()
    }
  }

  mutating func growUnary() {
    let x = pick()
    let b = builder
    let positive = b.add(b.square(x.id), 0.5)
    let small = x.bound > 2 ? b.tanh(x.id) : x.id
    let smallBound = min(x.bound, 2)
    switch random.below(15) {
    case 0: add(b.negate(x.id), x.bound, x.isExact)
    case 1: add(b.square(x.id), x.bound * x.bound, x.isExact && x.bound <= 4)
    case 2: add(b.squareRoot(positive), x.bound + 1, false)
    case 3: add(b.reciprocalSquareRoot(positive), 1.5, false)
    case 4: add(b.map(.reciprocal, [positive]), 2, false)
    case 5: add(b.exp(small), 8, false)
    case 6: add(b.log(positive), x.bound + 1, false)
    case 7: add(b.map(.log1p, [positive]), x.bound + 1, false)
    case 8: add(b.map(.expm1, [small]), 8, false)
    case 9: add(b.map(.sin, [x.id]), 1, false)
    case 10: add(b.map(.cos, [x.id]), 1, false)
    case 11: add(b.tanh(x.id), 1, false)
    case 12: add(b.sigmoid(x.id), 1, false)
    case 13: add(b.map(.softplus, [x.id]), x.bound + 1, false)
    default: add(b.map(.erf, [small]), smallBound, false)
    }
  }

  /// A second operand that broadcasts to the first.
  mutating func partner(of x: Candidate) -> Candidate {
    let shape = self.shape(x)
    let fitting = pool.filter { self.shape($0) == shape || self.shape($0).isEmpty }
    if random.below(3) > 0, !fitting.isEmpty { return fitting[random.below(fitting.count)] }
    let suffix = Array(shape.suffix(random.below(shape.count + 1)))
    return leaf(random.below(4) == 0 ? shape.map { $0 == 0 ? 0 : 1 } : suffix, isShared: random.below(2) == 0)
  }

  mutating func growBinary() {
    let x = pick()
    let y = partner(of: x)
    let b = builder
    let isExact = x.isExact && y.isExact
    switch random.below(6) {
    case 0: add(b.add(x.id, y.id), x.bound + y.bound, isExact)
    case 1: add(b.subtract(x.id, y.id), x.bound + y.bound, isExact)
    case 2: add(b.multiply(x.id, y.id), x.bound * y.bound, isExact && x.bound * y.bound <= 16)
    case 3: add(b.divide(x.id, b.add(b.square(y.id), 0.5)), 2 * x.bound, false)
    case 4: add(b.power(b.add(b.square(b.tanh(x.id)), 0.5), b.tanh(y.id)), 3, false)
    default: add(b.multiply(x.id, [0.5, -0.25, 2][random.below(3)]), 2 * x.bound, x.isExact && x.bound <= 4)
    }
  }

  mutating func growJumping() {
    let x = pickExact()
    var y = pickExact()
    if shape(y) != shape(x) { y = x }
    let b = builder
    let half = b.multiply(y.id, 0.5)
    switch random.below(11) {
    case 0: add(b.relu(x.id), x.bound, true)
    case 1: add(b.absolute(x.id), x.bound, true)
    case 2: add(b.map(.sign, [x.id]), 1, true)
    case 3: add(b.map(.floor, [x.id]), x.bound + 1, true)
    case 4: add(b.minimum(x.id, half), x.bound + y.bound, true)
    case 5: add(b.maximum(x.id, half), x.bound + y.bound, true)
    case 6: add(b.less(x.id, half), 1, true)
    case 7: add(b.equal(x.id, half), 1, true)
    case 8: add(b.select(b.lessOrEqual(x.id, half), x.id, half), x.bound + y.bound, true)
    case 9: add(b.map(.isNaN, [x.id]), 1, true)
    default:
      add(b.select(b.notEqual(x.id, half), b.cast(b.cast(x.id, .int32), .float32), y.id), x.bound + y.bound, true)
    }
  }

  mutating func growMovement() {
    let x = pick()
    let shape = self.shape(x)
    let b = builder
    let rank = shape.count
    switch random.below(7) {
    case 0:
      let count = shape.reduce(1, *)
      let split = count > 0 && count % 2 == 0 ? [2, count / 2] : [1, count]
      add(b.reshape(x.id, random.below(2) == 0 ? [count] : split), x.bound, x.isExact)
    case 1: add(b.permute(x.id, random.permutation(rank)), x.bound, x.isExact)
    case 2:
      guard b.type(of: x.id).count <= 128 else { return }
      let at = random.below(rank + 1)
      var wide = shape
      wide.insert([1, 2, 3][random.below(3)], at: at)
      add(b.broadcast(x.id, shape: wide, axes: wide.indices.filter { $0 != at }), x.bound, x.isExact)
    case 3:
      let starts = shape.map { random.below($0 + 1) }
      let stops = zip(shape, starts).map { $1 + random.below($0 - $1 + 1) }
      add(
        b.slice(x.id, starts: starts, stops: stops, steps: shape.map { _ in 1 + random.below(3) }), x.bound, x.isExact)
    case 4:
      guard b.type(of: x.id).count <= 128, rank <= 3 else { return }
      let amounts = { (g: inout RandomGraphGenerator) in shape.map { _ in g.random.below(3) } }
      add(
        b.pad(x.id, low: amounts(&self), high: amounts(&self), interior: shape.map { _ in random.below(2) }), x.bound,
        x.isExact)
    case 5:
      guard rank > 0, b.type(of: x.id).count <= 256 else { return }
      let axis = random.below(rank)
      let isShared = b.type(of: x.id).isShared
      var other = shape
      other[axis] = random.below(4)
      let y = leaf(other, isShared: isShared)
      add(b.concat([x.id, y.id, x.id], axis: axis), max(x.bound, 2), x.isExact && y.isExact)
    default: add(b.stopGradient(x.id), x.bound, x.isExact)
    }
  }

  mutating func growReduction() {
    let x = random.below(2) == 0 ? pick() : pickExact()
    let shape = self.shape(x)
    let axes = shape.indices.filter { _ in random.below(2) == 0 }
    let count = Double(axes.reduce(1) { $0 * shape[$1] })
    let b = builder
    switch random.below(4) {
    case 0: add(b.reduceSum(x.id, axes: axes), x.bound * count, x.isExact && x.bound * count <= 64)
    case 1:
      guard count > 0 else { return }
      add(b.mean(x.id, axes: axes), x.bound, false)
    case 2:
      guard x.isExact, count > 0 else { return }
      add(b.reduceMax(x.id, axes: axes), x.bound, true)
    default:
      guard x.isExact, let axis = axes.first, shape[axis] > 0 else { return }
      let best = b.argMax(x.id, axis: axis)
      add(b.oneHot(best, depth: shape[axis]), 1, true)
    }
  }

  mutating func growProduct() {
    let x = pick()
    let shape = self.shape(x)
    let b = builder
    let matrix = shape.count >= 2 ? x.id : b.reshape(x.id, [1, shape.reduce(1, *)])
    let sizes = b.shape(of: matrix)
    let (transposeA, transposeB) = (random.below(2) == 0, random.below(2) == 0)
    let inner = transposeA ? sizes[sizes.count - 2] : sizes[sizes.count - 1]
    let columns = 1 + random.below(6)
    let isSquare = random.below(4) == 0
    let leading = random.below(2) == 0 ? Array(sizes.dropLast(2)) : []
    if isSquare && !b.type(of: x.id).isShared {
      let count = Double(sizes.reduce(1, *) * batch)
      add(b.matmul(matrix, matrix, transposeA: true, sumsBatch: true), x.bound * x.bound * count, false)
      return
    }
    let y = leaf(leading + (transposeB ? [columns, inner] : [inner, columns]), isShared: random.below(3) > 0)
    let product = b.matmul(matrix, y.id, transposeA: transposeA, transposeB: transposeB)
    add(product, x.bound * y.bound * Double(max(1, inner)), false)
  }

  mutating func growTable() {
    let isShared = random.below(2) == 0
    let rows = 1 + random.below(6)
    let width = random.below(2) == 0 ? [] : [1 + random.below(4)]
    let at = random.below(2) == 0 ? [] : [random.below(5)]
    let table = leaf([rows] + width, isShared: isShared || random.below(2) == 0)
    let places = indices(at, below: rows, isShared: isShared && builder.type(of: table.id).isShared)
    let read = add(builder.gather(table.id, places), 2, table.isExact)
    let perExample = !builder.type(of: read.id).isShared
    let sum = builder.scatterAdd(
      indices: places, updates: read.id, rows: rows + 1, sumsBatch: perExample && random.below(2) == 0)
    add(sum, 2 * Double(max(1, at.reduce(1, *)) * batch), false)
  }

  mutating func growCrossing() {
    let x = pick()
    let b = builder
    if b.type(of: x.id).isShared {
      add(b.lift(x.id), x.bound, x.isExact)
    } else if random.below(2) == 0 {
      add(b.batchSum(x.id), x.bound * Double(batch), false)
    } else {
      add(b.subtract(x.id, b.meanOverBatch(x.id)), 2 * x.bound, false)
    }
  }

  mutating func growComposite() {
    let x = pick()
    let shape = self.shape(x)
    let b = builder
    guard !shape.isEmpty, !shape.contains(0) else { return }
    switch random.below(4) {
    case 0: add(b.softmax(x.id), 1, false)
    case 1: add(b.logSoftmax(x.id), 2 * x.bound + 3, false)
    case 2: add(b.standardizeRows(x.id, axes: 1 + random.below(shape.count), epsilon: 0.1), 2 * x.bound, false)
    default:
      let labels = indices(
        Array(shape.dropLast()), below: shape[shape.count - 1], isShared: b.type(of: x.id).isShared)
      add(b.softmaxCrossEntropy(x.id, labels: labels), 2 * x.bound + 3, false)
    }
  }

  /// An image made of a value, and windows over it.
  mutating func image(of x: Candidate) -> (id: ValueID, window: Window)? {
    let count = builder.type(of: x.id).count
    guard count > 0, count <= 200 else { return nil }
    let height = [4, 3, 2, 1].first { count % $0 == 0 }!
    let width = [5, 4, 3, 2, 1].first { count / height % $0 == 0 }!
    var window = Window(image: [height, width], kernel: [1 + random.below(3), 1 + random.below(3)])
    window.strides = [1 + random.below(2), 1 + random.below(2)]
    window.dilations = [1 + random.below(2), 1]
    for axis in 0..<2 {
      window.low[axis] = random.below(window.kernel[axis])
      window.high[axis] = random.below(window.kernel[axis])
    }
    return (builder.reshape(x.id, [height, width, count / height / width]), window)
  }

  mutating func growImage() {
    let x = pick()
    guard let (id, window) = image(of: x) else { return }
    let b = builder
    let channels = b.shape(of: id)[2]
    let groups = channels % 2 == 0 ? 1 + random.below(2) : 1
    let filters = groups * (1 + random.below(3))
    let weight = leaf(window.kernel + [channels / groups, filters], isShared: random.below(4) > 0)
    let y = b.convolution(Convolution(.output, window, groups: groups), id, weight.id)
    let bound = x.bound * weight.bound * Double(window.kernel.reduce(1, *) * channels)
    add(y, bound, false)
    let back = b.convolution(Convolution(.input, window, groups: groups), weight.id, y)
    if random.below(2) == 0 { add(back, bound * 2 * Double(window.kernel.reduce(1, *) * filters), false) }
  }

  mutating func growWindow() {
    let x = random.below(2) == 0 ? pick() : pickExact()
    guard let (id, window) = image(of: x) else { return }
    let b = builder
    let places = Double(window.kernel.reduce(1, *))
    switch random.below(4) {
    case 0:
      let seen = b.windows(id, window)
      add(seen, x.bound, x.isExact)
      add(b.fold(b.square(seen), window), x.bound * x.bound * places, false)
    case 1: add(b.averagePool(id, unpadded(window)), x.bound, false)
    case 2:
      guard x.isExact else { return }
      add(b.maxPool(id, unpadded(window)), x.bound, true)
    default:
      guard !b.type(of: x.id).isShared else { return }
      let all = b.batchStack(x.id, count: batch)
      add(all, x.bound, x.isExact)
      add(b.multiply(b.ownRow(b.square(all)), 0.5), x.bound * x.bound, false)
    }
  }

  /// Windows that see at least one pixel.
  func unpadded(_ window: Window) -> Window {
    var window = window
    (window.low, window.high) = ([0, 0], [0, 0])
    return window
  }

  mutating func growLeaf() {
    let shape = randomShape()
    let b = builder
    let isShared = random.below(3) == 0
    switch random.below(5) {
    case 0: add(b.random(RandomDraw(.uniform, path: "u\(pool.count)"), shape: shape, isShared: isShared), 1, false)
    case 1: add(b.random(RandomDraw(.normal, path: "n\(pool.count)"), shape: shape, isShared: isShared), 6, false)
    case 2:
      let draw = RandomDraw(.bernoulli(random.unit()), path: "b\(pool.count)")
      add(b.random(draw, shape: shape, isShared: isShared), 1, true)
    case 3:
      guard !shape.isEmpty else { return }
      add(b.multiply(b.iota(shape: shape, axis: random.below(shape.count)), 0.25), 4, true)
    default:
      let values = (0..<shape.reduce(1, *)).map { _ in Float(random.below(17)) / 8 - 1 }
      add(b.constant(HostTensor(shape: shape, values)), 1, true)
    }
  }

  // MARK: Finishing

  func leafName(_ leaf: ValueID) -> String {
    switch builder[leaf].op {
    case .input(let name), .parameter(let name): name
    default: preconditionFailure("not a leaf")
    }
  }

  mutating func finish(gradients: Bool) -> RandomGraph {
    let b = builder
    var outputs: [(name: String, value: ValueID)] = []
    var objective = b.fill(0)
    for (index, candidate) in pool.enumerated() where index + 8 > pool.count || random.below(3) == 0 {
      outputs.append(("y\(index)", candidate.id))
      let type = b.type(of: candidate.id)
      guard type.count > 0 else { continue }
      let mean = b.mean(b.map(.sin, [candidate.id]))
      objective = b.add(objective, type.isShared ? mean : b.meanOverBatch(mean))
    }
    outputs.append(("objective", objective))
    if gradients {
      for (leaf, gradient) in zip(leaves, b.gradients(of: objective, by: leaves)) {
        outputs.append(("gradient \(leafName(leaf))", gradient))
        if case .parameter(let path) = b[leaf].op { b.assign(path, b.subtract(leaf, b.multiply(gradient, 0.5))) }
      }
    }
    let graph = b.finish(outputs: outputs)
    let used = Set(graph.inputs.map(\.name))
    let written = Set(graph.parameters.map(\.path))
    return RandomGraph(
      graph: graph, inputs: inputs.filter { used.contains($0.key) },
      parameters: parameters.filter { written.contains($0.key) }, batch: batch, seed: seed)
  }
}
