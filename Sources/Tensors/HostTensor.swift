/// The element types that a graph computes with. Truth values are floats 0 and 1; classes and tokens are `int32`.
package enum DType: String, Sendable, Hashable, CaseIterable {
  case float32, int32, uint8
  package var byteCount: Int { self == .uint8 ? 1 : 4 }
}

/// Numbers in host memory, row-major.
package struct HostTensor: Sendable, Hashable {
  package enum Storage: Sendable, Hashable {
    case float32([Float])
    case int32([Int32])
    case uint8([UInt8])
  }
  package var shape: [Int]
  package var storage: Storage

  package init(shape: [Int], storage: Storage) {
    self.shape = shape
    self.storage = storage
    precondition(count == shape.reduce(1, *), "a tensor's storage must fit its shape")
  }

  package init(shape: [Int], _ values: [Float]) { self.init(shape: shape, storage: .float32(values)) }

  package var count: Int {
    switch storage {
    case .float32(let values): values.count
    case .int32(let values): values.count
    case .uint8(let values): values.count
    }
  }

  package var dtype: DType {
    switch storage {
    case .float32: .float32
    case .int32: .int32
    case .uint8: .uint8
    }
  }

  /// The values as floats, whatever they are stored as.
  package var floats: [Float] {
    switch storage {
    case .float32(let values): values
    case .int32(let values): values.map(Float.init)
    case .uint8(let values): values.map(Float.init)
    }
  }
}

/// The product of sizes, or nil where it exceeds 64 bits or a size is negative.
package func checkedProduct(_ sizes: some Sequence<Int>) -> Int? {
  var product = 1
  for size in sizes {
    guard size >= 0 else { return nil }
    let (value, overflow) = product.multipliedReportingOverflow(by: size)
    if overflow { return nil }
    product = value
  }
  return product
}
