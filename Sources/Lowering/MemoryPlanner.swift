import Graphs
import Tensors

/// Gives every buffer of the arena its place: buffers share memory where their lives do not overlap, and a result may
/// overwrite an operand that dies with its instruction.
struct MemoryPlanner {
  private var plan: Plan
  private let options: LoweringOptions
  /// All instructions, those in loops included, each with its time.
  private var sites: [InstructionLine.Site] = []
  /// The first and the last time at which each buffer is touched; nil for buffers outside of the arena.
  private var lives: [ClosedRange<Int>?]
  /// The buffer whose memory a buffer takes over; itself where it has its own.
  private var owner: [Int]

  private static let alignment = 64

  static func run(_ plan: Plan, options: LoweringOptions) throws(LoweringError) -> Plan {
    var planner = MemoryPlanner(plan: plan, options: options)
    if options.worksInPlace { planner.overwriteOperands() }
    try planner.place()
    return planner.plan
  }

  private init(plan: Plan, options: LoweringOptions) {
    self.plan = plan
    self.options = options
    lives = plan.buffers.map { _ in nil }
    owner = Array(plan.buffers.indices)
    let line = InstructionLine(plan)
    sites = line.sites
    lives = line.lives(in: plan) { isInArena($0) }
  }

  private func isInArena(_ buffer: Int) -> Bool {
    if case .arena = plan.buffers[buffer].place { return true }
    return false
  }

  private func coversAll(_ region: Region) -> Bool {
    region.offset == 0 && region.extent == plan.buffers[region.buffer].count
  }

  /// Lets each result take over the memory of an operand, where the kernel allows it and the operand dies there.
  private mutating func overwriteOperands() {
    for (index, site) in sites.enumerated() {
      guard let instruction = site.instruction else { continue }
      var taken: Set<Int> = []
      for (write, read) in Self.overwritable(instruction) {
        let (target, source) = (instruction.writes[write], instruction.reads[read])
        let owner = owner[source.buffer]
        guard target.buffer != source.buffer, isInArena(target.buffer), isInArena(source.buffer),
          self.owner[target.buffer] == target.buffer, coversAll(target), coversAll(source),
          plan.buffers[target.buffer].byteCount == plan.buffers[source.buffer].byteCount,
          lives[target.buffer]?.lowerBound == index, let life = lives[owner], life.upperBound == index,
          instruction.reads.count(where: { self.owner[$0.buffer] == owner }) == 1, taken.insert(owner).inserted,
          let end = lives[target.buffer]?.upperBound
        else { continue }
        self.owner[target.buffer] = owner
        lives[owner] = life.lowerBound...end
      }
    }
  }

  /// Pairs of a result and an operand that may be the same memory.
  static func overwritable(_ instruction: Instruction) -> [(write: Int, read: Int)] {
    switch instruction.kind {
    case .loop(let loop):
      var inputs: [Int] = []
      var number = 0
      for value in loop.values {
        guard case .input(let access, let element) = value else { continue }
        if access == .contiguous, element == .float32 { inputs.append(number) }
        number += 1
      }
      return loop.results.indices.flatMap { index -> [(Int, Int)] in
        guard case .store(_, .float32) = loop.results[index] else { return [] }
        return inputs.map { (index, $0) }
      }
    case .rows(let kernel):
      switch kernel.function {
      case .softmax, .logSoftmax, .standardize, .crossEntropyGradient, .crossEntropyBoth: return [(0, 0)]
      case .softmaxGradient, .logSoftmaxGradient: return [(0, 1)]
      default: return []
      }
    default: return []
    }
  }

  private mutating func place() throws(LoweringError) {
    let blocks = plan.buffers.indices.filter { owner[$0] == $0 && lives[$0] != nil }
    var sizes = [Int](repeating: 0, count: plan.buffers.count)
    for block in blocks {
      let buffer = plan.buffers[block]
      guard let bytes = checkedProduct([buffer.count, buffer.dtype.byteCount]), bytes <= 1 << 56 else {
        throw .tooLarge(Origin())
      }
      sizes[block] = (bytes + Self.alignment - 1) / Self.alignment * Self.alignment
    }
    plan.lowerBoundBytes = try peak(blocks, sizes)
    let offsets = try options.reusesMemory ? fit(blocks, sizes) : line(blocks, sizes)
    for index in plan.buffers.indices where isInArena(index) {
      plan.buffers[index].place = .arena(offset: offsets[owner[index]])
    }
    if let limit = options.memoryLimit, plan.arenaBytes > limit {
      throw .outOfMemory(needed: plan.arenaBytes, limit: limit)
    }
  }

  private func sum(_ a: Int, _ b: Int) throws(LoweringError) -> Int {
    let (value, overflow) = a.addingReportingOverflow(b)
    if overflow { throw .tooLarge(Origin()) }
    return value
  }

  /// The greatest sum of sizes that are alive at one instruction.
  private func peak(_ blocks: [Int], _ sizes: [Int]) throws(LoweringError) -> Int {
    var changes = [Int](repeating: 0, count: sites.count + 1)
    for block in blocks {
      guard let life = lives[block] else { continue }
      changes[life.lowerBound] = try sum(changes[life.lowerBound], sizes[block])
      changes[life.upperBound + 1] = try sum(changes[life.upperBound + 1], -sizes[block])
    }
    var (now, most) = (0, 0)
    for change in changes {
      now = try sum(now, change)
      most = max(most, now)
    }
    return most
  }

  /// One block behind the other.
  private mutating func line(_ blocks: [Int], _ sizes: [Int]) throws(LoweringError) -> [Int] {
    var offsets = [Int](repeating: 0, count: plan.buffers.count)
    for block in blocks {
      offsets[block] = plan.arenaBytes
      plan.arenaBytes = try sum(plan.arenaBytes, sizes[block])
    }
    return offsets
  }

  /// Largest blocks first, each in the tightest gap that is free for all of its life.
  private mutating func fit(_ blocks: [Int], _ sizes: [Int]) throws(LoweringError) -> [Int] {
    var offsets = [Int](repeating: 0, count: plan.buffers.count)
    var placed: [(offset: Int, end: Int, life: ClosedRange<Int>)] = []
    for block in blocks.sorted(by: { (sizes[$0], $1) > (sizes[$1], $0) }) {
      guard let life = lives[block] else { continue }
      var best: (offset: Int, slack: Int)?
      var free = 0
      for other in placed where other.life.overlaps(life) {
        let gap = other.offset - free
        if gap >= sizes[block], gap - sizes[block] < best?.slack ?? Int.max { best = (free, gap - sizes[block]) }
        free = max(free, other.end)
      }
      offsets[block] = best?.offset ?? free
      let end = try sum(offsets[block], sizes[block])
      plan.arenaBytes = max(plan.arenaBytes, end)
      let position = placed.firstIndex { $0.offset > offsets[block] } ?? placed.count
      placed.insert((offsets[block], end, life), at: position)
    }
    return offsets
  }
}
