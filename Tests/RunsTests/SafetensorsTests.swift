import Foundation
import Runs
import Tensors
import Testing

@Suite struct SafetensorsTests {
  private let sample = Safetensors(
    tensors: [
      ("a.weight", HostTensor(shape: [2, 3], [1, -2, 3.5, 0, 1e-30, -.infinity])),
      ("b", HostTensor(shape: [], storage: .int32([7]))), ("empty", HostTensor(shape: [0, 4], [])),
      ("bytes", HostTensor(shape: [3], storage: .uint8([0, 128, 255]))),
    ], metadata: ["note": "a \"quoted\" text\n", "é": "ü"])

  private func decode(_ bytes: [UInt8]) throws -> Safetensors { try Safetensors(decoding: bytes, path: "file") }

  /// A folder that is there is told apart from one that cannot be made, without its being an error.
  @Test func newFoldersTellWhetherTheyAreThere() throws {
    let place = FileManager.default.temporaryDirectory.appending(path: "nnc-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: place) }
    #expect(try makeNewFolder(place + "/a/b") == .made)
    #expect(try makeNewFolder(place + "/a/b") == .exists)
    try FileManager.default.createSymbolicLink(atPath: place + "/link", withDestinationPath: place + "/nothing")
    #expect(try makeNewFolder(place + "/link") == .exists)
    #expect(throws: FileFailure.self) { try makeFolder(place + "/a/b", mustBeNew: true) }
    try makeFolder(place + "/a/b")
    #expect(throws: FileFailure.self) { try makeNewFolder("/proc/none") }
  }

  @Test func roundTrip() throws {
    let back = try decode(sample.encoded())
    #expect(back.tensors.map(\.name) == sample.tensors.map(\.name))
    #expect(back.tensors.map(\.value) == sample.tensors.map(\.value))
    #expect(back.metadata == sample.metadata)
    #expect(sample.encoded() == back.encoded())
  }

  /// The layout of the format, byte by byte, for one small file.
  @Test func layout() {
    let bytes = Safetensors(tensors: [("x", HostTensor(shape: [1], [1]))]).encoded()
    let header = #"{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    #expect(bytes == [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(padded.utf8) + [0, 0, 0x80, 0x3F])
  }

  @Test func truncatedAnywhereIsRefused() {
    let bytes = sample.encoded()
    for count in 0..<bytes.count {
      #expect(throws: FileFailure.self) { try decode(Array(bytes[..<count])) }
    }
  }

  /// A flipped bit in the header is refused or changes names, shapes or texts only within what is consistent.
  @Test func flippedHeaderBitsNeverCrash() {
    let bytes = sample.encoded()
    let header = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
    var refused = 0
    for position in 0..<header {
      for bit in 0..<8 {
        var changed = bytes
        changed[position] ^= 1 << bit
        if (try? decode(changed)) == nil { refused += 1 }
      }
    }
    #expect(refused > header * 4)
  }

  @Test(arguments: [
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,16]}}"#,
    #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F99","shape":[1],"data_offsets":[0,4]}}"#, #"{"a":{"shape":[1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, "[]", "{", "",
  ])
  func inconsistentHeadersAreRefused(_ header: String) {
    var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) }
    bytes += Array(header.utf8) + [UInt8](repeating: 0, count: 16)
    #expect(throws: FileFailure.self) { try decode(bytes) }
  }

  @Test func hugeHeaderIsRefusedBeforeMemoryIsTaken() {
    let bytes = [UInt8](repeating: 0xFF, count: 64)
    #expect(throws: FileFailure.self) { try decode(bytes) }
  }

  @Test func halfPrecisionIsRead() throws {
    let header =
      #"{"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[8,10]}}"#
    var bytes = withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
    for value: UInt16 in [0x3C00, 0xC000, 0x0001, 0x7C00, 0x3F80] { bytes += [UInt8(value & 255), UInt8(value >> 8)] }
    let file = try decode(bytes)
    #expect(file["h"]?.floats == [1, -2, 0x1p-24, .infinity])
    #expect(file["b"]?.floats == [1])
  }
}
