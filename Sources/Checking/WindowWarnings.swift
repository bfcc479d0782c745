import Declarations
import Layers
import Tensors

extension BodyChecker {
  /// Windows that move on by more than one position and stop before the end: the last positions take no part. And
  /// kernels so large that some of their weights never meet a pixel.
  func warnDroppedPositions(
    _ declaration: CallableDeclaration, _ type: TensorType, _ settings: Settings, _ places: CallPlaces
  ) {
    // What is wrong with such an image is said already.
    if isChannelsFirst(declaration.name, type) != nil { return }
    let dead = deadPlaces(declaration.name, type, settings)
    if !dead.isEmpty { report(.deadPlaces(declaration.name, dead, at: places.settings["kernel"] ?? places.name)) }
    let dropped = droppedPositions(declaration.name, type, settings)
    if dropped.isEmpty { return }
    report(.droppedPositions(declaration.name, dropped, at: places.settings["stride"] ?? places.name))
  }
}
