import Tensors

/// Reads a folder of pictures of one size: column `image`, and, where there are folders inside it, column `label` with
/// their names. The order is that of the names' bytes, folder by folder.
func loadImages(_ source: SourceDescription, _ access: FileAccess) throws(DataProblem) -> [(
  rows: Int, column: TableColumn
)] {
  guard let folder = source.paths["path"] ?? source.paths.values.first else {
    throw .option("", "images needs the path of a folder")
  }
  let channels: Int?
  switch source.options["channels"] {
  case nil: channels = nil
  case "1", "grey": channels = 1
  case "3", "colour": channels = 3
  case let other?: throw .option(folder, "`channels` is `grey` or `colour`, not \(shownValue(other))")
  }
  let (paths, labels, names) = try picturePaths(folder, access)
  let limit = access.freeMemory
  var pixels: [UInt8] = []
  var first: (picture: Picture, path: String)?
  for path in paths {
    let picture = try readPicture(path, channels: channels, access, limit: limit)
    if let first {
      let (a, b) = (first.picture, picture)
      guard (a.height, a.width, a.channels) == (b.height, b.width, b.channels) else {
        throw .pictureSize(path, [b.height, b.width, b.channels], first.path, [a.height, a.width, a.channels])
      }
    } else {
      first = (picture, path)
      guard let size = checkedProduct([picture.pixels.count, paths.count]), size <= limit else {
        throw .tooLarge(folder, needs: checkedProduct([picture.pixels.count, paths.count]) ?? Int.max, limit: limit)
      }
      pixels.reserveCapacity(size)
    }
    pixels += picture.pixels
  }
  guard let picture = first?.picture else { throw .empty(folder, "the folder holds no pictures (png, pgm, ppm)") }
  let shape = [picture.height, picture.width, picture.channels]
  let image = TableColumn(name: "image", storage: .tensor(shape: shape, values: .uint8(pixels)))
  var label = TableColumn(name: "label", storage: .text(codes: labels, dictionary: names))
  label.isTokens = names.contains { $0.hasPrefix("0") && $0.count > 1 }
  return names.isEmpty ? [(paths.count, image)] : [(paths.count, image), (paths.count, label)]
}

/// The files of a source of pictures, in order.
func pictureFiles(_ folder: String, _ access: FileAccess) throws(DataProblem) -> [String] {
  try picturePaths(folder, access).0
}

private func picturePaths(_ folder: String, _ access: FileAccess) throws(DataProblem) -> ([String], [Int32], [String]) {
  var paths: [String] = []
  var labels: [Int32] = []
  let entries: [(name: String, isFolder: Bool)]
  do throws(DataProblem) {
    entries = try access.list(folder)
  } catch {
    // One picture, for predictions.
    if error.code == DataCodes.directory, access.allowOutside { return ([folder], [], []) }
    throw error
  }
  let names = entries.filter(\.isFolder).map(\.name)
  if !names.isEmpty {
    for entry in entries where !entry.isFolder {
      if try isPicture(entry.name, in: folder) { throw .strayPicture("\(folder)/\(entry.name)") }
    }
  }
  for (code, name) in names.enumerated() {
    let before = paths.count
    for entry in try access.list("\(folder)/\(name)") {
      if entry.isFolder { throw .directory("\(folder)/\(name)/\(entry.name)") }
      guard try isPicture(entry.name, in: "\(folder)/\(name)") else { continue }
      paths.append("\(folder)/\(name)/\(entry.name)")
      labels.append(Int32(code))
    }
    if paths.count == before {
      throw .empty("\(folder)/\(name)", "the folder of a class holds no pictures (png, pgm, ppm)")
    }
  }
  if names.isEmpty {
    for entry in entries where try isPicture(entry.name, in: folder) { paths.append("\(folder)/\(entry.name)") }
  }
  guard paths.count < Int(Int32.max) else { throw .option(folder, "\(paths.count) pictures are too many") }
  return (paths, labels, names)
}

private func isPicture(_ name: String, in folder: String) throws(DataProblem) -> Bool {
  let ending = name.split(separator: ".").last.map { $0.lowercased() } ?? ""
  switch ending {
  case "png", "pgm", "ppm", "pnm": return true
  case "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff":
    throw DataProblem(
      DataCodes.badHeader, path: "\(folder)/\(name)", reason: "pictures of this kind are not read",
      hint: "convert them: `mogrify -format png *.\(ending)` (ImageMagick)")
  default: return false
  }
}

private func readPicture(_ path: String, channels: Int?, _ access: FileAccess, limit: Int) throws(DataProblem)
  -> Picture
{
  let bytes = try access.read(path, limit: min(limit, 1 << 28))
  if bytes.isEmpty { throw .empty(path) }
  let picture =
    PNM.isOne(bytes)
    ? try PNM.read(bytes, path: path, limit: limit) : try PNG.read(bytes, path: path, zlib: access.zlib, limit: limit)
  guard let channels, channels != picture.channels else { return picture }
  return converted(picture, to: channels)
}

/// Drops alpha; grey to colour by repetition, colour to grey by the weights of Rec. ITU-R BT.601.
private func converted(_ picture: Picture, to channels: Int) -> Picture {
  var pixels: [UInt8] = []
  pixels.reserveCapacity(picture.width * picture.height * channels)
  for start in stride(from: 0, to: picture.pixels.count, by: picture.channels) {
    let values = picture.pixels[start..<(start + picture.channels)].map(Int.init)
    if picture.channels >= 3 {
      if channels == 3 {
        pixels += picture.pixels[start..<(start + 3)]
      } else {
        pixels.append(UInt8((299 * values[0] + 587 * values[1] + 114 * values[2] + 500) / 1000))
      }
    } else {
      for _ in 0..<channels { pixels.append(UInt8(values[0])) }
    }
  }
  return Picture(height: picture.height, width: picture.width, channels: channels, pixels: pixels)
}

extension DataProblem {
  static func strayPicture(_ path: String) -> DataProblem {
    DataProblem(
      DataCodes.option, path: path, reason: "this picture lies beside folders, whose names are the classes",
      hint: "move it into one of them, or away")
  }

  static func pictureSize(_ path: String, _ shape: [Int], _ other: String, _ otherShape: [Int]) -> DataProblem {
    DataProblem(
      DataCodes.rowsDiffer, path: path,
      reason: "the picture is \(shape) (height, width, channels), and `\(other)` is \(otherShape)",
      hint: shape[..<2] == otherShape[..<2] ? "write `channels: colour` or `channels: grey`" : "bring them to one size")
  }
}
