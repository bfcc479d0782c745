import Declarations
import Graphs
import Tensors

extension CallableDeclaration {
  /// Another view of an image in every step of a training.
  package static let augment = CallableDeclaration(
    "augment", .layer,
    summary: "Shows an image a little differently each time while training; else only cuts out its middle",
    formula:
      "y[p] = x[c + R (p + d − c)]: d = crop − shift drawn from whole numbers, mirrored for half of the examples "
      + "where `flip` says so, R a rotation by an angle drawn from −rotate to rotate around the middle c, between pixels "
      + "the straight line between its neighbours; then + N(0, noise²). What is drawn follows from the seed, the step "
      + "and the row of the data",
    inputs: [
      InputDeclaration("image", .any, doc: "An image `[H, W, C]` or `[H, W]`: numbers, or a class for each pixel.")
    ],
    settings: [
      SettingDeclaration(
        "flip", .word(["none", "horizontal", "vertical", "both"]), default: .word("none"),
        doc: "How half of the images are mirrored: left and right, top and bottom, or each on its own."),
      SettingDeclaration(
        "shift", .oneOf([.integer(0...1_000_000)]), default: .integer(0),
        doc: "By how many pixels at most an image moves in each direction, `[rows, columns]` where it is a list."),
      SettingDeclaration(
        "crop", .oneOf([.integer(1...1_000_000)]), isOptional: true,
        doc: "The size of the part that is taken: at a drawn place while training, else the middle."),
      SettingDeclaration(
        "rotate", .real(RealRange(0, 180)), default: .real(0),
        doc: "By how many degrees at most an image is turned, either way."),
      SettingDeclaration(
        "noise", .real(.nonNegative), default: .real(0),
        doc: "The standard deviation of normal noise on each number; of several values only the first gets it."),
      SettingDeclaration(
        "outside", .word(["zeros", "edge"]), default: .word("zeros"),
        doc: "What comes in from outside: zeros, or the nearest pixel of the border."),
    ],
    length: .refuses,
    aliases: [
      "RandomHorizontalFlip", "RandomFlip", "RandomCrop", "RandomRotation", "RandomTranslation", "augmentation",
    ],
    snippets: [
      Snippet([("x", "[28, 28, 1]")], "x -> augment(flip: horizontal, shift: 2)", gives: "[28, 28, 1]"),
      Snippet([("x", "[32, 32, 3]")], "x -> augment(crop: 28, rotate: 10, noise: 0.05)", gives: "[28, 28, 3]"),
      Snippet(
        [("mask", "class(3)[64, 64]")], "mask -> augment(flip: both, crop: [48, 64], outside: edge)",
        gives: "class(3)[48, 64]"),
    ],
    shape: { context throws(ShapeReason) in try augmentedType(context) },
    build: { context in ImageWarp(context).result() })
}

/// The image after `crop`, or a reason.
private func augmentedType(_ context: ShapeContext) throws(ShapeReason) -> TensorType {
  let input = context.input
  let rank = try context.rank("augment")
  guard rank == 2 || rank == 3 else {
    throw ShapeReason(
      "`augment` works on an image `[H, W, C]` or `[H, W]`, but gets \(words(input.shape))",
      detail: rank == 1 ? "no rows and columns" : "\(rank) axes", input: 0,
      note: rank == 1 ? "`-> reshape([28, 28, 1])` makes an image of 784 numbers" : nil)
  }
  guard !isIdle(context.settings) else {
    throw ShapeReason(
      "`augment` is not told what to do", detail: "all its settings leave the image as it is",
      note: "`augment(flip: horizontal, shift: 2)` mirrors half of the images and moves all by up to 2 pixels")
  }
  if input.element != .float, context.settings["noise"] != .real(0) {
    throw ShapeReason(
      "`augment` adds noise to numbers, but gets \(input.description)", detail: "a class has no noise", setting: "noise"
    )
  }
  var result = input
  for (axis, word) in ["rows", "columns"].enumerated() {
    let size = input.shape.axes[axis].size
    let shift = try pair("shift", axis, context)
    try context.require(
      .atLeast(size, shift + 1),
      ShapeReason(
        "`augment` would shift the image by all of its \(size.description) \(word)",
        detail: "\(shift.description) pixels", setting: "shift", requirement: .atLeast(size, shift + 1)))
    guard context.settings.isGiven("crop") else { continue }
    let crop = try pair("crop", axis, context)
    try context.require(
      .atLeast(size, crop),
      ShapeReason(
        "`augment` cannot take \(crop.description) \(word) from an image of \(size.description)",
        detail: "the image is \(words(input.shape))", setting: "crop", requirement: .atLeast(size, crop)))
    result.shape.axes[axis].size = crop
  }
  return result
}

/// Whether no setting asks for a change.
private func isIdle(_ settings: Settings) -> Bool {
  let still: (SettingValue?) -> Bool = { value in
    switch value {
    case .integer(let size)?: size.constant == 0
    case .list(let values)?: values.allSatisfy { $0 == .integer(0) }
    case .real(let number)?: number == 0
    case .later?: false
    default: true
    }
  }
  return settings.word("flip") == "none" && !settings.isGiven("crop")
    && ["shift", "rotate", "noise"].allSatisfy { still(settings[$0]) }
}

/// The size that a setting gives for rows (0) or columns (1).
private func pair(_ label: String, _ axis: Int, _ context: ShapeContext) throws(ShapeReason) -> Dimension {
  guard let sizes = context.settings.sizes(label, axes: 2) else {
    throw ShapeReason(
      "`\(label)` of `augment` is one number, or a list of two: one for rows and one for columns",
      detail: "neither", setting: label)
  }
  return sizes[axis]
}
