import CKernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Kernel tests change the one global choice of instruction set, so they run one after another.
@Suite(.serialized) struct KernelTests {}

/// The instruction sets that this machine can run.
let instructionSets: [nnk_isa] = [nnk_isa_portable, nnk_isa_neon, nnk_isa_avx2, nnk_isa_avx512]
  .filter(nnk_isa_available)

/// Calls `body` with each available instruction set selected.
func onEveryInstructionSet(_ body: (String) throws -> Void) rethrows {
  let before = nnk_selected()
  defer { nnk_select(before) }
  for isa in instructionSets {
    nnk_select(isa)
    try body(String(cString: nnk_isa_name(isa)))
  }
}

/// A small, fast generator with a fixed seed (SplitMix64, Steele et al. 2014).
struct TestRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A whole number in 0 ..< bound.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
  mutating func flip() -> Bool { next() & 1 == 1 }
  /// A size from 1 to `most`, small ones more often.
  mutating func size(_ most: Int) -> Int { 1 + below(1 + below(most)) }
}

/// Memory that ends exactly where a page without access begins, so that one byte read or written too far is a crash.
struct GuardedBuffer {
  let floats: UnsafeMutablePointer<Float>
  let count: Int
  private let mapping: UnsafeMutableRawPointer
  private let length: Int

  init(capacity: Int) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let body = (capacity * 4 + page - 1) / page * page
    length = body + page
    #if canImport(Glibc)
      let flags = MAP_PRIVATE | MAP_ANONYMOUS
    #else
      let flags = MAP_PRIVATE | MAP_ANON
    #endif
    mapping = mmap(nil, length, PROT_READ | PROT_WRITE, flags, -1, 0)
    precondition(mapping != MAP_FAILED && mprotect(mapping + body, page, PROT_NONE) == 0)
    count = capacity
    floats = (mapping + body - capacity * 4).bindMemory(to: Float.self, capacity: capacity)
  }

  /// The last `count` elements, which end at the guard page.
  func last(_ count: Int) -> UnsafeMutablePointer<Float> {
    precondition(count <= self.count)
    return floats + (self.count - count)
  }

  /// The last `count` words as whole numbers.
  func lastInts(_ count: Int) -> UnsafeMutablePointer<Int32> {
    UnsafeMutableRawPointer(last(count)).bindMemory(to: Int32.self, capacity: count)
  }

  func free() { munmap(mapping, length) }
}

func freeAll(_ buffers: [GuardedBuffer]) { for buffer in buffers { buffer.free() } }

extension UnsafeMutablePointer<Float> {
  /// Small whole numbers, so that sums are exact in any order.
  func fillWithIntegers(_ count: Int, _ random: inout TestRandom, range: Int = 4) {
    for i in 0..<count { self[i] = Float(random.below(2 * range + 1) - range) }
  }
}
