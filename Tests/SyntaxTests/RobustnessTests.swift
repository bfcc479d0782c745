import Diagnostics
import Syntax
import Testing

/// A small generator whose sequence is fixed by its seed (SplitMix64, Steele et al. 2014).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Reads bytes with everything that reads them; false if a promise is broken.
private func survives(_ bytes: [UInt8]) -> Bool {
  let file = source(bytes)
  let tree = parseTree(file)
  let parsed = parse(file)
  guard tree.reconstructedBytes() == bytes, tree.hasErrors != parsed.diagnostics.isEmpty else { return false }
  if let once = format(tree) {
    let again = parseTree(source(once))
    guard format(again) == once, outline(again.unit) == outline(parsed.unit) else { return false }
  }
  return parsed.diagnostics.allSatisfy { diagnostic in
    guard let span = diagnostic.primary?.span else { return false }
    return span.start >= 0 && span.start <= span.end && Int(span.end) <= bytes.count
  }
}

@Suite struct RobustnessTests {
  @Test(arguments: fixtures.map(\.name))
  func everyPrefixIsSurvived(_ name: String) {
    let bytes = Array(fixtures.first { $0.name == name }!.text.utf8)
    for length in bytes.indices where !survives(Array(bytes[..<length])) {
      Issue.record("\(name), the first \(length) bytes")
    }
  }

  @Test(arguments: fixtures.map(\.name))
  func everyDeletionOfATokenIsSurvivedWithFewErrors(_ name: String) {
    let text = fixtures.first { $0.name == name }!.text
    let bytes = Array(text.utf8)
    var worst = (count: 0, token: 0)
    for (index, token) in parseTree(source(text)).tokens.enumerated() {
      var shorter = bytes
      shorter.removeSubrange(token.range)
      if !survives(shorter) { Issue.record("\(name), without token \(index)") }
      let count = parse(source(shorter)).diagnostics.count
      if count > worst.count { worst = (count, index) }
    }
    #expect(worst.count <= 2, "\(name), without token \(worst.token)")
  }

  @Test func mutatedProgramsAreSurvived() {
    var random = SplitMix(state: 20_250_101)
    let programs = fixtures.map { Array($0.text.utf8) }
    let pieces = [
      "(", ")", "[", "]", "{", "}", "->", "let ", "\n", ":", "=", ",", "\"", "%", "...", "scan ", "* ", "-",
    ]
    .map { Array($0.utf8) }
    for round in 0..<10_000 {
      var bytes = programs[round % programs.count]
      let from = Int.random(in: 0..<bytes.count, using: &random)
      bytes = Array(bytes[from..<min(from + 400, bytes.count)])
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        let end = min(bytes.count, place + Int.random(in: 0...12, using: &random))
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.removeSubrange(place..<end)
        case 1: bytes.insert(contentsOf: pieces.randomElement(using: &random)!, at: place)
        case 2: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
        default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        }
      }
      if !survives(bytes) { Issue.record("round \(round): \(bytes)") }
    }
  }

  @Test func randomBytesAreSurvived() {
    var random = SplitMix(state: 7)
    let alphabet = Array("(){}[]->=:,.%*+-/ \n\"'#;let x scan in from 12 data layer".utf8)
    for round in 0..<4_000 {
      let count = Int.random(in: 0..<200, using: &random)
      let isText = round % 2 == 0
      let bytes = (0..<count).map { _ in
        isText ? alphabet.randomElement(using: &random)! : UInt8.random(in: 0...255, using: &random)
      }
      if !survives(bytes) { Issue.record("round \(round): \(bytes)") }
    }
  }

  @Test(arguments: ["(", "[", "{", "f(", "-", "not ", "2 ^ ", "scan x in ", "(a: ", "[(", "x -> f("])
  func amillionNestedPiecesAreOneOrTwoErrors(_ piece: String) {
    let text = "let a = " + String(repeating: piece, count: 1_000_000)
    let found = diagnostics(text)
    #expect(!found.isEmpty && found.count <= 2)
    #expect(parseTree(source(text)).reconstructedBytes() == Array(text.utf8))
  }

  @Test func closedNestingBeyondTheCapIsOneError() {
    let count = 1_000_000
    let text = "let a = " + String(repeating: "(", count: count) + "1" + String(repeating: ")", count: count) + "\n"
    #expect(diagnostics(text).map(\.code) == [SyntaxCodes.tooDeep])
    #expect(diagnostics(text + "let b = )\n").map(\.code) == [SyntaxCodes.tooDeep, SyntaxCodes.expectedExpression])
  }

  @Test(arguments: [".b", "(x)", "[0]"])
  func suffixesBeyondTheCapAreOneError(_ suffix: String) {
    let text = "let a = b" + String(repeating: suffix, count: 200_000) + "\n"
    #expect(diagnostics(text).map(\.code) == [SyntaxCodes.tooDeep])
  }

  @Test func nestingAndSuffixesTogetherAreCapped() {
    var text = "x"
    for _ in 0..<200 { text = "(" + text + String(repeating: ".a", count: 200) + ")" }
    #expect(diagnostics("let a = " + text).map(\.code) == [SyntaxCodes.tooDeep])
  }

  @Test(arguments: [" + ", " * ", " -> ", " and ", "\n  -> "])
  func aMillionOperandsAreOneNode(_ sign: String) {
    let count = 1_000_000
    let text = "let a = " + Array(repeating: "a", count: count).joined(separator: sign) + "\n"
    let parsed = parse(source(text))
    #expect(parsed.diagnostics.isEmpty)
    guard case .constant(let binding) = parsed.unit.declarations.first else {
      Issue.record("no binding")
      return
    }
    switch binding.value.kind {
    case .operation(let operands, let operators, _):
      #expect(operands.count == count && operators.count == count - 1)
    case .chain(_, let stages): #expect(stages.count == count - 1)
    default: Issue.record("neither a sum nor a chain")
    }
  }

  @Test func longThingsAreRead() {
    #expect(diagnostics("let " + String(repeating: "n", count: 10_000_000) + " = 1\n").isEmpty)
    #expect(
      diagnostics("let a = " + String(repeating: "1", count: 1_000_000)).map(\.code) == [SyntaxCodes.numberTooLarge])
    #expect(diagnostics("let a = \"" + String(repeating: "s", count: 1_000_000) + "\"\n").isEmpty)
    #expect(diagnostics(String(repeating: "// words\n", count: 100_000)).isEmpty)
    #expect(diagnostics("let a = [" + String(repeating: "1, ", count: 300_000) + "]\n").isEmpty)
    let many = diagnostics(String(repeating: "let = 1\n", count: 100_000))
    #expect(many.count == 100)
  }

  @Test func bytesThatAreNoTextAreOneError() {
    let latin = Array("let a = \"caf".utf8) + [0xE9] + Array("\"\nlet = 3\n".utf8)
    let found = parse(source(latin)).diagnostics
    #expect(found.map(\.code) == [SyntaxCodes.notText])
    #expect(found.first?.primary?.span.range == 12..<13)
    #expect(parse(source([0xFF, 0xFE, 0x6C, 0x00])).diagnostics.map(\.code) == [SyntaxCodes.notText])
    #expect(parse(source([0xEF, 0xBB, 0xBF] + Array("let a = 1\r\nlet b = 2\r\n".utf8))).diagnostics.isEmpty)
  }

  @Test func anEmptyFileIsAFile() {
    for text in ["", " ", "\n\n", "// only words", "/// words"] {
      #expect(diagnostics(text).isEmpty)
      #expect(survives(Array(text.utf8)))
    }
  }
}
