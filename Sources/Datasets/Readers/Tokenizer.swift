/// Cuts text into tokens and gives each its number.
///
/// A vocabulary is sorted; where words are left out of it, its first entry is the empty text, code 0, which stands for
/// all of them.
package struct Tokenizer: Sendable, Hashable, Codable {
  package enum Unit: String, Sendable, Hashable, Codable, CaseIterable {
    /// Unicode scalars.
    case characters
    /// Runs of letters, digits and inner apostrophes in lower case; every other mark by itself; spaces dropped.
    case words
    /// The bytes of UTF-8: 256 tokens, whatever the text.
    case bytes
  }
  package let unit: Unit
  /// For bytes, the scalar U+0000 … U+00FF stands for each.
  package let vocabulary: CategoryList

  package init(unit: Unit, vocabulary: CategoryList) {
    self.unit = unit
    self.vocabulary = vocabulary
  }

  /// The tokenizer of some texts. With a limit, the vocabulary has at most so many tokens: the most frequent ones (of
  /// equally frequent ones the first in order), and one for the rest.
  package init(unit: Unit, texts: some Sequence<String>, limit: Int? = nil) {
    var tokens: [String]
    if unit == .bytes {
      tokens = (0..<256).map { String(UnicodeScalar(UInt8($0))) }
    } else {
      var interner = TextInterner()
      var counts: [Int] = []
      for text in texts {
        Self.cut(text, unit) { piece in
          let code = Int(interner.code(piece, at: 0))
          if code == counts.count { counts.append(0) }
          counts[code] += 1
        }
      }
      let (sorted, _, newCodes) = interner.sorted()
      tokens = sorted
      if let limit {
        precondition(limit >= 1, "a vocabulary has a token")
        var frequency = [Int](repeating: 0, count: sorted.count)
        for (old, new) in newCodes.enumerated() { frequency[Int(new)] = counts[old] }
        let kept = sorted.indices.sorted { (frequency[$1], $0) < (frequency[$0], $1) }.prefix(limit - 1)
        tokens = [""] + kept.map { sorted[$0] }
      }
    }
    self.init(unit: unit, vocabulary: CategoryList(distinct: tokens, mayBeNumeric: false))
  }

  package var count: Int { vocabulary.count }

  /// Whether code 0 stands for what is not in the vocabulary.
  package var hasUnknown: Bool { vocabulary.values.first == "" }

  /// The codes of a text; where there is no token for the rest, what is not in the vocabulary is −1.
  package func encode(_ text: String) -> [Int32] {
    if unit == .bytes { return text.utf8.map { Int32($0) } }
    var codes: [Int32] = []
    let unknown: Int32 = hasUnknown ? 0 : -1
    Self.cut(text, unit) { piece in
      let code = vocabulary.code(of: String(decoding: piece, as: UTF8.self))
      codes.append(code < 0 ? unknown : code)
    }
    return codes
  }

  /// The text of codes; words are joined by spaces, what stands for the rest is `�`.
  package func decode(_ codes: some Sequence<Int32>) -> String {
    if unit == .bytes { return String(decoding: codes.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self) }
    let pieces = codes.map { code in vocabulary.text(of: code).flatMap { $0.isEmpty ? nil : $0 } ?? "\u{fffd}" }
    return pieces.joined(separator: unit == .words ? " " : "")
  }

  /// Calls `body` with the bytes of each token of a text, in order.
  static func cut(_ text: String, _ unit: Unit, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    var text = text
    text.withUTF8 { bytes in
      switch unit {
      case .bytes: for index in bytes.indices { body(UnsafeBufferPointer(rebasing: bytes[index..<(index + 1)])) }
      case .characters:
        var at = 0
        while at < bytes.count {
          let length = scalarLength(bytes[at])
          body(UnsafeBufferPointer(rebasing: bytes[at..<min(bytes.count, at + length)]))
          at += length
        }
      case .words: cutWords(String(decoding: bytes, as: UTF8.self), body)
      }
    }
  }

  /// The bytes of a scalar by its first one (RFC 3629).
  static func scalarLength(_ lead: UInt8) -> Int { lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4 }

  private static func cutWords(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    var word: [UInt8] = []
    func flush() {
      // An apostrophe at the end of a word is a quotation mark.
      let hasMark = word.last == UInt8(ascii: "'")
      if hasMark { word.removeLast() }
      if !word.isEmpty { word.withUnsafeBufferPointer(body) }
      if hasMark { [UInt8(ascii: "'")].withUnsafeBufferPointer(body) }
      word.removeAll(keepingCapacity: true)
    }
    for scalar in text.unicodeScalars {
      if isWordScalar(scalar) || (scalar == "'" && !word.isEmpty && word.last != UInt8(ascii: "'")) {
        if scalar.isASCII {
          let byte = UInt8(scalar.value)
          word.append(byte >= 65 && byte <= 90 ? byte | 32 : byte)
        } else {
          word += Array(scalar.properties.lowercaseMapping.utf8)
        }
      } else {
        flush()
        if !scalar.properties.isWhitespace { Array(String(scalar).utf8).withUnsafeBufferPointer(body) }
      }
    }
    flush()
  }

  private static func isWordScalar(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      let value = scalar.value
      return (value >= 48 && value <= 57) || (value | 32 >= 97 && value | 32 <= 122)
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
      .letterNumber, .nonspacingMark, .spacingMark:
      return true
    default: return false
    }
  }
}

/// Reads a text file as one ordered column of tokens.
func loadText(_ source: SourceDescription, _ access: FileAccess) throws(DataProblem) -> (rows: Int, column: TableColumn)
{
  guard let path = source.paths["path"] ?? source.paths.values.first else { throw .option("", "text needs a path") }
  let word = source.options["tokens"] ?? "characters"
  guard let unit = Tokenizer.Unit(rawValue: word) else {
    throw .option(path, "`tokens` takes `characters`, `words` or `bytes`, not \(shownValue(word))")
  }
  let bytes = try ByteSource(access.open(path), zlib: access.zlib)
  let limit = access.freeMemory
  // Four bytes a token, beside the text itself.
  let buffer = try bytes.readAll(limit: limit / 5)
  if buffer.count == 0 { throw .empty(bytes.path) }
  let all = UnsafeBufferPointer(start: UnsafePointer(buffer.bytes), count: buffer.count)
  if unit == .bytes {
    let dictionary = (0..<256).map { String(UnicodeScalar(UInt8($0))) }
    return (all.count, tokenColumn(all.map { Int32($0) }, dictionary))
  }
  try checkText(buffer, path: bytes.path)
  let start = buffer.count >= 3 && all[0] == 0xef && all[1] == 0xbb && all[2] == 0xbf ? 3 : 0
  let text = UnsafeBufferPointer(rebasing: all[start...])
  var interner = TextInterner()
  var codes: [Int32] = []
  if unit == .characters {
    codes.reserveCapacity(text.count)
    var at = 0
    while at < text.count {
      let length = Tokenizer.scalarLength(text[at])
      codes.append(interner.code(UnsafeBufferPointer(rebasing: text[at..<(at + length)]), at: at))
      at += length
    }
  } else {
    Tokenizer.cut(String(decoding: text, as: UTF8.self), unit) { codes.append(interner.code($0, at: 0)) }
  }
  if codes.isEmpty { throw .empty(bytes.path, "the file holds no words") }
  guard codes.count < Int(Int32.max) else {
    throw .tooLarge(bytes.path, needs: codes.count * 4, limit: Int(Int32.max) * 4)
  }
  let (dictionary, _, newCodes) = interner.sorted()
  for index in codes.indices { codes[index] = newCodes[Int(codes[index])] }
  return (codes.count, tokenColumn(codes, dictionary))
}

private func tokenColumn(_ codes: [Int32], _ dictionary: [String]) -> TableColumn {
  var column = TableColumn(name: "tokens", storage: .text(codes: codes, dictionary: dictionary))
  column.isTokens = true
  return column
}

extension Dataset {
  /// The tokenizer of a column of texts (read as a category), fitted on some rows: those of the training part.
  package func fitTokenizer(_ index: Int, unit: Tokenizer.Unit, limit: Int?, rows: [Int32]) -> Tokenizer {
    guard let list = columns[index].categories, case .int32(let codes) = columns[index].values else {
      preconditionFailure("only texts are tokenized")
    }
    return Tokenizer(
      unit: unit, texts: rows.lazy.compactMap { list.text(of: codes[Int($0)]) }, limit: limit)
  }

  /// Replaces the texts that a program tokenizes by their tokens. Vocabularies are fitted to the given rows, unless
  /// there are saved ones.
  package mutating func tokenizeTexts(_ uses: [ColumnUse], rows: [Int32], saved: [CategoryList?]? = nil) {
    for (index, use) in uses.enumerated() {
      guard let tokens = use.tokens else { continue }
      guard columns[index].isPresent else {
        // Outputs may still be written in its words.
        setCategories(index, saved?[index])
        continue
      }
      let tokenizer =
        saved?[index].map { Tokenizer(unit: tokens.unit, vocabulary: $0) }
        ?? fitTokenizer(index, unit: tokens.unit, limit: tokens.unit == .bytes ? nil : tokens.count, rows: rows)
      tokenize(index, by: tokenizer, length: tokens.length)
    }
  }

  /// Replaces a column of texts by tokens: `[length]` in each row, filled up with −1. Longer texts lose their end; an
  /// empty or missing one is a single token 0.
  package mutating func tokenize(_ index: Int, by tokenizer: Tokenizer, length: Int) {
    guard let list = columns[index].categories, case .int32(let codes) = columns[index].values else {
      preconditionFailure("only texts are tokenized")
    }
    // Texts outside a saved list would be lost: such a column is read with a list of its own.
    precondition(columns[index].unseen.isEmpty, "texts are read without a saved list")
    let encoded = list.values.map { Array(tokenizer.encode($0).prefix(length)) }
    var values = [Int32](repeating: -1, count: codes.count * length)
    for (row, code) in codes.enumerated() {
      values[row * length] = 0
      guard code >= 0 else { continue }
      for (position, token) in encoded[Int(code)].enumerated() { values[row * length + position] = max(token, 0) }
    }
    setTokens(index, values, length, tokenizer.vocabulary)
  }

  /// Checks that texts whose fields share a length have as many tokens in every row, once they are tokenized.
  package func requireEqualLengths(_ uses: [ColumnUse]) throws(DataProblem) {
    var first: [String: Int] = [:]
    for (index, use) in uses.enumerated() {
      guard let tokens = use.tokens, columns[index].isPresent else { continue }
      guard let other = first[tokens.axis] else {
        first[tokens.axis] = index
        continue
      }
      guard case .int32(let own) = columns[index].values, case .int32(let others) = columns[other].values else {
        continue
      }
      for row in 0..<rows where row * tokens.length < own.count {
        let range = row * tokens.length..<(row + 1) * tokens.length
        let (count, otherCount) = (own[range].count { $0 >= 0 }, others[range].count { $0 >= 0 })
        if count == otherCount { continue }
        let (name, otherName) = (columns[index].name, columns[other].name)
        throw DataProblem(
          DataCodes.columnKind, path: path,
          reason: "in row \(row + 1) `\(otherName)` has \(otherCount) tokens and `\(name)` \(count), but both are "
            + "declared to have the length `\(tokens.axis)`")
      }
    }
  }

  /// What is wrong with texts that share a length, in a source and in the source of its test rows.
  package static func lengthProblem(
    _ source: SourceDescription, testSource: SourceDescription?, _ uses: [ColumnUse], _ access: FileAccess
  ) -> DataProblem? {
    do throws(DataProblem) {
      var dataset = try Dataset(source, uses, testSource: testSource, access)
      dataset.tokenizeTexts(uses, rows: [])
      try dataset.requireEqualLengths(uses)
      return nil
    } catch {
      return error
    }
  }
}
