import CKernels
import Lowering
import Tensors

/// A plan with its memory: inputs to fill, a run, outputs to read. A run allocates nothing.
///
/// One executable runs on one thread at a time. Executables that share an arena must not run at the same time, and the
/// outputs of one stay valid while others run.
package final class Executable {
  package let plan: Plan
  /// Programs of one trainer may share an arena, as they run one after the other.
  package let arena: AlignedMemory
  private let store: ParameterStore
  private let pool: ThreadPool
  private var memory: [AlignedMemory] = []
  private var addresses: [UnsafeMutableRawPointer] = []
  private var inputs: [String: UnsafeMutableRawBufferPointer] = [:]
  private var outputs: [String: UnsafeBufferPointer<Float>] = [:]
  private var integerOutputs: [String: UnsafeBufferPointer<Int32>] = [:]
  private var encoder: StepEncoder

  /// The seed of all random draws.
  package var seed: UInt64 { didSet { encoder.setSeed(seed) } }

  /// Binds a plan to the parameters of a store.
  ///
  /// - Parameters:
  ///   - threads: how many threads run, the caller's included; results do not depend on it.
  ///   - arena: memory to use, of at least the plan's size; new memory where nil.
  /// - Throws: ``ExecutionError`` where parameters are missing or memory does not suffice.
  package init(
    _ plan: Plan, store: ParameterStore, threads: Int = 1, seed: UInt64 = 0, arena: AlignedMemory? = nil
  ) throws {
    self.plan = plan
    self.store = store
    self.seed = seed
    pool = ThreadPool.shared(threads: threads)
    if let arena {
      precondition(arena.byteCount >= plan.arenaBytes, "the shared arena is too small for this plan")
      self.arena = arena
    } else {
      let free = availableMemory()
      guard plan.arenaBytes <= free else { throw ExecutionError.outOfMemory(needed: plan.arenaBytes, free: free) }
      self.arena = try AlignedMemory(byteCount: plan.arenaBytes)
    }
    encoder = StepEncoder(plan)
    try bindBuffers()
    encoder.encode(at: addresses)
    encoder.setSeed(seed)
    nnk_thread_prepare()
  }

  deinit { encoder.destroy() }

  private func bindBuffers() throws {
    for buffer in plan.buffers {
      switch buffer.place {
      case .arena(let offset): addresses.append(arena.start + offset)
      case .parameter(let path):
        guard let entry = store.entries[path] else { throw ExecutionError.missingParameter(path) }
        guard entry.values.count == buffer.count, let start = entry.values.baseAddress else {
          throw ExecutionError.mismatchedParameter(path, expected: buffer.sizes, found: entry.shape)
        }
        addresses.append(UnsafeMutableRawPointer(start))
      case .input(let name):
        let start = try newMemory(buffer)
        inputs[name] = UnsafeMutableRawBufferPointer(start: start, count: buffer.byteCount)
      case .output(let name):
        let start = try newMemory(buffer)
        if buffer.dtype == .int32 {
          let integers = start.bindMemory(to: Int32.self, capacity: max(buffer.count, 1))
          integerOutputs[name] = UnsafeBufferPointer(start: integers, count: buffer.count)
        } else {
          let floats = start.bindMemory(to: Float.self, capacity: max(buffer.byteCount / 4, 1))
          outputs[name] = UnsafeBufferPointer(start: floats, count: buffer.byteCount / 4)
        }
      case .constant(let tensor): write(tensor, to: try newMemory(buffer))
      }
    }
  }

  private func newMemory(_ buffer: Plan.Buffer) throws -> UnsafeMutableRawPointer {
    let block = try AlignedMemory(byteCount: buffer.byteCount)
    memory.append(block)
    addresses.append(block.start)
    return block.start
  }

  private func write(_ tensor: HostTensor, to start: UnsafeMutableRawPointer) {
    func copy(_ bytes: UnsafeRawBufferPointer) {
      if let source = bytes.baseAddress { start.copyMemory(from: source, byteCount: bytes.count) }
    }
    switch tensor.storage {
    case .float32(let values): values.withUnsafeBytes(copy)
    case .int32(let values): values.withUnsafeBytes(copy)
    case .uint8(let values): values.withUnsafeBytes(copy)
    }
  }

  /// Whether the program reads an input of this name; what no result needs is not part of a plan.
  package func hasInput(_ name: String) -> Bool { inputs[name] != nil }

  /// The memory of an input, row-major with the batch in front, to be filled before a run. It lives as long as the
  /// executable.
  package func input(_ name: String) -> UnsafeMutableRawBufferPointer {
    guard let input = inputs[name] else { preconditionFailure("the plan has no input '\(name)'") }
    return input
  }

  /// The values of a float32 output after a run; they live as long as the executable.
  package func output(_ name: String) -> UnsafeBufferPointer<Float> {
    guard let output = outputs[name] else { preconditionFailure("the plan has no float output '\(name)'") }
    return output
  }

  /// The values of an int32 output after a run.
  package func integerOutput(_ name: String) -> UnsafeBufferPointer<Int32> {
    guard let output = integerOutputs[name] else { preconditionFailure("the plan has no integer output '\(name)'") }
    return output
  }

  /// Runs the program once.
  ///
  /// - Parameters:
  ///   - iteration: the step of training, which random draws depend on.
  ///   - rows: the row of the data set behind each example of the batch; 0, 1, 2, … where nil.
  package func run(iteration: UInt64 = 0, rows: UnsafePointer<Int32>? = nil) {
    var frame = nnk_frame(iteration: UInt32(truncatingIfNeeded: iteration), rows: rows, pool: pool.pool)
    withExtendedLifetime(self) { nnk_plan_run(encoder.steps, Int64(encoder.count), &frame) }
  }

  /// Runs one instruction of the plan.
  func runInstruction(_ index: Int, iteration: UInt64, rows: UnsafePointer<Int32>?) {
    var frame = nnk_frame(iteration: UInt32(truncatingIfNeeded: iteration), rows: rows, pool: pool.pool)
    withExtendedLifetime(self) { nnk_plan_run(encoder.steps + index, 1, &frame) }
  }

  /// The float32 elements of a region, first to last.
  func floats(of region: Region) -> UnsafeBufferPointer<Float> {
    let start = addresses[region.buffer].assumingMemoryBound(to: Float.self)
    return UnsafeBufferPointer(start: start + region.offset, count: region.extent)
  }

  /// What each instruction took, over several runs.
  package struct Profile: Sendable {
    package var steps: Int
    /// Nanoseconds of each of the plan's instructions (see ``Plan/lines``), all runs together.
    package var nanoseconds: [Int]
  }

  /// Runs the program several times (with its effects) and measures each instruction.
  package func profile(steps: Int, iteration: UInt64 = 0, rows: UnsafePointer<Int32>? = nil) -> Profile {
    var times = [Int64](repeating: 0, count: max(encoder.total, 1))
    for step in 0..<steps {
      var frame = nnk_frame(
        iteration: UInt32(truncatingIfNeeded: iteration &+ UInt64(step)), rows: rows, pool: pool.pool)
      nnk_plan_profile(encoder.steps, Int64(encoder.count), &frame, &times)
    }
    return Profile(steps: steps, nanoseconds: times.prefix(encoder.total).map(Int.init))
  }

  /// How often the kernels have asked the system for memory since the process began: the same before and after a run.
  package static var allocationCount: Int { Int(nnk_allocation_count()) }
}

/// The instruction set that the kernels were chosen for: `AVX2`, say. Results are the same bits on one of them.
package func instructionSetName() -> String {
  switch nnk_selected() {
  case nnk_isa_avx512: "AVX-512"
  case nnk_isa_avx2: "AVX2"
  case nnk_isa_neon: "NEON"
  default: "portable"
  }
}
