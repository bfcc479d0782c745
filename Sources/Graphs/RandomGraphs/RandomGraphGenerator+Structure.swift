import Tensors

// Composites, images, batches, loops and leaves.
extension RandomGraphGenerator {
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
    switch random.below(3) {
    case 0:
      let seen = b.windows(id, window)
      add(seen, x.bound, x.isExact)
      add(b.fold(b.square(seen), window), x.bound * x.bound * places, false)
    case 1: add(b.averagePool(id, unpadded(window)), x.bound, false)
    default:
      guard x.isExact else { return }
      add(b.maxPool(id, unpadded(window)), x.bound, true)
    }
  }

  mutating func growBatch() {
    let x = pick()
    let b = builder
    guard !b.type(of: x.id).isShared else { return }
    let all = b.batchStack(x.id, count: batch)
    add(all, x.bound, x.isExact)
    add(b.multiply(b.ownRow(b.square(all)), 0.5), x.bound * x.bound, false)
  }

  mutating func growScan() {
    switch random.below(4) {
    case 0: growGatedScan()
    case 1: growNestedScan()
    default: growPlainScan()
    }
  }

  /// A recurrent layer over the first axis of a value.
  private mutating func growPlainScan() {
    let x = pick()
    let b = builder
    let shape = self.shape(x)
    guard let length = shape.first, length <= 9, b.type(of: x.id).count <= 64 else { return }
    let width = shape.dropFirst().reduce(1, *)
    let units = 1 + random.below(4)
    let isShared = b.type(of: x.id).isShared
    let weights = [
      leaf([width, units], isShared: isShared || random.below(3) > 0), leaf([units, units], isShared: true),
      leaf([units], isShared: true),
    ]
    let start = leaf([units], isShared: isShared || random.below(2) == 0)
    let path = "scan \(pool.count)"
    let result = b.scan(
      over: [b.reshape(x.id, [length, width])], from: [start.id], isReversed: random.below(2) == 0
    ) { inner, states, elements in
      let captured = weights.map { inner.capture($0.id) }
      let noise = inner.random(RandomDraw(.uniform, path: path), shape: [units], isShared: isShared)
      let sum = inner.add(inner.contract(elements[0], captured[0]), inner.contract(states[0], captured[1]))
      let next = inner.tanh(inner.add(inner.add(sum, captured[2]), noise))
      return ([next], [inner.multiply(next, states[0])])
    }
    add(result.states[0], 1, false)
    add(result.outputs[0], 1, false)
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
}
