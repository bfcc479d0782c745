import Datasets
import Foundation
import Tensors
import Testing

@Suite struct TensorFileTests {
  private let pixels = (0..<24).map { UInt8($0) }

  private func reading(_ files: [String: [UInt8]], memoryLimit: Int = 1 << 30) throws(DataProblem) -> Dataset {
    let paths = Dictionary(uniqueKeysWithValues: files.keys.map { (String($0.prefix { $0 != "." }), $0) })
    let uses = paths.keys.sorted().map { use($0, .tensor) }
    return try Dataset(
      SourceDescription(kind: "idx", paths: paths, span: anywhere), uses,
      FileAccess(files: files, memoryLimit: memoryLimit))
  }

  @Test func readsImagesAndLabels() throws {
    for pack in [{ $0 }, gzip] {
      let set = try reading(["images.idx": pack(idx([2, 3, 4], pixels)), "labels.idx": pack(idx([2], [7, 1]))])
      #expect(set.rows == 2)
      #expect(set.columnType(0) == (.uint8, [3, 4]))
      #expect(set.columnType(1) == (.int32, []))
      #expect(codes(set, 1) == [7, 1])
      var batch = [UInt8](repeating: 0, count: 36)
      let rows: [Int32] = [1, 0, 1]
      rows.withUnsafeBufferPointer { rows in
        batch.withUnsafeMutableBytes { set.fill(rows, column: 0, into: $0.baseAddress!) }
      }
      #expect(batch == Array(pixels[12...]) + Array(pixels[..<12]) + Array(pixels[12...]))
    }
  }

  @Test func readsOtherNumbers() throws {
    let shorts = try reading(["x.idx": idx([2], [0xff, 0xfe, 1, 0], kind: 0x0b)])
    #expect(codes(shorts, 0) == [-2, 256])
    let ints = try reading(["x.idx": idx([1], [0, 1, 0, 0], kind: 0x0c)])
    #expect(codes(ints, 0) == [65536])
    let reals = try reading(["x.idx": idx([1, 1], [0x3f, 0xc0, 0, 0], kind: 0x0d)])
    #expect(floats(reals, 0) == [1.5])
    let doubles = try reading(["x.idx": idx([1, 1], [0x3f, 0xf8, 0, 0, 0, 0, 0, 0], kind: 0x0e)])
    #expect(floats(doubles, 0) == [1.5])
    let signed = try reading(["x.idx": idx([2], [0xff, 1], kind: 9)])
    #expect(codes(signed, 0) == [-1, 1])
  }

  private func code(_ files: [String: [UInt8]]) -> DataProblem? {
    problem { () throws(DataProblem) in _ = try reading(files) }
  }

  @Test func refusesEveryTruncation() {
    let file = idx([2, 3, 4], pixels)
    #expect(code(["x.idx": []])?.code == DataCodes.empty)
    for count in 1..<file.count {
      #expect(code(["x.idx": Array(file[..<count])])?.code == DataCodes.truncated, "\(count)")
    }
    let packed = gzip(file)
    for count in 2..<packed.count {
      #expect(code(["x.idx": Array(packed[..<count])])?.code == DataCodes.truncated, "\(count)")
    }
    #expect(code(["x.idx": file + [0]])?.code == DataCodes.trailingBytes)
    #expect(code(["x.idx": gzip(file + [0])])?.code == DataCodes.trailingBytes)
  }

  @Test func refusesFlippedBitsOfTheHeader() {
    let file = idx([2, 3, 4], pixels)
    for index in 0..<16 {
      for bit in 0..<8 {
        var flipped = file
        flipped[index] ^= 1 << UInt8(bit)
        // Type 8 with its lowest bit flipped is type 9: signed bytes, as long as before.
        if index == 2, bit == 0 { continue }
        #expect(code(["x.idx": flipped]) != nil, "byte \(index), bit \(bit)")
      }
    }
  }

  @Test func refusesHugeClaimsBeforeTakingMemory() {
    let huge = idx([1 << 15, 1 << 10, 1 << 10], [])
    for file in [huge, gzip(huge)] {
      let found = code(["x.idx": file])
      #expect(found?.code == DataCodes.truncated)
      #expect(found?.reason.contains("32 GiB") == true)
    }
    #expect(code(["x.idx": idx([0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [])])?.code == DataCodes.badHeader)
    #expect(code(["x.idx": idx([0, 28], [])])?.code == DataCodes.empty)
    #expect(code(["x.idx": idx([1, 1], [1], kind: 3)])?.code == DataCodes.badHeader)
    #expect(code(["x.idx": bytes("hello, world")])?.code == DataCodes.badHeader)
    let large = problem { () throws(DataProblem) in
      _ = try reading(["x.idx": idx([1 << 12, 1 << 10], [UInt8](repeating: 0, count: 1 << 22))], memoryLimit: 1 << 20)
    }
    #expect(large?.code == DataCodes.tooLarge)
  }

  @Test func refusesFilesThatDoNotBelongTogether() {
    let found = code(["images.idx": idx([2, 3, 4], pixels), "labels.idx": idx([3], [1, 2, 3])])
    #expect(found?.code == DataCodes.rowsDiffer)
    #expect(found?.reason == "the file has 3 rows, and `images.idx` has 2")
  }

  @Test func labelsAreCategoriesToo() throws {
    let files = ["labels.idx": idx([4], [7, 1, 7, 3])]
    let set = try Dataset(
      SourceDescription(kind: "idx", paths: ["labels": "labels.idx"], span: anywhere), [use("labels", .category)],
      FileAccess(files: files))
    #expect(codes(set, 0) == [2, 0, 2, 1])
    #expect(set.columns[0].categories?.values == ["1", "3", "7"])
  }

  // MARK: npy

  private func npy(_ header: String, _ payload: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let text = bytes(header + "\n")
    let size = version == 1 ? Array(littleEndian(UInt32(text.count))[..<2]) : littleEndian(UInt32(text.count))
    return [0x93] + bytes("NUMPY") + [version, 0] + size + text + payload
  }

  private func read(_ file: [UInt8]) throws(DataProblem) -> HostTensor {
    try readNPY("x.npy", FileAccess(files: ["x.npy": file]))
  }

  @Test func readsNPY() throws {
    let half: [UInt8] = [0, 0, 0xc0, 0x3f]
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }"
    for version: UInt8 in [1, 2] {
      #expect(try read(npy(header, half + half, version: version)) == HostTensor(shape: [1, 2], [1.5, 1.5]))
    }
    let bytesHeader = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }"
    #expect(try read(npy(bytesHeader, [1, 2, 3])) == HostTensor(shape: [3], storage: .uint8([1, 2, 3])))
    let longHeader = "{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }"
    #expect(
      try read(npy(longHeader, [0xfe] + [UInt8](repeating: 0xff, count: 7)))
        == HostTensor(shape: [1], storage: .int32([-2])))
  }

  @Test func refusesNumbersThatFloat32CannotTellApart() {
    func file(_ values: [Double]) -> [UInt8] {
      npy(
        "{'descr': '<f8', 'fortran_order': False, 'shape': (\(values.count / 2), 2), }",
        values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init) })
    }
    func rows(_ value: (Int) -> Double) -> [Double] { (0..<40).flatMap { [Double($0 % 7) / 3, value($0)] } }
    func found(_ values: [Double]) -> DataProblem? { problem { () throws(DataProblem) in _ = try read(file(values)) } }
    let clocks = found(rows { 1e9 + Double($0 * 37 % 11) / 8 })
    #expect(clocks?.code == DataCodes.columnKind && clocks?.reason.contains("float32") == true, "\(clocks as Any)")
    #expect(found(rows { 1e9 + Double($0 * 37 % 11) * 4096 }) == nil)
    #expect(found(rows { sin(Double($0)) }) == nil)
    // One number but for the noise of double precision itself.
    #expect(found(rows { 0.1 + Double($0 % 3) * 1e-17 + ($0 % 2 == 0 ? 1e-16 : 0) }) == nil)
  }

  @Test func refusesBadNPY() {
    func code(_ file: [UInt8]) -> DataProblem? { problem { () throws(DataProblem) in _ = try read(file) } }
    let good = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }", [1, 2, 3, 4])
    for count in 1..<good.count { #expect(code(Array(good[..<count]))?.code == DataCodes.truncated, "\(count)") }
    for (header, reason) in [
      ("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "Python objects"),
      ("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }", "Fortran"),
      ("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", "not read"),
      ("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,), }", "records"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (-2,), }", "no size"),
      ("{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9999999999,), }", "beyond"),
      ("{'descr': '<f4', 'fortran_order': False, }", "shape"), ("nonsense", "descr"),
    ] {
      let found = code(npy(header, []))
      #expect(found?.code == DataCodes.badHeader, "\(header)")
      #expect(found?.reason.contains(reason) == true, "\(found?.reason ?? "")")
    }
    #expect(code(bytes("PK\u{3}\u{4} not npy"))?.code == DataCodes.badHeader)
    var state: UInt64 = 3
    for _ in 0..<3000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1
      var flipped = good
      flipped[Int(state >> 33) % good.count] ^= 1 << UInt8(state >> 60 & 7)
      _ = code(flipped)
    }
  }
}
