import Declarations
import Graphs
import Tensors

/// The operators of `augment` for one image.
///
/// Every pixel of the result looks up where it comes from: shift and crop are whole numbers of pixels, and a mirrored
/// image is read from the other end, so that without a rotation each pixel is one of the image's own; a rotation reads
/// the four around the place, weighted by nearness (bilinear), or the nearest one where pixels are classes.
struct ImageWarp {
  private let context: BuildContext
  private let graph: GraphBuilder
  /// Rows and columns of the image and of the result.
  private let size: [Int]
  private let target: [Int]
  private let channels: [Int]
  private let isLabel: Bool
  private let shifts: [Int]

  /// What a pixel of the result reads along one axis: places `[h]` as floats, by axis.
  private struct Places {
    var index: ValueID
    /// 1 where the place is inside the image, else 0; nil where it always is.
    var inside: ValueID?
  }

  /// Words of the draw of an example.
  private enum Draw: Int {
    case flip = 0
    case shift = 2
    case crop = 4
    case angle = 6
  }

  init(_ context: BuildContext) {
    self.context = context
    graph = context.graph
    let shape = context.shape(context.input)
    size = Array(shape.prefix(2))
    channels = Array(shape.dropFirst(2))
    let crop = context.settings.sizes("crop", axes: 2)
    target = crop.map { $0.map { $0.constant ?? 1 } } ?? size
    isLabel = context.inputTypes[0].element != .float
    shifts = (context.settings.sizes("shift", axes: 2) ?? []).map { $0.constant ?? 0 }
  }

  func result() -> ValueID {
    guard context.mode == .training else {
      let low = zip(size, target).map { ($0 - $1) / 2 }
      return graph.slice(
        context.input, starts: low + channels.map { _ in 0 }, stops: zip(low, target).map { $0 + $1 } + channels)
    }
    let dtype = graph.type(of: context.input).dtype
    let draws = graph.random(
      RandomDraw(.uniform, path: context.path), shape: [8], isShared: graph.type(of: context.input).isShared)
    let table = graph.reshape(context.float(context.input), [size[0] * size[1]] + channels)
    let angle = context.settings.real("rotate")
    var image = angle > 0 ? rotated(table, draws, degrees: angle) : moved(table, draws)
    let noise = context.settings.real("noise")
    if noise > 0, !isLabel {
      let type = graph.type(of: image)
      let draw = graph.random(
        RandomDraw(.normal, path: context.path + ".noise"), shape: type.shape, isShared: type.isShared)
      image = graph.add(image, graph.multiply(draw, noise))
    }
    return dtype == .int32 ? graph.cast(image, .int32) : image
  }

  // MARK: Places

  private func draw(_ draws: ValueID, _ kind: Draw, _ axis: Int = 0) -> ValueID {
    let index = kind.rawValue + axis
    return graph.reshape(graph.slice(draws, starts: [index], stops: [index + 1]), [])
  }

  /// A whole number from 0 to `most`, each as likely.
  private func whole(_ draw: ValueID, upTo most: Int) -> ValueID {
    graph.minimum(graph.map(.floor, [graph.multiply(draw, Double(most + 1))]), Double(most))
  }

  /// Where the rows (0) or columns (1) of the result lie in the image before it is turned: whole numbers.
  private func line(_ axis: Int, _ draws: ValueID) -> ValueID {
    let own = graph.iota(shape: [target[axis]], axis: 0)
    var place = graph.type(of: draws).isShared ? own : graph.lift(own)
    if size[axis] > target[axis] {
      place = graph.add(place, whole(draw(draws, .crop, axis), upTo: size[axis] - target[axis]))
    }
    let shift = shifts[axis]
    if shift > 0 {
      let drawn = graph.subtract(whole(draw(draws, .shift, axis), upTo: 2 * shift), Double(shift))
      place = graph.subtract(place, drawn)
    }
    let flip = context.settings.word("flip")
    if flip == "both" || flip == (axis == 0 ? "vertical" : "horizontal") {
      let coin = draw(draws, .flip, axis)
      let isMirrored = graph.less(coin, graph.literal(0.5, like: coin))
      place = graph.select(isMirrored, graph.subtract(Double(size[axis] - 1), place), place)
    }
    return place
  }

  /// Places inside the image, and which of them were so.
  private func bounded(_ place: ValueID, _ axis: Int) -> Places {
    let last = Double(size[axis] - 1)
    let index = graph.clip(place, 0, last)
    guard context.settings.word("outside") == "zeros" else { return Places(index: index, inside: nil) }
    return Places(index: index, inside: graph.equal(index, place))
  }

  /// The pixels at some rows and columns, each of the shape of the result without channels.
  private func pixels(_ table: ValueID, _ rows: Places, _ columns: Places, weight: ValueID? = nil) -> ValueID {
    let index = graph.cast(graph.add(graph.multiply(rows.index, Double(size[1])), columns.index), .int32)
    let values = graph.gather(table, index)
    let factors = [rows.inside, columns.inside, weight].compactMap { $0 }
    guard let first = factors.first else { return values }
    let factor = factors.dropFirst().reduce(first) { graph.multiply($0, $1) }
    return graph.multiply(values, graph.broadcast(factor, shape: target + channels, axes: [0, 1]))
  }

  /// A value for each row (0) or column (1), for every pixel.
  private func spread(_ value: ValueID, _ axis: Int) -> ValueID {
    graph.broadcast(value, shape: target, axes: [axis])
  }

  // MARK: Images

  /// Whole pixels only.
  private func moved(_ table: ValueID, _ draws: ValueID) -> ValueID {
    if target == size, shifts == [0, 0], context.settings.word("flip") == "none" {
      return graph.reshape(table, size + channels)
    }
    let places = [0, 1].map { axis in
      let place = line(axis, draws)
      guard shifts[axis] > 0 else { return Places(index: spread(place, axis), inside: nil) }
      let bound = bounded(place, axis)
      return Places(index: spread(bound.index, axis), inside: bound.inside.map { spread($0, axis) })
    }
    return pixels(table, places[0], places[1])
  }

  /// Turned around the middle by an angle of each example's own.
  private func rotated(_ table: ValueID, _ draws: ValueID, degrees: Double) -> ValueID {
    let limit = degrees * Double.pi / 180
    let angle = graph.subtract(graph.multiply(draw(draws, .angle), 2 * limit), limit)
    let (sine, cosine) = (graph.map(.sin, [angle]), graph.map(.cos, [angle]))
    let middle = size.map { Double($0 - 1) / 2 }
    let (row, column) = (
      spread(graph.subtract(line(0, draws), middle[0]), 0), spread(graph.subtract(line(1, draws), middle[1]), 1)
    )
    let y = graph.add(graph.add(graph.multiply(row, cosine), graph.multiply(column, sine)), middle[0])
    let x = graph.add(graph.subtract(graph.multiply(column, cosine), graph.multiply(row, sine)), middle[1])
    if isLabel {
      let nearest = { (place: ValueID, axis: Int) in bounded(graph.map(.floor, [graph.add(place, 0.5)]), axis) }
      return pixels(table, nearest(y, 0), nearest(x, 1))
    }
    let corners = zip([y, x], [0, 1]).map { place, axis -> [(places: Places, weight: ValueID)] in
      let low = graph.map(.floor, [place])
      let share = graph.subtract(place, low)
      return [
        (bounded(low, axis), graph.subtract(1, share)), (bounded(graph.add(low, 1), axis), share),
      ]
    }
    var sum: ValueID?
    for top in corners[0] {
      for left in corners[1] {
        let part = pixels(table, top.places, left.places, weight: graph.multiply(top.weight, left.weight))
        sum = sum.map { graph.add($0, part) } ?? part
      }
    }
    guard let sum else { preconditionFailure("four corners") }
    return sum
  }
}
