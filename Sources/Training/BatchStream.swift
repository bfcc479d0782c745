import Datasets

/// Endless batches: every epoch in an order of its own, a function of seed and epoch.
struct BatchStream {
  private let rows: [Int32]
  private let size: Int
  private let seed: UInt64
  private var epoch = 0
  private var order: [Int32]
  private var position = 0

  /// - Parameter taken: the batches that were taken before.
  init(rows: [Int32], batch: Int, seed: UInt64, taken: Int = 0) {
    self.rows = rows
    size = batch
    self.seed = seed
    let perEpoch = max((rows.count + batch - 1) / batch, 1)
    epoch = taken / perEpoch
    position = taken % perEpoch * batch
    order = BatchStream.shuffled(rows, epoch: epoch, seed: seed)
  }

  private static func shuffled(_ rows: [Int32], epoch: Int, seed: UInt64) -> [Int32] {
    Datasets.order(epoch: epoch, seed: seed, rows: rows.count).map { rows[Int($0)] }
  }

  /// Replaces the contents of an array by the next batch.
  mutating func next(into batch: inout [Int32]) {
    if position >= order.count {
      epoch += 1
      position = 0
      order = BatchStream.shuffled(rows, epoch: epoch, seed: seed)
    }
    let end = min(position + size, order.count)
    batch.removeAll(keepingCapacity: true)
    batch.append(contentsOf: order[position..<end])
    position = end
  }
}
