import Training

/// Samples as files: images in a grid, everything else as CSV.
package enum SampleFiles {
  /// The files by name: `samples-LABEL.png` for images, `samples.csv` for the rest. `suffix` ends the names.
  package static func make(_ samples: Predictions, suffix: String = "") -> [(name: String, bytes: [UInt8])] {
    var rest = samples
    rest.columns = samples.columns.filter { !isImage($0) }
    var files = samples.columns.filter(isImage).map { column in
      (name: "samples-\(column.label)\(suffix).png", bytes: grid(column, count: samples.rows).encoded())
    }
    if !rest.columns.isEmpty { files.append(("samples\(suffix).csv", Array(PredictionsCSV.text(rest).utf8))) }
    return files
  }

  /// `[H, W]`, `[H, W, 1]` or `[H, W, 3]`.
  package static func isImage(_ column: Predictions.Column) -> Bool {
    let shape = column.shape
    guard shape.count == 2 || shape.count == 3 && (shape[2] == 1 || shape[2] == 3) else { return false }
    return shape[0] >= 4 && shape[1] >= 4 && column.classes == nil && column.tokenizer == nil
  }

  /// So many pixels a side has a small image at least.
  private static let smallest = 64

  /// The images row by row in a grid that is about square. Black is −1 where there are values below 0, else 0; white 1.
  static func grid(_ column: Predictions.Column, count: Int) -> PNGImage {
    let (height, width) = (column.shape[0], column.shape[1])
    let channels = column.shape.count == 3 ? column.shape[2] : 1
    let scale = max(1, smallest / max(height, width))
    var across = 1
    while across * across < count { across += 1 }
    let down = (count + across - 1) / across
    let gap = 2
    var image = PNGImage(
      width: across * (width * scale + gap) + gap, height: down * (height * scale + gap) + gap, channels: channels,
      filled: 128)
    let isSigned = column.values.contains { $0 < -0.05 }
    for index in 0..<count {
      let left = (index % across) * (width * scale + gap) + gap
      let top = (index / across) * (height * scale + gap) + gap
      for y in 0..<height * scale {
        for x in 0..<width * scale {
          for channel in 0..<channels {
            let element = ((index * height + y / scale) * width + x / scale) * channels + channel
            let value = isSigned ? (column.values[element] + 1) / 2 : column.values[element]
            let shade = value.isNaN ? 0 : UInt8((min(max(value, 0), 1) * 255).rounded())
            image.pixels[((top + y) * image.width + left + x) * channels + channel] = shade
          }
        }
      }
    }
    return image
  }
}
