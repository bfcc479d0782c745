import Graphs

/// Orders reads and writes of parameters, and lets producers write straight to where their result is copied.
struct CopyElision {
  private var list: StepList
  private var readers: [String: [Int]] = [:]

  static func run(_ steps: [Step], elides: Bool) -> StepList {
    var pass = CopyElision(list: StepList(steps))
    for (index, step) in steps.enumerated() {
      for operand in step.operands {
        if let view = operand.view, case .storage(.parameter(let path)) = steps[view.root].kind {
          pass.readers[path, default: []].append(index)
        }
      }
    }
    for index in steps.indices { pass.place(index, elides: elides) }
    return pass.list
  }

  private mutating func place(_ index: Int, elides: Bool) {
    let step = list.steps[index]
    switch step.kind {
    case .part(let target):
      guard elides, let root = producer(of: step), target.isContiguous, root != target.root else { return }
      list.targets[root] = .part(of: target.root, offset: target.offset)
      list.steps[target.root].parts.removeAll { $0 == index }
      list.steps[target.root].parts.append(root)
      if case .assemble(isZeroed: true) = list.steps[target.root].kind { list.before[root].append(target.root) }
    case .store(let place):
      var writer = index
      if elides, let root = producer(of: step), mayWrite(root, place, store: index) {
        list.targets[root] = .place(place)
        // The store itself is gone: nothing keeps it alive.
        list.steps[index].kind = .convert
        writer = root
      } else if elides, let whole = assembled(by: step, for: place) {
        list.targets[whole] = .place(place)
        list.steps[index].kind = .convert
      }
      if case .parameter(let path) = place {
        list.before[writer] += (readers[path] ?? []).filter { $0 != writer }
      }
    default: break
    }
  }

  /// The step whose whole result is copied, if its memory may be chosen.
  private func producer(of step: Step) -> Int? {
    guard let view = step.operands[0].view, view.offset == 0, view.isContiguous else { return nil }
    let root = list.steps[view.root]
    guard view.count == root.count, root.dtype == step.dtype, list.targets[view.root] == nil, root.count > 0 else {
      return nil
    }
    switch root.kind {
    case .storage, .part, .store: return nil
    case .assemble: return nil
    default: return view.root
    }
  }

  /// The `assemble` step whose whole result is copied to memory that nothing else reads, if its parts may be written there.
  private func assembled(by step: Step, for place: Place) -> Int? {
    switch place {
    case .argument, .output: break
    case .parameter, .input, .constant: return nil
    }
    guard let view = step.operands[0].view, view.offset == 0, view.isContiguous else { return nil }
    let root = list.steps[view.root]
    guard case .assemble = root.kind, view.count == root.count, root.dtype == step.dtype, root.count > 0,
      list.targets[view.root] == nil,
      !root.parts.contains(where: { if case .scan = list.steps[$0].kind { true } else { false } })
    else { return nil }
    return view.root
  }

  /// Whether no reader of a parameter needs the step that would overwrite it.
  private func mayWrite(_ root: Int, _ place: Place, store: Int) -> Bool {
    guard case .parameter(let path) = place else { return true }
    let waiting = Set((readers[path] ?? []).filter { $0 != root })
    if waiting.isEmpty { return readsAreInOrder(root, path) }
    var seen: Set<Int> = []
    var stack = Array(waiting)
    while let index = stack.popLast() {
      if index == root { return false }
      guard seen.insert(index).inserted else { continue }
      stack += list.dependencies(index)
    }
    return readsAreInOrder(root, path)
  }

  /// Whether the step itself reads the parameter only where it writes it.
  private func readsAreInOrder(_ root: Int, _ path: String) -> Bool {
    let step = list.steps[root]
    for operand in step.operands {
      guard let view = operand.view, case .storage(.parameter(path)) = list.steps[view.root].kind else { continue }
      if !step.isElementwise || view.offset != 0 || !view.isContiguous || view.count != step.count { return false }
    }
    return true
  }
}
