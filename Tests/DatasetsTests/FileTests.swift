import Datasets
import Foundation
import Testing

@Suite struct FileTests {
  private func opening(_ path: String, _ access: FileAccess) -> DataProblem? {
    problem { () throws(DataProblem) in _ = try access.open(path) }
  }

  @Test func opensBelowTheFolderOnly() throws {
    let folder = Folder()
    folder.write("inside/data/a.csv", bytes("a\n1\n"))
    folder.write("outside.csv", bytes("a\n1\n"))
    folder.write("inside/plain.csv", bytes("a\n1\n"))
    let manager = FileManager.default
    let inside = folder.path + "/inside"
    try manager.createSymbolicLink(atPath: inside + "/out.csv", withDestinationPath: "../outside.csv")
    try manager.createSymbolicLink(atPath: inside + "/absolute.csv", withDestinationPath: folder.path + "/outside.csv")
    try manager.createSymbolicLink(atPath: inside + "/up", withDestinationPath: "..")
    try manager.createSymbolicLink(atPath: inside + "/within.csv", withDestinationPath: "data/../plain.csv")
    try manager.createSymbolicLink(atPath: inside + "/loop", withDestinationPath: "loop")
    try manager.createSymbolicLink(atPath: inside + "/dangling", withDestinationPath: "nothing")
    try manager.linkItem(atPath: folder.path + "/outside.csv", toPath: inside + "/hard.csv")
    #expect(mkfifo(inside + "/pipe", 0o600) == 0)
    let access = FileAccess(folder: inside)
    for path in ["data/a.csv", "./data//a.csv", "data/../data/a.csv", "within.csv"] {
      #expect(opening(path, access) == nil, "\(path)")
    }
    for path in [
      "../outside.csv", "data/../../outside.csv", folder.path + "/outside.csv", inside + "/plain.csv", "out.csv",
      "absolute.csv", "up/outside.csv", "hard.csv", "/dev/zero", "..",
    ] {
      #expect(opening(path, access)?.code == DataCodes.outside, "\(path)")
    }
    // It is said who leads outside: the path, or a link on its way.
    #expect(opening("out.csv", access)?.reason.hasPrefix("a symbolic link to `../outside.csv` leaves") == true)
    #expect(opening("up/outside.csv", access)?.reason.hasPrefix("a symbolic link to `..` leaves") == true)
    for path in ["../outside.csv", "data/../../outside.csv"] {
      #expect(opening(path, access)?.reason.hasPrefix("`..` leaves") != false, "\(path)")
    }
    #expect(opening("data", access)?.code == DataCodes.directory)
    #expect(opening(".", access)?.code == DataCodes.directory)
    #expect(opening("pipe", access)?.code == DataCodes.notAFile)
    #expect(opening("loop", access)?.code == DataCodes.unreadable)
    for path in ["none.csv", "plain.csv/a", "none/../plain.csv", "dangling", "", "a\0b"] {
      #expect(opening(path, access)?.code == DataCodes.missingFile, "\(path)")
    }
  }

  @Test func allowsEverythingWhereItIsAllowed() throws {
    let folder = Folder()
    folder.write("inside/a.csv", bytes("a\n1\n"))
    folder.write("outside.csv", bytes("a\n2\n"))
    try FileManager.default.linkItem(atPath: folder.path + "/outside.csv", toPath: folder.path + "/inside/hard.csv")
    let access = FileAccess(folder: folder.path + "/inside", allowOutside: true)
    for path in ["a.csv", "../outside.csv", folder.path + "/outside.csv", "hard.csv"] {
      #expect(opening(path, access) == nil, "\(path)")
    }
    #expect(opening("../inside", access)?.code == DataCodes.directory)
    #expect(opening("b.csv", access)?.code == DataCodes.missingFile)
  }

  @Test func readsPipesOfTheCommandLine() async throws {
    let folder = Folder()
    let pipe = folder.path + "/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    let writer = Task.detached {
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: pipe))
      try file.write(contentsOf: Data(bytes("a\n1\n2\n")))
      try file.close()
    }
    let set = try Dataset(csv(pipe), [use("a", .number)], FileAccess.commandLine())
    try await writer.value
    #expect(floats(set, 0) == [1, 2])
  }

  /// A link that is swapped in while files are opened never leads outside.
  @Test func survivesSwappedLinks() async throws {
    let folder = Folder()
    folder.write("inside/a.csv", bytes("inside"))
    folder.write("inside/real/a.csv", bytes("inside"))
    folder.write("secret/a.csv", bytes("secret"))
    let inside = folder.path + "/inside"
    let swapper = Task.detached {
      for turn in 0..<400 {
        let isLink = turn % 2 == 0
        try? FileManager.default.removeItem(atPath: inside + "/now")
        if isLink {
          try FileManager.default.createSymbolicLink(atPath: inside + "/now", withDestinationPath: "../secret")
        } else {
          try FileManager.default.createDirectory(atPath: inside + "/now", withIntermediateDirectories: false)
          try Data(bytes("inside")).write(to: URL(fileURLWithPath: inside + "/now/a.csv"))
        }
      }
    }
    let access = FileAccess(folder: inside)
    for _ in 0..<2000 {
      do throws(DataProblem) { #expect(try access.read("now/a.csv", limit: 100) != bytes("secret")) } catch {
        #expect([DataCodes.outside, DataCodes.missingFile, DataCodes.unreadable].contains(error.code))
      }
    }
    try await swapper.value
  }

  @Test func listsFolders() throws {
    let folder = Folder()
    folder.write("inside/b/x.png", [1])
    folder.write("inside/a.png", [1])
    folder.write("inside/.hidden", [1])
    folder.write("outside/c.png", [1])
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/inside/link", withDestinationPath: "../outside")
    let access = FileAccess(folder: folder.path + "/inside")
    #expect(try access.list(".").map(\.name) == ["a.png", "b", "link"])
    #expect(try access.list("b").map(\.isFolder) == [false])
    #expect(problem { () throws(DataProblem) in _ = try access.list("link") }?.code == DataCodes.outside)
    #expect(problem { () throws(DataProblem) in _ = try access.list("..") }?.code == DataCodes.outside)
    #expect(problem { () throws(DataProblem) in _ = try access.list("a.png") }?.code == DataCodes.directory)
    #expect(problem { () throws(DataProblem) in _ = try access.list("none") }?.code == DataCodes.missingFile)
    var free = access
    free.allowOutside = true
    #expect(try free.list("../outside").map(\.name) == ["c.png"])
  }

  @Test func memoryIsMeasured() {
    #expect(availableMemory() > 1 << 20)
    #expect(byteText(41 << 30) == "41 GiB")
    #expect(byteText(1536) == "1.5 KiB")
    #expect(byteText(1) == "1 byte")
    #expect(shownValue("a\nb\u{1b}") == "`a\\nb\\u{1b}`")
    #expect(shownValue(String(repeating: "x", count: 50)).count == 43)
  }

  @Test func looksUpTheDataFolderFirst() throws {
    let folder = Folder()
    folder.write("program/a.csv", bytes("a\n1\n"))
    folder.write("program/b.csv", bytes("a\n1\n"))
    folder.write("elsewhere/a.csv", bytes("a\n2\n"))
    let access = FileAccess(folder: folder.path + "/program", dataFolder: folder.path + "/elsewhere")
    #expect(try access.read("a.csv", limit: 100) == bytes("a\n2\n"))
    #expect(try access.read("b.csv", limit: 100) == bytes("a\n1\n"))
    let missing = opening("c.csv", access)
    #expect(missing?.hint == "paths are looked up in `\(folder.path)/elsewhere`, then in `\(folder.path)/program`")
    #expect(opening("../program/a.csv", access)?.code == DataCodes.outside)
  }

  @Test func refusesWhatDoesNotFit() {
    let folder = Folder()
    folder.write("a.csv", bytes("a\n" + String(repeating: "1\n", count: 1000)))
    let small = FileAccess(folder: folder.path, memoryLimit: 100)
    let found = problem { () throws(DataProblem) in _ = try summarize(csv(), small) }
    #expect(found?.code == DataCodes.tooLarge)
    #expect(found?.reason.contains("100 bytes may be used") == true)
    #expect(problem { () throws(DataProblem) in _ = try small.read("a.csv", limit: 10) }?.code == DataCodes.tooLarge)
  }

  @Test func readsAFilePermissionRefusal() throws {
    guard getuid() != 0 else { return }
    let folder = Folder()
    folder.write("a.csv", bytes("a\n1\n"))
    #expect(chmod(folder.path + "/a.csv", 0) == 0)
    #expect(opening("a.csv", FileAccess(folder: folder.path))?.code == DataCodes.unreadable)
  }

  @Test func unpacksGzip() throws {
    let text = bytes("a,b\n1,2\n3,4\n")
    for packed in [gzip(text), gzip(bytes("a,b\n1,2\n")) + gzip(bytes("3,4\n")), gzip(text) + [0, 0, 0]] {
      let summary = try summarize(csv("a.csv.gz"), FileAccess(files: ["a.csv.gz": packed]))
      #expect(summary.rows == 2)
    }
    let disguised = try summarize(csv("a.csv"), FileAccess(files: ["a.csv": gzip(text)]))
    #expect(disguised.rows == 2)
  }

  @Test func refusesBrokenGzip() {
    func code(_ packed: [UInt8]) -> DataProblem? {
      problem { () throws(DataProblem) in
        _ = try summarize(csv("a.csv.gz"), FileAccess(files: ["a.csv.gz": packed]))
      }
    }
    let packed = gzip(bytes("a,b\n1,2\n3,4\n"))
    for count in 2..<packed.count { #expect(code(Array(packed[..<count]))?.code == DataCodes.truncated, "\(count)") }
    #expect(code([])?.code == DataCodes.empty)
    #expect(code(bytes("a,b\n1,2\n"))?.code == DataCodes.notGzip)
    #expect(code(packed + [7])?.code == DataCodes.damaged)
    // Time, flags for speed and system (bytes 4 to 9), the hint "text" (byte 3, bit 0) and the padding before a stored
    // block (byte 10) carry nothing; every other flipped bit is found.
    for index in packed.indices where !(4...9).contains(index) {
      for bit in 0..<8 where !(index == 3 && bit == 0) && !(index == 10 && bit > 2) {
        var flipped = packed
        flipped[index] ^= 1 << UInt8(bit)
        #expect(code(flipped) != nil, "byte \(index), bit \(bit)")
      }
    }
  }

  @Test func refusesBombs() {
    let rows = bomb(repeats: 300_000)
    #expect(rows.count < 80_000)
    let found = problem { () throws(DataProblem) in
      _ = try summarize(csv("a.csv.gz"), FileAccess(files: ["a.csv.gz": rows], memoryLimit: 1 << 40))
    }
    #expect(found?.code == DataCodes.expands)
    #expect(found?.reason.contains("64 MiB") == true)
    let small = problem { () throws(DataProblem) in
      _ = try summarize(csv("a.csv.gz"), FileAccess(files: ["a.csv.gz": rows], memoryLimit: 1 << 20))
    }
    #expect(small?.code == DataCodes.tooLarge)
  }

  @Test func saysThatZlibIsMissing() {
    var access = FileAccess(files: ["a.csv.gz": gzip(bytes("a\n1\n"))])
    access.zlib = nil
    let found = problem { () throws(DataProblem) in _ = try summarize(csv("a.csv.gz"), access) }
    #expect(found?.code == DataCodes.missingZlib)
    #expect(found?.hint?.contains("zlib") == true)
  }

  @Test func hashesAsTheStandardDoes() {
    #expect(SHA256.hex([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(SHA256.hex(bytes("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    var hash = SHA256()
    for _ in 0..<1000 { hash.update([UInt8](repeating: UInt8(ascii: "a"), count: 1000)) }
    #expect(hash.finish() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    for count in 50..<70 {
      let text = [UInt8](repeating: 7, count: count)
      var pieces = SHA256()
      for byte in text { pieces.update([byte]) }
      #expect(pieces.finish() == SHA256.hex(text))
    }
  }

  @Test func problemsBecomeDiagnostics() {
    let found = summaryProblem("a,b\n1\n")!
    let diagnostic = found.diagnostic(at: anywhere)
    #expect(diagnostic.code == DataCodes.raggedRow)
    #expect(diagnostic.message == "a.csv:2:1: this row has 1 field, the header has 2")
    #expect(diagnostic.primary?.text == "this is read from `a.csv`")
    #expect(diagnostic.notes.count == 1)
    #expect(Set(DataCodes.all.map(\.id)).count == DataCodes.all.count)
    #expect(Set(DataCodes.all.map(\.name)).count == DataCodes.all.count)
    #expect(
      DataCodes.all.allSatisfy { $0.id.hasPrefix("E05") && !$0.explanation.isEmpty && !$0.summary.hasSuffix(".") })
  }
}
