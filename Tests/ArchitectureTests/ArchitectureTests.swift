import Foundation
import Testing

/// The repository, found from this file.
private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

private func files(below folder: String, endings: [String]) -> [URL] {
  guard let walk = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)
  else { return [] }
  return walk.compactMap { $0 as? URL }.filter { endings.contains($0.pathExtension) }
}

@Suite struct ArchitectureTests {
  /// The modules and what each may import, as Package.swift says: the compiler lets transitive imports pass.
  @Test func sourcesImportWhatThePackageNames() throws {
    let manifest = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
    let system: Set<String> = [
      "Foundation", "FoundationEssentials", "Glibc", "Darwin", "Dispatch", "Synchronization", "Testing",
    ]
    var checked = 0
    for module in try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Sources").path) {
      guard let allowed = dependencies(of: module, in: manifest) else { continue }
      for file in files(below: "Sources/\(module)", endings: ["swift"]) {
        let text = try String(contentsOf: file, encoding: .utf8)
        for line in text.split(separator: "\n") {
          let words = line.split(separator: " ")
          guard words.first == "import" || words.first == "@preconcurrency", let name = words.last.map(String.init)
          else {
            continue
          }
          checked += 1
          #expect(
            allowed.contains(name) || system.contains(name),
            "\(file.lastPathComponent) of \(module) imports \(name), which Package.swift does not name")
        }
      }
    }
    #expect(checked > 100)
  }

  /// Nil for a module that Package.swift does not declare with its dependencies in one call.
  private func dependencies(of module: String, in manifest: String) -> Set<String>? {
    for opening in ["module(\"\(module)\"", "module(\n      \"\(module)\"", "name: \"\(module)\", dependencies:"] {
      guard let start = manifest.range(of: opening)?.upperBound else { continue }
      var depth = 1
      var text = ""
      for character in manifest[start...] {
        if character == "(" || character == "[" { depth += 1 }
        if character == ")" || character == "]" { depth -= 1 }
        if depth == 0 { break }
        text.append(character)
      }
      let names = text.split(separator: "\"").enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
      return Set(names)
    }
    return nil
  }

  @Test func coreOpensNoFilesAndPrintsNothing() throws {
    let forbidden = ["Swift.print(", "fopen(", "open(", "FileManager", "FileHandle", "fputs(", "stdout", "stderr"]
    for module in ["Syntax", "Tensors", "Declarations", "Graphs", "Layers", "Checking", "Elaboration", "Lowering"] {
      for file in files(below: "Sources/\(module)", endings: ["swift"]) {
        let text = try String(contentsOf: file, encoding: .utf8)
        for line in text.split(separator: "\n") where !line.drop(while: { $0 == " " }).hasPrefix("//") {
          for word in forbidden where line.contains(word) {
            Issue.record("\(file.lastPathComponent) of \(module) uses \(word)")
          }
        }
      }
    }
  }

  @Test func filesAreShort() throws {
    let sources =
      files(below: "Sources", endings: ["swift", "c", "h", "inc"]) + files(below: "Tests", endings: ["swift"])
    #expect(sources.count > 100)
    for file in sources {
      let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count <= 600, "\(file.lastPathComponent) has \(lines.count) lines")
    }
  }

  @Test func topLevelIsAsPromised() throws {
    let allowed: Set<String> = ["Package.swift", "Sources", "Tests", "grammar", "examples", "README.md", "runs"]
    for name in try FileManager.default.contentsOfDirectory(atPath: root.path) where !name.hasPrefix(".") {
      #expect(allowed.contains(name) || name == "Package.resolved", "the top level holds \(name)")
    }
  }

  @Test func packageDependsOnNothing() throws {
    let manifest = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
    #expect(!manifest.contains(".package("))
  }
}
