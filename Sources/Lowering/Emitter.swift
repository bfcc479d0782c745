import Graphs
import Tensors

/// Where a result lies: a buffer, an offset in elements, and how far it moves with each step of the loops around it.
struct Location {
  var buffer: Int
  var offset: Int
  var strides: [Int] = []
}

/// A loop around the instructions that are emitted.
struct EnclosingLoop {
  var length: Int
  var isReversed: Bool
}

/// Turns groups of steps into instructions over buffers that have no place yet.
struct Emitter {
  let list: StepList
  var plan: Plan
  private let readers: [[Int]]
  private let options: LoweringOptions
  private var memory: [Int: Location] = [:]
  private var places: [Place: Int] = [:]
  /// In the body of a loop: where its arguments are.
  private var arguments: [Location] = []
  private var loops: [EnclosingLoop] = []

  init(_ list: StepList, batch: Int, options: LoweringOptions) {
    self.list = list
    self.options = options
    readers = Grouping.readers(list)
    plan = Plan(batch: batch, buffers: [], instructions: [], arenaBytes: 0, lowerBoundBytes: 0)
  }

  mutating func emit(_ groups: [Group]) {
    for group in groups {
      if group.isLoop {
        emitLoop(group)
      } else if group.members.count > 1 {
        emitTogether(group.members)
      } else {
        for member in group.members { emitStep(member) }
      }
    }
  }

  mutating func newBuffer(_ place: Plan.Place, _ dtype: DType, _ sizes: [Int]) -> Int {
    plan.buffers.append(Plan.Buffer(place: place, dtype: dtype, count: sizes.reduce(1, *), sizes: sizes))
    return plan.buffers.count - 1
  }

  private mutating func buffer(_ place: Place, _ dtype: DType, _ sizes: [Int]) -> Int {
    if let known = places[place] { return known }
    let kind: Plan.Place =
      switch place {
      case .parameter(let path): .parameter(path)
      case .input(let name): .input(name)
      case .output(let name): .output(name)
      case .constant(let tensor): .constant(tensor)
      case .argument: preconditionFailure("an argument has no buffer of its own")
      }
    let result = newBuffer(kind, dtype, sizes)
    places[place] = result
    return result
  }

  /// Where a step's result lies.
  mutating func location(_ index: Int) -> Location {
    if let known = memory[index] { return known }
    let step = list.steps[index]
    var result: Location
    switch (list.targets[index], step.kind) {
    case (.part(let whole, let offset), _):
      result = location(whole)
      result.offset += offset
    case (.place(let place), _), (nil, .storage(let place)), (nil, .store(let place)):
      result = location(place, step)
    case (nil, .part(let target)):
      result = location(target.root)
      result.offset += target.offset
    default: result = Location(buffer: newBuffer(.arena(offset: -1), step.dtype, step.sizes), offset: 0)
    }
    memory[index] = result
    return result
  }

  private mutating func location(_ place: Place, _ step: Step) -> Location {
    if case .argument(let index) = place { return arguments[index] }
    return Location(buffer: buffer(place, step.dtype, step.sizes), offset: 0)
  }

  mutating func region(_ view: View) -> Region {
    let place = location(view.root)
    return Region(
      buffer: place.buffer, offset: place.offset + view.offset, extent: view.end - view.offset, strides: place.strides)
  }

  /// The memory of a step's whole result, or of the target of a part.
  mutating func result(_ index: Int) -> Region {
    let place = location(index)
    var extent = list.steps[index].count
    if case .part(let target) = list.steps[index].kind { extent = target.end - target.offset }
    return Region(buffer: place.buffer, offset: place.offset, extent: extent, strides: place.strides)
  }

  mutating func append(
    _ kind: Instruction.Kind, reads: [Region], writes: [Region], origin: Origin, flops: Int = 0
  ) {
    let bytes = (reads + writes).reduce(0) { $0 + $1.extent * plan.buffers[$1.buffer].dtype.byteCount }
    plan.instructions.append(
      Instruction(kind: kind, reads: reads, writes: writes, origin: origin, flops: flops, bytes: bytes))
  }

  func materialized(_ group: Group) -> Set<Int> { Grouping.materialized(group, list, readers: readers) }

  private mutating func emitStep(_ index: Int) {
    let step = list.steps[index]
    if case .scan(let scan) = step.kind { return emitScan(index, scan) }
    if step.count == 0 {
      _ = location(index)
      return
    }
    let reads = step.operands.compactMap(\.view).map { region($0) }
    switch step.kind {
    case .storage: break
    case .assemble(let isZeroed):
      if isZeroed {
        append(.zero(count: step.count), reads: [], writes: [result(index)], origin: step.origin)
      }
    case .part(let target):
      guard let source = step.operands[0].view else { preconditionFailure("a strided part copies a view") }
      let copy = StridedCopy(
        sizes: source.sizes, sourceStrides: source.strides, targetStrides: target.strides,
        byteCount: step.dtype.byteCount)
      append(.copy(copy), reads: reads, writes: [result(index)], origin: step.origin)
    case .contraction(let contraction): emitMultiply(index, contraction)
    case .convolve(let convolve): emitConvolve(index, convolve)
    case .windows(let kernel): emitWindows(index, kernel)
    case .gather(let gather):
      let rows = RowGather(
        outer: gather.outer, tableStride: gather.tableStride, indexStride: gather.indexStride,
        tableRows: gather.tableRows, rowDistance: gather.rowStride, count: gather.count, width: gather.width)
      append(.gather(rows), reads: reads, writes: [result(index)], origin: step.origin)
    case .scatterAdd(let scatter):
      let rows = RowScatter(
        outer: scatter.outer, tableRows: scatter.rows, count: scatter.count, width: scatter.width)
      append(
        .scatterAdd(rows), reads: reads, writes: [result(index)], origin: step.origin,
        flops: scatter.outer * scatter.count * scatter.width)
    case .argMax:
      guard let view = step.operands[0].view else { preconditionFailure("argMax reads a view") }
      append(
        .argMax(rows: view.sizes[0], columns: view.sizes[1], rowDistance: view.strides[0]), reads: reads,
        writes: [result(index)], origin: step.origin)
    case .random(let draw, let perRow, let isShared):
      let draws = timed(Draw(draw: draw, count: step.count, perRow: perRow, isShared: isShared))
      append(.random(draws), reads: [], writes: [result(index)], origin: step.origin)
    case .composite(let composite): emitComposite(index, composite, reads)
    case .map, .convert, .reduce, .store, .scan: preconditionFailure("this step is run otherwise")
    }
  }

  /// The instructions of a loop's body, once.
  private mutating func emitScan(_ index: Int, _ scan: ScanStep) {
    let views = list.steps[index].operands.compactMap(\.view)
    precondition(views.count == list.steps[index].operands.count, "a loop's operands are views")
    let (inner, groups) = ordered(scan.body, options)
    var emitter = Emitter(inner, batch: plan.batch, options: options)
    emitter.plan = plan
    emitter.plan.instructions = []
    emitter.loops = loops + [EnclosingLoop(length: scan.length, isReversed: scan.isReversed)]
    emitter.arguments = views.enumerated().map { operand, view in
      let (first, distance) = scan.path(operand, view)
      var place = location(view.root)
      place.offset += first
      let outer = place.strides + [Int](repeating: 0, count: loops.count - place.strides.count)
      place.strides = outer + [distance]
      return place
    }
    // A location found above may have made a buffer.
    emitter.plan.buffers = plan.buffers
    emitter.emit(groups)
    plan.buffers = emitter.plan.buffers
    let body = withPackedOperands(emitter.plan.instructions, times: scan.length, level: loops.count)
    append(
      .scan(RepeatedBody(count: scan.length, body: body)), reads: views[..<scan.reads].map { region($0) },
      writes: views[scan.reads...].map { region($0) }, origin: list.steps[index].origin,
      flops: scan.length * body.reduce(0) { $0 + $1.flops })
    plan.instructions[plan.instructions.count - 1].bytes = scan.length * body.reduce(0) { $0 + $1.bytes }
  }

  /// The body of a loop whose multiplies read matrices that are packed before the loop, where these are the same at each
  /// step and large enough.
  private mutating func withPackedOperands(_ body: [Instruction], times: Int, level: Int) -> [Instruction] {
    guard options.packsRepeatedOperands, times >= 4 else { return body }
    let written = Set(writtenBuffers(body))
    var packed: [Region: Region] = [:]
    return body.map { instruction in
      guard case .multiply(var multiply) = instruction.kind, multiply.outer.isEmpty, multiply.m > 1,
        multiply.n >= 16, multiply.k * multiply.n >= 1024
      else { return instruction }
      var matrix = instruction.reads[1]
      let moves = matrix.strides.dropFirst(level).contains { $0 != 0 }
      guard !moves, !written.contains(matrix.buffer) else { return instruction }
      matrix.strides = Array(matrix.strides.prefix(level))
      let columns = PackedColumns(
        rows: multiply.k, columns: multiply.n, distance: multiply.ldb, isTransposed: multiply.transposesB)
      var key = matrix
      key.extent = multiply.transposesB ? -multiply.ldb : multiply.ldb
      if packed[key] == nil {
        let buffer = newBuffer(.arena(offset: -1), .float32, [columns.count])
        let region = Region(buffer: buffer, offset: 0, extent: columns.count)
        append(.pack(columns), reads: [matrix], writes: [region], origin: instruction.origin)
        packed[key] = region
      }
      guard let region = packed[key], region.extent == columns.count else { return instruction }
      var result = instruction
      multiply.isPacked = true
      result.kind = .multiply(multiply)
      result.reads[1] = region
      return result
    }
  }

  private func writtenBuffers(_ instructions: [Instruction]) -> [Int] {
    instructions.flatMap { instruction -> [Int] in
      if case .scan(let inner) = instruction.kind { return writtenBuffers(inner.body) }
      return instruction.writes.map(\.buffer)
    }
  }

  /// A draw that knows at which step of the loops around it it is made.
  private func timed(_ draw: Draw) -> Draw {
    var draw = draw
    var scale = 1
    for loop in loops.reversed() {
      draw.timeStrides.insert(loop.isReversed ? -scale : scale, at: 0)
      if loop.isReversed { draw.firstTime += (loop.length - 1) * scale }
      scale *= loop.length
    }
    return draw
  }

  private mutating func emitMultiply(_ index: Int, _ contraction: Contraction) {
    let step = list.steps[index]
    func axis(_ axis: Contraction.Axis) -> Multiply.Axis {
      Multiply.Axis(size: axis.size, a: axis.a, b: axis.b, c: axis.c)
    }
    let multiply = Multiply(
      outer: contraction.outer.map(axis), m: contraction.m, n: contraction.n, k: contraction.k, lda: contraction.lda,
      ldb: contraction.ldb, ldc: contraction.ldc, transposesA: contraction.transposesA,
      transposesB: contraction.transposesB, hasBias: contraction.bias != nil, activation: contraction.activation,
      gradient: contraction.gradient)
    let order = [0, 1] + [contraction.bias, contraction.saved].compactMap { $0 }
    let reads = order.compactMap { step.operands[$0].view }.map { region($0) }
    append(
      .multiply(multiply), reads: reads, writes: [result(index)], origin: step.origin,
      flops: 2 * contraction.m * contraction.n * contraction.k * contraction.products)
  }

  /// Composites that share a kernel.
  private mutating func emitTogether(_ members: [Int]) {
    guard case .composite(let composite) = list.steps[members[0]].kind, case .attention = composite.kind else {
      return emitCrossEntropy(members)
    }
    emitAttention(members)
  }

  /// Loss and gradient by one kernel.
  private mutating func emitCrossEntropy(_ pair: [Int]) {
    let gradient = list.steps[pair[0]].operands.count == 3 ? pair[0] : pair[1]
    let loss = pair[0] + pair[1] - gradient
    let step = list.steps[gradient]
    let reads = step.operands.compactMap(\.view).map { region($0) }
    guard let logits = step.operands[0].view, case .composite(let composite) = step.kind else {
      preconditionFailure("a pair of steps is a cross-entropy and its gradient")
    }
    let columns = logits.sizes.suffix(composite.rowAxes).reduce(1, *)
    let rows = logits.count / columns
    let kernel = RowKernel(
      function: .crossEntropyBoth(isUniform: reads[2].extent == 1), rows: rows, columns: columns)
    append(
      .rows(kernel), reads: reads, writes: [result(gradient), result(loss)], origin: step.origin,
      flops: 8 * rows * columns)
  }

  private mutating func emitComposite(_ index: Int, _ composite: FusedComposite, _ reads: [Region]) {
    if case .attention = composite.kind { return emitAttention([index]) }
    let step = list.steps[index]
    guard let first = step.operands[0].view else { preconditionFailure("a composite reads views") }
    let columns = first.sizes.suffix(composite.rowAxes).reduce(1, *)
    let rows = first.count / columns
    let isUniform = step.operands.count == 3 && reads[2].extent == 1
    var writes = [result(index)]
    let function: RowKernel.Function
    switch composite.kind {
    case .softmax: function = .softmax
    case .logSoftmax: function = .logSoftmax
    case .softmaxGradient: function = .softmaxGradient
    case .logSoftmaxGradient: function = .logSoftmaxGradient
    case .crossEntropy: function = .crossEntropy
    case .crossEntropyGradient: function = .crossEntropyGradient(isUniform: isUniform)
    case .standardize(let epsilon): function = .standardize(epsilon: Float(epsilon))
    case .pool, .attention: preconditionFailure("pooling and attention have steps of their own")
    case .standardizeGradient(let epsilon):
      function = .standardizeGradient(epsilon: Float(epsilon))
      let scratch = newBuffer(.arena(offset: -1), .float32, [2, rows])
      writes.append(Region(buffer: scratch, offset: 0, extent: 2 * rows))
    }
    append(
      .rows(RowKernel(function: function, rows: rows, columns: columns)), reads: reads, writes: writes,
      origin: step.origin, flops: 8 * rows * columns)
  }
}
