import Datasets
import Foundation
import Tensors
import Testing

@Suite struct ImageTests {
  private func big(_ value: Int) -> [UInt8] { littleEndian(UInt32(value)).reversed() }

  private func chunk(_ kind: String, _ body: [UInt8]) -> [UInt8] {
    big(body.count) + bytes(kind) + body + big(Int(crc32(bytes(kind) + body)))
  }

  /// A zlib stream of stored blocks (RFC 1950) with its Adler-32.
  private func zlibStream(_ data: [UInt8]) -> [UInt8] {
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in data {
      a = (a + UInt32(byte)) % 65521
      b = (b + a) % 65521
    }
    return [0x78, 0x01] + Array(gzip(data)[10...].dropLast(8)) + big(Int(b << 16 | a))
  }

  private func png(_ width: Int, _ height: Int, depth: Int, colour: Int, rows: [UInt8], extra: [UInt8] = []) -> [UInt8]
  {
    [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
      + chunk("IHDR", big(width) + big(height) + [UInt8(depth), UInt8(colour), 0, 0, 0]) + extra
      + chunk("IDAT", zlibStream(rows)) + chunk("IEND", [])
  }

  private func reading(_ files: [String: [UInt8]], _ options: [String: String] = [:]) throws(DataProblem) -> Dataset {
    let source = SourceDescription(kind: "images", paths: ["path": "p"], options: options, span: anywhere)
    return try Dataset(source, [use("image", .tensor)], FileAccess(files: files))
  }

  private func pixels(_ file: [UInt8], _ options: [String: String] = [:]) throws(DataProblem) -> ([Int], [UInt8]) {
    let set = try reading(["p/a.png": file], options)
    guard case .uint8(let values) = set.columns[0].values else { return ([], []) }
    return (set.columns[0].shape, values)
  }

  @Test func readsEveryColourType() throws {
    #expect(try pixels(png(2, 1, depth: 8, colour: 0, rows: [0, 7, 9])) == ([1, 2, 1], [7, 9]))
    #expect(try pixels(png(5, 1, depth: 1, colour: 0, rows: [0, 0b10110000])) == ([1, 5, 1], [255, 0, 255, 255, 0]))
    #expect(try pixels(png(3, 1, depth: 2, colour: 0, rows: [0, 0b00011011])) == ([1, 3, 1], [0, 85, 170]))
    #expect(try pixels(png(2, 1, depth: 4, colour: 0, rows: [0, 0x0f])) == ([1, 2, 1], [0, 255]))
    #expect(try pixels(png(1, 1, depth: 16, colour: 0, rows: [0, 0x12, 0x34])) == ([1, 1, 1], [0x12]))
    #expect(
      try pixels(png(1, 2, depth: 8, colour: 2, rows: [0, 1, 2, 3, 0, 4, 5, 6])) == ([2, 1, 3], [1, 2, 3, 4, 5, 6]))
    #expect(try pixels(png(1, 1, depth: 8, colour: 4, rows: [0, 8, 200])) == ([1, 1, 2], [8, 200]))
    #expect(try pixels(png(1, 1, depth: 8, colour: 6, rows: [0, 1, 2, 3, 4])) == ([1, 1, 4], [1, 2, 3, 4]))
    let palette = chunk("PLTE", [10, 20, 30, 40, 50, 60])
    #expect(
      try pixels(png(2, 1, depth: 1, colour: 3, rows: [0, 0b01000000], extra: palette))
        == ([1, 2, 3], [10, 20, 30, 40, 50, 60]))
  }

  @Test func undoesEveryFilter() throws {
    // The same two rows of three grey pixels, each filter worked out by hand for the second.
    let first: [UInt8] = [10, 20, 40]
    let second: [UInt8] = [15, 18, 90]
    let filtered: [[UInt8]] = [
      [0, 15, 18, 90],
      [1, 15, 3, 72],
      [2, 5, 254, 50],
      // Averages: (0+10)/2=5, (15+20)/2=17, (18+40)/2=29.
      [3, 10, 1, 61],
      // Paeth: 10; of 15, 20, 10 around 25: 20; of 18, 40, 20 around 38: 40.
      [4, 5, 254, 50],
    ]
    for row in filtered {
      let file = png(3, 2, depth: 8, colour: 0, rows: [0] + first + row)
      #expect(try pixels(file).1 == first + second, "filter \(row[0])")
    }
  }

  @Test func convertsChannels() throws {
    let colour = png(1, 1, depth: 8, colour: 2, rows: [0, 100, 150, 200])
    #expect(try pixels(colour, ["channels": "1"]) == ([1, 1, 1], [141]))
    let clear = png(1, 1, depth: 8, colour: 6, rows: [0, 1, 2, 3, 0])
    #expect(try pixels(clear, ["channels": "3"]) == ([1, 1, 3], [1, 2, 3]))
    let grey = png(1, 1, depth: 8, colour: 0, rows: [0, 9])
    #expect(try pixels(grey, ["channels": "3"]) == ([1, 1, 3], [9, 9, 9]))
  }

  @Test func readsPortableMaps() throws {
    #expect(try pixels(bytes("P2 # grey\n2 1\n15\n0 15\n")) == ([1, 2, 1], [0, 255]))
    #expect(try pixels(bytes("P3\n1 1 255\n1 2 3")) == ([1, 1, 3], [1, 2, 3]))
    #expect(try pixels(bytes("P5\n2 1\n255\n") + [10, 32]) == ([1, 2, 1], [10, 32]))
    #expect(try pixels(bytes("P6 1 1 65535 ") + [255, 255, 0, 0, 128, 0]) == ([1, 1, 3], [255, 0, 128]))
    for (text, code) in [
      ("P5 2 2 255 ab", DataCodes.truncated), ("P5 0 2 255 ", DataCodes.badHeader), ("P5 2", DataCodes.truncated),
      ("P2 1 1 7 8 ", DataCodes.damaged), ("P5 60000 60000 255 ", DataCodes.truncated), ("P2 x", DataCodes.badHeader),
    ] {
      #expect(problem { () throws(DataProblem) in _ = try pixels(bytes(text)) }?.code == code, "\(text)")
    }
  }

  @Test func foldersAreClasses() throws {
    let one = png(1, 1, depth: 8, colour: 0, rows: [0, 1])
    let two = png(1, 1, depth: 8, colour: 0, rows: [0, 2])
    let files = [
      "p/dog/b.png": two, "p/cat/z.png": one, "p/dog/a.png": one, "p/cat/.hidden": [], "p/dog/notes.txt": [],
    ]
    let source = SourceDescription(kind: "images", paths: ["path": "p"], span: anywhere)
    let uses = [use("image", .tensor), use("label", .category)]
    let folder = Folder()
    for (name, content) in files { folder.write(name, content) }
    for access in [FileAccess(files: files), FileAccess(folder: folder.path)] {
      let set = try Dataset(source, uses, access)
      #expect(set.rows == 3)
      #expect(set.columns[0].values == .uint8([1, 1, 2]))
      #expect(codes(set, 1) == [0, 1, 1])
      #expect(set.columns[1].categories?.values == ["cat", "dog"])
      let summary = try summarize(source, access)
      #expect(summary.columns[1].values == ["cat", "dog"])
      #expect(summary.columns[0].shape == [1, 1, 1])
    }
  }

  @Test func refusesWhatIsNoPicture() throws {
    let good = png(4, 3, depth: 8, colour: 2, rows: [UInt8](repeating: 0, count: 39))
    func code(_ file: [UInt8]) -> DataProblem? { problem { () throws(DataProblem) in _ = try pixels(file) } }
    #expect(code(good) == nil)
    for count in 1..<good.count { #expect(code(Array(good[..<count])) != nil, "\(count)") }
    for index in good.indices {
      for bit in 0..<8 {
        var flipped = good
        flipped[index] ^= 1 << UInt8(bit)
        #expect(code(flipped) != nil, "byte \(index), bit \(bit)")
      }
    }
    #expect(code(png(65_000, 65_000, depth: 8, colour: 6, rows: [0]))?.code == DataCodes.truncated)
    #expect(code(png(1, 1, depth: 8, colour: 0, rows: [9, 1]))?.code == DataCodes.damaged)
    #expect(code(png(1, 1, depth: 8, colour: 0, rows: [0, 1, 2]))?.code == DataCodes.damaged)
    #expect(code(png(1, 1, depth: 8, colour: 3, rows: [0, 1]))?.code == DataCodes.damaged)
    #expect(code(bytes("GIF89a"))?.code == DataCodes.badHeader)
    let mixed = problem { () throws(DataProblem) in
      _ = try reading(["p/a.png": good, "p/b.png": png(1, 1, depth: 8, colour: 0, rows: [0, 1])])
    }
    #expect(mixed?.code == DataCodes.rowsDiffer)
    #expect(problem { () throws(DataProblem) in _ = try reading(["p/a.jpg": []]) }?.hint?.contains("convert") == true)
    #expect(problem { () throws(DataProblem) in _ = try reading(["p/a.txt": []]) }?.code == DataCodes.empty)
    #expect(problem { () throws(DataProblem) in _ = try reading(["q/a.png": good]) }?.code == DataCodes.missingFile)
    #expect(problem { () throws(DataProblem) in _ = try reading(["p": good]) }?.code == DataCodes.directory)
  }
}
