import Diagnostics
import Foundation
import Syntax
import Testing

private let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// Productions by name, their right sides with single spaces.
private typealias Productions = [String: String]

/// The productions in lines of text: each begins a line or follows another, and ends with ` ;`.
private func productions(in lines: [String]) -> Productions {
  var result: Productions = [:]
  var name: String?
  var words: [String] = []
  for line in lines {
    for word in line.split(separator: " ").map(String.init) {
      if name == nil {
        words.append(word)
        if words.count == 2, word == "=", words[0].allSatisfy({ $0.isLowercase || $0 == "-" }) {
          name = words[0]
          words = []
        } else if words.count == 2 {
          break
        }
      } else if word == ";" {
        result[name!] = words.joined(separator: " ")
        name = nil
        words = []
      } else {
        words.append(word)
      }
    }
    if name == nil { words = [] }
  }
  return result
}

private func text(_ path: String) throws -> String {
  try String(contentsOf: repository.appendingPathComponent(path), encoding: .utf8)
}

/// The grammar without its comments.
private func grammar() throws -> Productions {
  let lines = try text("grammar/nnet.ebnf").split(separator: "\n").map(String.init)
  return productions(in: lines.filter { !$0.hasPrefix("(*") })
}

/// The productions in the parser's and the lexer's doc comments.
private func documented() throws -> Productions {
  var result: Productions = [:]
  for folder in ["Sources/Syntax/Parsing", "Sources/Syntax/Lexing"] {
    let path = repository.appendingPathComponent(folder).path
    for file in try FileManager.default.contentsOfDirectory(atPath: path) where file.hasSuffix(".swift") {
      let lines = try text(folder + "/" + file).split(separator: "\n").map { $0.drop { $0 == " " } }
      let comments = lines.map { $0.hasPrefix("/// ") ? String($0.dropFirst(4)) : "" }
      for (name, production) in productions(in: comments) {
        #expect(result[name] == nil || result[name] == production, "\(name) is documented twice")
        result[name] = production
      }
    }
  }
  return result
}

/// Writes random programs by the grammar.
private struct Generator {
  let productions: Productions
  var random: SplitMix
  var text = ""
  private let leaves: Set<String> = [
    "name", "integer", "real", "percent", "string", "label", "reserved", "letter", "digit", "character",
  ]

  init(_ productions: Productions, seed: UInt64) {
    self.productions = productions
    random = SplitMix(state: seed)
  }

  mutating func write(_ name: String, depth: Int, touching: Bool = false) {
    switch name {
    case "name": add(["x", "width", "Block", "scan", "data", "step", "from_here"].randomElement(using: &random)!)
    case "label": add(["rate", "not", "let", "over", "model"].randomElement(using: &random)!)
    case "integer": add(["0", "16", "1_000"].randomElement(using: &random)!)
    case "real": add(["0.5", "1e-3", "2.5E+10"].randomElement(using: &random)!)
    case "percent": add(["70%", "12.5%"].randomElement(using: &random)!)
    case "string": add(["\"a b\"", "\"\\n\\u{41}\"", "\"\""].randomElement(using: &random)!)
    case "declaration", "binding", "setting", "weight", "expectation", "step": text += "\n"
    default: break
    }
    if leaves.contains(name) { return }
    var symbols = productions[name]!.split(separator: " ").map(String.init)[...]
    let start = text.utf8.count
    choose(&symbols, depth: depth + 1, within: name, isWritten: true)
    if touching { removeSpace(at: start) }
  }

  private mutating func removeSpace(at offset: Int) {
    let index = text.utf8.index(text.startIndex, offsetBy: offset)
    if index < text.endIndex, text[index] == " " { text.remove(at: index) }
  }

  private mutating func add(_ word: String) { text += " " + word }

  /// alternatives = sequence, { "|", sequence } : writes one of them, skips the others.
  private mutating func choose(_ symbols: inout ArraySlice<String>, depth: Int, within name: String, isWritten: Bool) {
    var rest = symbols
    var count = 1
    skip(&rest) { count += 1 }
    // Deep down the first alternative is the way out.
    let chosen = depth > 27 ? 0 : Int.random(in: 0..<count, using: &random)
    var current = 0
    while let symbol = symbols.first, ![")", "]", "}"].contains(symbol) {
      if symbol == "|" { current += 1 }
      if symbol == "|" || symbol == "," {
        symbols.removeFirst()
        continue
      }
      item(&symbols, depth: depth, within: name, isWritten: isWritten && current == chosen)
    }
  }

  private func skip(_ symbols: inout ArraySlice<String>, _ alternative: () -> Void) {
    var nesting = 0
    while let symbol = symbols.first {
      if ["(", "[", "{"].contains(symbol) { nesting += 1 }
      if [")", "]", "}"].contains(symbol) { nesting -= 1 }
      if nesting < 0 { return }
      if symbol == "|", nesting == 0 { alternative() }
      symbols.removeFirst()
    }
  }

  private mutating func repetitions(_ symbol: String, depth: Int, within name: String) -> Int {
    if symbol == "(" { return 1 }
    if depth > 22 { return 0 }
    if name.hasSuffix("block") || name == "body" { return Int.random(in: 0...3, using: &random) }
    let chance = Int.random(in: 0..<100, using: &random)
    return symbol == "[" ? (chance < 30 ? 1 : 0) : chance < 80 ? 0 : chance < 92 ? 1 : 2
  }

  private mutating func item(_ symbols: inout ArraySlice<String>, depth: Int, within name: String, isWritten: Bool) {
    let symbol = symbols.removeFirst()
    switch symbol {
    case "(", "[", "{":
      let group = symbols
      let count = isWritten ? repetitions(symbol, depth: depth, within: name) : 0
      for _ in 0..<count {
        symbols = group
        choose(&symbols, depth: depth, within: name, isWritten: true)
      }
      symbols = group
      skip(&symbols) {}
      symbols.removeFirst()
    case _ where symbol.hasPrefix("\"") || symbol.hasPrefix("'"):
      guard isWritten else { return }
      let word = String(symbol.dropFirst().dropLast())
      if word == "}" { text += "\n" }
      add(word)
      // A sign before an operand touches it, or the line before would go on.
      if name == "prefix" { text += "\u{1}" }
    default:
      guard isWritten else { return }
      if name == "body", symbol == "expression" { text += "\n" }
      let touches = ["arguments", "indices"].contains(symbol) || (symbol == "shape" && name == "named-type")
      write(symbol, depth: depth, touching: touches)
    }
  }
}

@Suite struct GrammarTests {
  @Test func grammarAndParserNameTheSameProductions() throws {
    let (grammar, documented) = (try grammar(), try documented())
    #expect(grammar.count > 40)
    for (name, production) in grammar { #expect(documented[name] == production, "\(name) in the parser") }
    for (name, production) in documented { #expect(grammar[name] == production, "\(name) in the grammar") }
  }

  @Test func everyProductionIsDefinedAndUsed() throws {
    let grammar = try grammar()
    var used: Set<String> = ["file", "comment"]
    for production in grammar.values {
      // What stands between question marks is prose.
      let parts = production.split(separator: "?", omittingEmptySubsequences: false).enumerated()
      for word in parts.filter({ $0.offset % 2 == 0 }).flatMap({ $0.element.split(separator: " ") }) {
        let symbol = word.hasSuffix(",") ? word.dropLast() : word
        if symbol.allSatisfy({ $0.isLowercase || $0 == "-" }), symbol != "-", !symbol.isEmpty {
          used.insert(String(symbol))
        }
      }
    }
    #expect(used == Set(grammar.keys))
  }

  @Test func programsOfTheGrammarAreRead() throws {
    let split = try grammar().mapValues { production in
      // Commas as words of their own.
      production.split(separator: " ").map { $0.count > 1 && $0.hasSuffix(",") ? $0.dropLast() + " ," : "\($0)" }
        .joined(separator: " ")
    }
    for seed in 0..<500 {
      var generator = Generator(split, seed: UInt64(seed))
      for _ in 0..<3 { generator.write("declaration", depth: 0) }
      let text =
        generator.text.replacing("\u{1} ", with: "").replacing("\u{1}", with: "")
        // Before a parenthesis `%` is a remainder.
        .replacing(/[0-9.]+%\(/, with: "x(") + "\n"
      let found = diagnostics(text)
      #expect(found.isEmpty, "seed \(seed)\n\(text)\n\(describe(found, in: text))")
      // The first program that is refused says enough.
      guard found.isEmpty, let once = format(parseTree(source(text))) else { return }
      let isKept = outline(once) == outline(text)
      #expect(isKept, "seed \(seed)\n\(text)\n\(once)")
      let isSettled = format(parseTree(source(once))) == once
      #expect(isSettled, "seed \(seed)\n\(text)\n\(once)")
      guard isKept && isSettled else { return }
    }
  }
}
