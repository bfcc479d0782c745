import Diagnostics
import Foundation
import Runs
import Tensors
import Testing

/// Rows that a run cannot predict are refused; none gives NaN.
@Suite struct PredictionInputTests {
  private func program(_ field: String, _ body: String) -> String {
    """
    data Rows from csv("rows.csv") {
      let k: \(field)
      let y: [1] = [t] -> standardize
      split: random(train: 70%, validation: 10%, test: 20%, seed: 1)
    }
    model Net(k: \(field.prefix { $0 != "=" })) -> [1] { k -> \(body) }
    train Net on Rows {
      let guess = Net(k)
      loss:      mean_squared_error(guess, y)
      optimizer: adam(rate: 0.02)
      epochs:    2
      outputs:   (t: restore(guess, as: y))
    }

    """
  }

  private func run(_ scratch: Scratch, _ text: String, holes: Bool = false) throws -> String {
    var rows = "cat,t\n"
    for row in 0..<60 {
      let name = row % 2 == 0 ? "ant" : row % 3 == 0 ? "bee" : "cow"
      rows += "\(holes && row % 9 == 4 ? "" : name),\((row * 37) % 61)\n"
    }
    _ = try scratch.write("rows.csv", rows)
    let outcome = nnc("run", try scratch.write("rows.nnet", text), "--out", scratch.path + "/run")
    #expect(outcome.code == 0, "\(outcome.errors)")
    return scratch.path + "/run"
  }

  @Test func predictingWithoutTestRowsSaysSo() throws {
    let scratch = try Scratch()
    let text = program("class(3) = cat", "embed(4) -> dense(1)").replacing(
      "split: random(train: 70%, validation: 10%, test: 20%, seed: 1)", with: "split: random(train: 100%)")
    let outcome = nnc("predict", try run(scratch, text))
    #expect(outcome.code == 1 && outcome.errors.contains("the test split has no rows"), "\(outcome)")
    #expect(outcome.output.isEmpty)
  }

  @Test func theFileThatIsReadIsNotWrittenOver() throws {
    let scratch = try Scratch()
    let run = try run(scratch, program("class(3) = cat", "embed(4) -> dense(1)"))
    let file = try scratch.write("new.csv", "cat\nbee\n")
    let outcome = nnc("predict", run, file, "--out", scratch.path + "/./new.csv")
    #expect(outcome.code == 2 && outcome.errors.contains("would be lost"), "\(outcome)")
    #expect(try scratch.read("new.csv") == "cat\nbee\n")
    #expect(nnc("predict", run, file, "--out", scratch.path + "/other.csv").code == 0)
  }

  @Test func unknownClassesAreRefusedByATable() throws {
    let scratch = try Scratch()
    let run = try run(scratch, program("class(3) = cat", "embed(4) -> dense(1)"))
    for (rows, part) in [("ant\ndog\n", "cat is dog in 1 row"), ("ant\n\"\"\n", "cat lacks a value in 1 of 2 rows")] {
      let outcome = nnc("predict", run, try scratch.write("new.csv", "cat\n" + rows))
      #expect(outcome.code == 1 && outcome.errors.contains(part) && outcome.output.isEmpty, "\(outcome.errors)")
    }
    #expect(nnc("predict", run, try scratch.write("new.csv", "cat\nbee\n")).code == 0)
  }

  @Test(arguments: [("class(3) = cat", "one_hot -> dense(1)"), ("[3] = cat -> one_hot", "dense(1)")])
  func zerosStandForUnknownClassesInOneHot(_ field: String, _ body: String) throws {
    let scratch = try Scratch()
    let run = try run(scratch, program(field, body))
    let outcome = nnc("predict", run, try scratch.write("new.csv", "cat\nant\ndog\n\"\"\n"))
    #expect(outcome.code == 0 && outcome.errors.contains("cat is dog in 1 row"), "\(outcome.errors)")
    let rows = outcome.output.split(separator: "\n")
    #expect(rows.count == 4 && rows[2] == rows[3] && !outcome.output.contains("nan"), "\(outcome.output)")
  }

  @Test func theMostFrequentClassStandsForOthersWhereTheProgramImputes() throws {
    let scratch = try Scratch()
    let run = try run(scratch, program("class(3) = cat -> impute", "embed(4) -> dense(1)"), holes: true)
    let outcome = nnc("predict", run, try scratch.write("new.csv", "cat\nant\ndog\n\"\"\nbee\n"))
    #expect(outcome.code == 0 && outcome.errors.contains("cat is dog in 1 row"), "\(outcome.errors)")
    let rows = outcome.output.split(separator: "\n")
    #expect(rows.count == 5 && rows[1] == rows[2] && rows[1] == rows[3] && rows[1] != rows[4], "\(outcome.output)")
    #expect(nnc("eval", run).code == 0)
  }

  /// Two fields of a column, of which one is imputed.
  private func imputing(_ fields: [String], epochs: Int) -> String {
    """
    data Rows from csv("rows.csv") {
      \(fields.joined(separator: "\n  "))
      let y: [1] = [t] -> standardize
      split: chronological(train: 70%, test: 30%)
    }
    model Net(c: [3], d: [3]) -> [1] { (c + d) -> dense(1) }
    train Net on Rows {
      loss:      mean_squared_error(Net(c, d), y)
      optimizer: adam(rate: 0.02)
      epochs:    \(epochs)
      outputs:   (c: c, d: d)
    }

    """
  }
  private let imputedAndPlain = ["let c: [3] = cat -> impute -> one_hot", "let d: [3] = cat -> one_hot"]

  /// `impute` belongs to its field: another one of the same column has zeros for what is missing, in training and from
  /// a saved run.
  @Test(arguments: [false, true])
  func imputingOneFieldLeavesAnotherAsItIs(_ isSecond: Bool) throws {
    let scratch = try Scratch()
    let text = imputing(isSecond ? imputedAndPlain.reversed() : imputedAndPlain, epochs: 2)
    // Missing in rows 4, 13, …, of which 49 and 58 are test rows; `ant` is the most frequent text.
    let run = try run(scratch, text, holes: true)
    let header = "c_0,c_1,c_2,d_0,d_1,d_2"
    let saved = try String(contentsOfFile: run + "/predictions.csv", encoding: .utf8).split(separator: "\n")
    #expect(saved.first == Substring(header) && saved.count == 19, "\(saved)")
    #expect(saved.count > 17 && saved[8] == "1,0,0,0,0,0" && saved[17] == "1,0,0,0,0,0", "\(saved)")
    let outcome = nnc("predict", run, try scratch.write("new.csv", "cat\nbee\ndog\n\"\"\n"))
    #expect(outcome.output == header + "\n0,1,0,0,1,0\n1,0,0,0,0,0\n1,0,0,0,0,0\n", "\(outcome.output)")
    #expect(outcome.errors.components(separatedBy: "cat is dog").count == 2, "\(outcome.errors)")
  }

  /// Runs of before `impute` belonged to a field say `imputed`; they go on predicting what they were trained with.
  @Test func aRunThatImputesWholeColumnsStillDoes() throws {
    let scratch = try Scratch()
    let run = try run(scratch, imputing(imputedAndPlain, epochs: 1), holes: true)
    let path = URL(fileURLWithPath: run + "/weights.safetensors")
    var file = try Safetensors(decoding: Array(Data(contentsOf: path)), path: "weights")
    let imputed = file.metadata.removeValue(forKey: "imputed_fields")
    file.metadata["imputed"] = imputed
    #expect(imputed == #"{"Rows":{"cat":"ant"}}"#)
    try Data(file.encoded()).write(to: path)
    let outcome = nnc("predict", run, try scratch.write("new.csv", "cat\n\"\"\nbee\n"), "--weights", path.path)
    #expect(outcome.output == "c_0,c_1,c_2,d_0,d_1,d_2\n1,0,0,1,0,0\n0,1,0,0,1,0\n", "\(outcome.errors)")
  }

  /// `cat[-1] -> impute` is the class of the row before, not of the row itself.
  @Test(arguments: [("[3] = cat[-1] -> impute -> one_hot", ""), ("class(3) = cat[-1] -> impute", " -> one_hot")])
  func theRowBeforeIsImputed(_ field: String, _ stage: String) throws {
    let scratch = try Scratch()
    let text = """
      data Rows from csv("rows.csv") {
        let c: \(field)
        let y: [1] = [t] -> standardize
        split: chronological(train: 70%, test: 30%)
      }
      model Net(c: [3]) -> [1] { c -> dense(1) }
      train Net on Rows {
        let before: [3] = c\(stage)
        loss:      mean_squared_error(Net(before), y)
        optimizer: adam(rate: 0.02)
        epochs:    1
        outputs:   (c: before)
      }

      """
    let run = try run(scratch, text, holes: true)
    // The file ends with bee, one that is missing, and cow, after ant.
    let saved = try String(contentsOfFile: run + "/predictions.csv", encoding: .utf8).split(separator: "\n")
    #expect(saved.suffix(3) == ["1,0,0", "0,1,0", "1,0,0"], "\(saved)")
  }

  /// An npy file of float32 (format 1.0).
  private func npy(_ shape: [Int], _ values: [Float]) -> [UInt8] {
    let sizes = shape.map { "\($0), " }.joined()
    var header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(sizes)), }"
    while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
    header += "\n"
    let size = header.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(size & 255), UInt8(size >> 8)] + Array(header.utf8)
      + values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
  }

  /// A safetensors file with one tensor.
  private func tensor(_ name: String, _ shape: [Int], _ values: [Float]) -> [UInt8] {
    let header = "{\"\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[0,\(values.count * 4)]}}"
    return (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) } + Array(header.utf8)
      + values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
  }

  @Test func tensorsOfOtherSizesAreRefused() throws {
    let scratch = try Scratch()
    let count = 40
    let values = (0..<count * 5).map { Float(($0 * 37) % 61) / 61 }
    _ = try scratch.write("x.npy", npy([count, 5], values))
    _ = try scratch.write("y.npy", npy([count, 1], (0..<count).map { values[$0 * 5] }))
    let file = try scratch.write(
      "rows.nnet",
      """
      data Rows from npy(x: "x.npy", y: "y.npy") {
        let v: [5] = x
        let w: [1] = y
        split: random(train: 70%, validation: 10%, test: 20%, seed: 1)
      }
      model Net(v: [5]) -> [1] { v -> dense(1) }
      train Net on Rows {
        let guess = Net(v)
        loss:      mean_squared_error(guess, w)
        optimizer: adam(rate: 0.02)
        epochs:    2
        outputs:   (w: guess)
      }

      """)
    let run = scratch.path + "/run"
    let trained = nnc("run", file, "--out", run)
    #expect(trained.code == 0, "\(trained.errors)")
    let refused: [(String, [UInt8], String)] = [
      ("a.npy", npy([7, 4], [Float](repeating: 0, count: 28)), "is [4] a row, the run was trained on [5]"),
      ("b.npy", npy([35], [Float](repeating: 0, count: 35)), "the run was trained on [5]"),
      ("c.safetensors", tensor("x", [7, 4], [Float](repeating: 0, count: 28)), "the run was trained on [5]"),
      ("d.safetensors", tensor("other", [7, 5], [Float](repeating: 0, count: 35)), "there is no tensor x"),
    ]
    for (name, bytes, part) in refused {
      let outcome = nnc("predict", run, try scratch.write(name, bytes))
      #expect(outcome.code == 1 && outcome.errors.contains(part) && outcome.errors.contains("E05"), "\(outcome.errors)")
    }
    for (name, bytes) in [
      ("e.npy", npy([2, 5], [Float](repeating: 0, count: 10))),
      ("f.safetensors", tensor("x", [2, 5], [Float](repeating: 0, count: 10))),
      ("g.safetensors", tensor("v", [2, 5], [Float](repeating: 0, count: 10))),
    ] {
      let outcome = nnc("predict", run, try scratch.write(name, bytes))
      #expect(outcome.code == 0 && outcome.output.split(separator: "\n").count == 3, "\(outcome.errors)")
    }
  }

  /// A run of the small program on points, with the outputs that it declares.
  private func points(_ scratch: Scratch) throws -> String {
    _ = try scratch.write("points.csv", pointsCSV())
    let run = scratch.path + "/run"
    #expect(nnc("run", try scratch.write("points.nnet", pointsProgram), "--quiet", "--out", run).code == 0)
    return run
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: nncBinary)))
  func standardInputIsToldByItsFirstBytes() throws {
    let scratch = try Scratch()
    let run = try points(scratch)
    let table = "a,b\n50,10\n3,40\n7,7\n"
    let right = nnc("predict", run, try scratch.write("new.csv", table)).output
    #expect(right.split(separator: "\n").count == 4)
    let rows: [Float] = [50, 10, 3, 40, 7, 7]
    let (a, b): ([Float], [Float]) = ([50, 3, 7], [10, 40, 7])
    let file = Safetensors(tensors: [("a", HostTensor(shape: [3], a)), ("b", HostTensor(shape: [3], b))])
    for input in [Array(table.utf8), npy([3, 2], rows), file.encoded()] {
      let outcome = try nncProcess(["predict", run, "-"], input: input, scratch: scratch)
      #expect(outcome.code == 0 && outcome.output == right, "\(outcome.errors)")
    }
    let broken = try nncProcess(["predict", run, "-"], input: Array(npy([3, 2], rows).dropLast()), scratch: scratch)
    #expect(broken.code == 1 && broken.errors.contains("standard input"), "\(broken.errors)")
  }

  @Test func lengthsOfTensorsAreToldOfTheRightOne() throws {
    let scratch = try Scratch()
    let run = try points(scratch)
    let tensors = Safetensors(tensors: [
      ("a", HostTensor(shape: [2], [1, 2])), ("b", HostTensor(shape: [3], [1, 2, 3])),
    ])
    let outcome = nnc("predict", run, try scratch.write("new.safetensors", tensors.encoded()))
    #expect(outcome.code == 1 && outcome.errors.contains("the file has 2 rows, and `b` has 3"), "\(outcome.errors)")
  }

  @Test func anUnknownClassIsToldWithItsRow() throws {
    let scratch = try Scratch()
    let run = try run(scratch, program("class(3) = cat", "embed(4) -> dense(1)"))
    let outcome = nnc("predict", run, try scratch.write("new.csv", "cat\nant\nbee\ndog\ncow\ndog\n"))
    #expect(outcome.errors.contains("cat is dog in 2 rows (first row 3)"), "\(outcome.errors)")
  }

  @Test func everyLineOfATextIsARow() throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(atPath: scratch.path + "/moods", withIntermediateDirectories: true)
    _ = try scratch.write("moods/good.txt", String(repeating: "fine day\n\nvery fine\n", count: 10))
    _ = try scratch.write("moods/bad.txt", String(repeating: "sad day\nvery sad\n", count: 10))
    let file = try scratch.write(
      "moods.nnet",
      """
      data Moods from lines("moods") {
        let text: token(5)[T <= 4] = text -> tokenize(words: 5)
        let mood: class(2)         = label
        split: random(train: 70%, test: 30%, seed: 1)
      }
      model Mood(text: token(5)[T <= 4]) -> [2] { text -> embed(4) -> mean(over: time) -> dense(2) }
      train Mood on Moods {
        let logits = Mood(text)
        loss:      cross_entropy(logits, mood)
        optimizer: adam(rate: 0.05)
        epochs:    20
        outputs:   (mood: restore(argmax(logits), as: mood))
      }

      """)
    let run = scratch.path + "/run"
    let trained = nnc("run", file, "--quiet", "--out", run)
    #expect(trained.code == 0, "\(trained.errors)")
    // The empty lines in between are rows of their own, the end of the last line is none.
    let outcome = nnc("predict", run, try scratch.write("new.txt", "very fine\n\r\n\n  \nvery sad\r\nfine\n"))
    let rows = outcome.output.split(separator: "\n").map(String.init)
    #expect(outcome.code == 0 && rows.count == 7, "\(outcome.errors)")
    #expect(rows.count == 7 && [rows[1], rows[5], rows[6]] == ["good", "bad", "good"], "\(rows)")
  }

  // MARK: Weights of a file

  @Test func whatAFileOfWeightsLacksComesFromTheRun() throws {
    let scratch = try Scratch()
    let run = try points(scratch)
    let input = try scratch.write("new.csv", "a,b\n50,10\n3,40\n")
    let right = nnc("predict", run, input)
    #expect(right.code == 0 && right.output.contains("above"))
    var file = try Safetensors(
      decoding: Array(Data(contentsOf: URL(fileURLWithPath: run + "/weights.safetensors"))), path: "w")
    file.metadata = [:]
    let plain = nnc("predict", run, input, "--weights", try scratch.write("plain.safetensors", file.encoded()))
    #expect(plain.code == 0 && plain.output == right.output, "\(plain.errors)")
    file.tensors.removeAll { $0.name.hasPrefix("Points.") }
    let bare = try scratch.write("bare.safetensors", file.encoded())
    for words in [["predict", run, input], ["eval", run]] {
      let outcome = nncList(words + ["--weights", bare])
      #expect(outcome.code == 0 && outcome.output == nncList(words).output, "\(outcome.errors)")
    }
    // Half of a scale is a mistake, not something to complete.
    file.tensors.append(("Points.x.standardize.mean", HostTensor(shape: [2], [0, 0])))
    let half = nnc("predict", run, input, "--weights", try scratch.write("half.safetensors", file.encoded()))
    #expect(half.code == 1 && half.errors.contains("it has no tensor Points.x.standardize.deviation"))
    file.tensors.removeLast()
    let place = try #require(file.tensors.firstIndex { $0.name == "Net.dense.weight" })
    var values = file.tensors[place].value.floats
    values[3] = .nan
    file.tensors[place].value = HostTensor(shape: file.tensors[place].value.shape, values)
    let spoilt = nnc("predict", run, input, "--weights", try scratch.write("nan.safetensors", file.encoded()))
    #expect(spoilt.errors.contains("warning") && spoilt.errors.contains("Net.dense.weight holds NaN"))
    file.tensors.remove(at: place)
    let missing = nnc("predict", run, input, "--weights", try scratch.write("missing.safetensors", file.encoded()))
    #expect(missing.code == 1 && missing.errors.contains("it has no tensor Net.dense.weight"))
    #expect(nnc("predict", run, input, "--weights", scratch.path + "/none.safetensors").code == 2)
  }

  /// A constant of a transform that does not fit the program is a mistake in the file.
  @Test func fittedConstantsOfAFileFitTheProgram() throws {
    let scratch = try Scratch()
    let run = try points(scratch)
    let input = try scratch.write("new.csv", "a,b\n50,10\n3,40\n")
    let right = try weights(run)
    let mean = try #require(right.tensors.firstIndex { $0.name == "Points.x.standardize.mean" })
    for shape in [[3], [2, 1], [0], []] {
      var file = right
      file.tensors[mean].value = HostTensor(
        shape: shape, [Float](repeating: 0, count: shape.reduce(1, *)))
      let path = try scratch.write("shape.safetensors", file.encoded())
      for words in [["predict", run, input], ["predict", run], ["eval", run]] {
        let outcome = nncList(words + ["--weights", path])
        #expect(outcome.code == 1, "\(words) \(shape)")
        #expect(outcome.errors.contains("mean has the shape \(shape) there, and the transform needs [2]"))
      }
    }
    // Where the run has no weights of its own, nothing is completed.
    var file = right
    file.tensors.removeAll { $0.name.hasPrefix("Points.") }
    let bare = try scratch.write("bare.safetensors", file.encoded())
    file = right
    file.tensors.append(("Points.x.standardize.other", HostTensor(shape: [7], [Float](repeating: 0, count: 7))))
    let more = try scratch.write("more.safetensors", file.encoded())
    try FileManager.default.removeItem(atPath: run + "/weights.safetensors")
    for words in [["predict", run, input], ["eval", run]] {
      let outcome = nncList(words + ["--weights", bare])
      #expect(outcome.code == 1 && outcome.errors.contains("it has no tensor Points.x.standardize.deviation"))
      #expect(nncList(words + ["--weights", more]).code == 0)
    }
  }

  @Test(arguments: [
    ([], "has the length 0, and the program needs 2"), (["a", "b", "c", "d", "e"], "has the length 5"),
    (["above"], "has the length 1"), (["above", "above"], "has a category twice"),
    (nil, "is missing"),
  ])
  func listsOfCategoriesFitTheProgram(_ list: [String]?, _ message: String) throws {
    let scratch = try Scratch()
    let run = try points(scratch)
    let input = try scratch.write("new.csv", "a,b\n50,10\n3,40\n")
    var file = try weights(run)
    #expect(file.metadata["categories"]?.contains("above") == true)
    let lists = list.map { [("label", JSON.array($0.map(JSON.string)))] } ?? []
    file.metadata["categories"] = JSON.object([("Points", .object(lists))]).text()
    let outcome = nnc("predict", run, input, "--weights", try scratch.write("lists.safetensors", file.encoded()))
    #expect(outcome.code == 1 && outcome.output.isEmpty, "\(outcome.output)")
    #expect(outcome.errors.contains("its list of categories of label \(message)"), "\(outcome.errors)")
  }

  /// Not every class that a program declares needs to occur in its data.
  @Test func listsOfFewerCategoriesThanDeclaredAreThoseOfTheRun() throws {
    let scratch = try Scratch()
    _ = try scratch.write("points.csv", pointsCSV())
    let run = scratch.path + "/run"
    let text = pointsProgram.replacing("class(2)", with: "class(4)").replacing("dense(2) }", with: "dense(4) }")
      .replacing("-> [2] {", with: "-> [4] {")
    let trained = nnc("run", try scratch.write("points.nnet", text), "--quiet", "--out", run)
    #expect(trained.code == 0, "\(trained.errors)")
    let input = try scratch.write("new.csv", "a,b\n50,10\n3,40\n")
    let copy = try scratch.write("copy.safetensors", try weights(run).encoded())
    for words in [["predict", run, input], ["predict", run, input, "--weights", copy]] {
      let outcome = nncList(words)
      #expect(outcome.code == 0, "\(outcome.errors)")
    }
  }

  private func weights(_ run: String) throws -> Safetensors {
    try Safetensors(
      decoding: Array(Data(contentsOf: URL(fileURLWithPath: run + "/weights.safetensors"))), path: "weights")
  }

  @Test func wrongNumbersAreToldBeforeAnythingIsRead() throws {
    let outcome = nnc("predict", "no-such-run", "new.csv", "--threads", "0", "--format", "json")
    let json = try #require(JSONReader.read(Array(outcome.output.utf8)))
    #expect(outcome.code == 2 && json["usage"]?["message"]?.string?.contains("--threads takes") == true)
  }

  // MARK: Arrays of numbers that are not what they seem

  @Test(arguments: [
    (Float.infinity, 3, "go up to inf"), (1e20, 3, "go up to 1.00000002"), (-1, 3, "begin at -1"), (0.5, 3, "E0551"),
    (.nan, 3, "no class"), (3, 3, "go up to 3"), (-Float.infinity, 3, "begin at -inf"),
  ])
  func labelsThatAreNoClassesAreRefused(_ label: Float, _ classes: Int, _ part: String) throws {
    let scratch = try Scratch()
    _ = try scratch.write("x.npy", npy([30, 2], (0..<60).map { Float(-1 - $0 * 100) }))
    _ = try scratch.write("y.npy", npy([30], (0..<30).map { $0 == 7 ? label : Float($0 % classes) }))
    let file = try scratch.write(
      "rows.nnet",
      """
      data Rows from npy(x: "x.npy", y: "y.npy") {
        let x: [2]      = x
        let y: class(3) = y
      }
      model Net(x: [2]) -> [3] { x -> dense(3) }
      train Net on Rows {
        loss:      cross_entropy(Net(x), y)
        optimizer: adam(rate: 0.02)
        epochs:    2
      }

      """)
    let outcome = nnc("check", file)
    #expect(outcome.code == 1 && outcome.output.contains(part), "\(outcome.output)")
  }

  @Test func whatIsDividedByLiesAboveZero() throws {
    let scratch = try Scratch()
    let negative: [Float] = (0..<60).map { Float(-1 - $0 * 100) }
    let positive: [Float] = (0..<60).map { Float($0 * 100) }
    var (infinite, huge) = (positive, positive)
    (infinite[5], huge[5]) = (.infinity, 1e30)
    for (values, hint) in zip(
      [negative, positive, infinite, huge], ["standardize", "divide by 5900", "standardize", "divide by 1.0000000"])
    {
      _ = try scratch.write("x.npy", npy([30, 2], values))
      _ = try scratch.write("y.npy", npy([30], (0..<30).map { Float($0 % 2) }))
      let file = try scratch.write(
        "rows.nnet",
        """
        data Rows from npy(x: "x.npy", y: "y.npy") {
          let x: [2]    = x
          let y: scalar = y
        }
        model Net(x: [2]) -> scalar { x -> dense(1) -> squeeze }
        train Net on Rows {
          loss:      mean_squared_error(Net(x), y)
          optimizer: adam(rate: 0.02)
          epochs:    2
        }

        """)
      let outcome = nnc("check", file)
      #expect(outcome.output.contains(hint) && !outcome.output.contains("divide by -"), "\(outcome.output)")
    }
  }
}
