/// What the numbers of a tensor mean.
package enum Element: Sendable, Hashable {
  /// Floats; the only element that carries gradients.
  case float
  /// Truth values, computed as floats 0 and 1.
  case bool
  /// One of a number of classes, an index from 0.
  case classes(Dimension)
  /// One of a vocabulary of tokens, an index from 0.
  case token(Dimension)
  /// Text; only columns and outputs have it.
  case text
}

/// One axis of a per-example shape.
package struct Axis: Sendable, Hashable {
  package var size: Dimension
  /// Not nil for a length that differs from example to example (`T <= 200`): its greatest value.
  package var limit: Dimension?
  package init(_ size: Dimension, limit: Dimension? = nil) {
    self.size = size
    self.limit = limit
  }
  package var isVarying: Bool { limit != nil }
}

/// A per-example shape; the batch is never part of it. The order of axes is height, width, channels; time, features.
package struct Shape: Sendable, Hashable {
  /// The name of a leading pack (`...S`) that stands for any number of axes; only in generic signatures.
  package var pack: String?
  package var axes: [Axis]
  package init(pack: String? = nil, _ axes: [Axis]) {
    self.pack = pack
    self.axes = axes
  }
  package init(_ sizes: [Dimension]) { self.init(sizes.map { Axis($0) }) }
  package static let scalar = Shape([Axis]())
  package var isScalar: Bool { pack == nil && axes.isEmpty }
  /// The number of axes, where it is known.
  package var rank: Int? { pack == nil ? axes.count : nil }
  package var sizes: [Dimension] { axes.map(\.size) }
}

/// The type of one example of a tensor: `[28, 28, 1]`, `class(10)`, `token(65)[64]`.
package struct TensorType: Sendable, Hashable {
  package var element: Element
  package var shape: Shape
  package init(_ element: Element, _ shape: Shape) {
    self.element = element
    self.shape = shape
  }
  package static let scalar = TensorType(.float, .scalar)
}

/// The word for an axis, by the language's one order: counted from the end, channels (features), then width or time,
/// then height.
package enum AxisName: String, Sendable, Hashable, CaseIterable {
  case height, width, channels, time, features

  /// The index of the axis in a shape of this rank, or nil where that rank has no such axis.
  package func index(rank: Int) -> Int? {
    switch self {
    case .channels, .features: rank >= 1 ? rank - 1 : nil
    case .time: rank == 2 ? 0 : nil
    case .width: rank == 3 ? 1 : nil
    case .height: rank == 3 ? 0 : nil
    }
  }
}
