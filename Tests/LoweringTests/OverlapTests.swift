import Graphs
import Lowering
import Testing

/// Runs a plan on a shadow of the arena that remembers which buffer wrote each byte last: every read must find its own.
/// It shares nothing with the planner, and knows nothing of lives.
private func overlaps(_ plan: Plan) -> [String] {
  var writer = [Int](repeating: -1, count: plan.arenaBytes)
  var faults: [String] = []
  func bytes(_ region: Region) -> Range<Int>? {
    let buffer = plan.buffers[region.buffer]
    guard case .arena(let offset) = buffer.place else { return nil }
    let size = buffer.dtype.byteCount
    return offset + region.offset * size..<offset + (region.offset + region.extent) * size
  }
  for (index, instruction) in plan.unrolled().enumerated() {
    for region in instruction.reads + instruction.writes {
      let count = plan.buffers[region.buffer].count
      if region.offset < 0 || region.offset + region.extent > count { faults.append("\(index) leaves its buffer") }
      if let range = bytes(region), range.upperBound > plan.arenaBytes { faults.append("\(index) leaves the arena") }
    }
    for region in instruction.reads {
      guard let range = bytes(region), range.upperBound <= plan.arenaBytes else { continue }
      // A strided view addresses first to last, and what lies between may be another's: its ends are its own.
      for byte in [range.lowerBound, range.upperBound - 1] where !range.isEmpty && writer[byte] != region.buffer {
        faults.append("\(index) reads buffer \(region.buffer) and finds \(writer[byte])")
      }
    }
    for region in instruction.writes {
      guard let range = bytes(region), range.upperBound <= plan.arenaBytes else { continue }
      for byte in range { writer[byte] = region.buffer }
    }
  }
  return faults
}

extension Plan {
  /// All instructions as they run, each turn of each loop with its own regions.
  func unrolled() -> [Instruction] {
    func turns(_ instructions: [Instruction], _ times: [Int]) -> [Instruction] {
      instructions.flatMap { instruction -> [Instruction] in
        if case .scan(let repeated) = instruction.kind {
          return (0..<repeated.count).flatMap { turns(repeated.body, times + [$0]) }
        }
        func moved(_ region: Region) -> Region {
          var region = region
          region.offset += zip(region.strides, times).reduce(0) { $0 + $1.0 * $1.1 }
          return region
        }
        var result = instruction
        result.reads = instruction.reads.map(moved)
        result.writes = instruction.writes.map(moved)
        return [result]
      }
    }
    return turns(instructions, [])
  }
}

@Suite struct OverlapTests {
  @Test func noBufferIsOverwrittenBeforeItsLastRead() throws {
    for seed in 0..<300 {
      let random = RandomGraph.make(seed: UInt64(seed), size: 10 + seed % 60, families: [.batches, .scans])
      for options in [LoweringOptions(), .unoptimized, options(without: "in place")] {
        let plan = try lower(random.graph, batch: random.batch, options: options)
        #expect(overlaps(plan) == [], "seed \(seed)")
      }
    }
  }

  @Test func theCheckerSeesAnOverlap() throws {
    var plan = try lower(perceptron(), batch: 16)
    for index in plan.buffers.indices {
      if case .arena = plan.buffers[index].place { plan.buffers[index].place = .arena(offset: 0) }
    }
    #expect(!overlaps(plan).isEmpty)
  }
}
