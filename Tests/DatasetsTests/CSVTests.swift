import Datasets
import Testing

@Suite struct CSVTests {
  @Test func readsQuotesEscapesAndSpaces() throws {
    let text = "name, age ,note\n\"Braund, Mr. \"\"Owen\"\"\", 22 ,\" x \"\n  Ann,3e1,\"two\nlines\"\n"
    let set = try dataset(text, [use("name", .category), use("age", .number), use("note", .category)])
    #expect(set.rows == 2)
    #expect(set.columns[0].categories?.values == ["Ann", "Braund, Mr. \"Owen\""])
    #expect(floats(set, 1) == [22, 30])
    #expect(set.columns[2].categories?.values == [" x ", "two\nlines"])
    #expect(codes(set, 0) == [1, 0])
  }

  @Test(arguments: [
    "a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "\u{feff}a,b\n1,2\n3,4", "\n\na,b\n\n1,2\n\n3,4\r\n\r\n",
  ])
  func readsLineEndsMarksAndBlankLines(_ text: String) throws {
    let set = try dataset(text, [use("a", .number), use("b", .number)])
    #expect(floats(set, 0) == [1, 3])
    #expect(floats(set, 1) == [2, 4])
  }

  @Test func readsOtherDelimitersAndNoHeader() throws {
    let semicolon = try dataset(
      "1;2,5\n3;x\n", [use(1, .number), use(2, .category)],
      options: ["delimiter": ";", "header": "none"])
    #expect(floats(semicolon, 0) == [1, 3])
    #expect(semicolon.columns[1].categories?.values == ["2,5", "x"])
    let tab = try dataset("a\tb\n1\t2\n", [use("b", .number)], options: ["delimiter": "tab"])
    #expect(floats(tab, 0) == [2])
  }

  @Test func missingValuesAreNaNOrMinusOne() throws {
    let set = try dataset("x,y\n,a\nNA,?\n2,\nNaN,b\n", [use("x", .number), use("y", .category)])
    #expect(floats(set, 0).map(\.isNaN) == [true, true, false, true])
    #expect(codes(set, 1) == [0, -1, -1, 1])
    #expect(set.columns[0].missing == 3)
    #expect(set.columns[1].missing == 2)
    let own = try dataset("x\n-999\n5\n", [use("x", .number)], options: ["missing": "-999"])
    #expect(floats(own, 0)[0].isNaN)
    let country = try dataset("c\nNA\nDE\n", [use("c", .category)], options: ["missing": "-"])
    #expect(country.columns[0].categories?.values == ["DE", "NA"])
  }

  @Test func numbersAgreeWithTheStandardLibrary() throws {
    var texts = [
      "0", "-0", "1", "007", "+5", ".5", "5.", "1e5", "1E-5", "123456789012345678", "0.1", "1e22", "1e23", "1e-23",
      "9007199254740993", "4.9e-324", "1.7976931348623157e308", "2.2250738585072014e-308", "12345678901234567890.5",
      "0.000000000000000000000001", "3.14159265358979323846264338",
    ]
    var state: UInt64 = 1
    for _ in 0..<2000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let value = Double(Int64(bitPattern: state) >> 11) * (state & 1 == 0 ? 1e-9 : 1e-25)
      texts.append("\(value)")
    }
    let summary = try summarize(csv(), FileAccess(files: ["a.csv": bytes("x\n" + texts.joined(separator: "\n"))]))
    let expected = Set(texts.map { Double($0)! }).sorted()
    #expect(summary.columns[0].kind == .number)
    #expect(summary.columns[0].values?.map { Double($0)! } == expected)
  }

  @Test func refusesWhatIsNoNumber() throws {
    for (value, hint) in [
      ("\"1,234\"", "without separators"), ("\"2,5\"", "decimal point"), ("5%", "alone"), ("inf", "finite"),
      ("abc", "missing"), ("0x10", "missing"), ("1e999", "missing"), ("--5", "missing"), ("1e", "missing"),
    ] {
      let found = problem { () throws(DataProblem) in
        _ = try dataset("id,price\n1,2\n2,\(value)\n", [use("price", .number)])
      }
      #expect(found?.code == DataCodes.notANumber, "\(value)")
      #expect(found?.line == 3)
      #expect(found?.column == (value.hasPrefix("\"") ? 4 : 3))
      #expect(found?.hint?.contains(hint) == true, "\(value): \(found?.hint ?? "")")
      #expect(found?.reason.contains("`price`") == true)
    }
  }

  @Test func refusesRaggedRowsWithTheirPlace() {
    let few = summaryProblem("a,b,c\n1,2,3\n4,5\n")
    #expect(few?.code == DataCodes.raggedRow)
    #expect(few?.line == 3)
    #expect(few?.reason == "this row has 2 fields, the header has 3")
    let many = summaryProblem("a,b\n1,2\n\"x\ny\",4,5,6\n")
    #expect(many?.line == 4)
    #expect(many?.column == 6)
    #expect(many?.reason == "this row has 4 fields, the header has 2")
  }

  @Test func refusesBrokenQuotes() {
    let open = summaryProblem("a,b\n1,\"2\n3,4\n")
    #expect(open?.code == DataCodes.quote)
    #expect(open?.line == 2)
    #expect(open?.column == 3)
    let stray = summaryProblem("a,b\n\"1\"x,2\n")
    #expect(stray?.code == DataCodes.quote)
    #expect(stray?.line == 2)
    #expect(stray?.column == 4)
  }

  @Test func refusesOtherEncodings() {
    let latin = problem { () throws(DataProblem) in
      _ = try summarize(csv(), FileAccess(files: ["a.csv": bytes("a,b\nn,Caf") + [0xe9] + bytes("\n")]))
    }
    #expect(latin?.code == DataCodes.encoding)
    #expect(latin?.line == 2)
    #expect(latin?.column == 6)
    #expect(latin?.reason.contains("byte 9 of the file") == true)
    #expect(latin?.hint?.contains("iconv") == true)
    let nul = summaryProblem("a\n1\n\0\n")
    #expect(nul?.code == DataCodes.encoding)
    #expect(nul?.line == 3)
    let wide = problem { () throws(DataProblem) in
      _ = try summarize(csv(), FileAccess(files: ["a.csv": [0xff, 0xfe, 0x61, 0]]))
    }
    #expect(wide?.reason.contains("UTF-16") == true)
    for bad: [UInt8] in [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0x80]] {
      let found = problem { () throws(DataProblem) in
        _ = try summarize(csv(), FileAccess(files: ["a.csv": bytes("a\nabcdefgh") + bad + bytes("\n")]))
      }
      #expect(found?.code == DataCodes.encoding)
    }
    #expect(summaryProblem("größe,日本\n1,𝄞\n") == nil)
  }

  @Test func refusesAmbiguousHeaders() {
    let twice = summaryProblem("a,b,a\n1,2,3\n")
    #expect(twice?.code == DataCodes.duplicateColumn)
    #expect(twice?.reason == "columns 1 and 3 are both named `a`")
    #expect(summaryProblem("0,5,0\n1,2,3\n")?.hint?.contains("header: none") == true)
    let other = summaryProblem("a;b;c\n1;2;3\n")
    #expect(other?.code == DataCodes.delimiter)
    #expect(other?.hint == "write `delimiter: \";\"`")
    #expect(summaryProblem("a\tb\n1\t2\n")?.hint == "write `delimiter: tab`")
    #expect(summaryProblem("text\nhello; world\n") == nil)
  }

  @Test func refusesMissingColumnsWithASuggestion() {
    let found = problem { () throws(DataProblem) in _ = try dataset("sepal,petal\n1,2\n", [use("petel", .number)]) }
    #expect(found?.code == DataCodes.missingColumn)
    #expect(found?.hint == "did you mean `petal`? the columns are `sepal`, `petal`")
    let position = problem { () throws(DataProblem) in _ = try dataset("a\n1\n", [use(2, .number)]) }
    #expect(position?.reason == "there is no column 2; the file has 1 column")
  }

  @Test func refusesEmptyAndEndlessFiles() {
    #expect(summaryProblem("")?.code == DataCodes.empty)
    #expect(summaryProblem("\n\r\n")?.code == DataCodes.empty)
    #expect(summaryProblem("a,b\n")?.code == DataCodes.empty)
    #expect(summaryProblem("a,b\r1,2\r3,4")?.code == DataCodes.limits)
    #expect(summaryProblem(String(repeating: ",", count: 100_001) + "\n")?.code == DataCodes.limits)
    let line = summaryProblem(String(repeating: "x", count: 17 << 20))
    #expect(line?.code == DataCodes.limits)
    #expect(line?.line == 1)
    let later = summaryProblem("a\n1\n" + String(repeating: "x", count: 17 << 20) + "\n")
    #expect(later?.line == 3)
  }

  @Test func refusesUnknownSettings() {
    #expect(summaryProblem("a\n1\n", ["delimiter": ";;"])?.code == DataCodes.option)
    #expect(summaryProblem("a\n1\n", ["delimiter": "\""])?.code == DataCodes.option)
    #expect(summaryProblem("a\n1\n", ["header": "second"])?.code == DataCodes.option)
    #expect(summaryProblem("a\n1\n", ["colour": "red"])?.code == DataCodes.option)
  }

  /// Every prefix, and every file with one bit flipped, is read or refused; nothing traps.
  @Test func survivesTruncationAndFlippedBits() {
    let text = bytes("\u{feff}a,b,\"c\"\r\n1,2.5e1,\"x \"\"y\"\"\"\r\n-3,NA,é\r\n")
    for count in 0..<text.count {
      _ = problem { () throws(DataProblem) in
        _ = try summarize(csv(), FileAccess(files: ["a.csv": Array(text[..<count])]))
      }
    }
    var refused = 0
    for index in text.indices {
      for bit in 0..<8 {
        var flipped = text
        flipped[index] ^= 1 << UInt8(bit)
        let found = problem { () throws(DataProblem) in
          _ = try summarize(csv(), FileAccess(files: ["a.csv": flipped]))
        }
        if let found {
          refused += 1
          #expect(found.path == "a.csv")
        }
      }
    }
    #expect(refused > 50)
  }
}
