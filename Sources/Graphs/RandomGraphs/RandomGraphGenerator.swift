import Tensors

/// Grows a random graph operator by operator.
struct RandomGraphGenerator {
  /// A value with the greatest magnitude that it may have.
  struct Candidate {
    var id: ValueID
    var bound: Double
    /// Whether float32 computes it without rounding.
    var isExact: Bool
  }

  let seed: UInt64
  let families: Set<RandomGraph.Family>
  let builder = GraphBuilder()
  var random: PhiloxSequence
  var pool: [Candidate] = []
  var inputs: [String: ReferenceTensor] = [:]
  var parameters: [String: ReferenceTensor] = [:]
  var leaves: [ValueID] = []
  let batch: Int

  init(seed: UInt64, families: Set<RandomGraph.Family>) {
    self.seed = seed
    self.families = families
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
    switch random.below(families.isEmpty ? 12 : 15) {
    case 0, 1: growUnary()
    case 2: growBinary()
    case 3: growJumping()
    case 4, 5: growMovement()
    case 6: growReduction()
    case 7: growProduct()
    case 8: growTable()
    case 9: growCrossing()
    case 10: growComposite()
    case 11: growLeaf()
    case 12: if families.contains(.images) { random.below(2) == 0 ? growWindow() : growImage() }
    case 13: if families.contains(.batches) { growBatch() }
    default: if families.contains(.scans) { growScan() }
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
