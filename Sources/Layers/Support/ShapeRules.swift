import Declarations
import Tensors

extension ShapeContext {
  /// The first input.
  var input: TensorType { inputs[0] }

  /// The last axis of an input, or a reason that names what needs it.
  func lastAxis(_ name: String, _ index: Int = 0) throws(ShapeReason) -> Axis {
    let shape = inputs[index].shape
    if let axis = shape.axes.last { return axis }
    guard let pack = shape.pack else {
      throw ShapeReason(
        "`\(name)` needs at least one axis, but gets a scalar", detail: "this is a scalar", input: index)
    }
    throw ShapeReason(
      "`\(name)` works on the last axis, which `[...\(pack)]` leaves open", detail: "the last axis is not known",
      input: index, note: "write the last axis: `[...\(pack), D]`")
  }

  /// The last axis of an input, of a length that is the same for every example.
  func fixedLastAxis(_ name: String, _ index: Int = 0) throws(ShapeReason) -> Dimension {
    let axis = try lastAxis(name, index)
    if let limit = axis.limit {
      throw ShapeReason(
        "`\(name)` needs a last axis of one size, but its length differs from example to example",
        detail: "this axis has up to \(limit.description) positions", input: index,
        axis: inputs[index].shape.axes.count - 1)
    }
    fix(axis.size)
    return axis.size
  }

  /// The number of axes of an input, or a reason that names what needs it.
  func rank(_ name: String, _ index: Int = 0) throws(ShapeReason) -> Int {
    guard let rank = inputs[index].shape.rank else {
      throw ShapeReason(
        "`\(name)` needs to know the number of axes, which \(words(inputs[index].shape)) leaves open",
        detail: "the number of axes is not known", input: index)
    }
    return rank
  }

  /// Requires two shapes to be equal; `message` says what for. `input` is the one to point at.
  func requireEqual(_ a: Shape, _ b: Shape, input: Int?, _ message: @autoclosure () -> String) throws(ShapeReason) {
    guard a.pack == b.pack, a.axes.count == b.axes.count else {
      let isOneOff = a.pack == b.pack && abs(a.axes.count - b.axes.count) == 1
      let longer = a.axes.count > b.axes.count ? a : b
      let note = isOneOff && longer.axes.last?.size.constant == 1 ? "`-> squeeze` drops a last axis of size 1" : nil
      throw ShapeReason(message(), detail: "\(words(a)) and \(words(b))", input: input, note: note)
    }
    for (index, (x, y)) in zip(a.axes, b.axes).enumerated() where x != y {
      guard x.isVarying == y.isVarying else {
        throw ShapeReason(message(), detail: "\(words(a)) and \(words(b))", input: input, axis: index)
      }
      try requireEqual(x.size, y.size, input: input, axis: index, message())
    }
  }

  /// Requires two sizes to be equal.
  func requireEqual(
    _ a: Dimension, _ b: Dimension, input: Int?, axis: Int? = nil, setting: String? = nil,
    _ message: @autoclosure () -> String
  ) throws(ShapeReason) {
    if a == b { return }
    let fact = Fact.equal(a, b)
    let detail = "\(a.description) and \(b.description)"
    try require(
      fact, ShapeReason(message(), detail: detail, setting: setting, input: input, axis: axis, requirement: fact))
  }

  /// The axes that `over:` names, as indices into ``Shape/axes`` of the first input, ascending; nil where it is left
  /// out.
  func axes(_ name: String) throws(ShapeReason) -> [Int]? {
    guard settings.isGiven("over") else { return nil }
    let shape = input.shape
    var indices: [Int] = []
    for axis in settings.axes("over") {
      let fromEnd = axis == .channels || axis == .features
      let index = fromEnd && !shape.axes.isEmpty ? shape.axes.count - 1 : shape.rank.flatMap { axis.index(rank: $0) }
      guard let index else {
        throw ShapeReason(
          "\(words(shape)) has no axis `\(axis.rawValue)`", detail: axisNames(shape), setting: "over", input: 0)
      }
      if indices.contains(index) {
        throw ShapeReason("`over:` of `\(name)` names one axis twice", detail: "`\(axis.rawValue)`", setting: "over")
      }
      indices.append(index)
    }
    return indices.sorted()
  }

  /// The shape of a reduction over the axes that `over:` names, or over all.
  func reduced(_ name: String) throws(ShapeReason) -> Shape {
    guard let axes = try axes(name) else { return .scalar }
    var result = input.shape
    for axis in axes.reversed() { result.axes.remove(at: axis) }
    return result
  }

  /// The shape of two values combined elementwise: equal shapes, a scalar, a trailing suffix, or equal rank with
  /// literal ones in one of them.
  func broadcast(_ name: String, _ a: Shape, _ b: Shape) throws(ShapeReason) -> Shape {
    if a == b || b.isScalar { return a }
    if a.isScalar { return b }
    let message = "`\(name)` needs shapes that fit each other, but gets \(words(a)) and \(words(b))"
    if a.pack == nil, b.pack == nil, a.axes.count == b.axes.count {
      for (wide, narrow) in [(a, b), (b, a)]
      where zip(wide.axes, narrow.axes).allSatisfy({ $0 == $1 || $1.size.constant == 1 }) { return wide }
      try requireEqual(a, b, input: 1, message)
      return a
    }
    let (long, short) = a.axes.count >= b.axes.count ? (a, b) : (b, a)
    guard short.pack == nil else { throw ShapeReason(message, detail: "\(words(a)) and \(words(b))", input: 1) }
    try requireEqual(Shape(Array(long.axes.suffix(short.axes.count))), short, input: 1, message)
    return long
  }
}

/// A shape in a sentence: `[T <= 200, 16]` in backticks, or "a scalar".
func words(_ shape: Shape) -> String { shape.isScalar ? "a scalar" : "`\(shape.description)`" }

/// The names that the axes of a shape have, as a hint.
private func axisNames(_ shape: Shape) -> String {
  switch shape.rank {
  case 0?: "a scalar has no axes"
  case 1?: "its axis is `channels` or `features`"
  case 2?: "its axes are `time` and `features`"
  case 3?: "its axes are `height`, `width` and `channels`"
  default: "only its last axis has a name: `channels` or `features`"
  }
}

extension TensorType {
  /// The number of classes or of tokens that an index may name; nil for other elements.
  var classCount: Dimension? {
    switch element {
    case .classes(let count), .token(let count): count
    default: nil
    }
  }
}
