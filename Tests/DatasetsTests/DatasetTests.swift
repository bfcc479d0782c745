import Datasets
import Foundation
import Synchronization
import Tensors
import Testing

@Suite struct DatasetTests {
  private func shipped(_ name: String) -> (FileAccess, String) {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
    return (FileAccess(folder: root + "/examples"), "data/\(name)")
  }

  @Test func readsIris() throws {
    let (access, path) = shipped("iris.csv")
    let summary = try summarize(csv(path), access)
    #expect(summary.rows == 150)
    #expect(summary.duplicateRows == 1)
    #expect(summary.equalColumns.isEmpty)
    #expect(summary.columns.map(\.name) == ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"])
    #expect(summary.columns[4].kind == .text)
    #expect(summary.columns[4].values == ["setosa", "versicolor", "virginica"])
    #expect(abs(summary.columns[0].mean! - 5.843333) < 1e-5)
    #expect(abs(summary.columns[0].standardDeviation! - 0.825301) < 1e-5)
    #expect(summary.columns[0].minimum == 4.3 && summary.columns[0].maximum == 7.9)
    let set = try Dataset(csv(path), [use("petal_width", .number), use("species", .category)], access)
    #expect(codes(set, 1) == (0..<150).map { Int32($0 / 50) })
    #expect(set.columnType(0) == (.float32, []))
    #expect(set.strata(1)[149] == 2)
  }

  @Test func readsDigits() throws {
    let (access, path) = shipped("digits.csv.gz")
    let summary = try summarize(csv(path), access)
    #expect(summary.rows == 1797)
    #expect(summary.columns.count == 65)
    #expect(summary.columns[64].values == (0...9).map { "\($0)" })
    #expect(summary.columns[64].isWhole)
    #expect(summary.columns.dropLast().allSatisfy { $0.maximum! <= 16 && $0.minimum! >= 0 })
    #expect(summary.equalColumns == [[0, 32, 39]])
    let set = try Dataset(csv(path), [use("digit", .category), use("digit", .number)], access)
    #expect(codes(set, 0).map(Float.init) == floats(set, 1))
    #expect(Array(codes(set, 0).prefix(5)) == [0, 1, 2, 3, 4])
  }

  @Test func numericClassesKeepTheirText() throws {
    let set = try dataset("c\n3\n1.0\n10\n1\n\n2\n", [use("c", .category)])
    #expect(set.columns[0].categories?.values == ["1", "2", "3", "10"])
    #expect(codes(set, 0) == [2, 0, 3, 0, 1])
    #expect(set.columns[0].categories?.text(of: 3) == "10")
    #expect(set.columns[0].categories?.text(of: -1) == nil)
    #expect(set.columns[0].categories?.code(of: "10.0") == 3)
  }

  @Test func categoriesSortByScalarsAndSurviveJSON() throws {
    // A composed and a decomposed e-acute are two values; U+FF5E sorts before U+1F600 by scalars, not by UTF-16.
    let texts = ["é", "e\u{301}", "z", "Z", "\u{1f600}", "\u{ff5e}", ""]
    let list = CategoryList(distinct: texts)
    #expect(
      list.values.map { Array($0.unicodeScalars) }
        == ["", "Z", "e\u{301}", "z", "é", "\u{ff5e}", "\u{1f600}"]
        .map { Array($0.unicodeScalars) })
    for (code, text) in list.values.enumerated() { #expect(list.code(of: text) == Int32(code)) }
    #expect(list.code(of: "y") == -1)
    let back = try JSONDecoder().decode(CategoryList.self, from: JSONEncoder().encode(list))
    #expect(back.values.map { Array($0.utf8) } == list.values.map { Array($0.utf8) })
    #expect(throws: (any Error).self) {
      try JSONDecoder().decode(CategoryList.self, from: Data(#"{"values":["b","a"],"isNumeric":false}"#.utf8))
    }
  }

  @Test func predictsWithoutTargetsAndWithSavedCategories() throws {
    let uses = [use("x", .number), use("city", .category), use("y", .category)]
    let trained = try dataset("x,city,y\n1,Rome,a\n2,Oslo,b\n", uses)
    let lists = trained.columns.map(\.categories)
    let access = FileAccess(files: ["new.csv": bytes("city,x\nRome,5\nParis,6\nParis,7\n,8\n")])
    let set = try Dataset(reading: csv("new.csv"), uses, needed: [0, 1], categories: lists, access)
    #expect(floats(set, 0) == [5, 6, 7, 8])
    #expect(codes(set, 1) == [1, -1, -1, -1])
    #expect(set.columns[1].unseen == [Dataset.Unseen(value: "Paris", rows: 2, firstRow: 2)])
    #expect(set.columns[1].missing == 1)
    #expect(!set.columns[2].isPresent)
    #expect(set.columns[2].categories?.values == ["a", "b"])
    let absent = problem { () throws(DataProblem) in
      _ = try Dataset(reading: csv("new.csv"), uses, needed: [0, 1, 2], categories: lists, access)
    }
    #expect(absent?.code == DataCodes.missingColumn)
  }

  @Test func predictsFromTensors() throws {
    let uses = [use("a", .number), use("b", .number), use("y", .category)]
    let matrix = HostTensor(shape: [2, 2], [1, 2, 3, 4])
    let set = try Dataset(
      tensors: ["x": matrix], uses, needed: [0, 1], categories: [nil, nil, nil], path: "x.npy")
    #expect(floats(set, 0) == [1, 3])
    #expect(floats(set, 1) == [2, 4])
    let wrong = problem { () throws(DataProblem) in
      _ = try Dataset(
        tensors: ["x": HostTensor(shape: [2, 3], [1, 2, 3, 4, 5, 6])], uses, needed: [0, 1],
        categories: [nil, nil, nil], path: "x.npy")
    }
    #expect(wrong?.code == DataCodes.columnKind)
    let images = try Dataset(
      tensors: ["x": HostTensor(shape: [3, 2, 2], storage: .uint8([UInt8](0..<12)))], [use("images", .tensor)],
      needed: [0], categories: [nil], path: "x.npy")
    #expect(images.columnType(0) == (.uint8, [2, 2]))
    #expect(images.rows == 3)
    let named = try Dataset(
      tensors: ["a": HostTensor(shape: [2], [1, 2]), "b": HostTensor(shape: [2, 1], [3, 4])], uses, needed: [0, 1],
      categories: [nil, nil, nil], path: "x.safetensors")
    #expect(floats(named, 1) == [3, 4])
  }

  @Test func aSeparateTestSourceFollowsTheRows() throws {
    let access = FileAccess(files: ["a.csv": bytes("x,y\n1,a\n2,b\n3,a\n4,b\n"), "t.csv": bytes("y,x\nb,9\nc,8\n")])
    let set = try Dataset(csv(), [use("x", .number), use("y", .category)], testSource: csv("t.csv"), access)
    #expect(set.rows == 6 && set.ownRows == 4)
    #expect(floats(set, 0) == [1, 2, 3, 4, 9, 8])
    #expect(codes(set, 1) == [0, 1, 0, 1, 1, -1])
    #expect(set.columns[1].unseen == [Dataset.Unseen(value: "c", rows: 1, firstRow: 2)])
    let setting = SplitDescription(
      method: .random, train: Fraction(1, 2), validation: Fraction(1, 2), test: Fraction(0, 1),
      testSource: csv("t.csv"),
      span: anywhere)
    let parts = try set.split(setting, strata: set.strata(1))[0]
    #expect(parts.test == [4, 5])
    #expect(parts.train.count == 2 && parts.validation.count == 2)
  }

  @Test func summariesFindWhatIsOdd() throws {
    let text = "a,b,c,d,e\n1,1,x,5,\n2,2,y,oops,\n2,2,y,oops,\n,,z,7,\n4,4,z,8,\n5,5,z,9,\n"
    let summary = try summarize(csv(), FileAccess(files: ["a.csv": bytes(text)]))
    #expect(summary.equalColumns == [[0, 1]])
    #expect(summary.duplicateRows == 1)
    #expect(summary.columns[0].missing == 1)
    #expect(summary.columns[0].isWhole)
    #expect(summary.columns[3].kind == .text)
    #expect(summary.columns[3].oddValue == "oops")
    #expect(summary.columns[3].oddLine == 3)
    #expect(summary.columns[2].oddValue == nil)
    #expect(summary.columns[2].values == ["x", "y", "z"])
    #expect(summary.columns[4].missing == 6 && summary.columns[4].minimum == nil)
  }

  @Test func summariesAreKeptByContent() throws {
    let kept = Mutex<[String: [UInt8]]>([:])
    let loads = Mutex(0)
    let cache = SummaryCache(
      load: { key in
        kept.withLock { stored in
          if stored[key] != nil { loads.withLock { $0 += 1 } }
          return stored[key]
        }
      }, store: { key, bytes in kept.withLock { $0[key] = bytes } })
    let files = ["a.csv": bytes("x\n1\n2\n"), "b.csv": bytes("x\n1\n3\n"), "c.csv": bytes("x\n1\n2\n")]
    let access = FileAccess(files: files)
    let first = try summarize(csv(), access, cache: cache)
    #expect(try summarize(csv(), access, cache: cache) == first)
    #expect(try summarize(csv("c.csv"), access, cache: cache) == first)
    #expect(loads.withLock { $0 } == 2)
    #expect(try summarize(csv("b.csv"), access, cache: cache) != first)
    #expect(try summarize(csv("a.csv", ["header": "none"]), access, cache: cache).rows == 3)
    kept.withLock { for key in $0.keys { $0[key] = bytes("damaged") } }
    #expect(try summarize(csv(), access, cache: cache) == first)
  }

  @Test func summariesOfImages() throws {
    let files = ["i.idx": idx([3, 2, 2], [0, 255, 0, 0, 1, 2, 3, 4, 0, 255, 0, 0]), "l.idx": idx([3], [1, 0, 1])]
    let source = SourceDescription(kind: "idx", paths: ["images": "i.idx", "labels": "l.idx"], span: anywhere)
    let summary = try summarize(source, FileAccess(files: files))
    #expect(summary.rows == 3 && summary.duplicateRows == 1)
    #expect(summary.columns[0].shape == [2, 2])
    #expect(summary.columns[0].minimum == 0 && summary.columns[0].maximum == 255)
    #expect(abs(summary.columns[0].mean! - 520.0 / 12) < 1e-9)
    #expect(summary.columns[1].values == ["0", "1"])
  }

  @Test func refusesColumnsUsedAsWhatTheyAreNot() {
    let found = problem { () throws(DataProblem) in _ = try dataset("a\n1\n", [use("a", .tensor)]) }
    #expect(found?.code == DataCodes.columnKind)
    let files = ["i.idx": idx([1, 2, 2], [1, 2, 3, 4])]
    for role in [ColumnUse.Role.number, .category] {
      let wrong = problem { () throws(DataProblem) in
        _ = try Dataset(
          SourceDescription(kind: "idx", paths: ["images": "i.idx"], span: anywhere), [use("images", role)],
          FileAccess(files: files))
      }
      #expect(wrong?.code == DataCodes.columnKind)
    }
  }

  @Test func declaresItsSources() {
    #expect(sourceDeclarations.map(\.name).prefix(6) == ["csv", "idx", "text", "lines", "images", "npy"])
    #expect(sourceDeclarations.flatMap { $0.paths + $0.settings }.allSatisfy { $0.doc.hasSuffix(".") })
  }
}
