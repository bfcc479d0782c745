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
  /// What each module imports is what Package.swift names for it, no more and no less: the compiler lets transitive
  /// imports pass, and asks for nothing that is named.
  @Test func modulesImportWhatThePackageNames() throws {
    let manifest = try String(contentsOf: root.appending(path: "Package.swift"), encoding: .utf8)
      .filter { !$0.isWhitespace }
    var checked = 0
    for folder in ["Sources", "Tests"] {
      for module in try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
      where folder == "Sources" || module.hasSuffix("Tests") {
        // Written in C; it has no imports.
        if module == "CKernels" { continue }
        let named = try #require(
          dependencies(of: module, in: manifest), "Package.swift declares \(module) in a form that is not known here")
        var imported: Set<String> = []
        for file in files(below: "\(folder)/\(module)", endings: ["swift"]) {
          for name in imports(of: try String(contentsOf: file, encoding: .utf8)) {
            checked += 1
            imported.insert(name)
            #expect(
              named.contains(name) || system.contains(name),
              "\(file.lastPathComponent) of \(module) imports \(name), which Package.swift does not name")
          }
        }
        let unused = named.subtracting(imported).sorted()
        #expect(unused.isEmpty, "Package.swift names \(unused) for \(module), which does not import them")
      }
    }
    #expect(checked > 100)
  }

  private let system: Set<String> = [
    "Foundation", "FoundationEssentials", "Glibc", "Darwin", "Dispatch", "Synchronization", "Testing",
  ]

  /// `import Runs`, `@testable import Runs`, `import struct Foundation.URL`.
  private func imports(of text: String) -> [String] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard let place = words.firstIndex(of: "import"), words.count > place + 1 else { return nil }
      let levels: Set<Substring> = ["package", "public", "internal", "private"]
      guard words[..<place].allSatisfy({ $0.hasPrefix("@") || levels.contains($0) }) else { return nil }
      let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
      let names = words[(place + 1)...].drop { kinds.contains($0) }
      guard let name = names.first, name.first?.isLetter == true else { return nil }
      return name.split(separator: ".").first.map(String.init)
    }
  }

  /// What the manifest, without its white space, names for a module; nil where it does not declare the module.
  private func dependencies(of module: String, in manifest: String) -> Set<String>? {
    // The tests of a module are named after it, and depend on it.
    let subject = module.hasSuffix("Tests") ? String(module.dropLast(5)) : nil
    let openings = [
      "module(\"\(module)\"", ".executableTarget(name:\"\(module)\",dependencies:", ".testTarget(name:\"\(module)\"",
      subject.map { "tests(\"\($0)\"" } ?? "module(\"\(module)\"",
    ]
    for opening in openings {
      guard let start = manifest.range(of: opening)?.upperBound else { continue }
      var depth = 1
      var text = ""
      for character in manifest[start...] {
        if character == "(" || character == "[" { depth += 1 }
        if character == ")" || character == "]" { depth -= 1 }
        if depth == 0 { break }
        text.append(character)
      }
      let end = ["notes:", "exclude:"].compactMap { text.range(of: $0)?.lowerBound }.min() ?? text.endIndex
      let list = text.prefix(upTo: end)
      let names = list.split(separator: "\"").enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
      return Set(names).union(opening.hasPrefix("tests(") ? subject.map { [$0] } ?? [] : [])
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
