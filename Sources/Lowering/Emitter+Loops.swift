import Graphs
import Tensors

extension Emitter {
  /// Builds the loop of a group: members in order, operands in registers where they are made in the same loop.
  mutating func emitLoop(_ group: Group) {
    if group.count == 0 {
      // Outputs of no elements exist all the same.
      for member in group.members { _ = location(member) }
      return
    }
    var builder = LoopBuilder(rows: group.rows ?? 1, columns: group.count / (group.rows ?? 1))
    let results = materialized(group)
    var writes: [Region] = []
    for member in group.members {
      let step = list.steps[member]
      let operands = step.operands.map { operand in operandValue(operand, member, &builder) }
      if case .reduce(let reduction) = step.kind {
        builder.reduce(operands[0], reduction, step)
        writes.append(result(member))
        continue
      }
      let value = builder.value(of: step, operands, operandTypes(step))
      builder.registers[member] = value
      if results.contains(member) {
        let element = builder.storedElement(step, operandTypes(step))
        // An operand that is stored as it is goes through a register: another result may overwrite its memory.
        let stored = results.count > 1 ? builder.computed(value) : value
        builder.loop.results.append(stores(step, stored, element))
        writes.append(result(member))
      }
    }
    builder.loop.contractProducts()
    let operations = builder.loop.values.count { if case .operation = $0 { true } else { false } }
    let origin = list.steps[group.members[group.members.count - 1]].origin
    append(
      .loop(builder.loop), reads: builder.reads, writes: writes, origin: origin, flops: operations * group.count)
  }

  private func stores(_ step: Step, _ value: Int, _ element: Loop.Element) -> Loop.Result {
    guard case .part(let target) = step.kind, !target.isContiguous, let rows = target.separateRows else {
      return .store(value: value, element)
    }
    return .storeRows(value: value, element, distance: rows.distance)
  }

  private func operandTypes(_ step: Step) -> [DType?] {
    step.operands.map { operand in operand.view.map { list.steps[$0.root].dtype } }
  }

  private mutating func operandValue(_ operand: Operand, _ reader: Int, _ builder: inout LoopBuilder) -> Int {
    switch operand {
    case .number(let number): return builder.constant(Float(number))
    case .view(let view):
      if let register = builder.registers[view.root] { return register }
      let dtype = list.steps[view.root].dtype
      let readsWords = builder.readsWords(list.steps[reader], operandTypes(list.steps[reader]))
      let element: Loop.Element =
        switch dtype {
        case .float32: .float32
        case .uint8: .uint8
        case .int32: readsWords ? .bits : .int32
        }
      return builder.input(view, element, region(view))
    }
  }
}

/// Collects the values of one loop.
struct LoopBuilder {
  var loop: Loop
  var reads: [Region] = []
  /// The values of steps that the loop has computed.
  var registers: [Int: Int] = [:]
  private var known: [Loop.Value: Int] = [:]
  /// Which values are the same for all elements.
  private var isUniform: [Bool] = []
  private struct InputKey: Hashable {
    var region: Region
    var access: Loop.Access
    var element: Loop.Element
  }
  private var inputs: [InputKey: Int] = [:]

  init(rows: Int, columns: Int) { loop = Loop(rows: rows, columns: columns, values: [], results: []) }

  private mutating func push(_ value: Loop.Value) {
    isUniform.append(loop.isUniform(value, isUniform))
    loop.values.append(value)
  }

  private mutating func add(_ value: Loop.Value) -> Int {
    if let index = known[value] { return index }
    push(value)
    known[value] = loop.values.count - 1
    return loop.values.count - 1
  }

  mutating func constant(_ number: Float) -> Int {
    // Equal hashes for 0 and −0 would merge them.
    if number == 0, number.sign == .minus { return operation(.scalar(.negate), [add(.constant(0))]) }
    if number.isNaN {
      push(.constant(number))
      return loop.values.count - 1
    }
    return add(.constant(number))
  }

  /// The value itself if the loop computes it, else a copy of it.
  mutating func computed(_ value: Int) -> Int {
    if case .operation = loop.values[value] { return value }
    return operation(.copy, [value])
  }

  mutating func operation(_ function: LoopFunction, _ operands: [Int]) -> Int { add(.operation(function, operands)) }

  mutating func input(_ view: View, _ element: Loop.Element, _ region: Region) -> Int {
    let access = access(view, element)
    let key = InputKey(region: region, access: access, element: element)
    if let index = inputs[key] { return index }
    push(.input(access, element))
    reads.append(region)
    inputs[key] = loop.values.count - 1
    return loop.values.count - 1
  }

  private func access(_ view: View, _ element: Loop.Element) -> Loop.Access {
    let merged = view.merged
    switch (merged.strides, merged.sizes) {
    case ([], _), ([0], _): return element == .float32 ? .scalar : .periodic(1)
    case ([1], _): return .contiguous
    case ([0, 1], let sizes): return .periodic(sizes[1])
    case ([1, 0], let sizes): return .repeated(sizes[1])
    default: return .strided(sizes: merged.sizes, strides: merged.strides)
    }
  }

  /// Whether a step reads 32-bit integers as words, not as numbers.
  func readsWords(_ step: Step, _ types: [DType?]) -> Bool {
    guard types.allSatisfy({ $0 == .int32 }) else { return false }
    switch step.kind {
    case .map(.equal), .map(.notEqual): return true
    case .map: return false
    default: return step.dtype == .int32
    }
  }

  /// A function of floats; a division by one number for all elements is a multiplication by its reciprocal, which is
  /// computed once.
  private mutating func arithmetic(_ function: ScalarFunction, _ operands: [Int]) -> Int {
    if function == .divide, isUniform[operands[1]], !isUniform[operands[0]] {
      return operation(.scalar(.multiply), [operands[0], operation(.scalar(.reciprocal), [operands[1]])])
    }
    return operation(.scalar(function), operands)
  }

  func storedElement(_ step: Step, _ types: [DType?]) -> Loop.Element {
    switch step.dtype {
    case .float32: .float32
    case .uint8: .uint8
    case .int32: readsWords(step, types) ? .bits : .int32
    }
  }

  mutating func value(of step: Step, _ operands: [Int], _ types: [DType?]) -> Int {
    guard case .map(let function) = step.kind else { return converted(step, operands[0], types) }
    guard readsWords(step, types) else { return arithmetic(function, operands) }
    let isEqual = operation(.equalBits, operands)
    return function == .equal ? isEqual : operation(.not, [isEqual])
  }

  /// Floats become integers by truncation; all else converts by being loaded and stored.
  private mutating func converted(_ step: Step, _ operand: Int, _ types: [DType?]) -> Int {
    guard step.dtype != .float32, types[0] == .float32 else { return operand }
    let isNegative = operation(.scalar(.less), [operand, constant(0)])
    let (up, down) = (operation(.ceiling, [operand]), operation(.scalar(.floor), [operand]))
    return operation(.scalar(.select), [isNegative, up, down])
  }

  mutating func reduce(_ operand: Int, _ reduction: Reduction, _ step: Step) {
    guard let view = step.operands[0].view, let pattern = ReductionPattern(view, reduction) else {
      preconditionFailure("a loop's reduction has a pattern")
    }
    switch (pattern.kind, reduction.isMaximum) {
    case (.rows, false): loop.results.append(.rowSum(value: operand, scale: reduction.scale))
    case (.rows, true): loop.results.append(.rowMaximum(value: operand))
    case (.columns, _): loop.results.append(.columnSum(value: operand, scale: reduction.scale))
    case (.total, _): loop.results.append(.totalSum(value: operand, scale: reduction.scale))
    }
  }
}
