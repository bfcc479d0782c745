import CKernels
import Synchronization

/// Threads that kernels spread their parts over. One pool serves all programs that ask for the same number of threads.
package final class ThreadPool: @unchecked Sendable {
  // Safe to share: the C pool is made for calls from several threads, and the reference never changes.
  let pool: OpaquePointer

  private init(threads: Int) { pool = nnk_pool_create(Int32(clamping: max(1, threads))) }

  private static let pools = Mutex<[Int: ThreadPool]>([:])

  /// The pool of this many threads, the caller included; it lives as long as the process.
  package static func shared(threads: Int) -> ThreadPool {
    pools.withLock { pools in
      if let pool = pools[threads] { return pool }
      let pool = ThreadPool(threads: threads)
      pools[threads] = pool
      return pool
    }
  }
}
