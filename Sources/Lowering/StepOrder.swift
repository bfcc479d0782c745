import Graphs

/// Which steps must precede which, and a list in which they do.
struct StepList {
  var steps: [Step]
  /// Steps that must have run before one, besides those whose results it reads.
  var before: [[Int]]
  /// Where a step's result lies, if it is written straight to another's memory: to an `assemble` step's, or to a place.
  var targets: [Int: Target] = [:]

  enum Target: Hashable {
    case part(of: Int, offset: Int)
    case place(Place)
  }

  init(_ steps: [Step]) {
    self.steps = steps
    before = steps.map { _ in [] }
  }

  /// The steps that a step waits for.
  func dependencies(_ index: Int) -> [Int] {
    var result = before[index]
    let step = steps[index]
    for operand in step.operands { if let view = operand.view { result += writers(view.root) } }
    // A loop reads the states that it has written itself.
    if case .scan = step.kind { result.removeAll { $0 == index } }
    if case .part(let target) = step.kind, case .assemble(isZeroed: true) = steps[target.root].kind {
      result.append(target.root)
    }
    return result
  }

  /// The steps after which a result is complete.
  func writers(_ root: Int) -> [Int] {
    switch steps[root].kind {
    case .storage: []
    case .assemble(let isZeroed): steps[root].parts + (isZeroed ? [root] : [])
    default: [root]
    }
  }

  /// Drops what no effect needs, and renumbers the rest so that dependencies ascend: in the order of the program
  /// otherwise, so that a weight's gradient is computed while what it is made from is still in the caches.
  mutating func sort() {
    var live: [Int] = []
    var state = [UInt8](repeating: 0, count: steps.count)
    for (index, step) in steps.enumerated() where isRoot(index, step) { visit(index, &state, &live) }
    var order: [Int] = []
    state = [UInt8](repeating: 0, count: steps.count)
    for index in live.sorted() { visit(index, &state, &order) }
    var place = [Int](repeating: -1, count: steps.count)
    for (position, index) in order.enumerated() { place[index] = position }
    var result = StepList([])
    for index in order {
      var step = steps[index]
      step.operands = step.operands.map { operand in
        guard case .view(var view) = operand else { return operand }
        view.root = place[view.root]
        return .view(view)
      }
      if case .part(var target) = step.kind {
        target.root = place[target.root]
        step.kind = .part(target)
      }
      step.parts = step.parts.map { place[$0] }
      result.steps.append(step)
      result.before.append(before[index].map { place[$0] }.filter { $0 >= 0 })
      switch targets[index] {
      case .part(let of, let offset): result.targets[place[index]] = .part(of: place[of], offset: offset)
      case .place(let other): result.targets[place[index]] = .place(other)
      case nil: break
      }
    }
    self = result
  }

  private func isRoot(_ index: Int, _ step: Step) -> Bool {
    if case .store = step.kind { return true }
    if case .place = targets[index] { return true }
    // What fills memory that outlives the program.
    if case .part(let target) = step.kind, case .place = targets[target.root] { return true }
    if case .part(let of, _) = targets[index], case .place = targets[of] { return true }
    return false
  }

  /// What must be listed before a step: its dependencies and the storage that it names.
  private func predecessors(_ index: Int) -> [Int] {
    var result = dependencies(index)
    for operand in steps[index].operands { if let view = operand.view { result.append(view.root) } }
    if case .part(let target) = steps[index].kind { result.append(target.root) }
    if case .part(let of, _) = targets[index] { result.append(of) }
    return result
  }

  /// Depth first without recursion; an `assemble` step is listed before its parts, which wait for it.
  private func visit(_ start: Int, _ state: inout [UInt8], _ order: inout [Int]) {
    var stack = [(start, 0, [Int]())]
    if state[start] != 0 { return }
    state[start] = 1
    stack[0].2 = predecessors(start).sorted()
    while let (index, next, list) = stack.last {
      if next < list.count {
        stack[stack.count - 1].1 += 1
        let other = list[next]
        if state[other] == 0 {
          state[other] = 1
          stack.append((other, 0, predecessors(other).sorted()))
        } else {
          precondition(state[other] == 2, "steps wait for each other")
        }
      } else {
        state[index] = 2
        order.append(index)
        stack.removeLast()
      }
    }
  }
}
