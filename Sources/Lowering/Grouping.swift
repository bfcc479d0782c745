import Graphs

/// Steps that one instruction runs: a loop over fused elementwise functions and reductions, or any other step alone.
struct Group {
  var members: [Int]
  /// The index space of a loop: elements, and how they split in rows and columns where a reduction needs it.
  var count: Int
  var rows: Int?
  var isLoop: Bool
}

/// Merges elementwise steps, the reductions behind them and the copies at their end into loops, as long as no step in
/// between has to run elsewhere.
struct Grouping {
  private let list: StepList
  private var groups: [Group] = []
  private var groupOf: [Int]
  private var dependencies: [[Int]]

  /// The most steps in a loop: within the kernel's scratch.
  private static let largestLoop = 96
  private static let mostResults = 12
  private static let resultLimit = 16

  /// The groups in an order in which they can run.
  static func run(_ list: StepList, fuses: Bool) -> [Group] {
    var grouping = Grouping(list: list)
    if fuses {
      grouping.pairCrossEntropies()
      grouping.joinAttentions()
      for index in list.steps.indices { grouping.mergeWithProducers(index) }
      grouping.mergeSmallLoops()
    }
    return grouping.scheduled().flatMap { grouping.divided($0) }
  }

  /// The members whose results other groups read, or that are written elsewhere.
  static func materialized(_ group: Group, _ list: StepList, readers: [[Int]]) -> Set<Int> {
    guard group.isLoop else { return Set(group.members) }
    let members = Set(group.members)
    return members.filter { member in
      !list.steps[member].isElementwise || list.targets[member] != nil
        || readers[member].contains { !members.contains($0) }
    }
  }

  /// For each step, the steps that read its result.
  static func readers(_ list: StepList) -> [[Int]] {
    var readers = [[Int]](repeating: [], count: list.steps.count)
    for (index, step) in list.steps.enumerated() {
      for operand in step.operands { if let view = operand.view { readers[view.root].append(index) } }
    }
    return readers
  }

  /// The group in halves, as often as needed for the kernel's limit of results.
  private func divided(_ group: Group) -> [Group] {
    guard group.members.count > Self.resultLimit,
      Self.materialized(group, list, readers: Self.readers(list)).count > Self.resultLimit
    else { return [group] }
    var (first, second) = (group, group)
    let middle = group.members.count / 2
    first.members = Array(group.members[..<middle])
    second.members = Array(group.members[middle...])
    return divided(first) + divided(second)
  }

  private init(list: StepList) {
    self.list = list
    groupOf = Array(list.steps.indices)
    dependencies = list.steps.indices.map { list.dependencies($0) }
    for (index, step) in list.steps.enumerated() {
      let space = Self.space(step, list)
      groups.append(
        Group(members: [index], count: space?.count ?? step.count, rows: space?.rows, isLoop: space != nil))
    }
  }

  /// The index space of a step that a loop can run; nil for all others.
  private static func space(_ step: Step, _ list: StepList) -> (count: Int, rows: Int?)? {
    switch step.kind {
    case .map, .convert: return (step.count, nil)
    case .store: return (step.count, nil)
    case .part(let target):
      if target.isContiguous { return (step.count, nil) }
      return target.separateRows.map { (step.count, $0.rows) }
    case .reduce(let reduction):
      guard let view = step.operands[0].view, let pattern = ReductionPattern(view, reduction) else { return nil }
      return (view.count, pattern.kind == .total ? nil : pattern.rows)
    default: return nil
    }
  }

  /// Whether a loop can hand a step's value on in a register.
  private func isRegister(_ step: Step) -> Bool { step.isElementwise && step.dtype == .float32 }

  /// Whether the view is the whole result, element by element.
  private func isWhole(_ view: View) -> Bool {
    view.offset == 0 && view.isContiguous && view.count == list.steps[view.root].count
  }

  /// Whether a step can run in the same loop as one that it waits for.
  private func canShareLoop(_ index: Int, with other: Int) -> Bool {
    let step = list.steps[index]
    for operand in step.operands {
      guard let view = operand.view, list.writers(view.root).contains(other) else { continue }
      guard view.root == other, isRegister(list.steps[other]), isWhole(view) else { return false }
    }
    if list.before[index].contains(other) { return readsInOrder(other, whatIsWrittenBy: index) }
    return true
  }

  /// Whether a step reads the parameter that another overwrites only at the element that is written.
  private func readsInOrder(_ reader: Int, whatIsWrittenBy writer: Int) -> Bool {
    var path: String?
    if case .place(.parameter(let target)) = list.targets[writer] { path = target }
    if case .store(.parameter(let target)) = list.steps[writer].kind { path = target }
    guard let path else { return false }
    for operand in list.steps[reader].operands {
      guard let view = operand.view, case .storage(.parameter(path)) = list.steps[view.root].kind else { continue }
      if !isWhole(view) || !list.steps[reader].isElementwise { return false }
    }
    return true
  }

  /// A cross-entropy and its gradient share the softmax, where the gradient does not wait for the loss.
  private mutating func pairCrossEntropies() {
    var losses: [[Operand]: Int] = [:]
    for (index, step) in list.steps.enumerated() {
      if case .composite(let composite) = step.kind, composite.kind == .crossEntropy { losses[step.operands] = index }
    }
    for (index, step) in list.steps.enumerated() {
      guard case .composite(let composite) = step.kind, composite.kind == .crossEntropyGradient,
        let loss = losses.removeValue(forKey: Array(step.operands.prefix(2))), !isSeparated(loss, index)
      else { continue }
      merge(loss, index)
    }
  }

  /// The result of an attention and its sums, or its gradients, come from one kernel, where none waits for another.
  private mutating func joinAttentions() {
    var known: [[Operand]: [(attention: Attention, step: Int)]] = [:]
    for (index, step) in list.steps.enumerated() {
      guard case .composite(let composite) = step.kind, case .attention(let attention) = composite.kind else {
        continue
      }
      let partner = known[step.operands]?.first { other in
        let parts = groups[groupOf[other.step]].members.count
        return other.attention.form == attention.form && other.attention.parts != attention.parts
          && parts < (attention.isBackward ? 3 : 2) && !isSeparated(groupOf[other.step], index)
      }
      if let partner { merge(groupOf[partner.step], index) }
      known[step.operands, default: []].append((attention, index))
    }
  }

  private mutating func mergeWithProducers(_ index: Int) {
    guard groups[groupOf[index]].isLoop else { return }
    for other in dependencies[index] {
      let (consumer, producer) = (groupOf[index], groupOf[other])
      guard consumer != producer, groups[producer].isLoop, groups[producer].count == groups[consumer].count,
        groups[producer].count > 0, canShareLoop(index, with: other), haveOneShape(producer, consumer),
        !isSeparated(producer, consumer)
      else { continue }
      merge(producer, consumer)
    }
  }

  /// The most elements of loops that become one although they share nothing: starting a loop costs more than running it.
  private static let smallLoop = 16
  /// How many small loops before one are tried.
  private static let window = 12

  /// Makes one loop of independent small ones of one size: the scalar arithmetic of optimizers and schedules.
  private mutating func mergeSmallLoops() {
    var recent: [Int: [Int]] = [:]
    for group in groups.indices where groups[group].isLoop && !groups[group].members.isEmpty {
      let count = groups[group].count
      guard count > 0, count <= Self.smallLoop else { continue }
      var candidates = recent[count] ?? []
      if let partner = candidates.last(where: { haveOneShape($0, group) && areIndependent($0, group) }) {
        merge(partner, group)
        candidates.removeAll { $0 == partner }
      }
      recent[count] = Array((candidates + [group]).suffix(Self.window))
    }
  }

  /// Whether neither group waits for the other.
  private func areIndependent(_ a: Int, _ b: Int) -> Bool { !waits(a, for: b) && !waits(b, for: a) }

  private func waits(_ group: Int, for other: Int) -> Bool {
    var seen: Set<Int> = [group]
    var stack = [group]
    while let current = stack.popLast() {
      for member in groups[current].members {
        for needed in dependencies[member] {
          if groupOf[needed] == other { return true }
          if seen.insert(groupOf[needed]).inserted { stack.append(groupOf[needed]) }
        }
      }
    }
    return false
  }

  private func haveOneShape(_ a: Int, _ b: Int) -> Bool {
    if let rowsA = groups[a].rows, let rowsB = groups[b].rows, rowsA != rowsB { return false }
    return groups[a].members.count + groups[b].members.count <= Self.largestLoop
      && results(groups[a].members) + results(groups[b].members) <= Self.mostResults
  }

  private func results(_ members: [Int]) -> Int {
    members.count { member in
      let step = list.steps[member]
      return !step.isElementwise || list.targets[member] != nil
    }
  }

  /// Whether some step outside both groups runs after the producer and before the consumer, or the consumer needs the
  /// producer's complete results.
  private func isSeparated(_ producer: Int, _ consumer: Int) -> Bool {
    var stack: [Int] = []
    for member in groups[consumer].members {
      for other in dependencies[member] where groupOf[other] != consumer {
        if groupOf[other] == producer {
          if !canShareLoop(member, with: other) { return true }
        } else {
          stack.append(groupOf[other])
        }
      }
    }
    var seen: Set<Int> = []
    while let group = stack.popLast() {
      guard seen.insert(group).inserted else { continue }
      for member in groups[group].members {
        for other in dependencies[member] where groupOf[other] != group {
          if groupOf[other] == producer { return true }
          stack.append(groupOf[other])
        }
      }
    }
    return false
  }

  private mutating func merge(_ producer: Int, _ consumer: Int) {
    for member in groups[producer].members { groupOf[member] = consumer }
    groups[consumer].members = (groups[producer].members + groups[consumer].members).sorted()
    groups[consumer].rows = groups[consumer].rows ?? groups[producer].rows
    groups[producer].members = []
  }

  /// Kahn's algorithm; of the groups that are ready, the one that stands first in the program runs first.
  private func scheduled() -> [Group] {
    var waiting = [Int](repeating: 0, count: groups.count)
    var followers = [[Int]](repeating: [], count: groups.count)
    for (group, content) in groups.enumerated() where !content.members.isEmpty {
      let needed = Set(content.members.flatMap { dependencies[$0] }.map { groupOf[$0] }).subtracting([group])
      waiting[group] = needed.count
      for other in needed { followers[other].append(group) }
    }
    var ready = Heap()
    for (group, content) in groups.enumerated() where !content.members.isEmpty && waiting[group] == 0 {
      ready.insert((content.members[content.members.count - 1], group))
    }
    var result: [Group] = []
    while let (_, group) = ready.removeFirst() {
      result.append(groups[group])
      for follower in followers[group] {
        waiting[follower] -= 1
        if waiting[follower] == 0 {
          ready.insert((groups[follower].members[groups[follower].members.count - 1], follower))
        }
      }
    }
    precondition(result.count == groups.count { !$0.members.isEmpty }, "groups wait for each other")
    return result
  }
}

/// A binary heap of (priority, group), smallest first.
private struct Heap {
  private var items: [(Int, Int)] = []

  mutating func insert(_ item: (Int, Int)) {
    items.append(item)
    var index = items.count - 1
    while index > 0, items[index].0 < items[(index - 1) / 2].0 {
      items.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  mutating func removeFirst() -> (Int, Int)? {
    guard let first = items.first else { return nil }
    let last = items.removeLast()
    if items.isEmpty { return first }
    items[0] = last
    var index = 0
    while true {
      var smallest = index
      for child in [2 * index + 1, 2 * index + 2] where child < items.count && items[child].0 < items[smallest].0 {
        smallest = child
      }
      if smallest == index { return first }
      items.swapAt(index, smallest)
      index = smallest
    }
  }
}
