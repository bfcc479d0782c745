import Datasets
import Foundation
import Tensors
import Testing

@Suite struct WindowTests {
  private func window(_ name: String, _ offsets: ColumnUse.Offsets?, _ role: ColumnUse.Role = .number) -> ColumnUse {
    ColumnUse(key: .name(name), role: role, span: anywhere, offsets: offsets)
  }

  private func series(_ count: Int, _ uses: [ColumnUse]) throws(DataProblem) -> Dataset {
    try dataset("load\n" + (0..<count).map { "\($0)\n" }.joined(), uses)
  }

  private func chronological(_ train: Int, _ validation: Int, _ test: Int) -> SplitDescription {
    SplitDescription(
      method: .chronological, train: Fraction(train, 100), validation: Fraction(validation, 100),
      test: Fraction(test, 100), span: anywhere)
  }

  private func filled(_ set: Dataset, _ rows: [Int32], _ column: Int) -> [Float] {
    let width = set.columnType(column).shape.reduce(1, *)
    var values = [Float](repeating: -1, count: rows.count * width)
    rows.withUnsafeBufferPointer { rows in
      values.withUnsafeMutableBytes { set.fill(rows, column: column, into: $0.baseAddress!) }
    }
    return values
  }

  @Test func windowsAreTheRowsAround() throws {
    let set = try series(10, [window("load", .range(-3..<0)), window("load", .at(1)), window("load", nil)])
    #expect(set.columnType(0) == (.float32, [3]))
    #expect(set.columnType(1) == (.float32, []))
    #expect(set.reach.before == 3 && set.reach.after == 1)
    #expect(filled(set, [3, 8], 0) == [0, 1, 2, 5, 6, 7])
    #expect(filled(set, [3, 8], 1) == [4, 9])
    #expect(filled(set, [3, 8], 2) == [3, 8])
    let all = try set.split(
      SplitDescription(
        method: .none, train: Fraction(1, 1), validation: Fraction(0, 1), test: Fraction(0, 1), span: anywhere))
    #expect(all[0].train == Array(3..<9))
  }

  @Test func nothingIsTrainedOnLaterParts() throws {
    for count in [40, 57, 100] {
      for (uses, every) in [
        ([window("load", .range(0..<4)), window("load", .range(1..<5))], 1),
        ([window("load", .range(0..<4)), window("load", .range(1..<5))], 4),
        ([window("load", .range(-6..<0)), window("load", nil)], 1),
        ([window("load", .range(-2..<1)), window("load", .at(2))], 3),
      ] {
        let set = try series(count, uses)
        let parts = try set.split(chronological(60, 20, 20), every: every)[0]
        let edges = try split(chronological(60, 20, 20), rows: count)[0]
        for (rows, part) in [
          (parts.train, edges.train), (parts.validation, edges.validation), (parts.test, edges.test),
        ] {
          #expect(!rows.isEmpty)
          for row in rows {
            #expect(part.contains(row))
            #expect(part.contains(row + Int32(set.reach.after)))
            #expect(Int(row) - set.reach.before >= 0)
          }
          for (a, b) in zip(rows, rows.dropFirst()) { #expect(b - a == Int32(every)) }
        }
        // With history alone, every row of a later part is predicted.
        if set.reach.after == 0, every == 1 { #expect(parts.test == edges.test) }
      }
    }
  }

  @Test func randomWindowsAreDealtOnce() throws {
    let set = try series(101, [window("load", .range(0..<10))])
    let setting = SplitDescription(
      method: .random, train: Fraction(1, 2), validation: Fraction(1, 4), test: Fraction(1, 4), seed: 3, span: anywhere)
    let parts = try set.split(setting, every: 5)[0]
    #expect((parts.train + parts.validation + parts.test).sorted() == stride(from: 0, to: 92, by: 5).map { Int32($0) })
  }

  @Test func refusesPartsShorterThanAWindow() throws {
    let set = try series(40, [window("load", .range(0..<10))])
    let found = problem { () throws(DataProblem) in _ = try set.split(chronological(80, 10, 10)) }
    #expect(found?.code == DataCodes.split)
    #expect(found?.reason == "the validation part has 4 rows; a window spans 10")
    let short = try series(5, [window("load", .range(0..<10))])
    let setting = SplitDescription(
      method: .none, train: Fraction(1, 1), validation: Fraction(0, 1), test: Fraction(0, 1), span: anywhere)
    #expect(problem { () throws(DataProblem) in _ = try short.split(setting) }?.code == DataCodes.split)
  }

  @Test func testSourcesHaveTheirOwnHistory() throws {
    let files = FileAccess(files: ["a.csv": bytes("x\n0\n1\n2\n3\n4\n"), "t.csv": bytes("x\n10\n11\n12\n13\n")])
    let uses = [window("x", .range(-2..<0)), window("x", nil)]
    let set = try Dataset(csv(), uses, testSource: csv("t.csv"), files)
    var setting = chronological(100, 0, 0)
    setting.testSource = csv("t.csv")
    let parts = try set.split(setting)[0]
    #expect(parts.train == [2, 3, 4])
    #expect(parts.test == [7, 8])
    #expect(filled(set, parts.test, 0) == [10, 11, 11, 12])
  }

  // MARK: Text

  private func text(_ tokens: String? = nil) -> SourceDescription {
    SourceDescription(
      kind: "text", paths: ["path": "t.txt"], options: tokens.map { ["tokens": $0] } ?? [:], span: anywhere)
  }

  private func reading(_ text: [UInt8], _ tokens: String? = nil) throws(DataProblem) -> Dataset {
    try Dataset(
      self.text(tokens), [window("tokens", .range(0..<2), .category), window("tokens", .range(1..<3), .category)],
      FileAccess(files: ["t.txt": text]))
  }

  @Test func textIsOneRowOfCharacters() throws {
    let set = try reading(bytes("hello é\n"))
    #expect(set.columns[0].categories?.values == ["\n", " ", "e", "h", "l", "o", "é"])
    #expect(codes(set, 0) == [3, 2, 4, 4, 5, 1, 6, 0])
    #expect(set.columnType(1) == (.int32, [2]))
    let summary = try summarize(text(), FileAccess(files: ["t.txt": bytes("0110 1\n")]))
    #expect(summary.rows == 7)
    #expect(summary.columns[0].distinctCount == 4)
    #expect(summary.columns[0].values == ["\n", " ", "0", "1"])
    #expect(summary.duplicateRows == 0 && summary.columns[0].oddValue == nil)
  }

  @Test func textIsWordsOrBytes() throws {
    let words = try reading(bytes("Don't stop, 'tis 01 1. stop"), "words")
    #expect(words.columns[0].categories?.values == ["'", ",", ".", "01", "1", "don't", "stop", "tis"])
    #expect(codes(words, 0) == [5, 6, 1, 0, 7, 3, 4, 2, 6])
    let raw = try reading([0, 255, 10], "bytes")
    #expect(codes(raw, 0) == [0, 255, 10])
    #expect(raw.columns[0].categories?.count == 256)
    #expect(problem { () throws(DataProblem) in _ = try reading(bytes("x"), "syllables") }?.code == DataCodes.option)
    #expect(problem { () throws(DataProblem) in _ = try reading([]) }?.code == DataCodes.empty)
    #expect(problem { () throws(DataProblem) in _ = try reading([0x61, 0xe9]) }?.code == DataCodes.encoding)
    #expect(problem { () throws(DataProblem) in _ = try reading(bytes(" \n"), "words") }?.code == DataCodes.empty)
  }

  @Test func tokenizersDecodeWhatTheyEncode() {
    let text = "To be, or not to be: that's «the» question. 日本 𝄞"
    for unit in Tokenizer.Unit.allCases {
      let tokenizer = Tokenizer(unit: unit, texts: [text])
      let back = tokenizer.decode(tokenizer.encode(text))
      #expect(tokenizer.encode(back) == tokenizer.encode(text))
      if unit != .words { #expect(Array(back.utf8) == Array(text.utf8)) }
    }
    let words = Tokenizer(unit: .words, texts: [text])
    #expect(words.decode(words.encode(text)) == "to be , or not to be : that's « the » question . 日本 𝄞")
    #expect(words.encode("to flee") == [words.vocabulary.code(of: "to"), -1])
  }

  @Test func vocabulariesKeepTheMostFrequentWords() throws {
    let tokenizer = Tokenizer(unit: .words, texts: ["a b b c c c", "d d d d a"], limit: 4)
    // `a` and `b` are equally frequent: the first in order stays.
    #expect(tokenizer.vocabulary.values == ["", "a", "c", "d"])
    #expect(tokenizer.encode("c b d") == [2, 0, 3])
    #expect(tokenizer.decode([2, 0]) == "c \u{fffd}")
    let back = try JSONDecoder().decode(Tokenizer.self, from: JSONEncoder().encode(tokenizer))
    #expect(back == tokenizer)
    let digits = Tokenizer(unit: .words, texts: ["1 01 2"])
    #expect(try JSONDecoder().decode(Tokenizer.self, from: JSONEncoder().encode(digits)) == digits)
    #expect(digits.count == 3)
  }

  @Test func columnsOfTextBecomeTokens() throws {
    var set = try dataset("review,x\ngood film,1\nbad,1\n,1\ngood good good film,1\n", [use("review", .category)])
    let tokenizer = set.fitTokenizer(0, unit: .words, limit: 3, rows: [0, 3])
    #expect(tokenizer.vocabulary.values == ["", "film", "good"])
    set.tokenize(0, by: tokenizer, length: 3)
    #expect(set.columnType(0) == (.int32, [3]))
    #expect(codes(set, 0) == [2, 1, -1, 0, -1, -1, 0, -1, -1, 2, 2, 2])
  }
}
