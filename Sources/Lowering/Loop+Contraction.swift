extension Loop {
  /// Makes one fused operation of a product and the sum that alone reads it, as the multiply's kernels do.
  mutating func contractProducts() {
    var uses = [Int](repeating: 0, count: values.count)
    for value in values {
      if case .operation(_, let operands) = value { for operand in operands { uses[operand] += 1 } }
    }
    for result in results { uses[result.value] += 1 }
    var contracted = ContractedValues(loop: self, uses: uses)
    for index in values.indices { contracted.add(index) }
    values = contracted.values
    results = results.map { $0.reading(contracted.place[$0.value]) }
    dropUnused()
  }

  /// Removes operations that nothing reads.
  private mutating func dropUnused() {
    var isUsed = [Bool](repeating: false, count: values.count)
    for result in results { isUsed[result.value] = true }
    for index in values.indices.reversed() {
      switch values[index] {
      case .operation(_, let operands) where isUsed[index]: for operand in operands { isUsed[operand] = true }
      case .input: isUsed[index] = true
      default: break
      }
    }
    var place = [Int](repeating: 0, count: values.count)
    var kept: [Value] = []
    for (index, value) in values.enumerated() where isUsed[index] {
      place[index] = kept.count
      if case .operation(let function, let operands) = value {
        kept.append(.operation(function, operands.map { place[$0] }))
      } else {
        kept.append(value)
      }
    }
    values = kept
    results = results.map { $0.reading(place[$0.value]) }
  }

  /// Whether a value is the same for all elements, given which of those before it are.
  func isUniform(_ value: Value, _ known: [Bool]) -> Bool {
    switch value {
    case .constant, .input(.scalar, _): true
    case .input: false
    case .operation(_, let operands): operands.allSatisfy { known[$0] }
    }
  }
}

extension Loop.Result {
  /// The same result of another value.
  fileprivate func reading(_ value: Int) -> Loop.Result {
    switch self {
    case .store(_, let element): .store(value: value, element)
    case .storeRows(_, let element, let distance): .storeRows(value: value, element, distance: distance)
    case .rowSum(_, let scale): .rowSum(value: value, scale: scale)
    case .rowMaximum: .rowMaximum(value: value)
    case .columnSum(_, let scale): .columnSum(value: value, scale: scale)
    case .totalSum(_, let scale): .totalSum(value: value, scale: scale)
    }
  }
}

/// The values of a loop while products join their sums.
private struct ContractedValues {
  let loop: Loop
  let uses: [Int]
  let isUniform: [Bool]
  var values: [Loop.Value] = []
  /// Where each of the loop's values has gone.
  var place: [Int] = []

  init(loop: Loop, uses: [Int]) {
    self.loop = loop
    self.uses = uses
    var isUniform: [Bool] = []
    for value in loop.values { isUniform.append(loop.isUniform(value, isUniform)) }
    self.isUniform = isUniform
  }

  mutating func add(_ index: Int) {
    switch loop.values[index] {
    case .operation(let function, let operands): append(contracted(function, operands))
    case let leaf: append(leaf)
    }
    place.append(values.count - 1)
  }

  private mutating func append(_ value: Loop.Value) { values.append(value) }

  /// The factors of a product that only one sum reads, and that differs from element to element.
  private func factors(_ value: Int) -> (Int, Int)? {
    guard case .operation(.scalar(.multiply), let factors) = loop.values[value], uses[value] == 1,
      !isUniform[value]
    else { return nil }
    return (factors[0], factors[1])
  }

  private mutating func contracted(_ function: LoopFunction, _ operands: [Int]) -> Loop.Value {
    if case .scalar(.add) = function {
      for (product, other) in [(0, 1), (1, 0)] {
        guard let (a, b) = factors(operands[product]) else { continue }
        return .operation(.multiplyAdd, [place[a], place[b], place[operands[other]]])
      }
    }
    // c − a·b with a factor that is one number: its sign changes once.
    if case .scalar(.subtract) = function, let (a, b) = factors(operands[1]), isUniform[a] || isUniform[b] {
      let (uniform, varying) = isUniform[a] ? (a, b) : (b, a)
      append(.operation(.scalar(.negate), [place[uniform]]))
      return .operation(.multiplyAdd, [place[varying], values.count - 1, place[operands[0]]])
    }
    return .operation(function, operands.map { place[$0] })
  }
}
