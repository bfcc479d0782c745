/// All instructions of a plan in a line, those in the bodies of loops between the beginning and the end of their loop:
/// the times that lives of buffers are told in.
struct InstructionLine {
  struct Site {
    /// Nil where a loop begins or ends.
    var instruction: Instruction?
    /// The loops around it, the outermost first, as ranges of the line.
    var loops: [Int]
  }
  private(set) var sites: [Site] = []
  /// First and last time of each loop.
  private(set) var loops: [ClosedRange<Int>] = []

  init(_ plan: Plan) { add(plan.instructions, inside: []) }

  private mutating func add(_ instructions: [Instruction], inside enclosing: [Int]) {
    for instruction in instructions {
      guard case .scan(let repeated) = instruction.kind else {
        sites.append(Site(instruction: instruction, loops: enclosing))
        continue
      }
      let start = sites.count
      let loop = loops.count
      loops.append(start...start)
      sites.append(Site(instruction: nil, loops: enclosing))
      add(repeated.body, inside: enclosing + [loop])
      sites.append(Site(instruction: nil, loops: enclosing))
      loops[loop] = start...sites.count - 1
    }
  }

  /// From when to when each buffer is alive: what is touched outside of a loop too, or moves with its steps, lives as long
  /// as the loop; what is made anew in each step lives within the body.
  func lives(in plan: Plan, where isCounted: (Int) -> Bool) -> [ClosedRange<Int>?] {
    /// How many of the loops around all its uses a buffer is made anew in.
    var depth = [Int?](repeating: nil, count: plan.buffers.count)
    var paths = [[Int]](repeating: [], count: plan.buffers.count)
    for site in sites {
      guard let instruction = site.instruction else { continue }
      for region in instruction.reads + instruction.writes {
        let moving = region.strides.firstIndex { $0 != 0 } ?? site.loops.count
        var common = min(moving, site.loops.count)
        if let known = depth[region.buffer] {
          let shared = zip(paths[region.buffer], site.loops).prefix { $0 == $1 }.count
          common = min(common, known, shared)
        }
        depth[region.buffer] = common
        paths[region.buffer] = Array(site.loops.prefix(common))
      }
    }
    var lives = [ClosedRange<Int>?](repeating: nil, count: plan.buffers.count)
    for (time, site) in sites.enumerated() {
      guard let instruction = site.instruction else { continue }
      for region in instruction.reads + instruction.writes where isCounted(region.buffer) {
        let home = depth[region.buffer] ?? 0
        let span = site.loops.count > home ? loops[site.loops[home]] : time...time
        let known = lives[region.buffer] ?? span
        lives[region.buffer] =
          min(known.lowerBound, span.lowerBound)...max(known.upperBound, span.upperBound)
      }
    }
    return lives
  }
}
