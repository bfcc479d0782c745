import Datasets

/// Endless batches: every epoch in an order of its own, a function of seed and epoch.
struct BatchStream {
  private let rows: [Int32]
  private let batch: Int
  private let seed: UInt64
  private var epoch = 0
  private var order: [Int32]
  private var position = 0

  init(rows: [Int32], batch: Int, seed: UInt64) {
    self.rows = rows
    self.batch = batch
    self.seed = seed
    order = BatchStream.shuffled(rows, epoch: 0, seed: seed)
  }

  private static func shuffled(_ rows: [Int32], epoch: Int, seed: UInt64) -> [Int32] {
    Datasets.order(epoch: epoch, seed: seed, rows: rows.count).map { rows[Int($0)] }
  }

  /// Calls the body with the next batch.
  mutating func withNext<Result>(_ body: (UnsafeBufferPointer<Int32>) throws -> Result) rethrows -> Result {
    if position >= order.count {
      epoch += 1
      position = 0
      order = BatchStream.shuffled(rows, epoch: epoch, seed: seed)
    }
    let end = min(position + batch, order.count)
    defer { position = end }
    return try order.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[position..<end])) }
  }
}
