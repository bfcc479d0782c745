import Tensors

// One method for each operator. Uses that compute nothing (a reshape to the same shape) return their input.
extension GraphBuilder {
  package func input(_ name: String, _ type: ValueType) -> ValueID { emit(.input(name), declared: type) }

  package func parameter(_ path: String, shape: [Int], dtype: DType = .float32) -> ValueID {
    emit(.parameter(path), declared: ValueType(dtype, shape, isShared: true))
  }

  package func constant(_ tensor: HostTensor) -> ValueID { emit(.constant(tensor)) }

  /// One number in every element; shared.
  package func fill(_ value: Double, shape: [Int] = [], dtype: DType = .float32) -> ValueID {
    emit(.fill(value), declared: ValueType(dtype, shape, isShared: true))
  }

  package func iota(shape: [Int], axis: Int, dtype: DType = .float32) -> ValueID {
    emit(.iota(axis: axis), declared: ValueType(dtype, shape, isShared: true))
  }

  package func batchCount() -> ValueID { emit(.batchCount) }

  /// Draws for each example, or one set of draws for the whole batch.
  package func random(_ draw: RandomDraw, shape: [Int], isShared: Bool = false) -> ValueID {
    emit(.random(draw), declared: ValueType(shape, isShared: isShared))
  }

  /// A scalar function of values of one type; functions of literals and neutral elements are folded.
  package func map(_ function: ScalarFunction, _ inputs: [ValueID]) -> ValueID {
    simplified(function, inputs) ?? emit(.map(function), inputs)
  }

  package func cast(_ x: ValueID, _ dtype: DType) -> ValueID {
    type(of: x).dtype == dtype ? x : emit(.cast(dtype), [x])
  }

  package func reshape(_ x: ValueID, _ shape: [Int]) -> ValueID {
    let type = self.type(of: x)
    if type.shape == shape { return x }
    if let value = literalValue(x), type.count == shape.reduce(1, *) { return literal(value, like: type, shape: shape) }
    // A reshape to the same shape is a name of its own (see `distinct`), and is not looked through.
    if case .reshape = self[x].op, self.shape(of: self[x].inputs[0]) != type.shape {
      return reshape(self[x].inputs[0], shape)
    }
    return emit(.reshape(shape), [x])
  }

  package func permute(_ x: ValueID, _ order: [Int]) -> ValueID {
    order == Array(order.indices) && order.count == shape(of: x).count ? x : emit(.permute(order), [x])
  }

  package func broadcast(_ x: ValueID, shape: [Int], axes: [Int]) -> ValueID {
    let type = self.type(of: x)
    if type.shape == shape && axes == Array(shape.indices) { return x }
    if let value = literalValue(x), axes.count == type.shape.count { return literal(value, like: type, shape: shape) }
    return emit(.broadcast(shape: shape, axes: axes), [x])
  }

  package func slice(_ x: ValueID, starts: [Int], stops: [Int], steps: [Int]? = nil) -> ValueID {
    let steps = steps ?? starts.map { _ in 1 }
    let isWhole = starts.allSatisfy { $0 == 0 } && stops == shape(of: x) && steps.allSatisfy { $0 == 1 }
    return isWhole ? x : emit(.slice(starts: starts, stops: stops, steps: steps), [x])
  }

  /// Elements `range` of one axis.
  package func slice(_ x: ValueID, axis: Int, _ range: Range<Int>) -> ValueID {
    var (starts, stops) = (shape(of: x).map { _ in 0 }, shape(of: x))
    starts[axis] = range.lowerBound
    stops[axis] = range.upperBound
    return slice(x, starts: starts, stops: stops)
  }

  package func pad(_ x: ValueID, low: [Int], high: [Int], interior: [Int]? = nil) -> ValueID {
    let interior = interior ?? low.map { _ in 0 }
    let changes = zip(shape(of: x), interior).contains { $0 > 1 && $1 > 0 } || (low + high).contains { $0 != 0 }
    return changes ? emit(.pad(low: low, high: high, interior: interior), [x]) : x
  }

  package func concat(_ inputs: [ValueID], axis: Int) -> ValueID {
    if inputs.count == 1 { return inputs[0] }
    // One operand that differs from example to example makes the result do so.
    let isMixed = Set(inputs.map { type(of: $0).isShared }).count > 1
    return emit(.concat(axis: axis), isMixed ? inputs.map(lifted) : inputs)
  }

  package func gather(_ table: ValueID, _ indices: ValueID) -> ValueID { emit(.gather, [table, indices]) }

  package func scatterAdd(indices: ValueID, updates: ValueID, rows: Int, sumsBatch: Bool = false) -> ValueID {
    emit(.scatterAdd(rows: rows, sumsBatch: sumsBatch), [indices, updates])
  }

  package func reduceSum(_ x: ValueID, axes: [Int]) -> ValueID { axes.isEmpty ? x : emit(.reduceSum(axes: axes), [x]) }

  package func reduceMax(_ x: ValueID, axes: [Int]) -> ValueID { axes.isEmpty ? x : emit(.reduceMax(axes: axes), [x]) }

  package func argMax(_ x: ValueID, axis: Int) -> ValueID { emit(.argMax(axis: axis), [x]) }

  package func matmul(
    _ a: ValueID, _ b: ValueID, transposeA: Bool = false, transposeB: Bool = false, sumsBatch: Bool = false
  ) -> ValueID {
    emit(.matmul(Matmul(transposeA: transposeA, transposeB: transposeB, sumsBatch: sumsBatch)), [a, b])
  }

  /// One role of the trilinear form; operands in the order input, weight, output, without the one that is asked for.
  package func convolution(_ convolution: Convolution, _ a: ValueID, _ b: ValueID) -> ValueID {
    emit(.convolution(convolution), [a, b])
  }

  package func windows(_ x: ValueID, _ window: Window, padding: Double = 0) -> ValueID {
    emit(.windows(window, padding: padding), [x])
  }

  package func fold(_ x: ValueID, _ window: Window) -> ValueID { emit(.fold(window), [x]) }

  /// The examples of a batch of exactly `count`, stacked into a shared value.
  package func batchStack(_ x: ValueID, count: Int) -> ValueID { emit(.batchStack(count: count), [x]) }

  /// To each example its row of a shared value.
  package func ownRow(_ x: ValueID) -> ValueID { emit(.ownRow(count: shape(of: x).first ?? 0), [x]) }

  package func lift(_ x: ValueID) -> ValueID { emit(.lift, [x]) }

  package func batchSum(_ x: ValueID) -> ValueID { emit(.batchSum, [x]) }

  package func stopGradient(_ x: ValueID) -> ValueID { emit(.stopGradient, [x]) }

  /// A named body over the inputs, which a fused kernel may replace.
  package func composite(
    _ name: String, attributes: [String: Double] = [:], inputs: [ValueID],
    body: (GraphBuilder, [ValueID]) -> ValueID
  ) -> ValueID {
    let inner = GraphBuilder(compositeGradients: compositeGradients)
    inner.origin = origin
    let parameters = inputs.enumerated().map { inner.input("\($0)", type(of: $1)) }
    let result = body(inner, parameters)
    let graph = inner.finish(outputs: [("result", result)], effects: [])
    return emit(.composite(Composite(name: name, attributes: attributes, body: graph)), inputs)
  }

  /// Writes a shared value to a parameter when the program has run.
  @discardableResult
  package func assign(_ path: String, _ value: ValueID) -> ValueID { emit(.assign(path), [value]) }

  // MARK: Literals

  /// The number that fills a value, where it is a `fill` or a lifted one.
  package func literalValue(_ x: ValueID) -> Double? {
    let node = self[x]
    switch node.op {
    case .fill(let value): return value
    case .lift: if case .fill(let value) = self[node.inputs[0]].op { return value } else { return nil }
    default: return nil
    }
  }

  /// One number with a value's type; float32 unless the value is int32.
  package func literal(_ value: Double, like x: ValueID) -> ValueID {
    literal(value, like: type(of: x), shape: shape(of: x))
  }

  /// One number with a shape, shared or per example as a type is.
  package func literal(_ value: Double, like type: ValueType, shape: [Int]) -> ValueID {
    let shared = fill(value, shape: shape, dtype: type.dtype == .int32 ? .int32 : .float32)
    return type.isShared ? shared : lift(shared)
  }

  /// Folds literals, and drops `· 1`, `/ 1`, `+ 0` and `− 0`, none of which changes a value.
  private func simplified(_ function: ScalarFunction, _ inputs: [ValueID]) -> ValueID? {
    guard inputs.count == function.arity, Set(inputs.map(type(of:))).count == 1,
      type(of: inputs[0]).dtype == .float32
    else { return nil }
    let literals = inputs.map(literalValue)
    let known = literals.compactMap { $0 }
    if known.count == inputs.count {
      let third = known.count > 2 ? known[2] : known[0]
      return literal(function.definition.value(known[0], known.count > 1 ? known[1] : known[0], third), like: inputs[0])
    }
    switch (function, literals[0], literals[literals.count - 1]) {
    case (.add, _, 0), (.subtract, _, 0), (.multiply, _, 1), (.divide, _, 1): return inputs[0]
    case (.add, 0, _), (.multiply, 1, _): return inputs[1]
    default: return nil
    }
  }
}
