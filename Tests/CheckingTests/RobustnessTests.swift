import Checking
import Diagnostics
import Syntax
import Testing

/// Broken and hostile programs: the checker ends, and says something.
@Suite struct RobustnessTests {
  @Test(arguments: programs("accepted").map(\.name))
  func everyPrefixIsChecked(_ name: String) {
    let bytes = Array(programs("accepted").first { $0.name == name }!.text.utf8)
    // Every prefix up to a token's end is one that people type.
    var sources = SourceMap()
    let id = sources.add(path: "test.nnet", bytes: bytes)
    for token in parseTree(sources[id]).tokens {
      let outcome = checked(String(decoding: bytes[..<Int(token.end)], as: UTF8.self))
      #expect(outcome.errors.isEmpty == (outcome.result.program != nil))
    }
  }

  @Test(arguments: programs("accepted").map(\.name))
  func everyDeletionOfATokenIsChecked(_ name: String) {
    let bytes = Array(programs("accepted").first { $0.name == name }!.text.utf8)
    var sources = SourceMap()
    let id = sources.add(path: "test.nnet", bytes: bytes)
    for token in parseTree(sources[id]).tokens where token.start < token.end {
      let outcome = checked(
        String(decoding: bytes[..<Int(token.start)] + bytes[Int(token.end)...], as: UTF8.self))
      #expect(outcome.errors.isEmpty == (outcome.result.program != nil))
    }
  }

  @Test func syntaxFixturesWithoutATokenAreChecked() {
    for (_, text) in programs("syntax") {
      let bytes = Array(text.utf8)
      var sources = SourceMap()
      let id = sources.add(path: "test.nnet", bytes: bytes)
      for token in parseTree(sources[id]).tokens where token.start < token.end {
        let outcome = checked(
          String(decoding: bytes[..<Int(token.start)] + bytes[Int(token.end)...], as: UTF8.self))
        #expect(outcome.errors.isEmpty == (outcome.result.program != nil))
      }
    }
  }

  @Test func repeatIsCheckedInConstantTime() {
    let most = checked("model M(x: [4]) -> [4] {\n  x -> repeat(10_000, dense(4) -> relu)\n}\n")
    #expect(most.errors.isEmpty, "\(most.description)")
    let nested = checked("model M(x: [4]) -> [4] {\n  x -> repeat(10_000, repeat(10_000, dense(4) -> relu))\n}\n")
    #expect(nested.errors.map(\.code.id) == ["E0326"])
    let more = checked("model M(x: [4]) -> [4] {\n  x -> repeat(1_000_000_000, dense(4) -> relu)\n}\n")
    #expect(more.errors.map(\.code.id) == ["E0218"])
  }

  @Test func longSumsAndChainsAreChecked() {
    let sum = "model M(x: [4]) -> [4] {\n  " + Array(repeating: "x", count: 20_000).joined(separator: " + ") + "\n}\n"
    #expect(checked(sum).errors.isEmpty)
    let chain = "model M(x: [4]) -> [4] {\n  x" + String(repeating: " -> relu", count: 20_000) + "\n}\n"
    #expect(checked(chain).errors.isEmpty)
  }

  @Test func manyLayersThatUseEachOtherInARowAreChecked() {
    var text = "layer L0(x: [D]) -> [D] {\n  x -> relu\n}\n"
    for index in 1..<255 { text += "layer L\(index)(x: [D]) -> [D] {\n  x -> L\(index - 1)\n}\n" }
    let model = { (top: Int) in "model M(x: [4]) -> [4] {\n  x -> L\(top)\n}\n" }
    let most = checked(text + model(254))
    #expect(most.errors.isEmpty, "\(most.description)")
    for index in 255..<6_000 { text += "layer L\(index)(x: [D]) -> [D] {\n  x -> L\(index - 1)\n}\n" }
    let more = checked(text + model(5_999))
    #expect(more.errors.map(\.code) == [CheckingCodes.tooManyInstances])
    #expect(more.errors.first?.message.hasPrefix("`L256` stands on more than 255 layers") == true)
    let ring = text.replacing("x -> relu", with: "x -> L5999")
    #expect(checked(ring).errors.contains { $0.code == CheckingCodes.recursion })
  }

  /// A layer that is given to another stands below that one's own layers too.
  @Test func layersGivenInARowAreChecked() {
    var text = "layer P0(x: [D], inner: Layer) -> [D] {\n  x -> inner\n}\nlayer L0(x: [D]) -> [D] {\n  x -> relu\n}\n"
    for index in 1..<20 {
      text += "layer P\(index)(x: [D], inner: Layer) -> [D] {\n  x -> P\(index - 1)(inner: inner)\n}\n"
    }
    for index in 1..<50 { text += "layer L\(index)(x: [D]) -> [D] {\n  x -> P19(inner: L\(index - 1))\n}\n" }
    let outcome = checked(text)
    #expect(outcome.errors.map(\.code) == [CheckingCodes.tooManyInstances])
    #expect(outcome.errors.first?.message.hasPrefix("`L13` ") == true, "\(outcome.description)")
  }

  @Test func layersGivenToLayersEnd() {
    var text = "layer L0(x: [D], inner: Layer) -> [D] {\n  x -> inner -> inner\n}\n"
    for index in 1..<40 {
      text +=
        "layer L\(index)(x: [D], inner: Layer) -> [D] {\n  x -> L\(index - 1)(inner: inner) "
        + "-> L\(index - 1)(inner: inner)\n}\n"
    }
    text += "model M(x: [4]) -> [4] {\n  x -> L39(inner: relu)\n}\n"
    #expect(checked(text).errors.contains { $0.code == CheckingCodes.tooManyInstances })
  }

  @Test func hugeSizesAreRefused() {
    for size in ["9_223_372_036_854_775_807", "9_223_372_036_854_775_807 + 1", "2 ^ 63", "2 ^ 64", "3 ^ 10_000"] {
      let outcome = checked("model M(x: [\(size), 2]) -> [3] {\n  x -> flatten -> dense(3)\n}\n")
      #expect(!outcome.errors.isEmpty, "\(size)")
    }
  }
}
