import Datasets
import Tensors

/// Values for every row in one block of memory, ready to be gathered into a batch.
final class RowStore: @unchecked Sendable {
  let bytesPerRow: Int
  let base: UnsafeMutableRawPointer
  let rows: Int

  /// Uninitialised memory for so many rows.
  init(rows: Int, bytesPerRow: Int) {
    self.rows = rows
    self.bytesPerRow = bytesPerRow
    base = .allocate(byteCount: max(rows * bytesPerRow, 64), alignment: 64)
  }

  deinit { base.deallocate() }

  /// Copies some rows, one after another.
  func gather(_ indices: UnsafeBufferPointer<Int32>, into target: UnsafeMutableRawPointer) {
    var destination = target
    let width = bytesPerRow
    if width <= 64 && width % 4 == 0 {
      // Short rows: copying words beats a call for each row.
      let words = width / 4
      for row in indices {
        let source = (base + Int(row) * width).assumingMemoryBound(to: UInt32.self)
        let words32 = destination.assumingMemoryBound(to: UInt32.self)
        for word in 0..<words { words32[word] = source[word] }
        destination += width
      }
      return
    }
    for row in indices {
      destination.copyMemory(from: base + Int(row) * width, byteCount: width)
      destination += width
    }
  }
}
