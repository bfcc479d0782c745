import Declarations
import Graphs
import Tensors

/// The settings that layers over windows share.
enum WindowSettings {
  static let filters = SettingDeclaration(
    "filters", .integer(1...1_000_000_000), isPositional: true, doc: "The number of channels of the result.")
  static let kernel = SettingDeclaration(
    "kernel", sizes(atLeast: 1), doc: "The size of the window: one number, or one for each axis, `[3, 5]`.")
  static let stride = SettingDeclaration(
    "stride", sizes(atLeast: 1), default: .integer(1), doc: "How far the window moves, by axis where it is a list.")
  static let dilation = SettingDeclaration(
    "dilation", sizes(atLeast: 1), default: .integer(1), doc: "The distance between the places of the window.")
  static let padding = SettingDeclaration(
    "padding", .oneOf([.word(["valid", "same"]), .integer(0...1_000_000)]), default: .word("valid"),
    doc:
      "Zeros around the input: `valid` for none, `same` for as many as keep the size (divided by the stride, rounded "
      + "up; an odd one goes behind), or their number on each side.")
  static let groups = SettingDeclaration(
    "groups", .integer(1...1_000_000), default: .integer(1),
    doc: "Into how many groups the channels are split; each filter sees the channels of one.")
  static let bias = SettingDeclaration(
    "bias", .boolean, default: .boolean(true), doc: "Whether a bias is added to every channel.")

  /// Those of pooling.
  static let pooling = [
    SettingDeclaration(
      "kernel", sizes(atLeast: 1), isPositional: true,
      doc: "The size of the window: one number, or one for each axis, `[2, 3]`."),
    SettingDeclaration(
      "stride", sizes(atLeast: 1), isOptional: true,
      doc: "How far the window moves; as far as it is large where left out."),
    SettingDeclaration(
      "padding", .oneOf([.word(["valid", "same"]), .integer(0...1_000_000)]), default: .word("valid"),
      doc:
        "Room around the input that takes no part: `valid` for none, `same` for as much as keeps the size (divided by "
        + "the stride, rounded up), or the number of positions on each side."),
  ]

  static func initializer(_ word: String, note: String? = nil) -> SettingDeclaration {
    SettingDeclaration(
      "initializer", .word(["glorot", "he", "lecun", "orthogonal", "zeros"]), default: .word(word),
      doc: "How the weights start; biases start at 0." + (note.map { " " + $0 } ?? ""))
  }

  private static func sizes(atLeast least: Int) -> SettingKind { .oneOf([.integer(least...1_000_000)]) }

  /// The results along the first axis stand at the positions of the input: there are as many, and as much padding before
  /// them as behind, but for `same`.
  static let keepsPositions = PositionRule("with `padding: same` and a stride of 1") { inputs, settings in
    guard let axes = inputs.first.map({ $0.shape.axes.count - 1 }), axes == 1 || axes == 2,
      settings.sizes("stride", axes: axes)?.first?.constant == 1, let padding = settings.paddings(axes: axes)?.first
    else { return false }
    switch padding {
    case .same: return true
    case .both(let size):
      guard let kernel = settings.sizes("kernel", axes: axes)?.first,
        let dilation = settings.sizes("dilation", axes: axes)?.first
      else { return false }
      return size * 2 == dilation * (kernel - 1)
    }
  }
}

/// The padding along one axis.
enum Padding {
  case same
  case both(Dimension)
}

extension Settings {
  /// A size for each of some axes: one for all, or a list; nil where the list has another length.
  func sizes(_ label: String, axes: Int) -> [Dimension]? {
    switch values[label] {
    case .integer(let size)?: return [Dimension](repeating: size, count: axes)
    case .list(let values)?:
      let sizes = values.compactMap { if case .integer(let size) = $0 { size } else { nil } }
      return sizes.count == axes && values.count == axes ? sizes : nil
    default: return nil
    }
  }

  func paddings(axes: Int) -> [Padding]? {
    func padding(_ value: SettingValue) -> Padding? {
      switch value {
      case .integer(let size): .both(size)
      case .word("same"): .same
      case .word: .both(0)
      default: nil
      }
    }
    if case .list(let values)? = values["padding"] {
      let paddings = values.compactMap(padding)
      return paddings.count == axes && values.count == axes ? paddings : nil
    }
    return values["padding"].flatMap(padding).map { [Padding](repeating: $0, count: axes) }
  }
}

/// What a layer over windows works on: positions along one axis or two, and channels.
struct WindowedInput {
  var positions: [Dimension]
  var channels: Dimension
  /// What positions along an axis are called.
  var words: [String] { positions.count == 1 ? ["positions"] : ["rows", "columns"] }
}

extension ShapeContext {
  /// An image `[H, W, C]` or a series `[T, C]`, or a reason.
  func windowed(_ name: String) throws(ShapeReason) -> WindowedInput {
    let rank = try rank(name)
    let shape = input.shape
    guard rank == 2 || rank == 3 else {
      throw ShapeReason(
        "`\(name)` works on an image `[H, W, C]` or a series `[T, C]`, but gets \(Layers.words(shape))",
        detail: rank == 1 ? "no axis of positions beside the channels" : "\(rank) axes", input: 0,
        note: rank == 1 ? "`-> reshape([28, 28, 1])` makes an image of 784 numbers, `-> reshape([T, 1])` a series" : nil
      )
    }
    return WindowedInput(positions: Array(shape.sizes.dropLast()), channels: shape.sizes[rank - 1])
  }

  /// The sizes that a setting gives each axis of positions.
  func windowSizes(_ label: String, _ name: String, _ input: WindowedInput) throws(ShapeReason) -> [Dimension] {
    if let sizes = settings.sizes(label, axes: input.positions.count) { return sizes }
    throw wrongCount(label, name, input)
  }

  func windowPaddings(_ name: String, _ input: WindowedInput) throws(ShapeReason) -> [Padding] {
    if let paddings = settings.paddings(axes: input.positions.count) { return paddings }
    throw wrongCount("padding", name, input)
  }

  private func wrongCount(_ label: String, _ name: String, _ input: WindowedInput) -> ShapeReason {
    let count = input.positions.count
    let wanted = count == 1 ? "one number here" : "one number or a list of two here, one for rows and one for columns"
    return ShapeReason(
      "`\(label)` of `\(name)` is \(wanted)", detail: "the input is \(Layers.words(self.input.shape))", setting: label)
  }

  /// The positions of the result of a window that moves over the input.
  func windowPositions(_ name: String, _ input: WindowedInput) throws(ShapeReason) -> [Dimension] {
    let kernel = try windowSizes("kernel", name, input)
    let strides = settings.isGiven("stride") ? try windowSizes("stride", name, input) : kernel
    let dilations =
      settings.isGiven("dilation") ? try windowSizes("dilation", name, input) : kernel.map { _ in Dimension(1) }
    let paddings = try windowPaddings(name, input)
    var result: [Dimension] = []
    for (axis, size) in input.positions.enumerated() {
      switch paddings[axis] {
      case .same: result.append((size + strides[axis] - 1).floorDivided(by: strides[axis]))
      case .both(let padding):
        let extent = dilations[axis] * (kernel[axis] - 1) + 1
        let padded = size + padding * 2
        let fact = Fact.atLeast(padded, extent)
        let isDilated = dilations[axis].constant != 1
        let window =
          isDilated
          ? "a window of \(kernel[axis].description) places \(dilations[axis].description) apart"
          : "a window of \(kernel[axis].description)"
        let found = padding.constant == 0 ? size.description : "\(padded.description) padded"
        try require(
          fact,
          ShapeReason(
            "`\(name)` puts \(window) over \(found) \(input.words[axis]), and it does not fit",
            detail: "this needs at least \(extent.description) \(input.words[axis])", setting: "kernel", input: 0,
            axis: axis, requirement: fact, note: "`padding: same` keeps the size"))
        result.append((padded - extent).floorDivided(by: strides[axis]) + 1)
      }
    }
    return result
  }

  /// Requires that no window of a pool lies in the padding alone, where there is nothing to pool.
  func requireReal(_ name: String, _ input: WindowedInput) throws(ShapeReason) {
    let kernel = try windowSizes("kernel", name, input)
    for (axis, padding) in try windowPaddings(name, input).enumerated() {
      guard case .both(let padding) = padding else { continue }
      let fact = Fact.atLeast(kernel[axis], padding + 1)
      try require(
        fact,
        ShapeReason(
          "`\(name)` of \(kernel[axis].description) with a padding of \(padding.description) has windows that see "
            + "nothing of the input", detail: "less than \(kernel[axis].description) is needed", setting: "padding",
          requirement: fact))
    }
  }

  /// Requires both numbers of channels to split into the groups.
  func requireGroups(_ name: String, _ channels: Dimension, _ filters: Dimension) throws(ShapeReason) {
    let groups = settings.dimension("groups")
    for (size, word) in [(channels, "channels of the input"), (filters, "filters")] {
      let fact = Fact.divisible(size, by: groups)
      var detail = "\(size.description) % \(groups.description) is not 0"
      if let size = size.constant, let groups = groups.constant, groups > 0 {
        detail = "\(size) % \(groups) is \(size % groups)"
      }
      try require(
        fact,
        ShapeReason(
          "`\(name)` splits \(size.description) \(word) into \(groups.description) groups, and they do not come out even",
          detail: detail, setting: "groups", input: word == "filters" ? nil : 0,
          axis: word == "filters" ? nil : self.input.shape.axes.count - 1, requirement: fact))
    }
  }
}

extension BuildContext {
  /// The window that the settings describe over an image of some positions.
  func window(over positions: [Int], stridesByKernel: Bool = false) -> Window {
    let axes = positions.count
    func sizes(_ label: String) -> [Int]? { settings.sizes(label, axes: axes)?.map { $0.constant ?? 1 } }
    guard let kernel = sizes("kernel"), let paddings = settings.paddings(axes: axes) else {
      preconditionFailure("the shape rule has seen these settings")
    }
    var window = Window(image: positions, kernel: kernel)
    window.strides = sizes("stride") ?? (stridesByKernel ? kernel : positions.map { _ in 1 })
    window.dilations = sizes("dilation") ?? positions.map { _ in 1 }
    (window.low, window.high) = ([], [])
    for axis in 0..<axes {
      var (low, high) = (0, 0)
      switch paddings[axis] {
      case .both(let size): (low, high) = (size.constant ?? 0, size.constant ?? 0)
      case .same:
        let stride = window.strides[axis]
        let windows = (positions[axis] + stride - 1) / stride
        let extent = window.dilations[axis] * (kernel[axis] - 1) + 1
        let total = max(0, (windows - 1) * stride + extent - positions[axis])
        (low, high) = (total / 2, total - total / 2)
      }
      window.low.append(low)
      window.high.append(high)
    }
    return axes == 2 ? window : window.asRow
  }

  /// The input as an image: a series is an image of one row. Behind the end of an example are zeros, as around it.
  var image: ValueID {
    let shape = shape(input)
    let real = mask(0).map { graph.masked(input, by: $0) } ?? input
    return shape.count == 3 ? real : graph.reshape(real, [1] + shape)
  }

  /// An image as what the input is.
  func likeInput(_ image: ValueID) -> ValueID {
    let size = shape(image)
    return shape(input).count == 3 ? image : graph.reshape(image, Array(size.dropFirst()))
  }

  /// A weight of a kernel of one axis or two, as one of two.
  func kernelWeight(_ name: String) -> ValueID {
    let weight = self.weight(name)
    let shape = graph.shape(of: weight)
    return shape.count == 4 ? weight : graph.reshape(weight, [1] + shape)
  }
}

extension Window {
  /// A window over one axis as one over the columns of one row.
  fileprivate var asRow: Window {
    Window(
      image: [1] + image, kernel: [1] + kernel, strides: [1] + strides, dilations: [1] + dilations, low: [0] + low,
      high: [0] + high)
  }
}

/// Positions that no window of a layer reaches, because the stride jumps over the end.
package struct DroppedPositions: Sendable, Hashable {
  /// `rows`, `columns` or `positions`.
  package let word: String
  /// How many there are, and of how many.
  package let count: Int
  package let size: Int
}

/// Places of a kernel that see nothing but padding, along one axis.
package struct DeadPlaces: Sendable, Hashable {
  /// `rows`, `columns` or `positions`.
  package var word: String
  package var count: Int
  package var kernel: Int
  package var size: Int
}

/// The places of the kernel of `conv` or `depthwise_conv` that no pixel ever reaches, because the image is smaller; none
/// where sizes are not constant, and for all other layers.
package func deadPlaces(_ name: String, _ type: TensorType, _ settings: Settings) -> [DeadPlaces] {
  let axes = type.shape.axes.count - 1
  guard ["conv", "depthwise_conv"].contains(name), type.shape.rank != nil, axes == 1 || axes == 2,
    let kernel = settings.sizes("kernel", axes: axes), let paddings = settings.paddings(axes: axes),
    let dilations = settings.sizes("dilation", axes: axes)
  else { return [] }
  let words = WindowedInput(positions: Array(type.shape.sizes.dropLast()), channels: 1).words
  return words.enumerated().compactMap { axis, word in
    guard let size = type.shape.sizes[axis].constant, let kernel = kernel[axis].constant,
      let dilation = dilations[axis].constant
    else { return nil }
    let before: Int
    let after: Int
    switch paddings[axis] {
    case .same:
      let extent = dilation * (kernel - 1)
      before = extent / 2
      after = extent - before
    case .both(let padding):
      guard let padding = padding.constant else { return nil }
      (before, after) = (padding, padding)
    }
    // The window begins `before` places ahead of the image at the earliest, and ends `after` behind it at the latest.
    let last = size + before + after - dilation * (kernel - 1) - 1
    guard last >= 0 else { return nil }
    let count = (0..<min(kernel, 1 << 16)).count { place in
      let first = place * dilation - before
      return first >= size || first + last < 0
    }
    return count > 0 ? DeadPlaces(word: word, count: count, kernel: kernel, size: size) : nil
  }
}

/// The positions of an input that `conv`, `depthwise_conv` or a pool drops; none where sizes are not constant, and for
/// all other layers.
package func droppedPositions(_ name: String, _ type: TensorType, _ settings: Settings) -> [DroppedPositions] {
  let axes = type.shape.axes.count - 1
  guard ["conv", "depthwise_conv", "max_pool", "average_pool"].contains(name), type.shape.rank != nil,
    axes == 1 || axes == 2, let kernel = settings.sizes("kernel", axes: axes),
    let paddings = settings.paddings(axes: axes)
  else { return [] }
  let strides = settings.sizes("stride", axes: axes) ?? kernel
  let dilations = settings.sizes("dilation", axes: axes) ?? kernel.map { _ in 1 }
  let words = WindowedInput(positions: Array(type.shape.sizes.dropLast()), channels: 1).words
  return words.enumerated().compactMap { axis, word in
    guard case .both(let padding) = paddings[axis], let size = type.shape.sizes[axis].constant,
      let kernel = kernel[axis].constant, let stride = strides[axis].constant, stride > 0,
      let dilation = dilations[axis].constant, let padding = padding.constant
    else { return nil }
    let room = size + 2 * padding - dilation * (kernel - 1) - 1
    // Padding at the end is no loss. A window of one place with a stride leaves out most positions on purpose.
    let count = room < 0 || kernel < stride ? 0 : room % stride - padding
    return count > 0 ? DroppedPositions(word: word, count: count, size: size) : nil
  }
}
