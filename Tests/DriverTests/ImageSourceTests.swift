import Foundation
import Runs
import Testing

/// Folders of pictures, from the files to predictions; and what is wrong with them.
@Suite struct ImageSourceTests {
  private let program = """
    data Shapes from images("shapes") {
      let image: [6, 6, 3] = image / 255
      let kind: class(2)   = label
      split: random(train: 60%, validation: 20%, test: 20%, stratify: kind, seed: 1)
    }

    model Net(image: [6, 6, 3]) -> [2] {
      image -> conv(6, kernel: 3, padding: same) -> relu -> max_pool(6) -> flatten -> dense(2)
    }

    train Net on Shapes {
      let logits = Net(image)
      loss:      cross_entropy(logits, kind)
      metrics:   [accuracy(logits, kind)]
      optimizer: adam(rate: 2e-2)
      epochs:    15
      batch:     8
      outputs:   (kind: restore(argmax(logits), as: kind))
    }

    """

  /// A bright column or a bright row on dark noise.
  private func pixels(_ index: Int, isColumn: Bool) -> [UInt8] {
    (0..<36).flatMap { place -> [UInt8] in
      let line = isColumn ? place % 6 : place / 6
      return (0..<3).map { UInt8(line == index % 6 ? 250 - $0 * 20 : (index * 31 + place * 17 + $0 * 7) % 50) }
    }
  }

  private func png(_ pixels: [UInt8], size: Int = 6) -> [UInt8] {
    var image = PNGImage(width: size, height: size, channels: 3, filled: 0)
    image.pixels = pixels
    return image.encoded()
  }

  private func scratch() throws -> (scratch: Scratch, file: String) {
    let scratch = try Scratch()
    for kind in ["columns", "rows"] {
      try FileManager.default.createDirectory(
        atPath: scratch.path + "/shapes/" + kind, withIntermediateDirectories: true)
      for index in 0..<20 {
        let pixels = pixels(index, isColumn: kind == "columns")
        let name = "shapes/\(kind)/" + (index < 10 ? "0" : "") + "\(index)"
        if index % 2 == 0 {
          _ = try scratch.write(name + ".png", png(pixels))
        } else {
          _ = try scratch.write(name + ".ppm", Array("P6\n6 6\n255\n".utf8) + pixels)
        }
      }
    }
    return (scratch, try scratch.write("shapes.nnet", program))
  }

  @Test func aFolderOfPicturesIsLearned() throws {
    let (scratch, file) = try scratch()
    #expect(nnc("check", file).output.contains("no mistakes"))
    let run = scratch.path + "/run"
    let trained = nnc("run", file, "--out", run, "--quiet")
    #expect(trained.code == 0, "\(trained.errors)")
    #expect(trained.output.contains("test        accuracy 100.0%"), "\(trained.output)")
    #expect(nnc("eval", run).output.contains("accuracy 100.0%"))
    // All pictures of a folder, those of one class, and one alone.
    let all = nnc("predict", run, scratch.path + "/shapes")
    #expect(all.code == 0, "\(all.errors)")
    #expect(all.output == "kind\n" + String(repeating: "columns\n", count: 20) + String(repeating: "rows\n", count: 20))
    #expect(
      nnc("predict", run, scratch.path + "/shapes/rows").output == "kind\n" + String(repeating: "rows\n", count: 20))
    #expect(nnc("predict", run, scratch.path + "/shapes/columns/03.ppm").output == "kind\ncolumns\n")
    let text = nnc("predict", run, file)
    #expect(text.code == 1 && text.errors.contains("png"), "\(text.errors)")
    let large = nnc("predict", run, try scratch.write("large.png", png([UInt8](repeating: 9, count: 192), size: 8)))
    #expect(large.code == 1 && large.errors.contains("8, 8, 3"), "\(large.errors)")
  }

  @Test func brokenPicturesAreNamed() throws {
    let good = png(pixels(0, isColumn: true))
    let cases: [(name: String, bytes: [UInt8], reason: String)] = [
      ("00.png", Array(good.prefix(50)), "announces"), ("00.png", Array("no picture".utf8), "begins with"),
      ("00.png", [], "the file is empty"), ("00.png", png([UInt8](repeating: 0, count: 192), size: 8), "[8, 8, 3]"),
      ("01.ppm", Array("P6\n6 6\n255\n".utf8) + [1, 2, 3], "need more than"),
      ("01.ppm", Array("P5\n6 6\n255\n".utf8) + [UInt8](repeating: 0, count: 36), "[6, 6, 1]"),
      ("01.ppm", Array("P6\n99999 99999\n255\n".utf8), "is not read"), ("99.jpg", good, "are not read"),
    ]
    for (name, bytes, reason) in cases {
      let (scratch, file) = try scratch()
      _ = try scratch.write("shapes/columns/" + name, bytes)
      let outcome = nnc("check", file)
      #expect(outcome.code == 1)
      let all = outcome.output + outcome.errors
      #expect(all.contains("shapes/columns/\(name)") && all.contains(reason), "\(name) \(reason): \(all)")
      #expect(nnc("run", file, "--out", scratch.path + "/run").code == 1)
    }
  }

  @Test func straysAndEmptyFoldersAreNamed() throws {
    let (scratch, file) = try scratch()
    _ = try scratch.write("shapes/stray.png", png(pixels(0, isColumn: true)))
    #expect(
      nnc("check", file).errors.contains("lies beside folders") || nnc("check", file).output.contains("lies beside"))
    try FileManager.default.removeItem(atPath: scratch.path + "/shapes/stray.png")
    try FileManager.default.createDirectory(atPath: scratch.path + "/shapes/none", withIntermediateDirectories: false)
    let empty = nnc("check", file)
    #expect((empty.output + empty.errors).contains("shapes/none: the folder of a class holds no pictures"))
  }

  @Test func arraysWithMasksAreLearnedAndPredicted() throws {
    let scratch = try Scratch()
    func npy(_ kind: String, _ shape: String, _ bytes: [UInt8]) -> [UInt8] {
      var header = "{'descr': '\(kind)', 'fortran_order': False, 'shape': (\(shape)), }"
      header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
      let count = UInt16(header.utf8.count)
      return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(count & 255), UInt8(count >> 8)] + Array(header.utf8) + bytes
    }
    let masks = (0..<40).flatMap { row in (0..<36).map { UInt8(($0 + row * 5) % 7 < 3 ? 1 : 0) } }
    let images = masks.flatMap { mask in
      withUnsafeBytes(of: (mask == 1 ? Float(0.9) : 0.1).bitPattern.littleEndian, Array.init)
    }
    _ = try scratch.write("x.npy", npy("<f4", "40, 6, 6", images))
    _ = try scratch.write("y.npy", npy("|u1", "40, 6, 6", masks))
    let file = try scratch.write(
      "masks.nnet",
      """
      data Shapes from npy(x: "x.npy", y: "y.npy") {
        let (image, mask: class(2)[6, 6]) = (x, y) -> augment(flip: both, shift: 1, rotate: 5, outside: edge)
        split: random(train: 80%, validation: 20%, seed: 1)
      }

      model Net(image: [6, 6]) -> [6, 6, 2] {
        image -> reshape([6, 6, 1]) -> conv(8, kernel: 3, padding: same) -> relu -> conv(2, kernel: 1)
      }

      train Net on Shapes {
        let logits = Net(image)
        loss:      cross_entropy(logits, mask)
        metrics:   [accuracy(logits, mask)]
        optimizer: adam(rate: 2e-2)
        epochs:    40
        outputs:   (mask: argmax(logits))
      }

      """)
    let run = nnc("run", file, "--out", scratch.path + "/run", "--quiet")
    #expect(run.code == 0, "\(run.errors)")
    // Mask and image move together, so that each pixel tells its class.
    let share = run.output.split(separator: "accuracy ").last.flatMap { Double($0.prefix { $0 != "%" }) } ?? 0
    #expect(share > 97, "\(run.output)")
    let predicted = nnc("predict", scratch.path + "/run", scratch.path + "/x.npy")
    #expect(predicted.code == 0, "\(predicted.errors)")
    #expect(predicted.output.split(separator: "\n").count == 41)
  }
}
